"""Background tasks that live as long as their process: those that end are counted and started again."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from app.metrics import BACKGROUND_RESTARTS

RESTART_SECONDS = 1.0

log = structlog.get_logger()


def start_background(name: str, run: Callable[[], Awaitable[None]]) -> asyncio.Task[None]:
    """Start a task that runs until it is cancelled, whatever happens in it.

    Args:
        name: In logs and metrics.
        run: Runs for ever; where it raises or returns, it is started again after a second.
    """

    async def keep_running() -> None:
        while True:
            try:
                await run()
            except Exception:
                log.exception("background.failed", task=name)
            else:
                log.error("background.ended", task=name)
            BACKGROUND_RESTARTS.labels(name).inc()
            await asyncio.sleep(RESTART_SECONDS)

    return asyncio.create_task(keep_running(), name=name)
