"""Jobs in the database: accepted with their rows, moved on by the end of their runs, read with their results."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import ColumnElement, Row, bindparam, case, func, select, text, update
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.accounts.owner import Owner
from app.domain.contacts.contact import Contact
from app.domain.runs.job import JobKind, JobStatus, JobView, Tally
from app.domain.runs.job_row import RowView
from app.domain.vocabulary import EnrichmentType, Lane, Mode
from app.domain.waterfall.answer import ZERO
from app.domain.waterfall.result import Result
from app.store.database.queries import SqlQuery, run
from app.store.database.row_sets import given, insert_given, row_set
from app.store.tables.core import runs
from app.store.tables.jobs import job_rows, jobs


class NewRow(msgspec.Struct, frozen=True, kw_only=True):
    """A contact of a job, about to be inserted.

    Attributes:
        position: From 0, in the order in which the contacts were given.
        given: As the client wrote it.
        raw: The same byte for byte; the rows of batches have this alone.
        problem: Why it is refused: field and message.
        warnings: Sentences about members that were ignored.
    """

    job_id: UUID
    position: int
    given: dict[str, Any]
    raw: bytes | None = None
    contact: Contact | None = None
    fingerprint: bytes | None = None
    problem: list[dict[str, str]] | None = None
    warnings: tuple[str, ...] = ()
    run_id: UUID | None = None


# The rows of a job with what became of them, in the order in which they were given.
ROWS = (
    select(
        job_rows.c.position,
        job_rows.c.given,
        job_rows.c.contact,
        job_rows.c.problem,
        job_rows.c.warnings,
        job_rows.c.run_id,
        runs.c.status,
        runs.c.result_status,
        runs.c.result,
    )
    .select_from(job_rows.outerjoin(runs, runs.c.id == job_rows.c.run_id))
    .where(job_rows.c.job_id == bindparam("job_id"))
    .order_by(job_rows.c.position)
)
_ADD = insert_given(jobs, JobView.__struct_fields__)
_ADD_ROWS = insert_given(job_rows, NewRow.__struct_fields__)
_BY_IDS = select(jobs).where(jobs.c.id == func.any(bindparam("ids")))
_LOCK = (
    select(jobs.c.id).where(jobs.c.id == func.any(bindparam("ids"))).order_by(jobs.c.id).with_for_update(key_share=True)
)
_MOVED = given(jobs, ("id", *Tally.__struct_fields__))
_IS_LAST = (jobs.c.done + _MOVED.c.done >= jobs.c.total) & (jobs.c.status == JobStatus.PROCESSING.value)
_ADVANCE = (
    update(jobs)
    .where(jobs.c.id == func.any(bindparam("ids")), jobs.c.id == _MOVED.c.id)
    .values(
        {name: jobs.c[name] + _MOVED.c[name] for name in Tally.__struct_fields__}
        | {
            "status": case((_IS_LAST, JobStatus.COMPLETED.value), else_=jobs.c.status),
            "ended_at": case((_IS_LAST, bindparam("now")), else_=jobs.c.ended_at),
        }
    )
    .returning(jobs)
)
# Of the runs that share a cascade the oldest pays for it, however it ends itself: no two jobs show the same cost.
_PAYING = (
    select(runs.c.cascade_id, runs.c.job_id)
    .where(runs.c.cascade_id == func.any(bindparam("ids")))
    .order_by(runs.c.cascade_id, runs.c.created_at, runs.c.id)
    .ext(distinct_on(runs.c.cascade_id))
)
# The same, of the cascades under way too. The cost of a late result counts as well.
_COST = text(
    """
    SELECT coalesce(sum(a.cost_usd + coalesce((a.late_result ->> 'cost_usd')::numeric, 0)), 0) FROM attempts a
    WHERE a.cascade_id IN (
        SELECT r.cascade_id FROM runs r WHERE r.job_id = :job_id AND NOT EXISTS (
            SELECT FROM runs o WHERE o.cascade_id = r.cascade_id AND (o.created_at, o.id) < (r.created_at, r.id)))
    """
)


def view(row: Row[Any]) -> JobView:
    """Read one row of `jobs`."""
    values = {name: getattr(row, name) for name in JobView.__struct_fields__}
    return JobView(
        **values
        | {
            "mode": Mode(row.mode),
            "kind": JobKind(row.kind),
            "type": EnrichmentType(row.type),
            "lane": Lane(row.lane),
            "status": JobStatus(row.status),
            "columns": tuple(row.columns) if row.columns is not None else None,
            "webhook_events": tuple(row.webhook_events),
            "warnings": tuple(row.warnings),
        }
    )


async def add(connection: AsyncConnection, new: Sequence[JobView]) -> None:
    """Insert jobs."""
    if new:
        await connection.execute(_ADD, row_set([msgspec.structs.asdict(job) for job in new]))


async def add_rows(connection: AsyncConnection, new: Sequence[NewRow]) -> None:
    """Insert contacts of jobs."""
    if new:
        rows = [msgspec.structs.asdict(row) for row in new]
        await connection.execute(_ADD_ROWS, row_set(rows))


async def by_ids(connection: AsyncConnection, ids: Sequence[UUID]) -> dict[UUID, JobView]:
    """Read jobs by id."""
    found = await connection.execute(_BY_IDS, {"ids": list(ids)})
    return {row.id: view(row) for row in found}


def owned(owner: Owner) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions that a job or batch is an owner's."""
    return jobs.c.account_id == owner.account_id, jobs.c.mode == owner.mode.value


