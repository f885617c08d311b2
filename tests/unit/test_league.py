"""The league table: rates with their intervals, and none where nothing was tried."""

from decimal import Decimal

import pytest

from app.domain.order.league import ProviderStanding
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
