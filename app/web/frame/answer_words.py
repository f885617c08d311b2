"""Put the state and the result of a run into words."""

import msgspec

from app.domain.runs.view import RunView
from app.domain.vocabulary import FIELDS_OF, Field, ResultStatus, RunStatus
from app.domain.waterfall.answer import Deliverability, PhoneType
from app.domain.waterfall.result import FieldResult

_STATES = {
    RunStatus.PENDING: ("waiting", "waiting"),
    RunStatus.PROCESSING: ("asking", "running"),
    RunStatus.CANCELLED: ("cancelled", "miss"),
}
_RESULTS = {
    ResultStatus.FOUND: ("found", "hit"),
    ResultStatus.NOT_FOUND: ("not found", "miss"),
    ResultStatus.ERROR: ("no answer", "trouble"),
}
_NAMES = {Field.EMAIL: "e-mail address", Field.PHONE: "phone number"}
_CERTAINTY = {
    Deliverability.VALID: "valid",
    Deliverability.RISKY: "risky: it may bounce",
    Deliverability.INVALID: "invalid",
    Deliverability.UNKNOWN: "not checked",
}
_LINES = {PhoneType.MOBILE: "mobile", PhoneType.LANDLINE: "landline", PhoneType.VOIP: "internet telephony"}


class State(msgspec.Struct, frozen=True):
    """The state of a run as a badge shows it."""

    words: str
    kind: str


class FieldAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """The answer of one field; `value` is None where there is nothing."""

    name: str
    value: str | None
    words: str


def state_of(run: RunView) -> State:
    """Return the state of a run, or its result once it has ended."""
    if run.result_status:
        words, kind = _RESULTS[run.result_status]
        return State(f"{words}, some failed" if run.degraded else words, kind)
    return State(*_STATES.get(run.status, ("ended", "miss")))


def answers_of(run: RunView) -> list[FieldAnswer]:
    """Return the answer of each field of a run."""
    parts = [(field, run.result.get(field) if run.result else None) for field in FIELDS_OF[run.type]]
    return [
        FieldAnswer(name=_NAMES[field], value=_value(part), words=_words(run, field, part)) for field, part in parts
    ]


def _value(part: FieldResult | None) -> str | None:
    if part is None or part.value is None:
        return None
    return f"{part.value} ext. {part.phone_extension}" if part.phone_extension else part.value


def _words(run: RunView, field: Field, part: FieldResult | None) -> str:
    if part is None:
        return f"{_NAMES[field]}: no provider could answer" if run.ended else f"{_NAMES[field]}: being looked for"
    if part.value is None:
        return f"{_NAMES[field]}: {part.reason or 'no provider that was asked knows one'}"
    said = [f"{_CERTAINTY[part.status]}, confidence {part.confidence} of 100"]
    if field is Field.PHONE and part.phone_type in _LINES:
        said.append(_LINES[part.phone_type])
    if part.provider:
        said.append(f"found by {part.provider}")
    return ", ".join(said)
