"""Replays of recorded look-ups under another order: certain where the record answers, believed where it does not."""

from decimal import Decimal
from random import Random  # noqa: TID251 - a fixed seed

import msgspec
import pytest

from app.domain.order.cells import Cell, Counts, RouteKey
from app.domain.order.statistics import Statistics
from app.domain.planning.simulation import ReplayedField, SimulatedRuns, replay, simulate
from app.domain.vocabulary import Field, Tier
from app.domain.waterfall.answer import Answer, Deliverability, Failed, Found, Miss, Trouble
from app.domain.waterfall.attempt import Attempt, Offer, Price
from app.domain.waterfall.policy import CascadePlan, make_plan

NEEDS = frozenset({"company_domain"})
HIT = Found(field=Field.EMAIL, value="jane@acme.example", status=Deliverability.VALID, confidence=95, score=100)
RISKY = Found(field=Field.EMAIL, value="jane@acme.example", status=Deliverability.RISKY, confidence=50, score=50)
FAILED = Failed(trouble=Trouble.TIMEOUT, reason="silence")


def come_to(runs: list[list[ReplayedField]]) -> SimulatedRuns:
    return simulate(runs, Random(1).random)  # noqa: S311 - no secret


def offer(provider: str) -> Offer:
    price = Price(call=Decimal("0.02"), success=Decimal("0.01"))
    return Offer(provider=provider, tier=Tier.T1, field=Field.EMAIL, route="domain", needs=NEEDS, price=price)


def call(provider: str, answer: Answer, cost: str = "0.02", seconds: float = 1.0) -> Attempt:
    return Attempt(
        provider=provider,
        tier=Tier.T1,
        field=Field.EMAIL,
        route="domain",
        answer=answer,
        cost_usd=Decimal(cost),
        latency_ms=int(seconds * 1000),
    )


def plan(*names: str) -> CascadePlan[Offer]:
    return make_plan(Field.EMAIL, [offer(name) for name in names], only=names)


def test_what_was_asked_is_replayed_with_its_answers_and_costs() -> None:
    attempts = [call("a", Miss(), "0.02"), call("b", HIT, "0.03", seconds=2.0)]
    replayed = replay(plan("b", "a"), NEEDS, attempts, Statistics())
    assert replayed.is_recorded
    assert [step.provider for step in replayed.steps] == ["b"]
    found = come_to([[replayed]] * 10)
    assert (found.replayed, found.modelled, found.found.expected) == (10, 0, 10)
    assert (found.cost_usd.low, found.cost_usd.expected, found.cost_usd.high) == pytest.approx((0.3, 0.3, 0.3))
    assert found.seconds.expected == pytest.approx(20.0)


def test_a_risky_address_is_found_and_the_search_goes_on() -> None:
    replayed = replay(plan("a", "b"), NEEDS, [call("a", RISKY), call("b", Miss())], Statistics())
    found = come_to([[replayed]])
    assert found.found.expected == 1
    assert found.cost_usd.expected == pytest.approx(0.04)


@pytest.mark.parametrize("attempts", [[call("a", Miss())], [call("a", Miss()), call("b", FAILED)]])
def test_what_was_not_answered_is_believed(attempts: list[Attempt]) -> None:
    known = Statistics({Cell(RouteKey("b", Field.EMAIL, "domain"), missed=frozenset({"a"})): Counts(asked=1e5)})
    replayed = replay(plan("a", "b"), NEEDS, attempts, known)
    assert not replayed.is_recorded
    found = come_to([[replayed]] * 100)
    assert (found.replayed, found.modelled) == (0, 100)
    # It never has anything after a miss of the other.
    assert found.found.expected < 0.1
    assert found.cost_usd.expected == pytest.approx(4.0, abs=0.01)


def test_whom_one_has_found_another_finds_more_often_than_others() -> None:
    """Both find the same half of all: whom one missed the other never finds, whom it found the other always does."""
    counted = {}
    for one, other in (("a", "b"), ("b", "a")):
        key = RouteKey(one, Field.EMAIL, "domain")
        counted[Cell(key)] = Counts(asked=1e5, returned=5e4, accepted=5e4)
        counted[Cell(key, missed=frozenset({other}))] = Counts(asked=1e5)
    replayed = replay(plan("b", "a"), NEEDS, [call("a", HIT)], Statistics(counted))
    assert replayed.steps[0].returns.mean > 0.99
    # Behind the one that is believed stands the one that is recorded.
    assert [step.provider for step in replayed.steps] == ["b", "a"]
    assert come_to([[replayed]]).found.expected == 1


def test_the_same_look_ups_give_the_same_figures_and_none_give_nothing() -> None:
    replayed = replay(plan("a", "b"), NEEDS, [call("a", Miss())], Statistics())
    assert come_to([[replayed]] * 50) == come_to([[replayed]] * 50)
    nothing = come_to([])
    assert (nothing.replayed, nothing.modelled, nothing.cost_usd.high) == (0, 0, 0)


def test_a_provider_that_cannot_be_asked_is_passed_over() -> None:
    by_link = msgspec.structs.replace(offer("by link"), needs=frozenset({"linkedin_url"}))
    chosen = make_plan(Field.EMAIL, [by_link, offer("a")], only=("by link", "a"))
    replayed = replay(chosen, NEEDS, [call("a", HIT)], Statistics())
    assert replayed.is_recorded
    assert [step.provider for step in replayed.steps] == ["a"]
