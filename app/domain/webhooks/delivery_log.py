"""A delivery and its tries as their account sees them."""

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from app.domain.runs.view import timestamp
from app.domain.webhooks.delivery import DeliveryState, message_id

EXPUNGED = "its payload was deleted"


class DeliveryAttemptView(msgspec.Struct, frozen=True, kw_only=True):
    """One POST of a delivery.

    Attributes:
        error: In words; None after a success.
        answer: How the receiver's answer began; None without one, or once its time of keeping is over.
    """

    number: int
    started_at: datetime
    latency_ms: int
    http_status: int | None
    error: str | None
    answer: str | None


class DeliveryView(msgspec.Struct, frozen=True, kw_only=True):
    """An event owed to a URL. Times are UTC.

    Attributes:
        endpoint_id: The endpoint that it goes to; None for a URL that a request named.
        reason: Why it ended as it did, or why it waits; a sentence for people.
        tries: How many were made.
        due_at: When the next one is due; None once it has ended.
        expunged_at: When its payload was deleted.
    """

    id: UUID
    account_id: UUID
    run_id: UUID | None
    job_id: UUID | None
    endpoint_id: UUID | None
    event: str
    url: str
    state: DeliveryState
    reason: str | None
    tries: int
    due_at: datetime | None
    created_at: datetime
    ended_at: datetime | None
    expunged_at: datetime | None


class DeliveryFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which deliveries of an account; None lets all pass. Times are UTC."""

    run_id: UUID | None = None
    job_id: UUID | None = None
    endpoint_id: UUID | None = None
    state: DeliveryState | None = None
    event: str | None = None
    created_after: datetime | None = None
    created_before: datetime | None = None


def delivery_json(delivery: DeliveryView) -> dict[str, Any]:
    """Write a delivery as the collection shows it."""
    return {
        "id": str(delivery.id),
        "webhookId": message_id(delivery.id),
        "event": delivery.event,
        "runId": _text(delivery.run_id),
        "jobId": _text(delivery.job_id),
        "endpointId": _text(delivery.endpoint_id),
        "url": delivery.url,
        "state": delivery.state.value,
        "reason": delivery.reason,
        "tryCount": delivery.tries,
        "nextTryAt": timestamp(delivery.due_at),
        "createdAt": timestamp(delivery.created_at),
        "endedAt": timestamp(delivery.ended_at),
        "payloadDeletedAt": timestamp(delivery.expunged_at),
    }


def try_json(one: DeliveryAttemptView) -> dict[str, Any]:
    """Write a try."""
    return {
        "number": one.number,
        "startedAt": timestamp(one.started_at),
        "latencyMs": one.latency_ms,
        "httpStatus": one.http_status,
        "error": one.error,
        "answer": one.answer,
    }


def _text(value: UUID | None) -> str | None:
    return str(value) if value else None
