"""Second opinions: which address is judged and by whom, when it is its turn, and what the verdict makes of it."""

from decimal import Decimal
from typing import Any

import pytest

from app.domain.order.waterfall import Rules, Strategy
from app.domain.vocabulary import Field, Tier
from app.domain.waterfall.answer import Answer, Deliverability, Failed, Found, Miss, Rejected, Trouble
from app.domain.waterfall.attempt import PATTERN, Attempt, Expectation, Offer, Price, Prior, Skip
from app.domain.waterfall.policy import CascadePlan
from app.domain.waterfall.second_opinion import (
    OF_DOUBTFUL,
    as_offer,
    choose_verifier,
    doubtful,
    its_turn,
    spent_on,
    with_opinions,
)
from tests.unit.test_ranking import CHEAPEST, NAMED, offer, plan

VALID, RISKY, INVALID, UNKNOWN = Deliverability
RULES = Rules(strategy=Strategy.CHEAPEST, worth_usd=0.07, risky_worth_usd=0.04)


def found(status: Deliverability, value: str = "j@acme.example", **more: Any) -> Found:
    field = more.pop("field", Field.EMAIL)
    return Found(field=field, value=value, status=status, **({"confidence": 60, "score": 50} | more))


def attempt(provider: str, answer: Answer, field: Field = Field.EMAIL, cost: str = "0") -> Attempt:
    return Attempt(provider=provider, tier=Tier.T1, field=field, route="domain", answer=answer, cost_usd=Decimal(cost))


def verdict(status: Deliverability, value: str = "j@acme.example", provider: str = "verifier", **more: Any) -> Attempt:
    return attempt(provider, found(status, value, field=Field.VERIFY, **more), Field.VERIFY)


FAILED = attempt("verifier", Failed(trouble=Trouble.TIMEOUT, reason="took too long"), Field.VERIFY)


@pytest.mark.parametrize(
    ("attempts", "address"),
    [
        ([], None),
        ([attempt("a", Miss())], None),
        ([attempt("a", found(RISKY))], "j@acme.example"),
        (
            [attempt("a", found(UNKNOWN, "u@acme.example")), attempt("b", found(RISKY, "r@acme.example"))],
            "r@acme.example",
        ),
        ([attempt("a", found(RISKY)), attempt("b", found(VALID))], None),
        ([attempt("a", found(RISKY)), verdict(RISKY)], None),
        ([attempt("a", found(RISKY)), FAILED], "j@acme.example"),
        ([attempt("a", found(RISKY)), verdict(RISKY), attempt("b", found(RISKY, "2@acme.example"))], "2@acme.example"),
        ([attempt("a", found(RISKY)), FAILED, FAILED, FAILED], None),
        ([attempt("a", found(RISKY, field=Field.PHONE), Field.PHONE)], None),
    ],
)
def test_the_best_kept_address_that_nobody_has_judged_is_doubtful(attempts: list[Attempt], address: str | None) -> None:
    assert doubtful(attempts) == address


def verifier(provider: str, success: str = "0.004", **more: Any) -> Offer:
    return offer(provider, success=success, field=Field.VERIFY, **more)


VERIFIERS = [
    offer("finder"),
    verifier("off", "0.001", unusable="no key"),
    verifier("b", "0.003"),
    verifier("a", "0.003"),
    verifier("dear", "0.01"),
]


@pytest.mark.parametrize(
    ("given", "chosen"),
    [
        pytest.param({}, "a", id="the cheapest, by name where they cost the same"),
        pytest.param({"most_usd": None}, None, id="no second opinion is wanted"),
        pytest.param({"passed": ["a"]}, "b", id="who could not be called"),
        pytest.param({"attempts": [verdict(RISKY, "other@acme.example", "a")]}, "b", id="who has judged another one"),
        pytest.param({"attempts": [attempt("a", found(RISKY))]}, "b", id="who gave the address"),
        pytest.param({"attempts": [attempt("a", found(RISKY, "other@acme.example"))]}, "a", id="who gave another"),
        pytest.param({"only": ["dear", "finder"]}, "dear", id="those that the client lists"),
        pytest.param({"only": ["finder"]}, None, id="none that the client lists"),
        pytest.param({"most_usd": Decimal("0.003")}, "a", id="exactly the most that it may cost"),
        pytest.param({"most_usd": Decimal("0.0029")}, None, id="all cost more"),
        pytest.param({"left": Decimal("0.0029")}, None, id="all cost more than is left"),
        pytest.param({"left": Decimal(5), "only": ["dear"], "most_usd": Decimal("0.009")}, None, id="more is left"),
    ],
)
def test_the_cheapest_verifier_that_may_judge_is_chosen(given: dict[str, Any], chosen: str | None) -> None:
    terms: dict[str, Any] = {
        "attempts": [],
        "passed": (),
        "only": None,
        "most_usd": Decimal("0.02"),
        "left": None,
    } | given
    verifying = choose_verifier(VERIFIERS, "j@acme.example", **terms)
    assert (verifying.provider if verifying else None) == chosen


