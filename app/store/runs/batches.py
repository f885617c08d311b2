"""Batches in the database: received invisibly, accepted, leased to be admitted, ended."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import bindparam, delete, func, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.accounts.owner import Owner
from app.domain.runs.job import JobKind, JobStatus, JobView
from app.domain.vocabulary import FINDS, EnrichmentType, Mode
from app.store.database.queries import SqlQuery, run
from app.store.runs.jobs import owned, view
from app.store.tables.core import runs
from app.store.tables.jobs import jobs

# The types of look-ups that cover a request of a type, and what they must have found to answer it: `answered_by` and
# `project` of app.domain.waterfall.cache_policy in SQL; a test compares them.
_COVERED = {
    EnrichmentType.EMAIL: ("'email', 'all'", "c.result #>> '{email,value}' IS NOT NULL"),
    EnrichmentType.PHONE: ("'phone', 'all'", "c.result #>> '{phone,value}' IS NOT NULL"),
    EnrichmentType.ALL: (
        "'all'",
        "c.result #>> '{email,value}' IS NOT NULL OR c.result #>> '{phone,value}' IS NOT NULL",
    ),
}


def answered(kind: EnrichmentType, fingerprint: str) -> str:
    """Write the condition that a look-up of a fingerprint cost nothing at the time when a batch was accepted.

    What was found answers it; what was paid for and found nothing is completed at no charge. Only entries that live a
    while longer count, because the rows of a batch come up one after the other. The parameters are ``account``,
    ``mode``, ``since`` and ``until``.
    """
    types, found = _COVERED[kind]
    return (
        "EXISTS (SELECT FROM cache_entries c WHERE c.account_id = :account AND c.mode = :mode "
        f"AND c.fingerprint = {fingerprint} AND c.ended_at > :since AND c.ended_at <= :until "
        f"AND c.type IN ({types}) AND (c.paid OR {found}))"
    )


_COUNTS = {
    kind: text(
        "SELECT count(*), coalesce(sum(rows), 0), coalesce(max(rows), 0), "  # noqa: S608 - constants
        f"count(*) FILTER (WHERE NOT (:cached AND {answered(kind, 'f.fingerprint')})) "
        "FROM (SELECT fingerprint, count(*) AS rows FROM job_rows "
        "WHERE job_id = :job AND contact IS NOT NULL GROUP BY fingerprint) f"
    )
    for kind in FINDS
}
_CROWDS = text("""
UPDATE job_rows SET contact = NULL, fingerprint = NULL, problem = CAST(:problem AS jsonb)
FROM (SELECT position, row_number() OVER (PARTITION BY fingerprint ORDER BY position) AS place
      FROM job_rows WHERE job_id = :job AND contact IS NOT NULL) AS ranked
WHERE job_rows.job_id = :job AND job_rows.position = ranked.position AND ranked.place > :most
""")
_LEASE = text("""
UPDATE jobs SET lease_owner = :owner, lease_until = now() + make_interval(secs => :seconds)
WHERE id = (
  SELECT j.id FROM jobs j JOIN (
    SELECT id, sum(admitted - (done - rejected)) OVER (PARTITION BY account_id) AS busy
    FROM jobs WHERE kind = 'batch' AND ended_at IS NULL AND status = 'processing') AS turns USING (id)
  JOIN accounts a ON a.id = j.account_id AND a.suspended_at IS NULL
  WHERE j.kind = 'batch' AND j.ended_at IS NULL AND j.status = 'processing'
    AND j.admitted < j.total - j.rejected
    AND j.admitted - (j.done - j.rejected) + least(:portion, j.total - j.rejected - j.admitted) <= :window
    AND (j.lease_until IS NULL OR j.lease_until < now())
  ORDER BY turns.busy, j.created_at LIMIT 1
  FOR NO KEY UPDATE OF j SKIP LOCKED)
