"""The sandbox service: five made-up providers and the journal of what they were asked."""

from litestar import Litestar, delete, get
from litestar.di import NamedDependency, Provide

from app.clock import SystemClock
from app.sandbox.journal import JournalEntry
from app.sandbox.state import SandboxClock, SandboxState
from app.sandbox.vendors import VENDORS
from app.settings.settings import Settings


@get("/", sync_to_thread=False)
def about() -> dict[str, str]:
    """Say what this is; `leadrun up` waits for it."""
    return {"service": "leadrun sandbox", "status": "ok"}


@get("/journal", sync_to_thread=False)
def read_journal(sandbox: NamedDependency[SandboxState]) -> list[JournalEntry]:
    """List the requests to the providers, the oldest first; nothing in it tells who somebody is."""
    return sandbox.journal.read()


@delete("/journal", sync_to_thread=False)
def clear_journal(sandbox: NamedDependency[SandboxState]) -> None:
    """Forget them, and the moods."""
    sandbox.journal.clear()


def make_app(settings: Settings, clock: SandboxClock | None = None) -> Litestar:
    """Make the service.

    Args:
        settings: Of the population: match rate, latency, slowness.
        clock: The time; the machine's own where none is given.
    """
    sandbox = SandboxState(settings, clock or SystemClock())
    return Litestar(
        route_handlers=[about, read_journal, clear_journal, *VENDORS],
        dependencies={"sandbox": Provide(lambda: sandbox, sync_to_thread=False, use_cache=True)},
        openapi_config=None,
        # Requests carry names, so nothing of them is logged.
        logging_config=None,
    )
