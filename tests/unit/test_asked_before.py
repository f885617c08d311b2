"""Who was asked before, what is left to ask of it, and which requests a restricted look-up covers."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.vocabulary import Field, ResultStatus, Tier
from app.domain.waterfall.answer import Answer, Deliverability, Failed, Found, Miss, Rejected, Trouble
from app.domain.waterfall.asked_before import (
    AskedBefore,
    Restriction,
    asked_now,
    has_rest,
    left_to_spend,
    merged,
    missed_before,
    skips_of,
    still_known,
    widest,
)
from app.domain.waterfall.attempt import Attempt, Offer, Outcome, Price, Skip
from app.domain.waterfall.late_results import MAX_AGE
from app.domain.waterfall.outcome import conclude
from app.domain.waterfall.policy import make_plan
from tests.rows import each_row

NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)
NAMES = ("ant", "bee", "cat", "dog")
HIT = Found(field=Field.EMAIL, value="a@acme.example", status=Deliverability.VALID, confidence=9, score=9)
FAILED = Failed(trouble=Trouble.SERVER_ERROR, reason="made up")
QUOTED, OTHER = UUID(int=1), UUID(int=2)


def offer(name: str, *needs: str, unusable: str | None = None, success: str = "0.02") -> Offer:
    return Offer(
        provider=name, tier=Tier.T1, field=Field.EMAIL, route="name", needs=frozenset(needs), unusable=unusable,
        price=Price(success=Decimal(success)),
    )  # fmt: skip


def attempt(name: str, answer: Answer, cost: str = "0") -> Attempt:
    return Attempt(provider=name, tier=Tier.T1, field=Field.EMAIL, route="name", answer=answer, cost_usd=Decimal(cost))


def known(*names: str, cost: str = "0", at: datetime = NOW, outcome: Outcome = Outcome.MISS) -> list[AskedBefore]:
    return [
        AskedBefore(provider=name, field=Field.EMAIL, outcome=outcome, cost_usd=Decimal(cost), at=at) for name in names
    ]


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        pytest.param(Miss(), Outcome.MISS, id="miss"),
        pytest.param(Rejected(reason="a role address"), Outcome.REJECTED, id="rejected"),
        pytest.param(FAILED, None, id="failed"),
        pytest.param(HIT, None, id="hit"),
    ],
)
def test_only_answers_without_a_value_need_not_be_asked_for_again(answer: Answer, outcome: Outcome | None) -> None:
    found = asked_now([attempt("ant", answer, "0.01")], NOW)
    assert found == (() if outcome is None else tuple(known("ant", cost="0.01", outcome=outcome)))


@each_row(
    ("before", "inputs", "rest"),
    [
        pytest.param((), {"name"}, True, id="nobody was asked"),
        pytest.param(("ant",), {"name"}, True, id="one is left"),
        pytest.param(("ant", "bee"), {"name"}, False, id="all that can be asked were"),
        pytest.param(("ant", "bee"), {"name", "linkedin_url"}, True, id="one more has its inputs"),
        pytest.param(("ant", "bee", "cat"), {"name", "linkedin_url"}, False, id="and was asked"),
        pytest.param((), set(), False, id="nobody can be asked"),
        pytest.param(("dog",), {"name"}, True, id="somebody who is not asked any more"),
    ],
)
def test_what_is_left_to_ask(before: tuple[str, ...], inputs: set[str], *, rest: bool) -> None:
    offers = [offer("ant", "name"), offer("bee", "name"), offer("cat", "linkedin_url"), offer("dog", unusable="no key")]
    assert has_rest([make_plan(Field.EMAIL, offers)], known(*before), inputs) is rest


@each_row(
    ("only", "most", "rest"),
    [
        pytest.param(("ant",), None, False, id="only the one that was asked"),
        pytest.param(("ant", "bee"), None, True, id="and another"),
        pytest.param(None, "0.01", False, id="the others are too dear"),
        pytest.param(None, "0.03", False, id="too dear after what was spent"),
        pytest.param(None, "0.04", True, id="still affordable"),
    ],
)
def test_a_restriction_leaves_less(only: tuple[str, ...] | None, most: str | None, *, rest: bool) -> None:
    before = known("ant", cost="0.02")
    limit = left_to_spend(Decimal(most) if most else None, before)
    plan = make_plan(Field.EMAIL, [offer("ant"), offer("bee")], only=only, max_cost_usd=limit)
    assert has_rest([plan], before, set()) is rest


def test_who_was_asked_before_is_skipped_with_what_it_answered() -> None:
    plan = make_plan(Field.EMAIL, [offer("ant"), offer("bee")])
    assert skips_of([plan], known("ant", "gone")) == [
        Skip(provider="ant", tier=Tier.T1, field=Field.EMAIL, reason="asked before: miss on 2026-11-27")
    ]


def restricted(*only: str, most: str | None = None, budget: UUID | None = None) -> Restriction:
    return Restriction(only_providers=only or None, max_cost_usd=Decimal(most) if most else None, budget_id=budget)


@each_row(
    ("one", "other", "covers"),
    [
        (restricted(), restricted("ant", most="1", budget=QUOTED), True),
        (restricted("ant"), restricted(), False),
        (restricted("ant"), restricted("ant"), True),
        (restricted("ant", "bee"), restricted("bee"), True),
        (restricted("bee"), restricted("ant", "bee"), False),
        (restricted("ant"), restricted("bee"), False),
        (restricted(most="0.05"), restricted(), False),
        (restricted(most="0.05"), restricted(most="0.05"), True),
        (restricted(most="0.05"), restricted(most="0.01"), True),
        (restricted(most="0.05"), restricted(most="0.06"), False),
        (restricted(budget=QUOTED), restricted(), False),
        (restricted(budget=QUOTED), restricted(budget=QUOTED), True),
        (restricted(budget=QUOTED), restricted(budget=OTHER), False),
        (restricted("ant", most="0.05"), restricted("ant"), False),
        (restricted("ant", most="0.05"), restricted(most="0.05"), False),
    ],
)
def test_a_restriction_covers_another_that_allows_no_more(
    one: Restriction, other: Restriction, *, covers: bool
) -> None:
    assert one.covers(other) is covers


@each_row(
    ("several", "widest_of_them"),
    [
        ([restricted("ant"), restricted("bee", "ant")], restricted("ant", "bee")),
        ([restricted("ant"), restricted()], restricted()),
        ([restricted(most="0.02"), restricted(most="0.05")], restricted(most="0.05")),
        ([restricted(most="0.02"), restricted()], restricted()),
        ([restricted(budget=QUOTED), restricted(budget=QUOTED)], restricted(budget=QUOTED)),
        ([restricted(budget=QUOTED), restricted()], restricted()),
        ([restricted("ant", most="0.02"), restricted(most="0.05")], restricted(most="0.05")),
    ],
)
def test_the_widest_restriction_allows_what_any_of_them_allows(
    several: list[Restriction], widest_of_them: Restriction
) -> None:
    assert widest(several) == widest_of_them


_RESTRICTIONS = st.builds(
    Restriction,
    only_providers=st.none() | st.lists(st.sampled_from(NAMES), unique=True, min_size=1).map(tuple),
    max_cost_usd=st.none() | st.sampled_from([Decimal("0.01"), Decimal("0.05"), Decimal(1)]),
)


@given(_RESTRICTIONS, _RESTRICTIONS, st.lists(st.sampled_from(NAMES), unique=True))
def test_a_restriction_covers_another_where_it_leaves_it_nothing_to_ask(
    one: Restriction, other: Restriction, missing: list[str]
) -> None:
    offers = [offer(name, success=price) for name, price in zip(NAMES, ("0.01", "0.03", "0.05", "0.5"), strict=True)]

    def allowed(restriction: Restriction) -> set[str]:
        plan = make_plan(Field.EMAIL, offers, only=restriction.only_providers, max_cost_usd=restriction.max_cost_usd)
        return {name for name in NAMES if has_rest([plan], known(*(set(NAMES) - {name})), set())}

    both = widest([one, other])
    assert both.covers(one)
    assert both.covers(other)
    assert allowed(one) | allowed(other) <= allowed(both)
    if one.covers(other):
        assert allowed(other) <= allowed(one)
        before = known(*allowed(one), *missing)
        plan = make_plan(Field.EMAIL, offers, only=other.only_providers, max_cost_usd=other.max_cost_usd)
        assert not has_rest([plan], before, set())


def test_the_latest_answer_counts_and_old_ones_do_not() -> None:
    old, new = known("ant", at=NOW - timedelta(days=31)), known("ant", at=NOW, outcome=Outcome.REJECTED)
    assert merged([new, old]) == tuple(new)
    since = NOW - timedelta(days=30)
    assert still_known(merged([old]), since=since, now=NOW) == ()
    assert still_known(merged([old, new]), since=since, now=NOW) == tuple(new)
    paid, reported = known("ant", cost="0.02", at=since), known("ant", outcome=Outcome.REJECTED)
    assert merged([paid, reported]) == tuple(known("ant", cost="0.02"))
    assert merged([paid, known("ant", outcome=Outcome.TIMEOUT)])[0].outcome is Outcome.TIMEOUT
    edge = known("bee", at=since)
    assert still_known(edge, since=since, now=NOW) == ()


def test_a_paid_result_is_awaited_for_as_long_as_it_is_collected_and_says_nothing() -> None:
    since = NOW - timedelta(days=30)
    for age, counts in ((MAX_AGE - timedelta(seconds=1), True), (MAX_AGE, False)):
        awaited = known("ant", at=NOW - age, outcome=Outcome.TIMEOUT)
        assert bool(still_known(awaited, since=since, now=NOW)) is counts
        assert missed_before(awaited) == set()
    assert missed_before(known("ant")) == {Field.EMAIL}


@each_row(
    ("attempts", "skipped", "before", "status", "degraded"),
    [
        pytest.param([], [], {Field.EMAIL}, ResultStatus.NOT_FOUND, False, id="nobody is left"),
        pytest.param([attempt("ant", FAILED)], [], {Field.EMAIL}, ResultStatus.NOT_FOUND, True, id="the rest failed"),
        pytest.param([attempt("ant", FAILED)], [], set(), ResultStatus.ERROR, False, id="all failed"),
        pytest.param([attempt("ant", HIT)], [], {Field.EMAIL}, ResultStatus.FOUND, False, id="the rest found it"),
        pytest.param(
            [attempt("ant", Miss())],
            [Skip(provider="bee", tier=Tier.T1, field=Field.EMAIL, reason="it rests", rested=True)],
            set(),
            ResultStatus.NOT_FOUND,
            True,
            id="one rested",
        ),
    ],
)
def test_what_was_answered_before_counts_in_the_end(
    attempts: list[Attempt], skipped: list[Skip], before: set[Field], status: ResultStatus, *, degraded: bool
) -> None:
    plan = make_plan(Field.EMAIL, [offer("ant"), offer("bee")])
    conclusion = conclude([plan], attempts, skipped, before)
    assert (conclusion.status, conclusion.degraded) == (status, degraded)
