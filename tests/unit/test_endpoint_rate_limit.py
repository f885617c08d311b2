"""The schedule of an endpoint with a rate: no second holds more than it may, and nothing waits longer than it must."""

from bisect import bisect_left
from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.webhooks.endpoint_rate_limit import HORIZON, MAX_RATE, MIN_RATE, SendSchedule
from tests.examples import examples

NOON = datetime.fromisoformat("2026-11-21T12:00:00Z")


def busiest(tries: Sequence[datetime], seconds: float) -> int:
    """Count the tries of the busiest window of this length."""
    window = timedelta(seconds=seconds)
    return max(bisect_left(tries, first + window) - place for place, first in enumerate(tries))


@pytest.mark.parametrize("rate", [MIN_RATE, 2, 3, 7, 10, 19, 20, 21, 33, 40, 99, 300, MAX_RATE])
@examples(20)
@given(pauses=st.lists(st.sampled_from([0, 1, 7, 20, 49, 51, 100, 333, 1000]), min_size=60, max_size=90))
def test_w7_no_second_has_five_percent_more_tries_than_the_rate(rate: int, pauses: list[int]) -> None:
    plan, now, tries = SendSchedule(rate=rate), NOON, list[datetime]()
    for milliseconds in pauses:
        now += timedelta(milliseconds=milliseconds)
        count, plan = plan.admit(100, now)
        tries += [now] * count
    for seconds in (1, 10):
        assert busiest(tries, seconds) <= 1.05 * rate * seconds


def test_tries_that_wait_are_planned_one_gap_apart_and_no_further_ahead_than_the_horizon() -> None:
    plan = SendSchedule(rate=100)
    assert plan.opens_at(NOON) == NOON
    assert plan.queue_from(NOON) == NOON
    planned = plan.queued(10, NOON)
    assert planned.until == NOON + 10 * plan.spacing
    assert planned.queue_from(NOON) == planned.until
    assert plan.queued(10**9, NOON).until == NOON + HORIZON


def test_a_schedule_that_a_clock_ahead_has_written_is_forgotten() -> None:
    wrong = SendSchedule(rate=1, next_at=NOON + timedelta(days=1), until=NOON + timedelta(days=1))
    assert wrong.opens_at(NOON) == wrong.queue_from(NOON) == NOON
    assert wrong.admit(1, NOON) == (1, SendSchedule(rate=1, next_at=NOON + wrong.gap, until=wrong.until))
