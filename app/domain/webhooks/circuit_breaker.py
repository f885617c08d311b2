"""When a receiver that keeps failing is left alone, and when an endpoint that only fails is disabled."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from enum import StrEnum

import msgspec

# Convoy's figures ("circuit breaker" in its documentation): ten results or more in five minutes, 70 % of them failures.
WINDOW = timedelta(minutes=5)
LEAST_RESULTS = 10
FAILING_SHARE = 0.7
PROBE_EVERY = timedelta(seconds=30)
# An endpoint that hears of one event a week has not been failing for days only because two of them failed.
LEAST_FAILURES = 5


class CircuitBreaker(msgspec.Struct, frozen=True, kw_only=True):
    """How a receiver has been doing lately; one that was never seen failing has none.

    Attributes:
        since: When the window began, in UTC: with a failure.
        results: In the window.
        failures: Among them.
        open_until: While this is set the circuit is open, and from then on (UTC) a delivery may probe; None is closed.
    """

    since: datetime
    results: int = 0
    failures: int = 0
    open_until: datetime | None = None


class CircuitChange(StrEnum):
    """What results did to a circuit."""

    OPENED = "opened"
    CLOSED = "closed"
    KEPT = "kept"


class EndpointHealth(msgspec.Struct, frozen=True, kw_only=True):
    """Whether an endpoint takes anything at all.

    Attributes:
        failing_since: The first failure after the last success, in UTC; None while the last try succeeded.
        failures: Since then.
    """

    failing_since: datetime | None = None
    failures: int = 0


def after_results(
    circuit: CircuitBreaker, results: Iterable[bool], now: datetime
) -> tuple[CircuitBreaker, CircuitChange]:
    """Count results into a circuit, and open or close it.

    The window begins with a failure, so that what went well long ago does not hide that nothing goes well now. Times
    that lie ahead come from a clock that was set back; what they say is forgotten.

    Args:
        circuit: As it is stored.
        results: In order; True is a success. A single one closes an open circuit.
        now: The time in UTC.
    """
    was_open = circuit.open_until is not None
    if not circuit.since <= now < circuit.since + WINDOW:
        circuit = CircuitBreaker(since=now, open_until=circuit.open_until)
    since, total, failures, open_until = circuit.since, circuit.results, circuit.failures, circuit.open_until
    for success in results:
        if success and open_until is not None:
            since, total, failures, open_until = now, 0, 0, None
        elif failures or not success:
            since = since if failures else now
            total, failures = total + 1, failures + (not success)
            # A receiver that takes something is not left alone, whatever came before.
            if not success and total >= LEAST_RESULTS and failures >= FAILING_SHARE * total:
                open_until = open_until or now + PROBE_EVERY
    after = CircuitBreaker(since=since, results=total, failures=failures, open_until=open_until)
    if was_open == (open_until is not None):
        return after, CircuitChange.KEPT
    return after, CircuitChange.CLOSED if was_open else CircuitChange.OPENED


def waits(circuit: CircuitBreaker) -> str | None:
    """Say why deliveries to a receiver wait, in a sentence for people; None while its circuit is closed."""
    if circuit.open_until is None:
        return None
    return (
        f"the receiver keeps failing; until a try succeeds, one is made every {PROBE_EVERY.total_seconds():.0f} seconds"
    )


def health_after(health: EndpointHealth, results: Sequence[bool], now: datetime) -> EndpointHealth:
    """Count results of an endpoint; a single success clears everything.

    Args:
        health: As it is stored.
        results: In order; True is a success.
        now: The time in UTC; a beginning that lies ahead of it comes from a clock that was set back.
    """
    for success in results:
        if success:
            health = EndpointHealth()
        else:
            since = min(health.failing_since or now, now)
            health = EndpointHealth(failing_since=since, failures=health.failures + 1)
    return health


def given_up(health: EndpointHealth, now: datetime, patience: timedelta) -> bool:
    """Tell whether an endpoint only failed for so long, and often enough, that it is disabled."""
    since = health.failing_since
    return since is not None and health.failures >= LEAST_FAILURES and now - since >= patience
