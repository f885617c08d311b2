"""Feedback: which values a report is about, and what a value is worth once it is wrong."""

from datetime import UTC, datetime
from itertools import product

import msgspec
import pytest

from app.domain.vocabulary import FINDABLE, EnrichmentType, Field, ResultStatus, Tier
from app.domain.waterfall.answer import Answer, Deliverability, Found, Miss, Rejected
from app.domain.waterfall.attempt import Attempt, Outcome
from app.domain.waterfall.cache_policy import is_kept_for_duplicates
from app.domain.waterfall.feedback import (
    WRONG,
    FeedbackOutcome,
    WrongValue,
    asked_for_wrong,
    concerned,
    conclude_without,
    is_worthless,
    unless_wrong,
    without_wrong,
)
from app.domain.waterfall.outcome import Conclusion
from app.domain.waterfall.result import FieldResult, Result
from tests.rows import each_row

AT = datetime(2026, 11, 21, tzinfo=UTC)
ADDRESS, NUMBER = "jane.smith@acme.example", "+12025550123"
EMAIL = FieldResult(value=ADDRESS, provider="hunter")
PHONE = FieldResult(value=NUMBER, provider="kaspr")
BOTH = Result(email=EMAIL, phone=PHONE)
BOUNCED = WrongValue(field=Field.EMAIL, value=ADDRESS, provider="hunter", outcome=FeedbackOutcome.BOUNCED, at=AT)
CUT_OFF = WrongValue(field=Field.PHONE, value=NUMBER, provider="kaspr", outcome=FeedbackOutcome.DISCONNECTED, at=AT)


def found(field: Field, value: str) -> Found:
    return Found(field=field, value=value, status=Deliverability.VALID, confidence=95, score=100)


def attempt(field: Field, answer: Answer) -> Attempt:
    return Attempt(provider="hunter", tier=Tier.T1, field=field, route="name", answer=answer)


@each_row(
    ("outcome", "field", "result", "about"),
    [
        (FeedbackOutcome.BOUNCED, None, BOTH, [Field.EMAIL]),
        (FeedbackOutcome.ANSWERED, None, BOTH, [Field.PHONE]),
        (FeedbackOutcome.WRONG_PERSON, None, BOTH, [Field.EMAIL, Field.PHONE]),
        (FeedbackOutcome.LEFT_COMPANY, Field.EMAIL, BOTH, [Field.EMAIL]),
        (FeedbackOutcome.BOUNCED, Field.PHONE, BOTH, []),
        (FeedbackOutcome.BOUNCED, None, Result(phone=PHONE), []),
        (FeedbackOutcome.BOUNCED, None, Result(email=FieldResult()), []),
    ],
)
def test_a_report_is_about_what_was_found_and_it_can_be_said_of(
    outcome: FeedbackOutcome, field: Field | None, result: Result, about: list[Field]
) -> None:
    assert list(concerned(outcome, field, result)) == about


def test_a_wrong_value_is_a_miss_and_the_rest_stays() -> None:
    assert without_wrong(BOTH, [BOUNCED], EnrichmentType.ALL) == Result(email=FieldResult(), phone=PHONE)
    assert without_wrong(BOTH, [], EnrichmentType.ALL) is BOTH
    other = Result(email=FieldResult(value="j.smith@acme.example", provider="hunter"))
    assert without_wrong(other, [BOUNCED], EnrichmentType.EMAIL) is other


def test_the_provider_of_a_wrong_value_counts_as_asked_and_who_gave_it_to_another_contact_too() -> None:
    assert asked_for_wrong([], [], BOTH, EnrichmentType.ALL) == ()
    (asked,) = asked_for_wrong([BOUNCED], [], Result(), EnrichmentType.EMAIL)
    assert (asked.provider, asked.field, asked.outcome, asked.at) == ("hunter", Field.EMAIL, Outcome.REJECTED, AT)
    for kind, field in ((EnrichmentType.ALL, Field.EMAIL), (EnrichmentType.VERIFY, Field.VERIFY)):
        result = Result(email=FieldResult(value=ADDRESS, provider="bouncer", status=Deliverability.VALID))
        given = asked_for_wrong([CUT_OFF], [BOUNCED], result, kind)
        # Hunter, who gave it to another contact, may know this one.
        assert {(one.provider, one.field) for one in given} == {("kaspr", Field.PHONE), ("bouncer", field)}
        given = asked_for_wrong([CUT_OFF, BOUNCED], [BOUNCED], result, kind)
        assert {(one.provider, one.field) for one in given} == {
            ("hunter", Field.EMAIL),
            ("kaspr", Field.PHONE),
            ("bouncer", field),
        }


