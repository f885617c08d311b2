"""Feedback: what became of a value after it was found, and what a value that turned out wrong is worth from then on."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from enum import StrEnum

import msgspec

from app.domain.errors import RequestError
from app.domain.vocabulary import FIELDS_OF, FINDABLE, EnrichmentType, Field, ResultStatus
from app.domain.waterfall.answer import Answer, Deliverability, Found, Rejected
from app.domain.waterfall.asked_before import AskedBefore
from app.domain.waterfall.attempt import Outcome
from app.domain.waterfall.outcome import Conclusion
from app.domain.waterfall.result import FieldResult, Result


class FeedbackOutcome(StrEnum):
    """A report of a client about a value."""

    BOUNCED = "bounced"
    DELIVERED = "delivered"
    WRONG_PERSON = "wrong_person"
    LEFT_COMPANY = "left_company"
    DISCONNECTED = "disconnected"
    ANSWERED = "answered"


_BOTH = frozenset(FINDABLE)
CONCERNS: dict[FeedbackOutcome, frozenset[Field]] = {
    FeedbackOutcome.BOUNCED: frozenset({Field.EMAIL}),
    FeedbackOutcome.DELIVERED: frozenset({Field.EMAIL}),
    FeedbackOutcome.WRONG_PERSON: _BOTH,
    FeedbackOutcome.LEFT_COMPANY: _BOTH,
    FeedbackOutcome.DISCONNECTED: frozenset({Field.PHONE}),
    FeedbackOutcome.ANSWERED: frozenset({Field.PHONE}),
}
# After these the value is neither served nor accepted again for the same contact and account.
WRONG = frozenset(FeedbackOutcome) - {FeedbackOutcome.DELIVERED, FeedbackOutcome.ANSWERED}
# These are said of the value itself: it is wrong for each contact of the account for whom it is found.
DEAD = frozenset({FeedbackOutcome.BOUNCED, FeedbackOutcome.DISCONNECTED})


class NothingToReportError(RequestError):
    """The run has found nothing that the report could be about."""

    code = "nothing-to-report"
    title = "Nothing to report about"


class WrongValue(msgspec.Struct, frozen=True, kw_only=True):
    """A value that a client has reported as wrong for a contact.

    Attributes:
        provider: Whose value it was.
        at: When it was reported, in UTC.
    """

    field: Field
    value: str
    provider: str
    outcome: FeedbackOutcome
    at: datetime


def concerned(outcome: FeedbackOutcome, field: Field | None, result: Result) -> dict[Field, FieldResult]:
    """Return the values of a result that feedback is about: all that were found, or that of the named field."""
    fields = [one for one in FINDABLE if one in CONCERNS[outcome] and field in {None, one}]
    return {one: part for one in fields if (part := result.get(one)) is not None and part.found}


def without_wrong(result: Result, wrong: Sequence[WrongValue]) -> Result:
    """Return a result in which each wrong value is a miss; where none is wrong, the result itself.

    The verdict that mail to an address bounces stays.
    """
    known = {(one.field, one.value) for one in wrong}
    parts = {field: part for field in FINDABLE if (part := result.get(field)) is not None}
    bad = {f for f, part in parts.items() if (f, part.value) in known and part.status is not Deliverability.INVALID}
    if not bad:
        return result
    return Result.of({field: FieldResult() if field in bad else part for field, part in parts.items()})


def asked_for_wrong(wrong: Sequence[WrongValue], result: Result, kind: EnrichmentType) -> tuple[AskedBefore, ...]:
    """Return the providers of wrong values as asked: they would sell the same value again.

    Args:
        wrong: Values that were reported as wrong.
        result: Of an earlier look-up; who has given one of them there counts as asked as well.
        kind: Of that look-up.
    """
    sold = [(one.provider, one.field, one.at) for one in wrong]
    for field in FIELDS_OF[kind]:
        part = result.get(field)
        sold += [
            (part.provider or "", field, at) for one in wrong if part and (at := _reported(field, part.value, one))
        ]
    return tuple(AskedBefore(provider=name, field=field, outcome=Outcome.REJECTED, at=at) for name, field, at in sold)


def _reported(field: Field, value: str | None, one: WrongValue) -> datetime | None:
    """Return when a value was reported as wrong, if it was; a verdict is about an e-mail address."""
    about = Field.EMAIL if field is Field.VERIFY else field
    return one.at if (one.field, one.value) == (about, value) else None


def unless_wrong(field: Field, answer: Answer, wrong: Iterable[WrongValue]) -> Answer:
    """Return an answer, or its rejection where its value was reported as wrong.

    A verdict on an address that bounced is accepted where it says so.
    """
    if not isinstance(answer, Found) or (field is Field.VERIFY and answer.status is Deliverability.INVALID):
        return answer
    reported = next((one for one in wrong if _reported(field, answer.value, one)), None)
    if reported is None:
        return answer
    return Rejected(reason=f"your feedback of {reported.at:%Y-%m-%d} says {reported.outcome.value} of this value")


def conclude_without(conclusion: Conclusion, wrong: Sequence[WrongValue]) -> Conclusion:
    """Return a conclusion without the values that were reported as wrong while the cascade ran."""
    winners = {
        field: attempt
        for field, attempt in conclusion.winners.items()
        if isinstance(unless_wrong(field, attempt.answer, wrong), Found)
    }
    if winners.keys() == conclusion.winners.keys():
        return conclusion
    return msgspec.structs.replace(
        conclusion,
        status=ResultStatus.FOUND if winners else ResultStatus.NOT_FOUND,
        winners=winners,
        missed=conclusion.missed | (conclusion.winners.keys() - winners.keys()),
    )


def is_worthless(result: Result | None, wrong: Sequence[WrongValue]) -> bool:
    """Return whether everything that a result found was reported as wrong."""
    if result is None:
        return False
    before, after = _found(result), _found(without_wrong(result, wrong))
    return bool(before) and not after


def _found(result: Result) -> Mapping[Field, FieldResult]:
    return {field: part for field in FINDABLE if (part := result.get(field)) is not None and part.found}
