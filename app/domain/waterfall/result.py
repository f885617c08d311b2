"""The result of a run as it is stored, cached and shown: one part for each field."""

from collections.abc import Mapping

import msgspec

from app.domain.vocabulary import Field
from app.domain.waterfall.answer import Deliverability, Found, PhoneType
from app.domain.waterfall.outcome import Conclusion


class FieldResult(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The part of one field: a value, or the fact that providers answered and none had a value.

    Attributes:
        value: Address or E.164 number; None is a miss.
        confidence: 0-100.
        score: 0-100.
        phone_extension: Digits to dial behind the number of a switchboard.
        reason: Why there is no value, where no provider said so.
    """

    value: str | None = None
    provider: str | None = None
    confidence: int = 0
    status: Deliverability = Deliverability.UNKNOWN
    score: int = 0
    phone_type: PhoneType = PhoneType.UNKNOWN
    phone_extension: str | None = None
    reason: str | None = None

    @property
    def found(self) -> bool:
        """Whether there is a value."""
        return self.value is not None


class Result(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The result of a run; None for a field that was not wanted or that no provider answered.

    The verdict on a known address stands at `email`.
    """

    email: FieldResult | None = None
    phone: FieldResult | None = None

    def get(self, field: Field) -> FieldResult | None:
        """Return one field's part."""
        return self.phone if field is Field.PHONE else self.email

    @classmethod
    def of(cls, parts: Mapping[Field, FieldResult]) -> "Result":
        """Build a result from its parts."""
        return cls(email=parts.get(Field.EMAIL) or parts.get(Field.VERIFY), phone=parts.get(Field.PHONE))


def result_of(conclusion: Conclusion) -> Result:
    """Return the stored form of a conclusion."""
    parts: dict[Field, FieldResult] = {
        field: FieldResult(reason=conclusion.reasons.get(field)) for field in conclusion.missed
    }
    for field, attempt in conclusion.winners.items():
        found = attempt.answer
        if isinstance(found, Found):  # pragma: no branch - winners have found something
            parts[field] = FieldResult(
                value=found.value,
                provider=attempt.provider,
                confidence=found.confidence,
                status=found.status,
                score=found.score,
                phone_type=found.phone_type,
                phone_extension=found.phone_extension,
            )
    return Result.of(parts)
