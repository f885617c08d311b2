"""The Celery tasks: they submit ids to the worker's event loop and return."""

from celery import Celery, Task

from app.broker import TASK_DELIVER, TASK_ENRICH
from app.domain.vocabulary import Lane
from workers.event_loop import EventLoop
from workers.worker import Worker


def register(celery: Celery, loop: EventLoop, worker: Worker) -> None:
    """Register the two tasks of a worker."""

    @celery.task(name=TASK_ENRICH, bind=True)  # type: ignore[untyped-decorator] # Celery has no types
    def enrich(self: Task, ids: list[str]) -> None:
        """Run these cascades; return once the runner has capacity for them, in the bulk lane at once."""
        loop.run(worker.enrich(ids, Lane(self.request.delivery_info["routing_key"])))

    @celery.task(name=TASK_DELIVER)  # type: ignore[untyped-decorator] # Celery has no types
    def deliver(_ids: list[str]) -> None:
        """Send the deliveries that are due."""
        loop.run(worker.deliver())
