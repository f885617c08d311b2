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


def without_wrong(result: Result, wrong: Sequence[WrongValue], kind: EnrichmentType) -> Result:
    """Return a result in which each wrong value is a miss; where none is wrong, the result itself.

    Args:
        result: Of a look-up.
        wrong: Values that were reported as wrong.
        kind: Of that look-up.
    """
    if not wrong:
        return result
    parts = {field: part for field in FINDABLE if (part := result.get(field)) is not None}
    asked = {field: Field.VERIFY if kind is EnrichmentType.VERIFY else field for field in parts}
    bad = {f for f, part in parts.items() if any(_is_wrong(asked[f], part.value, part.status, one) for one in wrong)}
    if not bad:
        return result
    return Result.of({field: FieldResult() if field in bad else part for field, part in parts.items()})


def asked_for_wrong(
    wrong: Sequence[WrongValue], dead: Sequence[WrongValue], result: Result, kind: EnrichmentType
) -> tuple[AskedBefore, ...]:
    """Return the providers of wrong values as asked: they would sell the same value again.

    Args:
        wrong: Values that were reported as wrong for the contact.
        dead: Values that were reported as wrong for another contact, whose providers may know this one.
        result: Of an earlier look-up; who has given one of them there counts as asked as well.
        kind: Of that look-up.
    """
    if not wrong and not dead:
        return ()
    sold = [(one.provider, one.field, one.at) for one in wrong]
    for field in FIELDS_OF[kind]:
        if part := result.get(field):
            given = [one for one in (*wrong, *dead) if _is_wrong(field, part.value, part.status, one)]
            sold += [(part.provider or "", field, one.at) for one in given]
    return tuple(AskedBefore(provider=name, field=field, outcome=Outcome.REJECTED, at=at) for name, field, at in sold)


def _is_wrong(field: Field, value: str | None, status: Deliverability, one: WrongValue) -> bool:
    """Return whether a report says that an answer is wrong.

    A verdict is about an e-mail address, not its owner. Only that mail arrives is refuted, and by a bounce alone.
    """
    if field is Field.VERIFY:
        refuted = status is Deliverability.VALID and one.outcome in DEAD
        return refuted and (one.field, one.value) == (Field.EMAIL, value)
    return (one.field, one.value) == (field, value)


def unless_wrong(field: Field, answer: Answer, wrong: Iterable[WrongValue]) -> Answer:
    """Return an answer, or its rejection where its value was reported as wrong."""
    if not isinstance(answer, Found):
        return answer
    reported = next((one for one in wrong if _is_wrong(field, answer.value, answer.status, one)), None)
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


def is_worthless(result: Result | None, wrong: Sequence[WrongValue], kind: EnrichmentType) -> bool:
    """Return whether everything that a look-up of a kind found was reported as wrong."""
    if result is None:
        return False
    before, after = _found(result), _found(without_wrong(result, wrong, kind))
    return bool(before) and not after


def _found(result: Result) -> Mapping[Field, FieldResult]:
    return {field: part for field in FINDABLE if (part := result.get(field)) is not None and part.found}