def test_the_index_sees_a_verification_at_its_worst_price_and_with_its_own_time() -> None:
    asked = verifier("v", "0.003", price=Price(call=Decimal("0.001"), success=Decimal("0.003")), prior=Prior(seconds=7))
    seen = as_offer(asked, OF_DOUBTFUL, "opinion", Field.EMAIL, "doubtful")
    assert (seen.provider, seen.field, seen.route, seen.tier) == ("opinion", Field.EMAIL, "doubtful", asked.tier)
    assert (seen.price, seen.needs) == (Price(call=Decimal("0.004")), frozenset())
    assert seen.prior == Prior(returns=1.0, accepts=0.5, seconds=7)


OPINION = as_offer(verifier("v", "0.01"), OF_DOUBTFUL, "v", Field.EMAIL, "doubtful")  # 0.02 USD an accepted value
IN_HAND = attempt("a", found(RISKY))


@pytest.mark.parametrize(
    ("chosen", "attempts", "skipped", "comes"),
    [
        pytest.param(plan(CHEAPEST, [offer("a"), offer("dearer", success="0.03")]), [IN_HAND], [], True, id="cheaper"),
        pytest.param(plan(CHEAPEST, [offer("a"), offer("b", success="0.01")]), [IN_HAND], [], False, id="dearer"),
        pytest.param(plan(CHEAPEST, [offer("a")]), [IN_HAND], [], True, id="no finder is left"),
        pytest.param(plan(CHEAPEST, [offer("a"), offer("b")]), [attempt("b", found(VALID))], [], False, id="a hit"),
        pytest.param(
            plan(CHEAPEST, [offer("a"), offer("b", unusable="no key")]),
            [IN_HAND],
            [],
            False,
            id="a finder to skip first",
        ),
        pytest.param(
            plan(CHEAPEST, [offer("a"), offer("b", unusable="no key")]),
            [IN_HAND],
            [Skip(provider="b", tier=Tier.T1, field=Field.EMAIL, reason="no key")],
            True,
            id="that was skipped",
        ),
        pytest.param(
            plan(Rules(strategy=Strategy.TIERS), [offer("b", success="0.01")]), [IN_HAND], [], True, id="a fixed order"
        ),
        pytest.param(plan(RULES, [offer("a")]), [IN_HAND], [], True, id="less than what is left of its worth"),
        pytest.param(
            plan(Rules(strategy=Strategy.CHEAPEST, worth_usd=0.05, risky_worth_usd=0.04), [offer("a")]),
            [IN_HAND],
            [],
            False,
            id="more than what is left of its worth",
        ),
    ],
)
def test_a_verification_has_its_turn_by_the_index_and_its_worth(
    chosen: CascadePlan[Offer], attempts: list[Attempt], skipped: list[Skip], *, comes: bool
) -> None:
    why = its_turn(OPINION, chosen, attempts, NAMED, skipped)
    assert (why is not None) is comes
    assert why is None or why.index_usd == pytest.approx(0.02, abs=0.0001)


def test_without_a_ranking_a_verification_comes_at_once() -> None:
    bare = CascadePlan[Offer](field=Field.EMAIL, providers=())
    assert its_turn(OPINION, bare, [IN_HAND], NAMED, []) == Expectation()


@pytest.mark.parametrize(
    ("of_verifier", "answer"),
    [
        (verdict(VALID, confidence=90, score=95), found(VALID, confidence=90, score=95)),
        (verdict(RISKY, confidence=10, score=40), found(RISKY, confidence=60, score=40)),
        (verdict(UNKNOWN, confidence=90, score=95), found(RISKY)),
        (verdict(INVALID), Rejected(reason="a second opinion: mail to the address does not arrive")),
        (verdict(VALID, "other@acme.example"), found(RISKY)),
        (FAILED, found(RISKY)),
    ],
)
def test_a_kept_address_is_graded_as_its_verdict_says(of_verifier: Attempt, answer: Answer) -> None:
    assert with_opinions([IN_HAND, of_verifier]) == [attempt("a", answer), of_verifier]


@pytest.mark.parametrize(
    "other",
    [
        attempt("a", found(VALID)),
        attempt("a", Miss()),
        attempt(PATTERN, found(RISKY)),
        attempt("a", found(RISKY, field=Field.PHONE), Field.PHONE),
    ],
)
def test_other_attempts_stay_as_they_are(other: Attempt) -> None:
    assert with_opinions(iter([other, verdict(INVALID)])) == [other, verdict(INVALID)]


def test_what_attempts_cost_is_summed() -> None:
    assert spent_on([]) == 0
    assert spent_on([attempt("a", Miss(), cost="0.01"), attempt("b", Miss(), cost="0.005")]) == Decimal("0.015")
