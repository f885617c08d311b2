"""Rankings: the order by the index after each miss, worth, waits and exploration; and waterfalls as data."""

from decimal import Decimal

import pytest

from app.domain.order.cells import NOBODY, Cell, Counts, RouteKey
from app.domain.order.statistics import Statistics
from app.domain.order.waterfall import BUILT_IN, Accepts, Rules, Strategy, Waterfall
from app.domain.vocabulary import Field, Lane, Tier
from app.domain.waterfall.answer import Answer, Deliverability, Found, Miss
from app.domain.waterfall.attempt import Attempt, Offer, Price, Prior, Skip
from app.domain.waterfall.policy import CascadePlan, Stop, make_plan, next_step, not_reached
from app.domain.waterfall.ranking import Ranking

NAMED = frozenset({"first_name", "last_name", "company_domain"})
CHEAPEST = Rules(strategy=Strategy.CHEAPEST)


def offer(provider: str, call: str = "0", success: str = "0", tier: Tier = Tier.T1, **more: object) -> Offer:
    """One way of asking."""
    values: dict[str, object] = {
        "field": Field.EMAIL,
        "route": "domain",
        "needs": NAMED,
        "price": Price(call=Decimal(call), success=Decimal(success)),
    }
    return Offer(provider=provider, tier=tier, **(values | more))  # type: ignore[arg-type] # a builder


def found(status: Deliverability) -> Found:
    """A value."""
    return Found(field=Field.EMAIL, value="j@acme.example", status=status, confidence=90, score=90)


def attempt(provider: str, answer: Answer) -> Attempt:
    """One attempt."""
    return Attempt(provider=provider, tier=Tier.T1, field=Field.EMAIL, route="domain", answer=answer)


def plan(rules: Rules, offers: list[Offer], *, lane: Lane = Lane.BULK, **more: object) -> CascadePlan[Offer]:
    """Plan by rules, with a ranking."""
    ranking = Ranking(rules, lane, **more)  # type: ignore[arg-type] # a builder
    return make_plan(Field.EMAIL, offers, rules=rules, ranking=ranking)


def walk(chosen: CascadePlan[Offer]) -> list[str]:
    """Ask until nobody is left, all of them without a hit."""
    asked: list[Attempt] = []
    while isinstance(step := next_step(chosen, asked, NAMED), Offer):
        asked.append(attempt(step.provider, Miss()))
    assert isinstance(step, Stop)
    return [one.provider for one in asked]


def counts(hits: int) -> Counts:
    """Of a thousand answers."""
    return Counts(asked=1000, returned=hits, accepted=hits)


def key(provider: str) -> RouteKey:
    """The route of an offer."""
    return RouteKey(provider, Field.EMAIL, "domain")


OFFERS = [
    offer("third", call="0.02", tier=Tier.T1),
    offer("first", success="0.01", tier=Tier.T3),
    offer("second", success="0.03", tier=Tier.T2),
]


def test_the_index_orders_over_tiers_where_the_cheapest_is_wanted() -> None:
    assert walk(plan(CHEAPEST, OFFERS)) == ["first", "second", "third"]


def test_tiers_order_as_they_do_without_a_ranking_whatever_was_observed() -> None:
    known = Statistics({Cell(key("third")): counts(1), Cell(key("first")): counts(999)})
    chosen = plan(BUILT_IN["tiers"].rules(Field.EMAIL), OFFERS, statistics=known)
    assert walk(chosen) == walk(make_plan(Field.EMAIL, OFFERS)) == ["third", "second", "first"]


# What c has left where a has missed, if anything is known of it.
KNOWN_OF_C: tuple[dict[Cell, Counts], ...] = ({}, {Cell(key("c"), missed=frozenset({"a"})): counts(190)})