def test_a_wrong_value_is_rejected_whoever_gives_it_and_others_are_not() -> None:
    answer = unless_wrong(Field.EMAIL, found(Field.EMAIL, ADDRESS), [CUT_OFF, BOUNCED])
    assert answer == Rejected(reason="your feedback of 2026-11-21 says bounced of this value")
    good = found(Field.EMAIL, "j.smith@acme.example")
    assert unless_wrong(Field.EMAIL, good, [BOUNCED]) is good
    assert unless_wrong(Field.EMAIL, Miss(), [BOUNCED]) == Miss()


def test_a_bounce_alone_refutes_a_verdict_and_only_that_mail_arrives() -> None:
    for outcome, status in product(WRONG, Deliverability):
        report = msgspec.structs.replace(BOUNCED, outcome=outcome)
        stays = outcome is not FeedbackOutcome.BOUNCED or status is not Deliverability.VALID
        if outcome is FeedbackOutcome.DISCONNECTED:
            continue
        verdict = msgspec.structs.replace(found(Field.VERIFY, ADDRESS), status=status)
        assert (unless_wrong(Field.VERIFY, verdict, [report]) is verdict) is stays, (outcome, status)
        kept = Result(email=msgspec.structs.replace(EMAIL, status=status))
        assert (without_wrong(kept, [report], EnrichmentType.VERIFY) is kept) is stays
        assert is_worthless(kept, [report], EnrichmentType.VERIFY) is not stays
        # Of a look-up the value itself is wrong, whatever was said of it.
        assert without_wrong(kept, [report], EnrichmentType.EMAIL) == Result(email=FieldResult())


def test_a_miss_of_verifiers_is_kept_only_where_a_report_has_made_it_one() -> None:
    unknown = Result(email=EMAIL)
    for result, kind, refuted, is_kept in (
        (Result(email=FieldResult()), EnrichmentType.VERIFY, False, False),
        (Result(email=FieldResult()), EnrichmentType.VERIFY, True, True),
        (unknown, EnrichmentType.VERIFY, True, False),
        (Result(email=FieldResult()), EnrichmentType.EMAIL, False, True),
        (unknown, EnrichmentType.EMAIL, False, True),
    ):
        assert is_kept_for_duplicates(result, kind, refuted=refuted) is is_kept, (result, kind, refuted)


@pytest.mark.parametrize(
    ("wrong", "status", "left"),
    [
        ([], ResultStatus.FOUND, [Field.EMAIL, Field.PHONE]),
        ([BOUNCED], ResultStatus.FOUND, [Field.PHONE]),
        ([BOUNCED, CUT_OFF], ResultStatus.NOT_FOUND, []),
    ],
)
def test_a_conclusion_loses_what_was_reported_meanwhile(
    wrong: list[WrongValue], status: ResultStatus, left: list[Field]
) -> None:
    values = {Field.EMAIL: ADDRESS, Field.PHONE: NUMBER}
    winners = {field: attempt(field, found(field, value)) for field, value in values.items()}
    after = conclude_without(Conclusion(status=ResultStatus.FOUND, winners=winners), wrong)
    assert (after.status, list(after.winners)) == (status, left)
    assert after.missed == set(FINDABLE) - set(left)


def test_a_result_is_worthless_when_nothing_good_is_left_of_it() -> None:
    assert is_worthless(BOTH, [BOUNCED, CUT_OFF], EnrichmentType.ALL)
    assert not is_worthless(BOTH, [BOUNCED], EnrichmentType.ALL)
    assert not is_worthless(Result(email=FieldResult()), [BOUNCED], EnrichmentType.EMAIL)
    assert not is_worthless(None, [BOUNCED], EnrichmentType.EMAIL)