RETURNING id
""")
_BATCH = (jobs.c.kind == JobKind.BATCH.value, jobs.c.status != JobStatus.RECEIVING.value)


class BatchNeed(msgspec.Struct, frozen=True, kw_only=True):
    """The totals of a batch's rows.

    Attributes:
        people: Different contacts.
        rows: Good rows.
        most: Rows of the contact that is given most often.
        unanswered: Contacts whose look-up costs something, because no earlier one answers them or is completed.
    """

    people: int
    rows: int
    most: int
    unanswered: int


async def need(
    connection: AsyncConnection,
    job_id: UUID,
    *,
    account_id: UUID,
    mode: Mode,
    kind: EnrichmentType,
    since: datetime,
    until: datetime,
    cached: bool,
) -> BatchNeed:
    """Count the different contacts of a batch, and those that must be looked up.

    Args:
        connection: Any.
        job_id: The batch.
        account_id: Whose cache answers.
        mode: Of the key.
        kind: What is looked for.
        since: A look-up must have ended after this time to answer.
        until: And not after this one.
        cached: Whether the cache answers at all; a forced refresh does without.
    """
    parameters = {
        "job": job_id,
        "account": account_id,
        "mode": mode.value,
        "since": since,
        "until": until,
        "cached": cached,
    }
    people, rows, most, unanswered = (await connection.execute(_COUNTS[kind], parameters)).one()
    return BatchNeed(people=people, rows=int(rows), most=int(most), unanswered=unanswered)


async def refuse_crowds(connection: AsyncConnection, job_id: UUID, most: int, problem: list[dict[str, str]]) -> int:
    """Refuse the rows that give a contact more often than `most` times; returns how many."""
    written = msgspec.json.encode(problem).decode()
    return (await connection.execute(_CROWDS, {"job": job_id, "most": most, "problem": written})).rowcount


async def accept(connection: AsyncConnection, batch: JobView) -> None:
    """Make a batch whose rows have all been stored visible, with everything that is known about it now."""
    names = ("status", "total", "done", "rejected", "reserved_credits", "options", "columns", "warnings", "created_at")
    values = {name: getattr(batch, name) for name in names} | {"status": batch.status.value}
    await connection.execute(update(jobs).where(jobs.c.id == batch.id).values(values))


async def rows_since(connection: AsyncConnection, account_id: UUID, mode: Mode, since: datetime) -> int:
    """Sum the rows of the batches that the keys of a mode have sent since a time."""
    mine = (jobs.c.account_id == account_id, jobs.c.mode == mode.value, jobs.c.created_at >= since)
    return int(await connection.scalar(select(func.sum(jobs.c.total)).where(*mine, *_BATCH)) or 0)


async def discard(connection: AsyncConnection, job_id: UUID) -> None:
    """Delete a batch that was never accepted, with its rows."""
    await connection.execute(delete(jobs).where(jobs.c.id == job_id, jobs.c.status == JobStatus.RECEIVING.value))


async def was_accepted(connection: AsyncConnection, job_id: UUID) -> bool:
    """Wait until nobody changes a batch, and return whether it was accepted."""
    status = await connection.scalar(select(jobs.c.status).where(jobs.c.id == job_id).with_for_update())
    return status is not None and status != JobStatus.RECEIVING.value


async def discard_abandoned(connection: AsyncConnection, older_than: timedelta) -> int:
    """Delete uploads that broke off; returns how many. By the database's clock."""
    old = jobs.c.created_at < func.now() - older_than
    broken = delete(jobs).where(jobs.c.kind == JobKind.BATCH.value, jobs.c.ended_at.is_(None), old)
    return (await connection.execute(broken.where(jobs.c.status == JobStatus.RECEIVING.value))).rowcount


async def get(connection: AsyncConnection, job_id: UUID, owner: Owner | None = None) -> JobView | None:
    """Read a batch; None when there is none, it is not accepted yet, or it belongs to another owner."""
    statement = select(jobs).where(jobs.c.id == job_id, *_BATCH)
    if owner is not None:
        statement = statement.where(*owned(owner))
    row = (await connection.execute(statement)).first()
    return view(row) if row else None


async def locked(connection: AsyncConnection, job_id: UUID) -> JobView:
    """Lock and read a batch, so that no run that ends changes its counts before the commit."""
    row = (await connection.execute(select(jobs).where(jobs.c.id == job_id, *_BATCH).with_for_update())).one()
    return view(row)


async def lease(
    connection: AsyncConnection, *, owner: str, lease_seconds: float, window: int, portion: int
) -> UUID | None:
    """Take the lease of a batch that has rows to admit and room for a portion of them; database time only.

    The batch of the account with the fewest open runs comes first, so that accounts take turns. Those of suspended
    accounts wait.
    """
    parameters: dict[str, Any] = {"owner": owner, "seconds": lease_seconds, "window": window, "portion": portion}
    found = await run(connection, SqlQuery(_LEASE, parameters, list))
    return found[0].id if found else None


async def admit(connection: AsyncConnection, job_id: UUID, *, admitted: int, reserved_credits: int) -> None:
    """Move a batch on by a portion, and give its lease back."""
    await connection.execute(
        update(jobs)
        .where(jobs.c.id == job_id)
        .values(
            admitted=jobs.c.admitted + admitted, reserved_credits=reserved_credits, lease_owner=None, lease_until=None
        )
    )


async def rest(connection: AsyncConnection, job_id: UUID, seconds: float) -> None:
    """Let the lease of a batch end after so many seconds, by the database's clock."""
    until = func.now() + func.make_interval(0, 0, 0, 0, 0, 0, seconds)
    await connection.execute(update(jobs).where(jobs.c.id == job_id).values(lease_until=until))


async def end_rows(connection: AsyncConnection, batch: JobView) -> None:
    """Write a batch whose rows without a run have ended, and give its lease back."""
    names = ("done", "rejected", "reserved_credits", "warnings", "ended_at")
    values = {name: getattr(batch, name) for name in names} | {"status": batch.status.value}
    await connection.execute(
        update(jobs).where(jobs.c.id == batch.id).values(**values, lease_owner=None, lease_until=None)
    )


async def credits_used(connection: AsyncConnection, job_id: UUID) -> int:
    """Sum what the runs of a batch cost."""
    mine = (runs.c.job_id == job_id, runs.c.credits_used > 0)
    return int(await connection.scalar(select(func.sum(runs.c.credits_used)).where(*mine)) or 0)


_CANCEL = (
    update(jobs)
    .where(jobs.c.id == bindparam("job"), jobs.c.status == JobStatus.PROCESSING.value)
    .values(
        status=JobStatus.CANCELLED.value,
        reserved_credits=0,
        ended_at=bindparam("now"),
        lease_owner=None,
        lease_until=None,
    )
    .returning(jobs)
)


async def cancel(connection: AsyncConnection, job_id: UUID, now: datetime) -> JobView | None:
    """End a batch as cancelled; None when it has ended already."""
    row = (await connection.execute(_CANCEL, {"job": job_id, "now": now})).first()
    return view(row) if row else None