@pytest.mark.parametrize("of_c", KNOWN_OF_C)
def test_observations_change_the_order_and_misses_change_it_again(of_c: dict[Cell, Counts]) -> None:
    offers = [offer(name, call="0.01") for name in ("a", "b", "c")]
    counted = {
        Cell(key("a")): counts(700),
        Cell(key("b")): counts(600),
        Cell(key("c")): counts(200),
        # What a has missed b misses as well; that says little of c.
        Cell(key("b"), missed=frozenset({"a"})): counts(10),
    }
    assert walk(plan(CHEAPEST, offers, statistics=Statistics(counted | of_c))) == ["a", "c", "b"]


@pytest.mark.parametrize("of_c", KNOWN_OF_C)
def test_who_was_asked_in_vain_by_an_earlier_look_up_has_missed(of_c: dict[Cell, Counts]) -> None:
    offers = [offer(name, call="0.01") for name in ("b", "c")]
    counted = {
        Cell(key("b")): counts(600),
        Cell(key("b"), missed=frozenset({"a"})): counts(10),
        Cell(key("c")): counts(200),
    }
    known = Statistics(counted | of_c)
    assert walk(plan(CHEAPEST, offers, statistics=known))[0] == "b"
    assert walk(plan(CHEAPEST, offers, statistics=known, missed_before=frozenset({"a"})))[0] == "c"


def test_a_wait_that_is_foreseen_has_a_price() -> None:
    offers = [offer("busy", success="0.020"), offer("free", success="0.025")]

    def wait(one: Offer) -> float:
        return 12.0 if one.provider == "busy" else 0.0

    assert walk(plan(CHEAPEST, offers, lane=Lane.INTERACTIVE, wait=wait)) == ["free", "busy"]
    assert walk(plan(CHEAPEST, offers, lane=Lane.BULK, wait=wait)) == ["busy", "free"]
    assert walk(plan(CHEAPEST, offers, lane=Lane.BULK, wait=lambda one: 20 * wait(one))) == ["free", "busy"]


def test_the_fastest_pays_for_seconds() -> None:
    offers = [
        offer("slow", success="0.01", prior=Prior(seconds=20)),
        offer("quick", success="0.05", prior=Prior(seconds=1)),
    ]
    assert walk(plan(CHEAPEST, offers)) == ["slow", "quick"]
    assert walk(plan(Rules(strategy=Strategy.FASTEST), offers, lane=Lane.INTERACTIVE)) == ["quick", "slow"]


def test_nobody_is_asked_whose_accepted_value_costs_more_than_it_is_worth() -> None:
    chosen = plan(Rules(strategy=Strategy.CHEAPEST, worth_usd=0.05), [offer("dear", success="0.09")])
    step = next_step(chosen, (), NAMED)
    assert isinstance(step, Skip)
    assert step.reason == "an accepted value would cost about 0.1000 USD here, which is more than it is worth"
    assert isinstance(next_step(chosen, (), NAMED, [step]), Stop)
    unbounded = plan(CHEAPEST, [offer("dear", success="9")]).ranking
    assert unbounded is not None
    assert unbounded.too_dear(offer("dear", success="9"), NOBODY, in_hand=True) is None


def test_who_cannot_be_asked_with_what_is_known_comes_last() -> None:
    offers = [offer("off", unusable="no key"), offer("by link", needs=frozenset({"linkedin_url"})), *OFFERS]
    chosen = plan(CHEAPEST, offers)
    assert chosen.ranking is not None
    ordered = chosen.ranking.sort(chosen.providers, NOBODY, NAMED)
    assert [group[0].provider for group in ordered[:3]] == ["first", "second", "third"]
    assert {group[0].provider for group in ordered[3:]} == {"off", "by link"}


@pytest.mark.parametrize(("status", "goes_on"), [(Deliverability.RISKY, False), (Deliverability.UNKNOWN, True)])
def test_a_risky_address_in_hand_is_bettered_only_where_that_pays(status: Deliverability, *, goes_on: bool) -> None:
    rules = Rules(strategy=Strategy.CHEAPEST, worth_usd=0.06, risky_worth_usd=0.04)
    chosen = plan(rules, [offer("first", success="0.01"), offer("second", success="0.03")])
    step = next_step(chosen, [attempt("first", found(status))], NAMED)
    assert isinstance(step, Offer) is goes_on
    assert isinstance(step, Offer) or "beyond the risky one in hand" in getattr(step, "reason", "")


