"""The sandbox app: the routes of the made-up vendors, and the journal of their requests."""

from litestar import Litestar, delete, get
from litestar.di import NamedDependency, Provide

from app.clock import Clock, SystemClock
from app.sandbox.journal import JournalEntry
from app.sandbox.state import SandboxState
from app.sandbox.vendors import VENDORS
from app.sandbox.verifier import verify
from app.serving import without_pydantic
from app.settings.settings import Settings


@get("/", sync_to_thread=False)
def about() -> dict[str, str]:
    """Return the name of the service; `leadrun up` waits for this response."""
    return {"service": "leadrun sandbox", "status": "ok"}


@get("/journal", sync_to_thread=False)
def read_journal(sandbox: NamedDependency[SandboxState]) -> list[JournalEntry]:
    """List the requests to the vendors, the oldest first, without personal data."""
    return sandbox.journal.read()


@delete("/journal", sync_to_thread=False)
def clear_journal(sandbox: NamedDependency[SandboxState]) -> None:
    """Clear the journal and the counts of requests."""
    sandbox.journal.clear()


def make_app(settings: Settings, clock: Clock | None = None) -> Litestar:
    """Build the app.

    Args:
        settings: Match rate, latency and slowness of the population.
        clock: The time; the system clock by default.
    """
    sandbox = SandboxState(settings, clock or SystemClock())
    with without_pydantic():
        return Litestar(
            route_handlers=[about, read_journal, clear_journal, *VENDORS, verify],
            dependencies={"sandbox": Provide(lambda: sandbox, sync_to_thread=False, use_cache=True)},
            openapi_config=None,
            # Requests carry names, so nothing of them is logged.
            logging_config=None,
        )
