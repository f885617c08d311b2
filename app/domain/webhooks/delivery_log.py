"""A delivery and its attempts as their account sees them."""

from datetime import datetime
from uuid import UUID

import msgspec

from app.domain.vocabulary import Mode
from app.domain.webhooks.delivery import DeliveryState

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
        attempts: How many were made.
        due_at: When the next one is due; None once it has ended.
        expunged_at: When its payload was deleted.
    """

    id: UUID
    account_id: UUID
    mode: Mode
    run_id: UUID | None
    job_id: UUID | None
    endpoint_id: UUID | None
    event: str
    url: str
    state: DeliveryState
    reason: str | None
    attempts: int
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
