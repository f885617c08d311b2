"""The states of a run and the only ways between them."""

from app.domain.vocabulary import ResultStatus, RunStatus

TRANSITIONS: dict[RunStatus, frozenset[RunStatus]] = {
    RunStatus.PENDING: frozenset({RunStatus.PROCESSING, RunStatus.COMPLETED, RunStatus.FAILED, RunStatus.CANCELLED}),
    RunStatus.PROCESSING: frozenset({RunStatus.COMPLETED, RunStatus.FAILED, RunStatus.CANCELLED}),
    RunStatus.COMPLETED: frozenset(),
    RunStatus.FAILED: frozenset(),
    RunStatus.CANCELLED: frozenset(),
}

TERMINAL = frozenset(status for status, following in TRANSITIONS.items() if not following)
LIVE_STATES = frozenset(TRANSITIONS) - TERMINAL


def before(status: RunStatus) -> tuple[RunStatus, ...]:
    """List the states from which `status` may be reached; the store updates only rows in one of them."""
    return tuple(origin for origin, following in TRANSITIONS.items() if status in following)


def status_for(result: ResultStatus) -> RunStatus:
    """Translate what a cascade came to into the terminal status of its runs."""
    return RunStatus.FAILED if result is ResultStatus.ERROR else RunStatus.COMPLETED
