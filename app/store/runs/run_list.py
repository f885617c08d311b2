"""List runs by filters, newest first; an index leads to each page, however many runs an account has."""

from collections.abc import Sequence
from itertools import product
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, Table, select, union
from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.accounts.owner import Owner
from app.domain.contacts.fingerprint import fold_name
from app.domain.runs.run_filter import RunFilter, fold_search, id_range
from app.domain.runs.view import RunView
from app.domain.vocabulary import ResultStatus, RunStatus
from app.store.database.time_ids import since, until
from app.store.runs.runs import view
from app.store.tables.core import runs

Conditions = tuple[ColumnElement[bool], ...]
_R = runs.c
# Behind every character in the order of code points.
_LAST = "\U0010ffff"
_HAS_RESULT = _R.result_status.is_not(None)


async def page(connection: AsyncConnection, statement: Select[Any] | None) -> list[RunView]:
    """Read a page; there is none where no key matches."""
    return [] if statement is None else [view(row) for row in await connection.execute(statement)]


def listing(
    owner: Owner, wanted: RunFilter, *, key_ids: Sequence[UUID] | None, before_id: UUID | None, limit: int
) -> Select[Any] | None:
    """Write the statement of a page: an owner's runs, newest first, below an id; ids are ordered by time (UUIDv7).

    Each way in which a run may match has an index of its own, so each is read by itself and no more than a page of it.

    Args:
        owner: Whose runs.
        wanted: Which of them.
        key_ids: Those of these keys; None for all keys.
        before_id: The last one that was shown.
        limit: At most so many.
    """
    of_all = _of_all(owner, wanted, before_id)
    ways = [
        [(_R.key_id == key_id,) for key_id in key_ids] if key_ids is not None else [()],
        _of_status(wanted.status),
        of_search(wanted.search) if wanted.search else [()],
    ]
    pages = [
        select(_R.id).where(*of_all, *(one for part in way for one in part)).order_by(_R.id.desc()).limit(limit)
        for way in product(*ways)
    ]
    if not pages:
        return None
    found = union(*(select(one.subquery().c.id) for one in pages)).subquery()
    chosen = select(found.c.id).order_by(found.c.id.desc()).limit(limit)
    return select(runs).where(_R.id.in_(chosen)).order_by(_R.id.desc())


def _of_all(owner: Owner, wanted: RunFilter, before_id: UUID | None) -> Conditions:
    conditions = of_list(runs, owner, wanted, before_id)
    if wanted.result_status:
        conditions += [_R.result_status == wanted.result_status.value, _HAS_RESULT]
    if wanted.domain:
        conditions += [_R.search_domain == wanted.domain, _R.search_domain.is_not(None)]
    return tuple(conditions)


def of_list(table: Table, owner: Owner, wanted: RunFilter, before_id: UUID | None) -> list[ColumnElement[bool]]:
    """Return the conditions of a filter that runs, jobs and batches share: ids are ordered by time (UUIDv7)."""
    columns = table.c
    conditions: list[ColumnElement[bool]] = [columns.account_id == owner.account_id, columns.mode == owner.mode.value]
    if wanted.type:
        conditions += [columns["type"] == wanted.type.value]
    if wanted.created_after:
        conditions += [columns.id >= since(wanted.created_after), columns.created_at > wanted.created_after]
    if wanted.created_before:
        conditions += [columns.id < until(wanted.created_before), columns.created_at < wanted.created_before]
    if before_id:
        conditions.append(columns.id < before_id)
    return conditions


def _of_status(status: RunStatus | None) -> list[Conditions]:
    """Return the ways to a status that have an index: open, cancelled, or by the result."""
    match status:
        case None:
            return [()]
        case RunStatus.PENDING | RunStatus.PROCESSING:
            return [(_R.ended_at.is_(None), _R.status == status.value)]
        case RunStatus.CANCELLED:
            return [(_R.ended_at.is_not(None), _R.result_status.is_(None))]
        case RunStatus.FAILED:
            results = [ResultStatus.ERROR]
        case RunStatus.COMPLETED:
            results = [ResultStatus.FOUND, ResultStatus.NOT_FOUND]
    return [(_R.result_status == result.value, _HAS_RESULT) for result in results]


def of_search(search: str) -> list[Conditions]:
    """Return the ways in which a run matches a search, each with an index of its own."""
    plain = search.casefold()
    ways = [_begins(_R.search_domain, plain), _begins(_R.search_address, plain)]
    # With its accents as well: so were the names of runs folded before version 0.3.
    for name in {fold_search(search), fold_name(search)}:
        ways += [_begins(_R.search_name, name), _begins(_R.search_last_name, name)]
    if ids := id_range(search):
        ways.append((_R.id.between(*ids),))
    return ways


def _begins(text: ColumnElement[str], beginning: str) -> Conditions:
    """Compare by code points, because an index serves a range of them whatever the parameters are."""
    return text.is_not(None), text >= beginning, text < beginning + _LAST
