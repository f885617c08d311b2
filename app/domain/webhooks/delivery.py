"""Deliveries: the events, the bytes and signatures of one, and when it is tried again."""

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

from app.domain.runs.view import timestamp
from app.domain.vocabulary import RunStatus

SECRET_PREFIX = "whsec_"  # noqa: S105 - the public prefix of Standard Webhooks, no secret
SECRET_BYTES = 32
MAX_RETRY_AFTER = timedelta(hours=1)
SECRET_OVERLAP = timedelta(hours=24)

# Seconds before each retry. "standard" is the example of Standard Webhooks 1.0: ten tries over 75:35:05.
SCHEDULES: dict[str, tuple[float, ...]] = {
    "quickstart": (10.0, 60.0, 360.0),
    "standard": (5.0, 300.0, 1800.0, 7200.0, 18_000.0, 36_000.0, 50_400.0, 72_000.0, 86_400.0),
}

_GONE = 410
_WAIT_ANSWERS = frozenset({429, 503})
# RFC 9110, section 10.2.3, wants whole seconds; receivers also send fractions, and waiting longer harms nobody.
_SECONDS = re.compile(r"\d{1,12}(?:\.\d{1,9})?", re.ASCII)


class Event(StrEnum):
    """What a receiver is told."""

    COMPLETED = "enrichment.completed"
    FAILED = "enrichment.failed"
    CANCELLED = "enrichment.cancelled"
    CONTACT = "contact.completed"
    JOB = "job.completed"
    BATCH = "batch.completed"
    PING = "webhook.ping"
    DISABLED = "endpoint.disabled"


class DeliveryState(StrEnum):
    """Where a delivery stands; only a pending one has a time when it is due."""

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
    """The receiver has taken the event."""


class RetryAt(msgspec.Struct, frozen=True, kw_only=True):
    """It is tried again at this time (UTC)."""

    at: datetime


class GaveUp(msgspec.Struct, frozen=True, kw_only=True):
    """It is not tried again; `reason` is a sentence for people."""

    reason: str


_EVENTS: dict[RunStatus, Event] = {
    RunStatus.COMPLETED: Event.COMPLETED,
    RunStatus.FAILED: Event.FAILED,
    RunStatus.CANCELLED: Event.CANCELLED,
}


def event_for(status: RunStatus) -> Event:
    """Tell which event a run's terminal status makes.

    Raises:
        ValueError: When the status is not terminal.
    """
    event = _EVENTS.get(status)
    if event is None:
        raise ValueError(f"a run that is {status.value} has no event yet")
    return event


def event_body(event: Event, at: datetime, *parts: msgspec.Struct | dict[str, Any]) -> bytes:
    """Write the bytes that are stored, signed and sent on every attempt.

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
    """Name a delivery for its receiver: the same on every try, without dots (Standard Webhooks, "webhook-id")."""
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
    """Decide what follows a try.

    Args:
        schedule: Seconds before each retry.
        tries: How many tries there were, this one included.
        status: The receiver's HTTP status; None when there was no answer.
        retry_after: Seconds the receiver asks us to wait; it only ever delays, by an hour at most.
        now: When the try ended, in UTC.
        jitter: Share of the delay that is added to it, at least 0.
        once: Whether the try was asked for by hand, so that none follows by itself.

    Returns:
        Delivered for 2xx alone; GaveUp for 410, after the last retry and after a try by hand; else RetryAt.
    """
    if status is not None and 200 <= status < 300:  # noqa: PLR2004 - RFC 9110, section 15.3: success
        return Delivered()
    if status == _GONE:
        return GaveUp(reason="the receiver answered 410 Gone, which means: stop")
    if once:
        return GaveUp(reason="the try that was asked for by hand failed; no other follows by itself")
    if tries > len(schedule):
        return GaveUp(reason=f"{tries} tries were made, which is all the schedule allows")
    delay = schedule[tries - 1] * (1 + max(0.0, jitter))
    if retry_after is not None and status in _WAIT_ANSWERS:
        delay = max(delay, min(retry_after, MAX_RETRY_AFTER.total_seconds()))
    return RetryAt(at=now + timedelta(seconds=delay))


def parse_retry_after(value: str, now: datetime) -> float | None:
    """Read a `Retry-After` header (RFC 9110, section 10.2.3).

    Args:
        value: Seconds or an HTTP date.
        now: The time in UTC that a date is compared with.

    Returns:
        Seconds from now, at least 0; None when it is neither.
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
    """Write a signing key as its account reads it: ``whsec_`` and base64 (Standard Webhooks, "Signature scheme")."""
    return SECRET_PREFIX + base64.b64encode(key).decode()


def read_secret(secret: str) -> bytes:
    """Read a signing key from its written form.

    Raises:
        ValueError: When it is not ``whsec_`` and base64.
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
        seconds: Of this attempt, since 1970.
        body: Exactly the bytes that are sent.
    """
    signed = b"%s.%d.%s" % (name.encode(), seconds, body)
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


def signatures(keys: Iterable[bytes], name: str, seconds: int, body: bytes) -> str:
    """Sign with every active key; one signature each, separated by spaces, so that a rotation breaks no receiver."""
    return " ".join(sign(key, name, seconds, body) for key in keys)


def host_of(url: str) -> str:
    """Tell whose turn a delivery is: the URL's host and port as written, in lower case."""
    return re.split(r"[/?#]", url.partition("//")[2], maxsplit=1)[0].lower()
