"""Circuit breakers of receivers that keep failing, and the rule that disables an endpoint that only fails."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from enum import StrEnum

import msgspec

# Convoy's figures ("circuit breaker" in its documentation): ten results or more in five minutes, 70 % of them failures.
WINDOW = timedelta(minutes=5)
MIN_RESULTS = 10
FAILURE_RATIO = 0.7
PROBE_INTERVAL = timedelta(seconds=30)
# An endpoint with one event a week is not disabled after two failures, although days lie between them.
MIN_FAILURES = 5


class CircuitBreaker(msgspec.Struct, frozen=True, kw_only=True):
    """The circuit breaker of a receiver; a receiver that never failed has none.

    Attributes:
        since: The start of the window, in UTC; a window starts with a failure.
        results: Results in the window.
        failures: Failures among them.
        open_until: While the breaker is open, the time (UTC) from which one delivery may probe; else None.
    """

    since: datetime
    results: int = 0
    failures: int = 0
    open_until: datetime | None = None


class CircuitChange(StrEnum):
    """The change of a circuit breaker by new results."""

    OPENED = "opened"
    CLOSED = "closed"
    KEPT = "kept"


class EndpointHealth(msgspec.Struct, frozen=True, kw_only=True):
    """The health of an endpoint.

    Attributes:
        failing_since: The first failure after the last success, in UTC; None while the last attempt succeeded.
        failures: The number of failures since then.
    """

    failing_since: datetime | None = None
    failures: int = 0


def after_results(
    circuit: CircuitBreaker, results: Iterable[bool], now: datetime
) -> tuple[CircuitBreaker, CircuitChange]:
    """Count results into a circuit breaker, and open or close it.

    The window starts with a failure, so that old successes do not hide present failures. A window that starts in the
    future comes from a clock that was set back, and is dropped.

    Args:
        circuit: The stored circuit breaker.
        results: In order; True is a success, and one success closes an open circuit breaker.
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
            # Only a failure opens the circuit breaker, whatever came before.
            if not success and total >= MIN_RESULTS and failures >= FAILURE_RATIO * total:
                open_until = open_until or now + PROBE_INTERVAL
    after = CircuitBreaker(since=since, results=total, failures=failures, open_until=open_until)
    if was_open == (open_until is not None):
        return after, CircuitChange.KEPT
    return after, CircuitChange.CLOSED if was_open else CircuitChange.OPENED


def wait_reason(circuit: CircuitBreaker) -> str | None:
    """Return why deliveries to a receiver wait, in a sentence; None while its circuit breaker is closed."""
    if circuit.open_until is None:
        return None
    return (
        "the receiver keeps failing; until an attempt succeeds, one is made every "
        f"{PROBE_INTERVAL.total_seconds():.0f} seconds"
    )


def health_after(health: EndpointHealth, results: Sequence[bool], now: datetime) -> EndpointHealth:
    """Count results of an endpoint; one success clears its health.

    Args:
        health: The stored health.
        results: In order; True is a success.
        now: The time in UTC; a later `failing_since` comes from a clock that was set back, and is replaced.
    """
    for success in results:
        if success:
            health = EndpointHealth()
        else:
            since = min(health.failing_since or now, now)
            health = EndpointHealth(failing_since=since, failures=health.failures + 1)
    return health


def should_disable(health: EndpointHealth, now: datetime, patience: timedelta) -> bool:
    """Return whether an endpoint has only failed, for `patience` and at least five times, so that it is disabled."""
    since = health.failing_since
    return since is not None and health.failures >= MIN_FAILURES and now - since >= patience
