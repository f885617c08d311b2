"""Tasks: those that live as long as their process, and those that run side by side."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Sequence
from typing import Any

import structlog

from app.metrics import BACKGROUND_RESTARTS

RESTART_SECONDS = 1.0
CANCEL_SECONDS = 0.5

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


async def end_background(tasks: Iterable[asyncio.Task[None]]) -> None:
    """Cancel tasks until they have ended.

    Repeated, because a client of Redis swallows a cancellation that meets it while it connects; a process that waits
    for such a task after one would never end.
    """
    alive = set(tasks)
    while alive:
        for task in alive:
            task.cancel()
        _, alive = await asyncio.wait(alive, timeout=CANCEL_SECONDS)


def end_if_cancelled() -> None:
    """End a loop whose task was cancelled while a client of Redis connected, which swallows that.

    Raises:
        CancelledError: The task was cancelled.
    """
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError


def side_by_side(work: Sequence[Coroutine[Any, Any, None]]) -> Coroutine[Any, Any, None]:
    """Run coroutines at once; the first error ends the others and is raised. One alone needs no task of its own."""
    return work[0] if len(work) == 1 else _run_together(work)


async def _run_together(work: Sequence[Coroutine[Any, Any, None]]) -> None:
    try:
        async with asyncio.TaskGroup() as group:
            for one in work:
                group.create_task(one)
    except ExceptionGroup as errors:
        raise errors.exceptions[0] from None