async def get(connection: AsyncConnection, owner: Owner, job_id: UUID) -> JobView | None:
    """Read one job; None when the owner has no such job."""
    rows = await connection.execute(select(jobs).where(jobs.c.id == job_id, *owned(owner)))
    row = rows.first()
    return view(row) if row else None


async def lock(connection: AsyncConnection, ids: Iterable[UUID]) -> None:
    """Lock jobs, always in the same order: all that a transaction will change, before it changes the first."""
    if wanted := list(ids):
        await connection.execute(_LOCK, {"ids": wanted})


async def advance(connection: AsyncConnection, moved: Mapping[UUID, Tally], now: datetime) -> list[JobView]:
    """Count ended runs and costs in; the job whose last run has ended is completed by it.

    Returns:
        The jobs as they are now. One of which runs have ended has `ended_at` equal to `now` if and only if this call
        completed it.
    """
    if not moved:
        return []
    await lock(connection, moved)
    values = [{"id": job_id} | msgspec.structs.asdict(tally) for job_id, tally in moved.items()]
    found = await connection.execute(_ADVANCE, row_set(values) | {"ids": list(moved), "now": now})
    return [view(row) for row in found]


async def costs_of_jobs(connection: AsyncConnection, costs: Mapping[UUID, Decimal]) -> dict[UUID, Decimal]:
    """Sum by job what cascades have cost, in USD; leave out those that runs without a job pay for."""
    paid = [cascade_id for cascade_id, cost_usd in costs.items() if cost_usd]
    shares: dict[UUID, Decimal] = {}
    for row in await run(connection, SqlQuery(_PAYING, {"ids": paid}, list)) if paid else ():
        if row.job_id is not None:
            shares[row.job_id] = shares.get(row.job_id, ZERO) + costs[row.cascade_id]
    return shares


async def add_late_costs(connection: AsyncConnection, costs: Mapping[UUID, Decimal], now: datetime) -> None:
    """Count in their jobs what cascades have cost since they ended, in USD by cascade."""
    shares = await costs_of_jobs(connection, costs)
    await advance(connection, {job_id: Tally(cost_usd=cost_usd) for job_id, cost_usd in shares.items()}, now)


async def rows(connection: AsyncConnection, job_id: UUID) -> list[RowView]:
    """Read the contacts of a job with their results, in the order in which they were given."""
    found = await connection.execute(ROWS, {"job_id": job_id})
    return [
        RowView(
            position=row.position,
            given=row.given,
            run_id=row.run_id,
            contact=None if row.contact is None else msgspec.convert(row.contact, Contact),
            warnings=tuple(row.warnings),
            status=row.status,
            result_status=row.result_status,
            result=msgspec.convert(row.result, Result) if row.result is not None else None,
        )
        for row in found
    ]


async def positions(connection: AsyncConnection, run_ids: Iterable[UUID]) -> dict[UUID, RowView]:
    """Find the rows of runs, by run."""
    wanted = list(run_ids)
    found = await connection.execute(
        select(job_rows).where(
            job_rows.c.job_id.in_(select(runs.c.job_id).where(runs.c.id == func.any(wanted))),
            job_rows.c.run_id == func.any(wanted),
        )
    )
    return {
        row.run_id: RowView(
            position=row.position,
            given=row.given,
            run_id=row.run_id,
            contact=None if row.contact is None else msgspec.convert(row.contact, Contact),
            warnings=tuple(row.warnings),
        )
        for row in found
    }


async def cost(connection: AsyncConnection, job_id: UUID) -> Decimal:
    """Sum what providers charged for the cascades that a job pays for, in USD."""
    return Decimal(await connection.scalar(_COST, {"job_id": job_id}) or 0)
