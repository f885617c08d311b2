"""Decisions on receivers that keep failing, and on endpoints that only fail: pure functions of counts and times."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.domain.webhooks.circuit_breaker import (
    MIN_FAILURES,
    PROBE_INTERVAL,
    WINDOW,
    CircuitBreaker,
    CircuitChange,
    EndpointHealth,
    after_results,
    health_after,
    should_disable,
    wait_reason,
)
from tests.rows import each_row

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
BEFORE = NOW - timedelta(minutes=1)
PATIENCE = timedelta(hours=120)


def _counted(
    failures: int, successes: int, *, since: datetime = BEFORE, open_until: datetime | None = None
) -> CircuitBreaker:
    return CircuitBreaker(since=since, results=failures + successes, failures=failures, open_until=open_until)


@each_row(
    ("circuit", "results", "turn"),
    [
        pytest.param(_counted(0, 0), [False] * 9, CircuitChange.KEPT, id="nine-are-too-few"),
        pytest.param(_counted(0, 0), [False] * 10, CircuitChange.OPENED, id="ten-failures"),
        pytest.param(_counted(6, 3), [False], CircuitChange.OPENED, id="seven-of-ten"),
        pytest.param(_counted(6, 4), [False], CircuitChange.KEPT, id="seven-of-eleven"),
        pytest.param(_counted(6, 3), [True], CircuitChange.KEPT, id="six-of-ten"),
        pytest.param(_counted(9, 0, since=NOW - WINDOW), [False], CircuitChange.KEPT, id="the-window-is-over"),
        pytest.param(
            _counted(9, 0, since=NOW + timedelta(days=1)), [False], CircuitChange.KEPT, id="a-window-of-a-wrong-clock"
        ),
        pytest.param(
            _counted(0, 0), [True] * 500 + [False] * 10, CircuitChange.OPENED, id="what-went-well-hides-nothing"
        ),
        pytest.param(_counted(10, 0, open_until=NOW), [True], CircuitChange.CLOSED, id="one-success-closes"),
        pytest.param(_counted(10, 0, open_until=NOW), [False], CircuitChange.KEPT, id="a-failed-probe"),
        pytest.param(
            _counted(10, 0, open_until=NOW), [True] + [False] * 10, CircuitChange.KEPT, id="closed-and-opened-again"
        ),
    ],
)
def test_w6_ten_results_of_which_seven_in_ten_failed_open_a_circuit(
    circuit: CircuitBreaker, results: list[bool], turn: CircuitChange
) -> None:
    after, turned = after_results(circuit, results, NOW)
    assert turned is turn
    assert (after.open_until is None) == (wait_reason(after) is None)


@given(st.lists(st.tuples(st.booleans(), st.integers(-400, 400)), max_size=60))
@example([(False, 0)] * 7 + [(True, 0)] * 3)
def test_w6_a_circuit_is_never_open_longer_than_a_probe_takes_and_closes_with_any_success(
    steps: list[tuple[bool, int]],
) -> None:
    circuit, now = CircuitBreaker(since=NOW), NOW
    for success, seconds in steps:
        now += timedelta(seconds=seconds)
        before = circuit
        circuit, _ = after_results(circuit, [success], now)
        assert 0 <= circuit.failures <= circuit.results
        if circuit.open_until and not before.open_until:
            assert circuit.open_until == now + PROBE_INTERVAL
        if success:
            assert circuit.open_until is None


@each_row(
    ("steps", "open_at_the_end", "turns"),
    [
        pytest.param([(0, False)] * 9, False, [], id="closed-below-the-least-results"),
        pytest.param([(0, False)] * 10, True, [CircuitChange.OPENED], id="closed-to-open"),
        pytest.param([(0, False)] * 10 + [(30, False)], True, [CircuitChange.OPENED], id="half-open-to-open"),
        pytest.param(
            [(0, False)] * 10 + [(30, True)],
            False,
            [CircuitChange.OPENED, CircuitChange.CLOSED],
            id="half-open-to-closed",
        ),
        pytest.param(
            [(0, False)] * 10 + [(30, True)] + [(0, False)] * 9,
            False,
            [CircuitChange.OPENED, CircuitChange.CLOSED],
            id="closed-again-counts-from-nothing",
        ),
        pytest.param([(34, False)] * 10, False, [], id="failures-outside-the-window-do-not-add-up"),
        pytest.param([(0, False)] * 7 + [(0, True)] * 4 + [(0, False)], False, [], id="below-the-share"),
        pytest.param([(0, False)] * 7 + [(0, True)] * 3, False, [], id="a-success-opens-nothing"),
        pytest.param(
            [(0, False)] * 10 + [(30, False)] * 30, True, [CircuitChange.OPENED], id="reopened-and-never-given-up-by-it"
        ),
    ],
)
def test_w10_convoy_circuit_breaker_transitions(
    steps: list[tuple[int, bool]], *, open_at_the_end: bool, turns: list[CircuitChange]
) -> None:
    circuit, now, turned = CircuitBreaker(since=NOW), NOW, []
    for seconds, success in steps:
        now += timedelta(seconds=seconds)
        circuit, turn = after_results(circuit, [success], now)
        turned += [turn] if turn is not CircuitChange.KEPT else []
    assert (circuit.open_until is not None, turned) == (open_at_the_end, turns)


@each_row(
    ("health", "results", "expected"),
    [
        pytest.param(
            EndpointHealth(),
            [False],
            EndpointHealth(failing_since=NOW, failures=1),
            id="the-first-failure-starts-the-clock",
        ),
        pytest.param(EndpointHealth(), [True, True], EndpointHealth(), id="success"),
        pytest.param(
            EndpointHealth(failing_since=NOW - PATIENCE, failures=9),
            [False, True],
            EndpointHealth(),
            id="one-success-clears-everything",
        ),
        pytest.param(
            EndpointHealth(failing_since=NOW - PATIENCE, failures=9),
            [True, False],
            EndpointHealth(failing_since=NOW, failures=1),
            id="the-clock-starts-anew-after-it",
        ),
        pytest.param(
            EndpointHealth(failing_since=NOW + PATIENCE, failures=1),
            [False],
            EndpointHealth(failing_since=NOW, failures=2),
            id="a-beginning-that-a-wrong-clock-wrote",
        ),
    ],
)
def test_w6_the_clock_of_an_endpoint_starts_with_a_failure_and_one_success_resets_it(
    health: EndpointHealth, results: list[bool], expected: EndpointHealth
) -> None:
    assert health_after(health, results, NOW) == expected


@pytest.mark.parametrize(
    ("since", "failures", "expected"),
    [
        pytest.param(NOW - PATIENCE, MIN_FAILURES, True, id="long-and-often-enough"),
        pytest.param(NOW - PATIENCE + timedelta(seconds=1), 1000, False, id="a-second-too-early"),
        pytest.param(NOW - 9 * PATIENCE, MIN_FAILURES - 1, False, id="too-few-events-to-tell"),
        pytest.param(None, 0, False, id="never-failed"),
    ],
)
def test_w6_an_endpoint_is_given_up_after_120_hours_of_failures_alone(
    *, since: datetime | None, failures: int, expected: bool
) -> None:
    assert should_disable(EndpointHealth(failing_since=since, failures=failures), NOW, PATIENCE) is expected
