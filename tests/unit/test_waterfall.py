"""The policy of the cascade: order, stop on hit, best answer kept, budget, and what it all adds up to."""

from decimal import Decimal
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.contacts.contact import Contact
from app.domain.vocabulary import Field, ResultStatus, Tier
from app.domain.waterfall.answer import Answer, Deliverability, Failed, Found, Miss, Rejected, Trouble
from app.domain.waterfall.attempt import SWITCHED_OFF, Attempt, Offer, Outcome, Price, Skip, outcome_of
from app.domain.waterfall.outcome import conclude
from app.domain.waterfall.policy import CascadePlan, inputs, make_plan, next_step, not_reached
from tests.rows import each_row

NAMED = frozenset({"first_name", "last_name", "company_domain"})


def offer(provider: str, tier: Tier = Tier.T1, field: Field = Field.EMAIL, **more: object) -> Offer:
    """One way of asking."""
    values: dict[str, object] = {"route": "name", "needs": NAMED, "price": Price(call=Decimal("0.01"))}
    return Offer(provider=provider, tier=tier, field=field, **(values | more))  # type: ignore[arg-type] # a builder


def attempt(provider: str, answer: Answer, cost: str = "0.01", field: Field = Field.EMAIL) -> Attempt:
    """One attempt."""
    return Attempt(provider=provider, tier=Tier.T1, field=field, route="name", answer=answer, cost_usd=Decimal(cost))


def found(status: Deliverability = Deliverability.VALID, confidence: int = 90) -> Found:
    """A value."""
    return Found(field=Field.EMAIL, value="j@acme.example", status=status, confidence=confidence, score=confidence)


def failed(trouble: Trouble = Trouble.SERVER_ERROR) -> Failed:
    """No proper answer."""
    return Failed(trouble=trouble, reason="it said 500")


def order(plan: CascadePlan[Offer]) -> list[str]:
    """The providers of a plan."""
    return [routes[0].provider for routes in plan.providers]


def test_tiers_come_first_and_within_a_tier_the_cheapest_accepted_value() -> None:
    # Per call: price over hit rate. Per hit: price over precision; the hit rate drops out.
    dear_but_sure = Price(call=Decimal("0.04"), match_rate=0.8, precision=1.0)
    cheap_but_rare = Price(call=Decimal("0.01"), match_rate=0.1, precision=1.0)
    per_hit = Price(success=Decimal("0.02"), match_rate=0.05, precision=0.5)
    offers = [
        offer("last", Tier.T3),
        offer("rare", Tier.T2, price=cheap_but_rare),
        offer("sure", Tier.T2, price=dear_but_sure),
        offer("perhit", Tier.T2, price=per_hit),
        offer("first", Tier.T1, price=Price(call=Decimal(9))),
    ]
    assert order(make_plan(Field.EMAIL, offers)) == ["first", "perhit", "sure", "rare", "last"]


rates = st.floats(0.05, 0.95)
prices = st.builds(
    lambda call, success, f, q: Price(
        call=Decimal(call) / 1000, success=Decimal(success) / 1000, match_rate=f, precision=q
    ),
    st.integers(1, 100),
    st.integers(0, 100),
    rates,
    rates,
)


@given(st.lists(prices, min_size=1, max_size=5))
def test_no_order_of_one_tier_is_cheaper_than_ours(price_list: list[Price]) -> None:
    def expected(sequence: list[Price]) -> float:
        cost, going_on = 0.0, 1.0
        for p in sequence:
            cost += going_on * (float(p.call) + p.match_rate * float(p.success))
            going_on *= 1 - p.match_rate * p.precision
        return cost

    by_name = {f"p{i}": p for i, p in enumerate(price_list)}
    plan = make_plan(Field.EMAIL, [offer(name, price=p) for name, p in by_name.items()])
    ours = expected([by_name[name] for name in order(plan)])
    assert ours <= min(expected(list(o)) for o in permutations(price_list)) * (1 + 1e-9)


def test_the_clients_own_list_is_the_order_and_nobody_else_is_asked() -> None:
    offers = [offer("a"), offer("b"), offer("c", Tier.T3)]
    assert order(make_plan(Field.EMAIL, offers, only=["c", "a", "unknown"])) == ["c", "a"]


