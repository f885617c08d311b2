"""Cache policy: which earlier results answer a request, and for how long."""

from datetime import datetime, timedelta
from functools import cache

from app.domain.vocabulary import FIELDS_OF, EnrichmentType, Field, ResultStatus
from app.domain.waterfall.answer import Deliverability
from app.domain.waterfall.result import FieldResult, Result

LIFETIME = timedelta(days=30)


@cache
def answered_by(wanted: EnrichmentType) -> tuple[EnrichmentType, ...]:
    """List the types of earlier runs that may answer a request: its own, and ``all``."""
    return tuple(dict.fromkeys((wanted, EnrichmentType.ALL)))


def fresh_since(now: datetime, lifetime: timedelta = LIFETIME) -> datetime:
    """Return the time after which a result must have ended to be fresh; at exactly the lifetime it is not."""
    return now - lifetime


def project(result: Result, wanted: EnrichmentType) -> tuple[ResultStatus, Result] | None:
    """Return the part of a stored result that answers the wanted fields.

    Returns:
        The status and that part, or None when no provider answered for a wanted field. That nothing was found is no
        answer yet where providers are left to ask.
    """
    parts: dict[Field, FieldResult] = {
        field: part for field in FIELDS_OF[wanted] if (part := result.get(field)) is not None
    }
    if not parts:
        return None
    found = any(part.found for part in parts.values())
    return (ResultStatus.FOUND if found else ResultStatus.NOT_FOUND), Result.of(parts)


def is_kept_for_duplicates(result: Result, kind: EnrichmentType, *, refuted: bool = False) -> bool:
    """Return whether a result answers duplicates; an `unknown` of every verifier may change within an hour.

    Args:
        result: Of the look-up.
        kind: Of the look-up.
        refuted: Whether a verdict was rejected because the account reported that the address bounced; the verifier
            would say the same again.
    """
    verdict = result.email if kind is EnrichmentType.VERIFY else None
    if verdict is None or verdict.status is not Deliverability.UNKNOWN:
        return True
    return refuted and not verdict.found
