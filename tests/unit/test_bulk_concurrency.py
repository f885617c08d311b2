"""The limit of bulk work rises while its process is idle, falls when it lags, and never reaches zero."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.waterfall.bulk_concurrency import (
    IDLE_LAG,
    INCREASE,
    INITIAL_LIMIT,
    MIN_LIMIT,
    OVERLOAD_LAG,
    STARVATION_LAG,
    next_limit,
)
from tests.rows import each_row


@each_row(
    ("limit", "lag", "maximum", "expected"),
    [
        pytest.param(50, IDLE_LAG / 2, 1000, 50 + INCREASE, id="idle"),
        pytest.param(50, (IDLE_LAG + OVERLOAD_LAG) / 2, 1000, 50, id="in between"),
        pytest.param(100, OVERLOAD_LAG * 2, 1000, 80, id="late"),
        pytest.param(MIN_LIMIT, OVERLOAD_LAG * 9, 1000, MIN_LIMIT, id="it never stops"),
        pytest.param(999, 0.0, 1000, 1000, id="never above the maximum"),
        pytest.param(3, OVERLOAD_LAG * 9, 3, 3, id="a small maximum stays whole"),
    ],
)
def test_the_limit_follows_the_lag(limit: int, lag: float, maximum: int, expected: int) -> None:
    assert next_limit(limit, lag, maximum, interactive_load=True) == expected


@given(st.integers(1, 2000), st.lists(st.tuples(st.floats(0, 1), st.booleans()), max_size=50))
def test_the_limit_stays_within_its_bounds(maximum: int, steps: list[tuple[float, bool]]) -> None:
    limit = min(INITIAL_LIMIT, maximum)
    for lag, busy in steps:
        limit = next_limit(limit, lag, maximum, interactive_load=busy)
        assert min(MIN_LIMIT, maximum) <= limit <= maximum


def test_without_interactive_load_the_limit_rises_to_the_maximum_despite_lag() -> None:
    limit, steps = INITIAL_LIMIT, 0
    while limit < 1000:
        limit, steps = next_limit(limit, OVERLOAD_LAG * 9, 1000, interactive_load=False), steps + 1
    assert steps < 40
    assert next_limit(limit, STARVATION_LAG * 2, 1000, interactive_load=False) == 800
