"""Estimates follow what was measured: the slowest of many, and the queue before them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.waterfall.eta import MIN_SAMPLES, Durations, estimate_seconds
from tests.rows import each_row


def _pace(seconds: list[float], *, ahead: int = 0, at_once: int = 100, patience: float = 20.0) -> Durations:
    return Durations(seconds=seconds, ahead=ahead, at_once=at_once, patience=patience)


@each_row(
    ("count", "pace", "expected"),
    [
        pytest.param(0, _pace([3.0] * 50), 0, id="nothing to do"),
        pytest.param(1, _pace([3.0] * 50), 3, id="one of equal ones"),
        pytest.param(100, _pace([3.0] * 50), 3, id="side by side they take no longer"),
        pytest.param(100, _pace([1.0] * 98 + [9.0] * 2), 9, id="of a hundred the slowest counts"),
        pytest.param(1, _pace([1.0] * 98 + [9.0] * 2), 1, id="of one the middle counts"),
        pytest.param(100, _pace([2.0] * 50, ahead=300), 8, id="three hundred wait before: three more rounds"),
        pytest.param(500, _pace([2.0] * 50), 10, id="five rounds of a hundred places"),
        pytest.param(1, _pace([0.001] * 50), 1, id="never below a second"),
        pytest.param(1, _pace([]), 8, id="nothing measured yet"),
    ],
)
def test_estimates_follow_the_measurements(count: int, pace: Durations, expected: int) -> None:
    assert estimate_seconds(count, pace) == expected


measured = st.lists(st.floats(0.01, 400), min_size=MIN_SAMPLES, max_size=200)


@given(measured, st.integers(1, 2000), st.integers(0, 2000), st.integers(1, 500))
def test_more_work_never_takes_less_time(seconds: list[float], count: int, ahead: int, at_once: int) -> None:
    here = estimate_seconds(count, _pace(seconds, ahead=ahead, at_once=at_once))
    assert estimate_seconds(count + 1, _pace(seconds, ahead=ahead, at_once=at_once)) >= here
    assert estimate_seconds(count, _pace(seconds, ahead=ahead + 1, at_once=at_once)) >= here
    assert here >= 1


@given(measured, st.integers(1, 50))
def test_with_room_for_all_it_is_one_of_the_measured_times(seconds: list[float], count: int) -> None:
    estimate = estimate_seconds(count, _pace(seconds, at_once=1000))
    assert min(seconds) <= estimate <= max(seconds) + 1
