"""The Celery tasks: shells that hand ids to the process's event loop and return."""

from celery import Celery, Task

from app.broker import TASK_DELIVER, TASK_ENRICH
from app.domain.vocabulary import Lane
from workers.event_loop import EventLoop
from workers.worker import Worker


def register(celery: Celery, loop: EventLoop, process: Worker) -> None:
    """Tie the two tasks to a process."""

    @celery.task(name=TASK_ENRICH, bind=True)  # type: ignore[untyped-decorator] # Celery has no types
    def enrich(self: Task, ids: list[str]) -> None:
        """Look at these cascades now; returns once the engine has room for them, of the bulk lane at once."""
        loop.run(process.enrich(ids, Lane(self.request.delivery_info["routing_key"])))

    @celery.task(name=TASK_DELIVER)  # type: ignore[untyped-decorator] # Celery has no types
    def deliver(_ids: list[str]) -> None:
        """Look at the deliveries that are due now."""
        loop.run(process.deliver())