@each_row(
    ("answers", "expected"),
    [
        pytest.param([], "a", id="nobody asked yet"),
        pytest.param([Miss()], "b", id="a miss"),
        pytest.param([failed()], "b", id="an error"),
        pytest.param([Rejected(reason="masked")], "b", id="not a hit"),
        pytest.param([found(Deliverability.RISKY)], "b", id="a catch-all is kept and the search goes on"),
        pytest.param([found(Deliverability.UNKNOWN)], "b", id="an ungraded address is kept"),
        pytest.param([found()], "a verified hit came first", id="a verified hit ends it"),
        pytest.param([Miss(), Miss()], "no provider is left", id="all asked"),
    ],
)
def test_the_next_step(answers: list[Answer], expected: str) -> None:
    plan = make_plan(Field.EMAIL, [offer("a"), offer("b")])
    attempts = [attempt(name, answer) for name, answer in zip("ab", answers, strict=False)]
    step = next_step(plan, attempts, NAMED)
    assert (step.provider if isinstance(step, Offer) else step.reason) == expected


def test_the_first_route_whose_inputs_are_there_is_taken() -> None:
    routes = [
        offer("a", route="domain", needs=frozenset({"name", "company_domain"})),
        offer("a", route="linkedin", needs=frozenset({"linkedin_url"})),
        offer("a", route="handle", needs=frozenset({"linkedin_slug"})),
    ]
    plan = make_plan(Field.EMAIL, routes)
    step = next_step(plan, [], inputs(Contact(linkedin_url="https://www.linkedin.com/in/jane")).keys())
    assert isinstance(step, Offer)
    assert step.route == "linkedin"
    skipped = next_step(plan, [], inputs(Contact(first_name="Jane")).keys())
    assert isinstance(skipped, Skip)
    assert skipped.reason == "needs company_domain + name or linkedin_url"


def test_a_full_name_serves_routes_that_want_its_parts() -> None:
    assert {"first_name", "last_name", "name"} <= inputs(Contact(full_name="Jane van Dyke")).keys()
    assert "last_name" not in inputs(Contact(full_name="Jane"))


def test_the_budget_holds_before_the_call_with_the_price_it_could_reach() -> None:
    dear = offer("dear", price=Price(call=Decimal("0.01"), success=Decimal("0.05"), match_rate=0.9))
    plan = make_plan(Field.EMAIL, [dear, offer("cheap", Tier.T2)], max_cost_usd=Decimal("0.07"))
    first = next_step(plan, [], NAMED)
    assert isinstance(first, Offer)
    assert first.provider == "dear"
    step = next_step(plan, [attempt("x", Miss(), "0.02", Field.PHONE)], NAMED)
    assert isinstance(step, Skip)
    assert step.provider == "dear"
    assert "maxCostUsd" in step.reason


def test_a_call_that_buys_both_fields_counts_with_the_price_of_both() -> None:
    both = offer("a", also=frozenset({Field.PHONE}), together=Decimal("0.40"), price=Price(success=Decimal("0.04")))
    for wanted, expected in (((Field.EMAIL,), Offer), ((Field.EMAIL, Field.PHONE), Skip)):
        plan = make_plan(Field.EMAIL, [both], max_cost_usd=Decimal("0.10"), wanted=wanted)
        assert isinstance(next_step(plan, [], NAMED), expected)


def test_a_skipped_provider_is_not_asked_and_not_skipped_again() -> None:
    plan = make_plan(Field.EMAIL, [offer("a", unusable="LEADRUN_PROVIDER_A_API_KEY is not set"), offer("b")])
    skip = next_step(plan, [], NAMED)
    assert isinstance(skip, Skip)
    step = next_step(plan, [], NAMED, [skip])
    assert isinstance(step, Offer)
    assert step.provider == "b"


@each_row(
    ("answers", "status", "degraded"),
    [
        pytest.param([found()], ResultStatus.FOUND, False, id="found"),
        pytest.param([failed(), found(Deliverability.RISKY)], ResultStatus.FOUND, False, id="only a risky one"),
        pytest.param([Miss(), Miss()], ResultStatus.NOT_FOUND, False, id="nobody knows"),
        pytest.param([Miss(), failed()], ResultStatus.NOT_FOUND, True, id="one miss is enough, degraded"),
        pytest.param([failed(), failed()], ResultStatus.ERROR, False, id="all errored"),
        pytest.param([], ResultStatus.ERROR, False, id="nobody could be asked"),
    ],
)
def test_what_the_attempts_add_up_to(answers: list[Answer], status: ResultStatus, degraded: bool) -> None:  # noqa: FBT001 - a column of the table
    plan = make_plan(Field.EMAIL, [offer("a"), offer("b")])
    attempts = [attempt(name, answer) for name, answer in zip("ab", answers, strict=False)]
    conclusion = conclude([plan], attempts, [])
    assert (conclusion.status, conclusion.degraded) == (status, degraded)
    assert (conclusion.error is not None) == (status is ResultStatus.ERROR)


