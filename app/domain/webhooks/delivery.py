"""Deliveries: events, bodies and signatures, and the decision after each attempt."""

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

import msgspec

from app.domain.time_text import timestamp
from app.domain.vocabulary import RunStatus

SECRET_PREFIX = "whsec_"  # noqa: S105 - the public prefix of Standard Webhooks, no secret
SECRET_BYTES = 32
MAX_RETRY_AFTER = timedelta(hours=1)
SECRET_OVERLAP = timedelta(hours=24)

# Seconds before each retry. "standard" is the example of Standard Webhooks 1.0: ten attempts over 75:35:05.
SCHEDULES: dict[str, tuple[float, ...]] = {
    "quickstart": (10.0, 60.0, 360.0),
    "standard": (5.0, 300.0, 1800.0, 7200.0, 18_000.0, 36_000.0, 50_400.0, 72_000.0, 86_400.0),
}

_GONE = 410
_WAIT_ANSWERS = frozenset({429, 503})
# RFC 9110, section 10.2.3, requires whole seconds; receivers also send fractions, and a longer wait is harmless.
_SECONDS = re.compile(r"\d{1,12}(?:\.\d{1,9})?", re.ASCII)


class Event(StrEnum):
    """The events that webhooks report."""

    COMPLETED = "enrichment.completed"
    FAILED = "enrichment.failed"
    CANCELLED = "enrichment.cancelled"
    CONTACT = "contact.completed"
    JOB = "job.completed"
    BATCH = "batch.completed"
    PING = "webhook.ping"
    DISABLED = "endpoint.disabled"


class DeliveryState(StrEnum):
    """The state of a delivery; only a pending one has a due time."""

    PENDING = "pending"
    DELIVERED = "delivered"
    FAILED = "failed"


# A delivery that has ended is pending again when its account asks for a redelivery.
DELIVERY_TRANSITIONS: dict[DeliveryState, frozenset[DeliveryState]] = {
    DeliveryState.PENDING: frozenset({DeliveryState.DELIVERED, DeliveryState.FAILED}),
    DeliveryState.DELIVERED: frozenset({DeliveryState.PENDING}),
    DeliveryState.FAILED: frozenset({DeliveryState.PENDING}),
}


class Delivered(msgspec.Struct, frozen=True, kw_only=True):
    """The receiver accepted the event."""


class RetryAt(msgspec.Struct, frozen=True, kw_only=True):
    """The next attempt is due at this time (UTC)."""

    at: datetime


class GaveUp(msgspec.Struct, frozen=True, kw_only=True):
    """No attempt follows; `reason` is a sentence."""

    reason: str


_EVENTS: dict[RunStatus, Event] = {
    RunStatus.COMPLETED: Event.COMPLETED,
    RunStatus.FAILED: Event.FAILED,
    RunStatus.CANCELLED: Event.CANCELLED,
}


def event_for(status: RunStatus) -> Event:
    """Return the event of a run's terminal status makes.

    Raises:
        ValueError: When the status is not terminal.
    """
    event = _EVENTS.get(status)
    if event is None:
        raise ValueError(f"a run that is {status.value} has no event yet")
    return event


def event_body(event: Event, at: datetime, *parts: msgspec.Struct | dict[str, Any]) -> bytes:
    """Return the body: the bytes that are stored, signed and sent in every attempt.

    Args:
        event: What happened.
        at: When, in UTC.
        parts: The members of the event's subject: a run, a job, or the place of a contact in its job and the contact.

    Returns:
        Compact UTF-8 JSON: `type` and `timestamp` of the event (Standard Webhooks), then those members.
    """
    objects = map(msgspec.json.encode, ({"type": event.value, "timestamp": timestamp(at)}, *parts))
    return b"{" + b",".join(one[1:-1] for one in objects) + b"}"


