"""The league table: rates with their intervals, and none where nothing was tried."""

from decimal import Decimal

import pytest

from app.domain.order.league import ProviderStanding, quantile, rescue
from app.domain.vocabulary import Field


def standing(**given: int) -> ProviderStanding:
    counts = dict.fromkeys(
        (
            *("calls", "found", "accepted", "missed", "rejected", "errors"),
            *("first_asked", "first_accepted", "later_asked", "later_accepted"),
        ),
        0,
    )
    return ProviderStanding(
        provider="hunter",
        field=Field.EMAIL,
        cost_usd=Decimal("1.5"),
        latency_p50_ms=None,
        latency_p95_ms=None,
        **(counts | given),  # type: ignore[arg-type] # counts, all of them
    )


def test_rates_have_an_interval_that_holds_the_estimate() -> None:
    one = standing(first_asked=100, first_accepted=60, later_asked=10, later_accepted=1, found=50, accepted=50)
    assert one.match_rate
    assert one.rescue_rate
    assert (one.match_rate.estimate, one.rescue_rate.estimate) == (0.6, 0.1)
    assert one.match_rate.low == pytest.approx(0.518, abs=0.002)
    assert one.match_rate.high == pytest.approx(0.677, abs=0.002)
    assert one.cost_per_accepted_usd == pytest.approx(0.03)


def test_what_was_not_tried_has_no_rate() -> None:
    none = standing()
    assert (none.match_rate, none.rescue_rate, none.bounce_rate, none.cost_per_accepted_usd) == (None,) * 4


def test_no_more_values_are_wrong_than_were_found() -> None:
    rate = standing(found=2, reported_wrong=3).bounce_rate
    assert rate
    assert rate.estimate == 1.0


def test_what_is_found_after_anothers_misses_has_a_rate_where_it_was_tried() -> None:
    saved = rescue("apollo", 3, 12)
    assert saved
    assert (saved.missed_by, saved.rate.estimate, saved.rate.tries) == ("apollo", 0.25, 12)
    assert 0 < saved.rate.low < 0.25 < saved.rate.high < 1
    assert rescue("apollo", 0, 0) is None


@pytest.mark.parametrize(
    ("counts", "share", "value"),
    [
        ({}, 0.5, None),
        ({100: 1}, 0.95, 100),
        ({300: 1, 100: 1}, 0.5, 100),
        ({300: 1, 100: 1}, 0.51, 300),
        ({100: 95, 9000: 5}, 0.95, 100),
        ({100: 94, 9000: 6}, 0.95, 9000),
        ({100: 1, 200: 8, 300: 1}, 0.5, 200),
    ],
)
def test_a_quantile_is_the_least_value_that_so_many_do_not_exceed(
    counts: dict[int, int], share: float, value: int | None
) -> None:
    assert quantile(counts, share) == value
