"""Options under a waterfall: what the request states for itself wins, and the published order is none at all."""

from datetime import timedelta
from decimal import Decimal

import pytest

from app.domain.order.waterfall import BUILT_IN, TIERS, Rules, Strategy, Waterfall, lifetime, second_of
from app.domain.runs.lookup_options import LookupOptions
from app.domain.vocabulary import Lane

FIXED = Waterfall(name="ours", providers=("b", "a"), max_cost_usd=0.1)


@pytest.mark.parametrize(
    ("options", "waterfall", "under"),
    [
        (LookupOptions(), TIERS, LookupOptions()),
        (LookupOptions(force_refresh=True), BUILT_IN["tiers"], LookupOptions(force_refresh=True)),
        (LookupOptions(), BUILT_IN["fastest"], LookupOptions(waterfall=BUILT_IN["fastest"])),
        (
            LookupOptions(),
            FIXED,
            LookupOptions(waterfall=FIXED, only_providers=("b", "a"), max_cost_usd=Decimal("0.1")),
        ),
        (
            LookupOptions(only_providers=("c",), max_cost_usd=Decimal(2)),
            FIXED,
            LookupOptions(waterfall=FIXED.with_providers(), only_providers=("c",), max_cost_usd=Decimal(2)),
        ),
    ],
)
def test_what_a_request_states_for_itself_wins(
    options: LookupOptions, waterfall: Waterfall, under: LookupOptions
) -> None:
    assert options.under(waterfall) == under


@pytest.mark.parametrize(
    ("waterfall", "days"), [(None, 30), (TIERS, 30), (Waterfall(max_age_days=7), 7), (Waterfall(max_age_days=90), 30)]
)
def test_answers_of_the_cache_count_as_long_as_both_allow(waterfall: Waterfall | None, days: int) -> None:
    assert lifetime(waterfall, 30) == timedelta(days=days)


@pytest.mark.parametrize(
    ("rules", "lane", "usd"),
    [
        (Rules(second_usd=0.3, strategy=Strategy.FASTEST), Lane.BULK, 0.3),
        (Rules(second_usd=0.0), Lane.INTERACTIVE, 0.0),
        (Rules(strategy=Strategy.FASTEST), Lane.INTERACTIVE, 0.02),
        (Rules(strategy=Strategy.FASTEST), Lane.BULK, 0.005),
        (Rules(strategy=Strategy.CHEAPEST), Lane.INTERACTIVE, 0.0005),
        (Rules(strategy=Strategy.TIERS), Lane.BULK, 0.0001),
    ],
)
def test_a_second_costs_what_the_waterfall_says_or_what_its_strategy_and_lane_do(
    rules: Rules, lane: Lane, usd: float
) -> None:
    assert second_of(rules, lane) == usd


@pytest.mark.parametrize("waterfall", [TIERS, FIXED, Waterfall(worth_usd=0.1, risky_worth_usd=0.1)])
def test_a_waterfall_without_contradictions_has_no_problem(waterfall: Waterfall) -> None:
    assert waterfall.problem is None