def test_a_waterfall_may_take_risky_addresses() -> None:
    chosen = plan(Rules(strategy=Strategy.TIERS, accept=Accepts.VALID_OR_RISKY), OFFERS)
    assert next_step(chosen, [attempt("third", found(Deliverability.RISKY))], NAMED) == Stop(
        reason="a verified hit came first", hit=True
    )
    assert isinstance(next_step(chosen, [attempt("third", found(Deliverability.UNKNOWN))], NAMED), Offer)


def test_those_not_reached_say_what_they_would_have_cost() -> None:
    chosen = plan(CHEAPEST, [*OFFERS, offer("off", unusable="no key")])
    asked = [attempt("first", Miss()), attempt("second", found(Deliverability.VALID))]
    skips = {skip.provider: skip for skip in not_reached(chosen, asked, (), "a verified hit came first")}
    expected = skips["third"].expected
    assert expected is not None
    assert (expected.cost_usd, expected.chance, expected.prior) == (0.02, 0.45, "house prior")
    assert skips["off"].expected is None


def _fixed(providers: tuple[str, ...], **more: object) -> Waterfall:
    return Waterfall(providers=providers, **more)  # type: ignore[arg-type] # a builder


@pytest.mark.parametrize(
    ("waterfall", "email", "only"),
    [
        (Waterfall(), Rules(strategy=Strategy.TIERS), None),
        (_fixed(("b", "a")), Rules(strategy=Strategy.FIXED, providers=("b", "a")), ("b", "a")),
        (
            _fixed(("b",), email=Rules(providers=("a",), strategy=Strategy.CHEAPEST)),
            Rules(strategy=Strategy.CHEAPEST, providers=("a",)),
            ("a", "b"),
        ),
        (
            Waterfall(strategy=Strategy.FASTEST, worth_usd=1, email=Rules(accept=Accepts.VALID_OR_RISKY)),
            Rules(strategy=Strategy.FASTEST, worth_usd=1, accept=Accepts.VALID_OR_RISKY),
            None,
        ),
    ],
)
def test_the_rules_of_a_field_override_those_of_both(
    waterfall: Waterfall, email: Rules, only: tuple[str, ...] | None
) -> None:
    assert waterfall.rules(Field.EMAIL) == email
    assert waterfall.only == only


@pytest.mark.parametrize(
    ("waterfall", "member"),
    [
        (Waterfall(strategy=Strategy.FIXED), "providers"),
        (Waterfall(phone=Rules(strategy=Strategy.FIXED)), "phone.providers"),
        (Waterfall(risky_worth_usd=0.1), "worthUsd"),
        (Waterfall(email=Rules(worth_usd=0.1, risky_worth_usd=0.2)), "email.riskyWorthUsd"),
    ],
)
def test_what_contradicts_itself_is_named(waterfall: Waterfall, member: str) -> None:
    assert waterfall.problem is not None
    assert waterfall.problem[0] == member


@pytest.mark.parametrize(
    ("strategy", "order"), [(Strategy.FIXED, ["second", "third"]), (Strategy.TIERS, ["third", "second"])]
)
def test_a_list_of_the_waterfall_is_an_order_only_where_its_strategy_is_fixed(
    strategy: Strategy, order: list[str]
) -> None:
    assert walk(plan(Rules(strategy=strategy, providers=("second", "third")), OFFERS)) == order


def test_the_providers_of_a_request_are_asked_in_its_order() -> None:
    rules = Waterfall(strategy=Strategy.CHEAPEST, providers=("first",)).with_providers().rules(Field.EMAIL)
    ranking = Ranking(rules, Lane.BULK)
    chosen = make_plan(Field.EMAIL, OFFERS, only=("second", "first"), rules=rules, ranking=ranking)
    assert walk(chosen) == ["second", "first"]
