"""Quotes, and the jobs and batches that were submitted by them: their budgets, and what they came to."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Row, bindparam, delete, func, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.accounts.owner import Owner
from app.domain.planning.quote_terms import (
    MOST_QUOTES,
    QuotedJob,
    QuotedOutcome,
    QuoteLimit,
    QuoteTerms,
    StoredQuote,
)
from app.domain.vocabulary import EnrichmentType
from app.store.database.lock_wait import run_in_turn
from app.store.database.queries import SqlQuery
from app.store.database.row_sets import given, row_set
from app.store.tables.core import attempts, cascades
from app.store.tables.jobs import jobs
from app.store.tables.quotes import quoted_jobs, quotes

_q, _j = quotes.c, quoted_jobs.c
_USED = given(quoted_jobs, ("job_id", "used_usd"))
_WRITE = update(quoted_jobs).where(_j.job_id == _USED.c.job_id).values(used_usd=_USED.c.used_usd)
_LOCK = (
    select(quoted_jobs)
    .where(_j.job_id == func.any(bindparam("ids")), _j.limit_usd.is_not(None))
    .order_by(_j.job_id)
    .with_for_update()
)
_ENDED = (
    select(quoted_jobs, jobs.c.created_at.label("began_at"), jobs.c.ended_at, jobs.c.status)
    .join(jobs, jobs.c.id == _j.job_id)
    .where(_j.outcome.is_(None), jobs.c.ended_at.is_not(None))
    .order_by(_j.job_id)
    .limit(bindparam("most"))
    .with_for_update(of=quoted_jobs, skip_locked=True)
)
# A contact counts once, however many rows give it.
_FOUND = text(
    "SELECT count(DISTINCT j.fingerprint) FROM job_rows j JOIN runs r ON r.id = j.run_id "
    "WHERE j.job_id = :job AND r.result_status = 'found'"
)


async def add(connection: AsyncConnection, quote: StoredQuote) -> None:
    """Store a quote, and delete the oldest ones of its owner beyond the most that are kept."""
    mine = (_q.account_id == quote.owner.account_id, _q.mode == quote.owner.mode.value)
    oldest = select(_q.id).where(*mine).order_by(_q.id.desc()).offset(MOST_QUOTES - 1).limit(1).scalar_subquery()
    await connection.execute(delete(quotes).where(*mine, _q.id <= oldest))
    await connection.execute(
        insert(quotes).values(
            id=quote.id,
            account_id=quote.owner.account_id,
            mode=quote.owner.mode.value,
            type=quote.type.value,
            contacts=quote.contacts,
            terms=msgspec.to_builtins(quote.terms),
            created_at=quote.created_at,
        )
    )


async def get(connection: AsyncConnection, owner: Owner, quote_id: UUID, since: datetime) -> StoredQuote | None:
    """Read a quote that was made since a time; None when the owner has no such quote."""
    rows = await connection.execute(
        select(quotes).where(
            _q.id == quote_id,
            _q.account_id == owner.account_id,
            _q.mode == owner.mode.value,
            _q.created_at >= since,
        )
    )
    row = rows.first()
    if row is None:
        return None
    return StoredQuote(
        id=row.id,
        owner=owner,
        type=EnrichmentType(row.type),
        contacts=row.contacts,
        terms=msgspec.convert(row.terms, QuoteTerms),
        created_at=row.created_at,
    )


async def tie(connection: AsyncConnection, owner: Owner, job: QuotedJob, now: datetime) -> None:
    """Note that a job or batch was submitted by a quote, with the limits that stop it."""
    await connection.execute(
        insert(quoted_jobs).values(
            job_id=job.job_id,
            account_id=owner.account_id,
            mode=owner.mode.value,
            terms=msgspec.to_builtins(job.terms),
            limit_usd=job.limit_usd,
            limit_credits=job.limit_credits,
            created_at=now,
        )
    )


async def of_job(connection: AsyncConnection, job_id: UUID) -> QuotedJob | None:
    """Read the quote of a job or batch, as it stands; None where it has none."""
    row = (await connection.execute(select(quoted_jobs).where(_j.job_id == job_id))).first()
    return _quoted(row) if row else None


async def lock(connection: AsyncConnection, job_ids: Iterable[UUID]) -> dict[UUID, QuotedJob]:
    """Lock and read those of these jobs that are stopped at a sum in USD, in the order that every transaction keeps."""
    locked = SqlQuery(_LOCK, {"ids": list(set(job_ids))}, lambda rows: {row.job_id: _quoted(row) for row in rows})
    return await run_in_turn(connection, locked)


async def budget_of(connection: AsyncConnection, cascade_id: UUID) -> UUID | None:
    """Return the job or batch whose budget a cascade counts against."""
    found: UUID | None = await connection.scalar(select(cascades.c.budget_id).where(cascades.c.id == cascade_id))
    return found


async def under_way(connection: AsyncConnection, job_id: UUID) -> Decimal:
    """Sum the USD that are reserved for calls under way, and may come back."""
    a = attempts.c
    reserved = select(func.sum(a.held_usd)).join(cascades, cascades.c.id == a.cascade_id)
    total = await connection.scalar(
        reserved.where(cascades.c.budget_id == job_id, cascades.c.open, a.outcome.is_(None))
    )
    return Decimal(total or 0)


async def write(connection: AsyncConnection, before: Mapping[UUID, QuotedJob], after: Mapping[UUID, QuotedJob]) -> None:
    """Write what was spent and is reserved for jobs that are locked."""
    changed = [{"job_id": one.job_id, "used_usd": one.used_usd} for one in after.values() if one != before[one.job_id]]
    if changed:
        await connection.execute(_WRITE, row_set(changed))


async def stop(connection: AsyncConnection, job_id: UUID, limit: QuoteLimit) -> None:
    """Note which limit has stopped a job; the first one stays."""
    unstopped = (_j.job_id == job_id, _j.reached.is_(None))
    await connection.execute(update(quoted_jobs).where(*unstopped).values(reached=limit.value))


async def ended(connection: AsyncConnection, most: int) -> Sequence[Row[Any]]:
    """Lock and read quoted jobs that have ended and are not compared yet, so many at most, that nobody else has."""
    return (await connection.execute(_ENDED, {"most": most})).all()


async def found_contacts(connection: AsyncConnection, job_id: UUID) -> int:
    """Count the contacts of a job of whom anything was found."""
    return int(await connection.scalar(_FOUND, {"job": job_id}) or 0)


async def compare(connection: AsyncConnection, job_id: UUID, outcome: QuotedOutcome) -> None:
    """Store what a quoted job came to."""
    await connection.execute(
        update(quoted_jobs).where(_j.job_id == job_id).values(outcome=msgspec.to_builtins(outcome))
    )


async def outcomes(
    connection: AsyncConnection, owner: Owner, since: datetime, most: int
) -> list[tuple[QuotedJob, QuotedOutcome]]:
    """Read quoted jobs that have ended, the newest first, so many at most."""
    rows = await connection.execute(
        select(quoted_jobs)
        .where(
            _j.account_id == owner.account_id,
            _j.mode == owner.mode.value,
            _j.created_at >= since,
            _j.outcome.is_not(None),
        )
        .order_by(_j.created_at.desc())
        .limit(most)
    )
    return [(_quoted(row), msgspec.convert(row.outcome, QuotedOutcome)) for row in rows]


def _quoted(row: Row[Any]) -> QuotedJob:
    return QuotedJob(
        job_id=row.job_id,
        terms=msgspec.convert(row.terms, QuoteTerms),
        limit_usd=row.limit_usd,
        limit_credits=row.limit_credits,
        used_usd=row.used_usd,
        reached=QuoteLimit(row.reached) if row.reached else None,
    )
