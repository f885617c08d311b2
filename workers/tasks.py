"""The Celery tasks: they submit ids to the worker's event loop and return."""

from collections.abc import Coroutine
from typing import Any

import structlog
from celery import Celery, Task

from app.broker import TASK_DELIVER, TASK_ENRICH
from app.domain.vocabulary import Lane
from app.store.database.errors import is_away
from workers.event_loop import EventLoop
from workers.worker import Worker

log = structlog.get_logger()


def register(celery: Celery, loop: EventLoop, worker: Worker) -> None:
    """Register the two tasks of a worker."""

    # Not shared: every other application of the process would run them as well.
    @celery.task(name=TASK_ENRICH, bind=True, shared=False)  # type: ignore[untyped-decorator] # Celery has no types
    def enrich(self: Task, ids: list[str]) -> None:
        """Run these cascades; return once the runner has capacity for them, in the bulk lane at once."""
        _run(loop, worker.enrich(ids, Lane(self.request.delivery_info["routing_key"])))

    @celery.task(name=TASK_DELIVER, shared=False)  # type: ignore[untyped-decorator] # Celery has no types
    def deliver(_ids: list[str]) -> None:
        """Send the deliveries that are due."""
        _run(loop, worker.deliver())


def _run(loop: EventLoop, work: Coroutine[Any, Any, None]) -> None:
    """Run what a notification asks for; what fails with the database is found by recovery, and logs one line."""
    try:
        loop.run(work)
    except Exception as error:
        if not is_away(error):
            raise
        log.warning("notification.failed", error=type(error).__name__)
