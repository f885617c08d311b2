"""Webhooks: endpoints and deliveries, and `unwrap`, which verifies that an event is genuine and gives it a type."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from leadrun._json import build
from leadrun.batches import BatchData
from leadrun.errors import WebhookSignatureError
from leadrun.events import ContactData, EndpointNotice, JobData
from leadrun.models import Model, RunData

TOLERANCE_SECONDS = 300
_PREFIX = "whsec_"
_COPY_AGAIN = "The secret must be whsec_ and base64; copy it again, whole."
# What an event is about, by the first word of its type.
_MODELS: dict[str, tuple[str, Any]] = {
    "enrichment": ("run", RunData),
    "batch": ("batch", BatchData),
    "job": ("job", JobData),
    "contact": ("contact", ContactData),
    "endpoint": ("endpoint", EndpointNotice),
    "webhook": ("endpoint", EndpointNotice),
}


@dataclass(frozen=True, kw_only=True)
class WebhookEvent(Model):
    """An event.

    Attributes:
        type: Such as `enrichment.completed`, `job.completed` or `batch.completed`.
        id: The same on every retry: keep it to notice events that come twice.
        run: Of `enrichment.completed`, `.failed` and `.cancelled`.
        batch: Of `batch.completed`.
        job: Of `job.completed`.
        contact: Of `contact.completed`.
        endpoint: Of `endpoint.disabled`, and of `webhook.ping`, which a test sends.
    """

    type: str
    id: str
    run: RunData | None = None
    batch: BatchData | None = None
    job: JobData | None = None
    contact: ContactData | None = None
    endpoint: EndpointNotice | None = None


@dataclass(frozen=True, kw_only=True)
class Endpoint(Model):
    """A URL that gets events of the account."""

    id: str
    url: str
    events: tuple[str, ...] = ()
    description: str = ""
    enabled: bool = True
    mode: str | None = None
    rate_limit: int | None = None
    disabled_at: datetime | None = None
    disabled_reason: str | None = None
    failing_since: datetime | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Delivery(Model):
    """An event owed to a URL; `state` is `pending`, `delivered` or `failed`."""

    id: str
    webhook_id: str
    event: str
    url: str
    state: str
    mode: str | None = None
    run_id: str | None = None
    job_id: str | None = None
    endpoint_id: str | None = None
    reason: str | None = None
    try_count: int = 0
    next_try_at: datetime | None = None
    created_at: datetime | None = None
    ended_at: datetime | None = None


def unwrap(
    body: bytes | str,
    headers: Mapping[str, str],
    secret: str | Sequence[str],
    *,
    tolerance: float = TOLERANCE_SECONDS,
    now: float | None = None,
) -> WebhookEvent:
    """Verify an event and read it.

    Args:
        body: The bytes that came, unchanged; JSON that was decoded and encoded again has another signature.
        headers: Of the request; the case of their names does not matter.
        secret: `whsec_…`, or several while one replaces the other.
        tolerance: Seconds that the event's time may differ from ours.
        now: Seconds since 1970; the machine's clock when absent.

    Raises:
        WebhookSignatureError: It is not genuine, not whole or too old; answer 401.
    """
    given = {name.lower(): value for name, value in headers.items()}
    content = body.encode() if isinstance(body, str) else bytes(body)
    identity, timestamp = given.get("webhook-id", ""), given.get("webhook-timestamp", "")
    if not (identity and timestamp.isascii() and timestamp.isdigit()):
        raise WebhookSignatureError("The headers webhook-id and webhook-timestamp are missing or malformed.")
    age = (time.time() if now is None else now) - int(timestamp[:12])
    if abs(age) > tolerance:
        raise WebhookSignatureError(f"The event's time differs from ours by {abs(age):.0f} s; is a clock wrong?")
    signed = f"{identity}.{timestamp}.".encode() + content
    sent = [one.removeprefix("v1,") for one in given.get("webhook-signature", "").split() if one.startswith("v1,")]
    expected = [_signature(one, signed) for one in ([secret] if isinstance(secret, str) else secret)]
    pairs = [(mine.encode(), theirs.encode(errors="replace")) for mine in expected for theirs in sent]
    if not any(hmac.compare_digest(mine, theirs) for mine, theirs in pairs):
        raise WebhookSignatureError("The signature does not match: another secret, or the body was changed on its way.")
    try:
        event = json.loads(content)
        kind = str(event["type"])
    except (ValueError, KeyError, TypeError) as error:
        raise WebhookSignatureError("The body is no event.") from error
    name, model = _MODELS.get(kind.partition(".")[0], ("", None))
    return WebhookEvent(type=kind, id=identity, raw=event, **{name: build(model, event)} if model else {})


def _signature(secret: str, signed: bytes) -> str:
    try:
        key = base64.b64decode(secret.strip().removeprefix(_PREFIX), validate=True)
    except ValueError as error:
        raise WebhookSignatureError(_COPY_AGAIN) from error
    if not key:
        # Everybody could sign with it: a variable that is not set must not open the door.
        raise WebhookSignatureError(_COPY_AGAIN)
    return base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
