"""A time is split into what is added up and what is not, without a gap."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from app.store.figures import spans

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("since", "until", "rolled_until", "changed", "expected"),
    [
        pytest.param(NOON, NOON + DAY, None, [], (0, 0, 1), id="nothing added up"),
        pytest.param(NOON, NOON + DAY, NOON + 2 * DAY, [], (0, 24, 0), id="hours of two days"),
        pytest.param(NOON - 12 * HOUR, NOON + 12 * HOUR, NOON + DAY, [], (1, 0, 0), id="a day"),
        pytest.param(NOON - 12 * HOUR, NOON + 12 * HOUR, NOON + DAY, [NOON], (0, 23, 1), id="an hour has changed"),
        pytest.param(NOON + HOUR / 2, NOON + 2.5 * HOUR, NOON + DAY, [], (0, 1, 2), id="half hours"),
        pytest.param(NOON, NOON + 3 * HOUR, NOON + 2 * HOUR, [], (0, 2, 1), id="the last hour goes on"),
        pytest.param(NOON - 3 * DAY, NOON, NOON - 3 * DAY, [], (0, 0, 4), id="a day at a time while it begins"),
        pytest.param(NOON, NOON + 4 * HOUR, NOON + DAY, [NOON, NOON + HOUR], (0, 2, 1), id="two hours together"),
    ],
)
def test_a_time_is_split_by_what_is_added_up(
    since: datetime,
    until: datetime,
    rolled_until: datetime | None,
    changed: list[datetime],
    expected: tuple[int, int, int],
) -> None:
    parts = spans.split(since, until, rolled_until, changed)
    assert (len(parts.days), len(parts.hours), len(parts.live)) == expected
    covered = [(day, day + DAY) for day in parts.days] + [(hour, hour + HOUR) for hour in parts.hours] + [*parts.live]
    covered.sort()
    assert covered[0][0] == since
    assert covered[-1][1] == until
    assert all(one[1] == other[0] for one, other in pairwise(covered))
