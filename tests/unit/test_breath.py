"""Bulk work beside others grows while its process is calm, shrinks when it is late, and never stops."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.waterfall.bulk_concurrency import CALM, FIRST, GROW, LATE, LEAST, STARVED, next_limit


@pytest.mark.parametrize(
    ("limit", "lag", "most", "expected"),
    [
        pytest.param(50, CALM / 2, 1000, 50 + GROW, id="calm"),
        pytest.param(50, (CALM + LATE) / 2, 1000, 50, id="in between"),
        pytest.param(100, LATE * 2, 1000, 80, id="late"),
        pytest.param(LEAST, LATE * 9, 1000, LEAST, id="it never stops"),
        pytest.param(999, 0.0, 1000, 1000, id="never above the most"),
        pytest.param(3, LATE * 9, 3, 3, id="a small room stays whole"),
    ],
)
def test_the_limit_follows_how_late_the_process_is(limit: int, lag: float, most: int, expected: int) -> None:
    assert next_limit(limit, lag, most, beside=True) == expected


@given(st.integers(1, 2000), st.lists(st.tuples(st.floats(0, 1), st.booleans()), max_size=50))
def test_the_limit_stays_within_its_bounds(most: int, pulses: list[tuple[float, bool]]) -> None:
    limit = min(FIRST, most)
    for lag, beside in pulses:
        limit = next_limit(limit, lag, most, beside=beside)
        assert min(LEAST, most) <= limit <= most


def test_with_nobody_beside_it_the_limit_rises_to_the_most_however_late_the_process_is() -> None:
    limit, pulses = FIRST, 0
    while limit < 1000:
        limit, pulses = next_limit(limit, LATE * 9, 1000, beside=False), pulses + 1
    assert pulses < 40
    assert next_limit(limit, STARVED * 2, 1000, beside=False) == 800
