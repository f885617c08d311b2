"""The signature check of a receiver (Standard Webhooks): which key signed a delivery, or why none did."""

import hmac
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from enum import StrEnum

import msgspec

from app.domain.webhooks.delivery import sign

# The tolerance of the official libraries, so that a recorded delivery cannot be replayed later.
TOLERANCE = timedelta(seconds=300)
ID, TIMESTAMP, SIGNATURE = "webhook-id", "webhook-timestamp", "webhook-signature"

_SCHEME = "v1,"
_SECONDS = re.compile(r"\d{1,11}", re.ASCII)


class SignatureFault(StrEnum):
    """Why the signature check fails."""

    HEADER_MISSING = "header_missing"
    TIMESTAMP_UNREADABLE = "timestamp_unreadable"
    TOO_OLD = "too_old"
    TOO_NEW = "too_new"
    NO_SIGNATURE = "no_signature"
    NO_MATCH = "no_match"


class SignatureValid(msgspec.Struct, frozen=True, kw_only=True):
    """The delivery is genuine; `key` is the index of the first key that proves it."""

    key: int


class SignatureInvalid(msgspec.Struct, frozen=True, kw_only=True):
    """The delivery is not proven to be genuine; `reason` is a sentence."""

    fault: SignatureFault
    reason: str


SignatureCheck = SignatureValid | SignatureInvalid


def verify(
    headers: Mapping[str, str],
    body: bytes,
    keys: Sequence[bytes],
    *,
    now: datetime,
    tolerance: timedelta = TOLERANCE,
) -> SignatureCheck:
    """Check the signature of a delivery (Standard Webhooks 1.0, "Verifying webhook authenticity").

    Args:
        headers: The headers, with names in lower case.
        body: The received bytes, before any parser.
        keys: Every signing key that may have been used; during a rotation there are two.
        now: In UTC.
        tolerance: How far the timestamp may lie in the past or in the future.

    Returns:
        Valid when one of the signatures was made with one of the keys. Otherwise another key was used or the bytes
        differ; no receiver can distinguish the two.
    """
    missing = [name for name in (ID, TIMESTAMP, SIGNATURE) if not headers.get(name)]
    if missing:
        be = "header is" if len(missing) == 1 else "headers are"
        return SignatureInvalid(fault=SignatureFault.HEADER_MISSING, reason=f"the {be} missing: {', '.join(missing)}")
    seconds = headers[TIMESTAMP]
    if not _SECONDS.fullmatch(seconds):
        return SignatureInvalid(
            fault=SignatureFault.TIMESTAMP_UNREADABLE, reason=f"{TIMESTAMP} is not in whole seconds since 1970"
        )
    late = _untimely(int(seconds), now, tolerance)
    if late:
        return late
    given = [one.encode(errors="replace") for one in headers[SIGNATURE].split() if one.startswith(_SCHEME)]
    if not given:
        return SignatureInvalid(
            fault=SignatureFault.NO_SIGNATURE, reason=f"{SIGNATURE} holds no signature of the scheme v1"
        )
    for place, key in enumerate(keys):
        expected = sign(key, headers[ID], int(seconds), body).encode()
        if any([hmac.compare_digest(expected, one) for one in given]):  # noqa: C419 - all are compared, whichever fits
            return SignatureValid(key=place)
    return SignatureInvalid(
        fault=SignatureFault.NO_MATCH,
        reason="no signature fits: made with another secret, or the id, the timestamp or a byte of the body is changed",
    )


def _untimely(seconds: int, now: datetime, tolerance: timedelta) -> SignatureInvalid | None:
    age = (now - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds() - seconds
    allowed = tolerance.total_seconds()
    if age > allowed:
        reason = f"{TIMESTAMP} is {age:.0f} s old, and {allowed:.0f} s are allowed"
        return SignatureInvalid(fault=SignatureFault.TOO_OLD, reason=reason)
    if age < -allowed:
        reason = f"{TIMESTAMP} is {-age:.0f} s in the future, and {allowed:.0f} s are allowed; is the clock right?"
        return SignatureInvalid(fault=SignatureFault.TOO_NEW, reason=reason)
    return None
