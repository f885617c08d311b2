"""When to call a vendor again, in the forms in which vendors say so."""

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from math import isfinite
from typing import Literal

import msgspec

from app.providers.declaration.messages import NoValue, Path, VendorResponse, look

LONGEST_WAIT = 86_400.0
LEAST_EPOCH = 1e9


TimeUnit = Literal["seconds", "epoch", "iso"]


class RetryAfterHint(msgspec.Struct, frozen=True, kw_only=True):
    """Where a vendor says when to call again, besides ``Retry-After``.

    Attributes:
        header: A header that says it; or
        path: a path into the body; or
        seconds: a constant, where the vendor only documents it.
        unit: Seconds from now, seconds since 1970 (``epoch``), or a date (``iso``).
        like: A regular expression whose first group is the number, where it stands in a text.
        when: A header that must be 0, so that of several windows the used-up one counts.
    """

    header: str | None = None
    path: Path | None = None
    seconds: float | None = None
    unit: TimeUnit = "seconds"
    like: str | None = None
    when: str | None = None


def wait(
    header: str | None = None,
    unit: TimeUnit = "seconds",
    *,
    path: Path | None = None,
    seconds: float | None = None,
    like: str | None = None,
    when: str | None = None,
) -> RetryAfterHint:
    """Declare where a vendor says when to call again; see `RetryAfterHint`."""
    return RetryAfterHint(header=header, path=path, seconds=seconds, unit=unit, like=like, when=when)


def read_retry_after(reply: VendorResponse, waits: Iterable[RetryAfterHint], now: datetime) -> float | None:
    """Read how many seconds the vendor wants us to wait.

    ``Retry-After`` counts first, as seconds or as an HTTP date (RFC 9110, 10.2.3), then the vendor's own hints.

    Returns:
        0 to `LONGEST_WAIT`, or None where the vendor says nothing.
    """
    written = reply.headers.get("retry-after", "")
    wait = _seconds(written, "seconds", now)
    if wait is None and written:
        try:
            wait = (parsedate_to_datetime(written).astimezone(UTC) - now).total_seconds()
        except (ValueError, OverflowError):
            wait = None
    for hint in waits:
        if wait is not None:
            break
        if hint.when is None or _seconds(reply.headers.get(hint.when.lower()), "seconds", now) == 0:
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
        if unit == "iso":
            when = datetime.fromisoformat(str(value).strip())
            return ((when if when.tzinfo else when.replace(tzinfo=UTC)) - now).total_seconds()
        number = float(value)
    except (ValueError, OverflowError):
        return None
    if not isfinite(number):
        return None
    # Some pages of a vendor say seconds where others say seconds since 1970; no wait lasts for 30 years.
    return number - now.timestamp() if unit == "epoch" or number > LEAST_EPOCH else number
