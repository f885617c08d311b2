"""The Celery tasks: shells that hand ids to the process's event loop and return."""

from celery import Celery

from app.broker import TASK_DELIVER, TASK_ENRICH
from workers.loop import Loop
from workers.process import Process


def register(celery: Celery, loop: Loop, process: Process) -> None:
    """Tie the two tasks to a process."""

    @celery.task(name=TASK_ENRICH)  # type: ignore[untyped-decorator] # Celery has no types
    def enrich(ids: list[str]) -> None:
        """Look at these cascades now; returns once the engine has room for them."""
        loop.run(process.enrich(ids))

    @celery.task(name=TASK_DELIVER)  # type: ignore[untyped-decorator] # Celery has no types
    def deliver(_ids: list[str]) -> None:
        """Look at the deliveries that are due now."""
        loop.run(process.deliver())
