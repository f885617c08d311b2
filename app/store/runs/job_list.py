"""List jobs and batches by filters, newest first; a filter of contacts asks for a run that passes it."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, or_, select, union
from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.accounts.owner import Owner
from app.domain.runs.job import JobKind, JobStatus, JobView
from app.domain.runs.run_filter import RunFilter, id_range
from app.store.runs.jobs import view
from app.store.runs.run_list import of_list, of_search
from app.store.tables.core import runs
from app.store.tables.jobs import jobs

_J, _R = jobs.c, runs.c


async def page(
    connection: AsyncConnection,
    owner: Owner,
    kind: JobKind,
    wanted: RunFilter,
    *,
    key_ids: Sequence[UUID] | None,
    before_id: UUID | None,
    limit: int,
) -> Sequence[JobView]:
    """Read a page of an owner's jobs or batches, newest first, below an id.

    Args:
        connection: Any.
        owner: Whose.
        kind: Jobs or batches; uploads that are not accepted yet do not exist.
        wanted: Which of them; its domain and search are those of any of their contacts, whose runs say them.
        key_ids: Those of these keys; None for all keys.
        before_id: The last one that was shown.
        limit: At most so many.
    """
    conditions = [*of_list(jobs, owner, wanted, before_id), *_of_contacts(owner, wanted)]
    conditions += [_J.kind == kind.value, _J.status != JobStatus.RECEIVING.value]
    if key_ids is not None:
        conditions.append(_J.key_id.in_(key_ids))
    found = await connection.execute(select(jobs).where(*conditions).order_by(_J.id.desc()).limit(limit))
    return [view(row) for row in found]


def _of_contacts(owner: Owner, wanted: RunFilter) -> list[ColumnElement[bool]]:
    """Return the conditions that a contact fulfils; each way to it has an index on runs."""
    mine = select(_R.job_id).where(
        _R.account_id == owner.account_id, _R.mode == owner.mode.value, _R.job_id.is_not(None)
    )
    conditions: list[ColumnElement[bool]] = []
    if wanted.domain:
        conditions.append(_J.id.in_(mine.where(_R.search_domain == wanted.domain, _R.search_domain.is_not(None))))
    if wanted.search:
        any_way = _J.id.in_(union(*(mine.where(*way) for way in of_search(wanted.search))))
        ids = id_range(wanted.search)
        conditions.append(or_(any_way, _J.id.between(*ids)) if ids else any_way)
    return conditions