def test_the_best_risky_answer_wins_when_nothing_better_comes() -> None:
    plan = make_plan(Field.EMAIL, [offer("a"), offer("b"), offer("c")])
    attempts = [
        attempt("a", found(Deliverability.UNKNOWN, 99)),
        attempt("b", found(Deliverability.RISKY, 40)),
        attempt("c", found(Deliverability.RISKY, 70)),
    ]
    assert conclude([plan], attempts, []).winners[Field.EMAIL].provider == "c"


def test_a_run_without_any_key_names_the_settings_to_the_operator_and_none_to_the_client() -> None:
    plan = make_plan(Field.EMAIL, [offer("hunter", unusable="x"), offer("any-mail", unusable="y")])
    conclusion = conclude([plan], [], [])
    assert conclusion.error is not None
    assert conclusion.error.code == "no_provider_configured"
    assert "LEADRUN" not in conclusion.error.message
    assert set(conclusion.lacking) == {"LEADRUN_PROVIDER_HUNTER_API_KEY", "LEADRUN_PROVIDER_ANY_MAIL_API_KEY"}


def test_a_run_whose_providers_are_switched_off_says_so_and_asks_for_no_key() -> None:
    plan = make_plan(Field.EMAIL, [offer("hunter", unusable=SWITCHED_OFF), offer("any-mail", unusable="y")])
    conclusion = conclude([plan], [], [])
    assert conclusion.error is not None
    assert "is switched off" in conclusion.error.message
    assert not conclusion.lacking


def test_why_nobody_could_be_asked_names_only_those_that_might_have_been() -> None:
    plan = make_plan(Field.EMAIL, [offer("a", needs=frozenset({"linkedin_url"})), offer("b", unusable="no key")])
    skips = [Skip(provider=p, tier=Tier.T1, field=Field.EMAIL, reason=why) for p, why in (("a", "x"), ("b", "no key"))]
    error = conclude([plan], [], skips).error
    assert error
    assert (error.code, error.message) == ("no_provider_usable", "No provider could be asked for this contact. a: x.")


def test_a_run_restricted_to_providers_that_do_not_offer_the_field_says_so() -> None:
    error = conclude([make_plan(Field.PHONE, [])], [], []).error
    assert error
    assert error.code == "no_provider"


def test_providers_never_reached_are_listed_with_the_reason() -> None:
    plan = make_plan(Field.EMAIL, [offer("a"), offer("b", Tier.T2), offer("c", Tier.T3, unusable="no key")])
    left = not_reached(plan, [attempt("a", found())], [], "a verified hit came first")
    assert [(s.provider, s.reason) for s in left] == [("b", "a verified hit came first"), ("c", "no key")]


@each_row(
    ("answer", "outcome"),
    [
        pytest.param(found(), Outcome.HIT, id="hit"),
        pytest.param(found(Deliverability.RISKY), Outcome.HIT, id="risky"),
        pytest.param(Miss(), Outcome.MISS, id="miss"),
        pytest.param(Rejected(reason="masked"), Outcome.REJECTED, id="rejected"),
        pytest.param(failed(Trouble.TIMEOUT), Outcome.TIMEOUT, id="timeout"),
        pytest.param(failed(Trouble.RATE_LIMITED), Outcome.RATE_LIMITED, id="rate limited"),
        pytest.param(failed(Trouble.OUT_OF_CREDITS), Outcome.ERROR, id="out of credits is an error, never a miss"),
        pytest.param(failed(Trouble.AUTH_ERROR), Outcome.ERROR, id="a bad key is an error, never a miss"),
    ],
)
def test_outcomes_in_the_words_of_the_contract(answer: Answer, outcome: Outcome) -> None:
    assert outcome_of(Field.EMAIL, answer)[0] is outcome
