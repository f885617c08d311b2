"""Conclusions that a quote cuts short, the verdicts of verifiers, and results that answer no duplicates."""

import pytest

from app.domain.vocabulary import EnrichmentType, Field, ResultStatus
from app.domain.waterfall.answer import Answer, Deliverability, Found, Miss
from app.domain.waterfall.attempt import SWITCHED_OFF, Outcome, outcome_of
from app.domain.waterfall.cache_policy import is_kept_for_duplicates
from app.domain.waterfall.outcome import Conclusion, RunError, best, cut_short
from app.domain.waterfall.policy import make_plan, unasked
from app.domain.waterfall.result import FieldResult, Result
from tests.unit.test_ranking import NAMED, attempt, found, offer

NOT_FOUND = Conclusion(status=ResultStatus.NOT_FOUND, missed=frozenset({Field.EMAIL}))
NONE_ASKED = Conclusion(
    status=ResultStatus.ERROR, error=RunError(code="no_provider_configured", message="."), lacking=("LEADRUN_KEY",)
)


def test_a_miss_that_a_quote_cuts_short_is_incomplete() -> None:
    cut = cut_short(NOT_FOUND, "the list has reached its quote")
    assert (cut.status, cut.degraded, cut.reasons) == (ResultStatus.NOT_FOUND, True, {Field.EMAIL: "quote_reached"})


def test_a_contact_that_was_not_asked_for_says_that_it_cost_nothing() -> None:
    cut = cut_short(NONE_ASKED, "the list has reached its quote")
    assert cut.error == RunError(
        code="quote_reached",
        message="The list has reached its quote. This contact cost nothing; submit it again to go on.",
    )
    assert (cut.status, cut.lacking) == (ResultStatus.ERROR, ())


def test_what_was_found_or_not_cut_short_stays() -> None:
    hit = Conclusion(status=ResultStatus.FOUND, winners={Field.EMAIL: attempt("a", found(Deliverability.VALID))})
    assert cut_short(hit, "the list has reached its quote") is hit
    assert cut_short(NOT_FOUND, None) is NOT_FOUND


def test_of_two_alike_the_surer_and_then_the_first_wins() -> None:
    sure = Found(field=Field.EMAIL, value="s@acme.example", status=Deliverability.RISKY, confidence=95, score=50)
    risky = found(Deliverability.RISKY)
    attempts = [attempt("a", risky), attempt("b", Miss()), attempt("c", sure), attempt("d", risky)]
    assert best(Field.EMAIL, attempts) is attempts[2]
    assert best(Field.EMAIL, [attempts[0], attempts[3]]) is attempts[0]
    assert best(Field.PHONE, attempts) is None


@pytest.mark.parametrize(
    ("field", "answer", "outcome"),
    [
        (
            Field.VERIFY,
            found(Deliverability.INVALID),
            (Outcome.REJECTED, "invalid: mail to the address does not arrive"),
        ),
        (Field.VERIFY, found(Deliverability.RISKY), (Outcome.HIT, "risky: the verdict on the address")),
        (Field.EMAIL, found(Deliverability.RISKY), (Outcome.HIT, "risky: kept in case nothing better comes")),
        (Field.EMAIL, found(Deliverability.VALID), (Outcome.HIT, None)),
    ],
)
def test_a_verdict_is_listed_with_what_it_says(
    field: Field, answer: Answer, outcome: tuple[Outcome, str | None]
) -> None:
    assert outcome_of(field, answer) == outcome


UNSURE = Result(email=FieldResult(value="j@acme.example", status=Deliverability.UNKNOWN))


@pytest.mark.parametrize(
    ("result", "kind", "kept"),
    [
        (UNSURE, EnrichmentType.VERIFY, False),
        (UNSURE, EnrichmentType.EMAIL, True),
        (Result(email=FieldResult(value="j@acme.example", status=Deliverability.INVALID)), EnrichmentType.VERIFY, True),
        (Result(email=FieldResult()), EnrichmentType.VERIFY, False),
        (Result(), EnrichmentType.VERIFY, True),
    ],
)
def test_that_no_verifier_could_tell_answers_no_duplicate(result: Result, kind: EnrichmentType, *, kept: bool) -> None:
    assert is_kept_for_duplicates(result, kind) is kept


@pytest.mark.parametrize(
    ("unusable", "reason"),
    [
        ([], "no provider finds it"),
        (
            [SWITCHED_OFF, "no key"],
            "each provider for it is switched off; the operator of this service must switch one on",
        ),
        (["no key"], "no provider for it is configured here; the operator of this service must add one"),
        (["no key", None], None),
    ],
)
def test_why_nobody_could_be_asked_is_said_to_the_client(unusable: list[str | None], reason: str | None) -> None:
    offers = [offer(f"p{place}", unusable=why) for place, why in enumerate(unusable)]
    assert unasked([make_plan(Field.EMAIL, offers)], NAMED) == reason
