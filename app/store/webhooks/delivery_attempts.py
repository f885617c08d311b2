"""Record delivery attempts: each once, under the lease that it was made with."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import text

from app.domain.webhooks.delivery import DeliveryState
from app.domain.webhooks.endpoint import DISABLED
from app.store.database.queries import SqlQuery
from app.store.database.row_sets import row_set
from app.store.webhooks.deliveries import LeasedDelivery

# An attempt is written if and only if its lease still held, so that no two processes give one the same number. Where
# the endpoint was disabled meanwhile, no retry follows.
_RECORD = text("""
WITH tried AS (
  SELECT t.*, t.state = 'pending' AND NOT coalesce(e.enabled, true) AS stopped
  FROM json_to_recordset(CAST(:rows AS json)) AS t (
    id uuid, lease_owner text, lease_until timestamptz, state text, endpoint_id uuid, due_at timestamptz, reason text,
    started_at timestamptz, ended_at timestamptz, number smallint, latency_ms integer, http_status smallint, error text,
    answer text)
  LEFT JOIN webhook_endpoints AS e ON e.id = t.endpoint_id
), kept AS (
  UPDATE deliveries AS d SET
    state = CASE WHEN stopped THEN 'failed' ELSE tried.state END,
    due_at = CASE WHEN NOT stopped THEN tried.due_at END,
    reason = CASE WHEN stopped THEN :disabled ELSE tried.reason END,
    ended_at = CASE WHEN stopped OR tried.state <> 'pending' THEN tried.ended_at END,
    ready_at = NULL, lease_owner = NULL, lease_until = NULL
  FROM tried
  WHERE d.id = tried.id AND d.state = 'pending'
    AND d.lease_owner = tried.lease_owner AND d.lease_until = tried.lease_until
  RETURNING d.id, d.state
), written AS (
  INSERT INTO delivery_attempts (delivery_id, number, started_at, latency_ms, http_status, error, answer)
  SELECT id, number, started_at, latency_ms, http_status, error, answer FROM tried JOIN kept USING (id)
)
SELECT id, state FROM kept
""")
_OF_TRY = ("due_at", "reason", "started_at", "ended_at", "latency_ms", "http_status", "error", "answer")
_OF_CLAIM = ("id", "lease_owner", "lease_until", "endpoint_id")


class DeliveryAttempt(msgspec.Struct, frozen=True, kw_only=True):
    """One attempt, and the state of the delivery after it.

    Attributes:
        due_at: When the next attempt is due, in UTC; None once the delivery has ended.
        reason: Why it waits or has failed, a sentence for people.
        error: In words, when the attempt failed.
        answer: How the receiver's answer began.
    """

    leased: LeasedDelivery
    state: DeliveryState
    due_at: datetime | None
    reason: str | None = None
    started_at: datetime
    ended_at: datetime
    latency_ms: int
    http_status: int | None
    error: str | None
    answer: str | None


def recording(tried: Sequence[DeliveryAttempt]) -> SqlQuery[dict[UUID, DeliveryState]]:
    """Write attempts and the states of their deliveries, and end the leases.

    Returns:
        The query for the state of each delivery; it lacks those whose lease was lost: another process sends these, and
        nothing is written.
    """
    rows = [
        {
            **{name: getattr(one, name) for name in _OF_TRY},
            **{name: getattr(one.leased, name) for name in _OF_CLAIM},
            "number": one.leased.attempts + 1,
            "state": one.state,
        }
        for one in tried
    ]
    return SqlQuery(_RECORD, row_set(rows) | {"disabled": DISABLED}, _states)


def _states(rows: Sequence[Any]) -> dict[UUID, DeliveryState]:
    return {row.id: DeliveryState(row.state) for row in rows}