def message_id(delivery_id: UUID) -> str:
    """Return the `webhook-id` of a delivery: the same in every attempt, without dots (Standard Webhooks)."""
    return f"msg_{delivery_id.hex}"


def decide(
    schedule: Sequence[float],
    tries: int,
    status: int | None,
    *,
    retry_after: float | None,
    now: datetime,
    jitter: float,
    once: bool = False,
) -> Delivered | RetryAt | GaveUp:
    """Decide what follows an attempt.

    Args:
        schedule: Seconds before each retry.
        tries: The number of attempts, this one included.
        status: The receiver's HTTP status; None without a response.
        retry_after: Seconds that the receiver asks us to wait; they only lengthen the delay, to an hour at most.
        now: The end of the attempt, in UTC.
        jitter: Share of the delay that is added to it, at least 0.
        once: Whether the attempt was requested by hand, so that no retry follows.

    Returns:
        Delivered for 2xx only; GaveUp for 410, after the last retry and after an attempt by hand; else RetryAt.
    """
    if status is not None and 200 <= status < 300:  # noqa: PLR2004 - RFC 9110, section 15.3: success
        return Delivered()
    if status == _GONE:
        return GaveUp(reason="the receiver answered 410 Gone, which means: stop")
    if once:
        return GaveUp(reason="the attempt that was requested by hand failed; no retry follows")
    if tries > len(schedule):
        return GaveUp(reason=f"{tries} attempts failed, which is all that the schedule allows")
    delay = schedule[tries - 1] * (1 + max(0.0, jitter))
    if retry_after is not None and status in _WAIT_ANSWERS:
        delay = max(delay, min(retry_after, MAX_RETRY_AFTER.total_seconds()))
    return RetryAt(at=now + timedelta(seconds=delay))


def parse_retry_after(value: str, now: datetime) -> float | None:
    """Read a `Retry-After` header (RFC 9110, section 10.2.3).

    Args:
        value: Seconds or an HTTP date.
        now: The time in UTC to compare a date with.

    Returns:
        Seconds from now, at least 0; None for any other text.
    """
    text = value.strip()
    if _SECONDS.fullmatch(text):
        return float(text)
    try:
        at = parsedate_to_datetime(text)
    except (ValueError, IndexError, TypeError, OverflowError):
        return None
    if at.tzinfo is None:
        at = at.replace(tzinfo=UTC)
    return max(0.0, (at - now).total_seconds())


def write_secret(key: bytes) -> str:
    """Return a signing key in its written form: ``whsec_`` and base64 (Standard Webhooks, "Signature scheme")."""
    return SECRET_PREFIX + base64.b64encode(key).decode()


def read_secret(secret: str) -> bytes:
    """Parse a signing key from its written form.

    Raises:
        ValueError: When the text is not ``whsec_`` and base64.
    """
    try:
        return base64.b64decode(secret.removeprefix(SECRET_PREFIX), validate=True)
    except binascii.Error as error:
        raise ValueError("a webhook secret is whsec_ followed by base64") from error


def sign(key: bytes, name: str, seconds: int, body: bytes) -> str:
    """Sign one attempt: ``v1,`` and the base64 HMAC-SHA256 of ``id.timestamp.body`` (Standard Webhooks 1.0).

    Args:
        key: The account's signing key.
        name: The `webhook-id`.
        seconds: The time of this attempt, in seconds since 1970.
        body: The bytes that are sent.
    """
    signed = b"%s.%d.%s" % (name.encode(), seconds, body)
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


def signatures(keys: Iterable[bytes], name: str, seconds: int, body: bytes) -> str:
    """Return one signature for each active key, separated by spaces, so that a rotation breaks no receiver."""
    return " ".join(sign(key, name, seconds, body) for key in keys)


def host_of(url: str) -> str:
    """Return the receiver of a URL: the URL's host and port as written, in lower case."""
    return re.split(r"[/?#]", url.partition("//")[2], maxsplit=1)[0].lower()
