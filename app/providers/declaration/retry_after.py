"""When a vendor wants us to come again, in the forms in which vendors say so."""

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from enum import StrEnum
from math import isfinite

import msgspec

from app.providers.declaration.response import NoValue, Path, VendorResponse, look

LONGEST_WAIT = 86_400.0


class TimeUnit(StrEnum):
    """How a vendor writes when to come again."""

    SECONDS = "seconds"
    EPOCH = "epoch"
    ISO = "iso"


class RetryAfterHint(msgspec.Struct, frozen=True, kw_only=True):
    """Where a vendor says when to come again, besides ``Retry-After``.

    Attributes:
        header: That says it; or
        path: into the body; or
        seconds: a constant, where the vendor only documents it.
        like: A regular expression whose first group is the number, where it stands in a text.
        when: A header that must be 0, so that of several windows the one that is used up is waited for.
    """

    header: str | None = None
    path: Path | None = None
    seconds: float | None = None
    unit: TimeUnit = TimeUnit.SECONDS
    like: str | None = None
    when: str | None = None


def read_retry_after(reply: VendorResponse, waits: Iterable[RetryAfterHint], now: datetime) -> float | None:
    """Find how many seconds the vendor wants us to wait.

    ``Retry-After`` counts first, as seconds or as an HTTP date (RFC 9110, 10.2.3), then what the vendor has of its own.
    """
    written = reply.headers.get("retry-after", "")
    wait = _seconds(written, TimeUnit.SECONDS, now)
    if wait is None and written:
        try:
            wait = (parsedate_to_datetime(written).astimezone(UTC) - now).total_seconds()
        except (ValueError, OverflowError):
            wait = None
    for hint in waits:
        if wait is not None:
            break
        if hint.when is None or _seconds(reply.headers.get(hint.when.lower()), TimeUnit.SECONDS, now) == 0:
            wait = _seconds(_said(reply, hint), hint.unit, now)
    return None if wait is None else max(0.0, min(LONGEST_WAIT, wait))


def _said(reply: VendorResponse, hint: RetryAfterHint) -> object:
    if hint.seconds is not None:
        return hint.seconds
    said = look(reply, hint.path) if hint.path is not None else reply.headers.get((hint.header or "").lower())
    if hint.like is None:
        return said
    found = re.search(hint.like, said[:4096], re.IGNORECASE) if isinstance(said, str) else None
    return found[1] if found else None


def _seconds(value: object, unit: TimeUnit, now: datetime) -> float | None:
    if isinstance(value, NoValue | bool) or not isinstance(value, str | int | float):
        return None
    try:
        if unit is TimeUnit.ISO:
            when = datetime.fromisoformat(str(value).strip())
            return ((when if when.tzinfo else when.replace(tzinfo=UTC)) - now).total_seconds()
        number = float(value)
    except (ValueError, OverflowError):
        return None
    if not isfinite(number):
        return None
    return number - now.timestamp() if unit is TimeUnit.EPOCH else number
