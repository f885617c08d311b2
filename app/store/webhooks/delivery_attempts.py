"""Record delivery attempts: each once, under the lease that it was made with."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.webhooks.delivery import DeliveryState
from app.domain.webhooks.endpoint import DISABLED
from app.store.database.queries import SqlQuery, run
from app.store.webhooks.deliveries import LeasedDelivery

# An attempt is written if and only if its lease still held, so that no two processes give one the same number. Where
# the endpoint was disabled meanwhile, no retry follows.
_RECORD = text("""
WITH tried AS (
  SELECT t.*, t.state = 'pending' AND NOT coalesce(e.enabled, true) AS stopped FROM unnest(
    CAST(:id AS uuid[]), CAST(:lease_owner AS text[]), CAST(:lease_until AS timestamptz[]), CAST(:state AS text[]),
    CAST(:endpoint_id AS uuid[]), CAST(:due_at AS timestamptz[]), CAST(:reason AS text[]),
    CAST(:started_at AS timestamptz[]), CAST(:ended_at AS timestamptz[]), CAST(:number AS smallint[]),
    CAST(:latency_ms AS integer[]), CAST(:http_status AS smallint[]), CAST(:error AS text[]), CAST(:answer AS text[])
  ) AS t (id, lease_owner, lease_until, state, endpoint_id, due_at, reason, started_at, ended_at, number, latency_ms,
    http_status, error, answer)
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


async def record(connection: AsyncConnection, tried: Sequence[DeliveryAttempt]) -> list[DeliveryState | None]:
    """Write attempts and the states of their deliveries, and end the leases.

    Returns:
        The state of each delivery; None where its lease was lost: another process sends it, and nothing is written.
    """
    columns: dict[str, list[object]] = {name: [getattr(one, name) for one in tried] for name in _OF_TRY}
    columns |= {name: [getattr(one.leased, name) for one in tried] for name in _OF_CLAIM}
    columns["number"] = [one.leased.attempts + 1 for one in tried]
    columns["state"] = [one.state.value for one in tried]
    kept = await run(connection, SqlQuery(_RECORD, {**columns, "disabled": DISABLED}, _states))
    return [kept.get(one.leased.id) for one in tried]


def _states(rows: Sequence[Any]) -> dict[UUID, DeliveryState]:
    return {row.id: DeliveryState(row.state) for row in rows}
