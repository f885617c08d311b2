"""Read the verdict of a verification: how sure it is that mail to an address that we name arrives."""

from fnmatch import fnmatchcase

import msgspec

from app.domain.vocabulary import Field
from app.domain.waterfall.answer import (
    DEFAULT_CONFIDENCE,
    DEFAULT_SCORE,
    SETTLED_SCORE,
    Deliverability,
    Found,
    Miss,
)
from app.providers.client.interpret import CallResult, folded, grade_of, percent_of, within
from app.providers.declaration.grades import written
from app.providers.declaration.messages import VendorResponse, look, several, step
from app.providers.declaration.values import Values


def with_verdict(result: CallResult, reply: VendorResponse, values: Values, address: str) -> CallResult:
    """Return the result of a verification with its verdict in place of values that a finder would have found.

    An answer without a verdict that we know is ``unknown``, never a miss: the address is there, whatever is known of
    it. A failure stays as it is.

    Args:
        result: Of the call; a miss is an answer that reached no verdict, which the vendor does not charge.
        reply: The answer.
        values: Where the verdict is.
        address: The address that was asked about.
    """
    if result.reply is None:
        unknown = isinstance(result.answer, Miss)
        return msgspec.structs.replace(result, answer=_found(address, Deliverability.UNKNOWN)) if unknown else result
    items = [item for place in values.at for item in several(look(reply, place)) if _is_about(item, values, address)]
    item = items[0] if items else None
    grade = written(within(reply, item, values.grade)) or ""
    status = grade_of(grade, values.grades) or Deliverability.UNKNOWN
    percent = within(reply, item, values.confidence) if not isinstance(values.confidence, dict) else None
    found = _found(address, status, percent_of(percent, values.scale))
    if status is Deliverability.VALID and any(fnmatchcase(folded(grade), pattern) for pattern in values.settled):
        found = msgspec.structs.replace(found, score=SETTLED_SCORE)
    billed = frozenset({Field.VERIFY}) if status.value in values.billed else frozenset()
    return msgspec.structs.replace(result, answer=found, billed=billed)


def _is_about(item: object, values: Values, address: str) -> bool:
    """Return whether an entry of a list is that of the address, where entries say whose they are."""
    named = [written(step(item, path)) for path in values.value if path]
    return not named or any(name is not None and name.casefold() == address.casefold() for name in named)


def _found(address: str, status: Deliverability, confidence: int | None = None) -> Found:
    return Found(
        field=Field.VERIFY,
        value=address,
        status=status,
        confidence=DEFAULT_CONFIDENCE[status] if confidence is None else confidence,
        score=DEFAULT_SCORE[status],
    )
