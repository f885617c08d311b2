"""Feedback: what became of a value after it was found, and what a value that turned out wrong is worth from then on."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from enum import StrEnum

import msgspec

from app.domain.errors import RequestError
from app.domain.vocabulary import FINDABLE, Field, ResultStatus
from app.domain.waterfall.answer import Answer, Found, Rejected
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
    """Return a result in which each wrong value is a miss; where none is wrong, the result itself."""
    known = {(one.field, one.value) for one in wrong}
    parts = {field: part for field in FINDABLE if (part := result.get(field)) is not None}
    if not any((field, part.value) in known for field, part in parts.items()):
        return result
    return Result.of({field: FieldResult() if (field, part.value) in known else part for field, part in parts.items()})


def asked_for_wrong(wrong: Iterable[WrongValue]) -> tuple[AskedBefore, ...]:
    """Return the providers of wrong values as asked: they would sell the same value again."""
    return tuple(
        AskedBefore(provider=one.provider, field=one.field, outcome=Outcome.REJECTED, at=one.at) for one in wrong
    )


def unless_wrong(field: Field, answer: Answer, wrong: Iterable[WrongValue]) -> Answer:
    """Return an answer, or its rejection where its value was reported as wrong for this contact."""
    if not isinstance(answer, Found):
        return answer
    reported = next((one for one in wrong if (one.field, one.value) == (field, answer.value)), None)
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
