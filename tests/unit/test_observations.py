"""What the attempts of cascades say of their providers, and the plans that are made with it."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from app.domain.contacts.contact import Contact
from app.domain.order.cells import Cell, Counts, RouteKey
from app.domain.order.statistics import Statistics
from app.domain.order.waterfall import Strategy, Waterfall
from app.domain.planning.observations import observed, summed
from app.domain.planning.plans import make_plans
from app.domain.vocabulary import Field, Mode, Tier
from app.domain.waterfall.answer import Answer, Deliverability, Failed, Found, Miss, Rejected, Trouble
from app.domain.waterfall.asked_before import AskedBefore
from app.domain.waterfall.attempt import Attempt, Offer, Outcome
from tests.unit.test_ranking import offer, walk

MISS, REJECTED = Miss(), Rejected(reason="masked")
FAILED = Failed(trouble=Trouble.TIMEOUT, reason="took too long")


def found(status: Deliverability, field: Field = Field.EMAIL) -> Found:
    return Found(field=field, value="j@acme.example", status=status, confidence=90, score=90)


def attempt(provider: str, answer: Answer, field: Field = Field.EMAIL, **more: object) -> Attempt:
    values: dict[str, object] = {"tier": Tier.T1, "field": field, "route": "domain", "answer": answer} | more
    return Attempt(provider=provider, **values)  # type: ignore[arg-type] # a builder


def before(provider: str, field: Field = Field.EMAIL) -> AskedBefore:
    return AskedBefore(provider=provider, field=field, outcome=Outcome.MISS, at=datetime(2030, 1, 1, tzinfo=UTC))


def cell(provider: str, *missed: str, segment: str = "de", field: Field = Field.EMAIL) -> Cell:
    return Cell(RouteKey(provider, field, "domain"), segment, frozenset(missed))


@pytest.mark.parametrize(
    ("answer", "field", "counts"),
    [
        (MISS, Field.EMAIL, Counts(asked=1)),
        (REJECTED, Field.EMAIL, Counts(asked=1, returned=1)),
        (FAILED, Field.EMAIL, Counts(failed=1)),
        (found(Deliverability.VALID), Field.EMAIL, Counts(asked=1, returned=1, accepted=1)),
        (found(Deliverability.RISKY), Field.EMAIL, Counts(asked=1, returned=1, risky=1)),
        (found(Deliverability.UNKNOWN), Field.EMAIL, Counts(asked=1, returned=1)),
        # Any number ends the search for one.
        (found(Deliverability.RISKY, Field.PHONE), Field.PHONE, Counts(asked=1, returned=1, accepted=1)),
    ],
)
def test_an_answer_counts_under_its_segment_and_under_that_of_all(answer: Answer, field: Field, counts: Counts) -> None:
    for segment in ("de", ""):
        assert observed([attempt("a", answer, field)], (), "de")[cell("a", segment=segment, field=field)] == counts


def test_cost_and_time_are_summed_with_the_calls_of_a_route() -> None:
    attempts = [attempt("a", FAILED, cost_usd=Decimal("0.5"), latency_ms=1500), attempt("a", MISS, cost_usd=Decimal(1))]
    counts = Counts(asked=1, failed=1, cost_usd=1.5, seconds=1.5)
    assert observed(attempts, (), "de")[cell("a")] == counts


def test_who_has_missed_by_then_is_part_of_the_cell() -> None:
    attempts = [
        attempt("a", MISS),
        attempt("b", FAILED),
        attempt("p", MISS, Field.PHONE),
        attempt("c", REJECTED),
        attempt("d", found(Deliverability.RISKY)),
        attempt("e", found(Deliverability.VALID)),
        attempt("f", MISS),
        attempt("v", found(Deliverability.VALID), Field.VERIFY),
    ]
    # A failure is no miss, and the fields know nothing of each other; a verifier finds nobody.
    assert set(observed(attempts, [before("x"), before("y"), before("z", Field.PHONE)], "de")) == {
        one
        for segment in ("de", "")
        for one in (
            cell("a", "x", "y", segment=segment),
            cell("b", "x", "y", "a", segment=segment),
            cell("p", "z", segment=segment, field=Field.PHONE),
            cell("c", "x", "y", "a", segment=segment),
            cell("d", "x", "y", "a", "c", segment=segment),
            cell("e", "x", "y", "a", "c", "d", segment=segment),
            cell("f", "x", "y", "a", "c", "d", segment=segment),
        )
    }


def test_what_cascades_say_is_summed_up_mode_by_mode() -> None:
    one, two = Counts(asked=1), Counts(asked=1, returned=1)
    assert summed([(Mode.LIVE, {cell("a"): one}), (Mode.TEST, {cell("a"): one}), (Mode.LIVE, {cell("a"): two})]) == {
        (Mode.LIVE, cell("a")): Counts(asked=2, returned=1),
        (Mode.TEST, cell("a")): one,
    }


JANE = Contact(first_name="Jane", last_name="Smith", company_domain="acme.example")
OFFERS = [
    offer("dear", call="0.05"),
    offer("cheap", call="0.01", tier=Tier.T3),
    offer("number", call="0.1", field=Field.PHONE),
]


def test_each_field_has_a_plan_by_its_rules_with_the_providers_of_that_field() -> None:
    fields = (Field.EMAIL, Field.PHONE)
    email, phone = make_plans(fields, OFFERS, JANE, max_cost_usd=Decimal("0.5"))
    assert (email.field, phone.field, email.max_cost_usd, email.wanted) == (*fields, Decimal("0.5"), frozenset(fields))
    assert walk(email) == ["dear", "cheap"]
    assert [offers[0].provider for offers in phone.providers] == ["number"]
    (cheapest,) = make_plans(fields[:1], OFFERS, JANE, waterfall=Waterfall(strategy=Strategy.CHEAPEST))
    assert walk(cheapest) == ["cheap", "dear"]
    (only,) = make_plans(fields[:1], OFFERS, JANE, only=("dear",))
    assert walk(only) == ["dear"]


def test_who_was_asked_before_has_missed_in_plans_of_the_same_field() -> None:
    waterfall = Waterfall(strategy=Strategy.CHEAPEST)
    hits = Counts(asked=1000, returned=999, accepted=999)
    counted = {
        cell("cheap", segment=""): hits,
        cell("cheap", "x", segment=""): Counts(asked=1000),
        cell("dear", "x", segment=""): hits,
    }
    for asked, order in ((Field.EMAIL, ["dear", "cheap"]), (Field.PHONE, ["cheap", "dear"])):
        (plan,) = make_plans(
            (Field.EMAIL,),
            OFFERS,
            JANE,
            waterfall=waterfall,
            statistics=Statistics(counted),
            before=[before("x", asked)],
        )
        assert walk(plan) == order


def test_a_wait_has_a_price_in_plans_as_well() -> None:
    def wait(one: Offer) -> float:
        return 3600.0 if one.provider == "cheap" else 0.0

    (plan,) = make_plans((Field.EMAIL,), OFFERS, JANE, waterfall=Waterfall(strategy=Strategy.CHEAPEST), wait=wait)
    assert walk(plan) == ["dear", "cheap"]
