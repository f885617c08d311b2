"""The rows of batches: taken portion by portion, tied to their runs, and read with what became of them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Boolean, ColumnElement, Row, Select, bindparam, case, func, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.contacts.contact import Contact
from app.domain.runs.batch import EVERY_ROW, RowError, RowFilter, RowOutcome, RowStatus, row_errors
from app.domain.runs.job import JobStatus, JobView
from app.domain.vocabulary import FINDS, EnrichmentType, RunStatus
from app.domain.waterfall.result import Result
from app.store.database.row_sets import given, row_set
from app.store.runs.batches import answered
from app.store.runs.jobs import ROWS
from app.store.tables.core import runs
from app.store.tables.jobs import job_rows


class WaitingRow(msgspec.Struct, frozen=True, kw_only=True):
    """A good row that has no run yet.

    Attributes:
        was_answered: Whether the cache answered for it when the batch was accepted, so that nothing was held for it.
    """

    position: int
    contact: Contact
    fingerprint: bytes
    warnings: tuple[str, ...]
    was_answered: bool


_WAITING = "r.job_id = :job AND r.run_id IS NULL AND r.contact IS NOT NULL"
_COLUMNS = {
    kind: "r.position, r.contact, r.fingerprint, r.warnings, "
    f":cached AND {answered(kind, 'r.fingerprint')} AS was_answered"
    for kind in FINDS
}
_NEXT = {
    kind: text(
        f"SELECT {columns} FROM job_rows r WHERE {_WAITING} AND r.position > :after "  # noqa: S608 - constants
        "ORDER BY r.position LIMIT :limit"
    )
    for kind, columns in _COLUMNS.items()
}
_TWINS = {
    kind: text(
        f"SELECT {columns} FROM job_rows r WHERE {_WAITING} AND r.position > :after "  # noqa: S608 - constants
        "AND r.fingerprint = ANY(:prints) ORDER BY r.position LIMIT :limit"
    )
    for kind, columns in _COLUMNS.items()
}
_ERROR = runs.c.error["message"].astext.label("error")
# PostgreSQL knows the size of a large `raw` without reading it.
_GIVEN_SIZE = func.coalesce(func.octet_length(job_rows.c.raw), func.pg_column_size(job_rows.c.given))


def _page(*wanted: ColumnElement[bool]) -> Select[Any]:
    """Write the statement of a page: rows behind a position that fulfil conditions, as many as the bytes allow."""
    source = job_rows.outerjoin(runs, runs.c.id == job_rows.c.run_id) if wanted else job_rows
    following = (
        select(job_rows.c.position, _GIVEN_SIZE.label("size"))
        .select_from(source)
        .where(job_rows.c.job_id == bindparam("job_id"), job_rows.c.position > bindparam("after"), *wanted)
        .order_by(job_rows.c.position)
        .limit(bindparam("most"))
        .subquery()
    )
    summed = select(
        following.c.position,
        func.sum(following.c.size).over(order_by=following.c.position).label("size"),
        func.row_number().over(order_by=following.c.position).label("number"),
    ).subquery()
    fitting = select(summed.c.position).where((summed.c.size <= bindparam("bytes")) | (summed.c.number == 1))
    return ROWS.add_columns(_ERROR, job_rows.c.raw).where(job_rows.c.position.in_(fitting))


_EVERY_PAGE = _page()
# `status_of` of app.domain.runs.batch in SQL; a test compares them.
_STATUS = case(
    (job_rows.c.problem.is_not(None), RowStatus.REJECTED.value),
    (runs.c.status == RunStatus.CANCELLED.value, RowStatus.CANCELLED.value),
    (runs.c.status.is_(None) & bindparam("stopped", type_=Boolean), RowStatus.CANCELLED.value),
    else_=func.coalesce(runs.c.result_status, RowStatus.PENDING.value),
)
_SEARCHED = ("full_name", "company_domain", "company_name", "linkedin_url", "email")
# What is searched in, one after the other: no search contains a line feed, so none is found across two of them.
_TEXT = func.lower(
    func.concat_ws(
        "\n",
        func.concat_ws(" ", job_rows.c.contact["first_name"].astext, job_rows.c.contact["last_name"].astext),
        *(job_rows.c.contact[name].astext for name in _SEARCHED),
        runs.c.result[("email", "value")].astext,
        runs.c.result[("phone", "value")].astext,
    )
)
_TIED = given(job_rows, ("position", "run_id"))
_TIE = (
    update(job_rows)
    .where(job_rows.c.job_id == bindparam("job"), job_rows.c.position == _TIED.c.position)
    .values(run_id=_TIED.c.run_id)
)


class Portion(msgspec.Struct, frozen=True, kw_only=True):
    """Which rows are read, and whether the cache answered for them.

    Attributes:
        after: Position of the last row that is not wanted.
        since: A look-up must have ended after this time to answer.
        until: And not after this one, when the batch was accepted.
        cached: Whether the cache answers at all.
    """

    job_id: UUID
    account_id: UUID
    mode: str
    kind: EnrichmentType
    since: datetime
    until: datetime
    cached: bool
    after: int
    limit: int


async def following(connection: AsyncConnection, portion: Portion) -> list[WaitingRow]:
    """Read the next good rows that have no run, in input order."""
    return [_waiting(row) for row in await connection.execute(_NEXT[portion.kind], _parameters(portion))]


async def twins(connection: AsyncConnection, portion: Portion, prints: Sequence[bytes]) -> list[WaitingRow]:
    """Read later rows that give the same contacts again."""
    parameters = _parameters(portion) | {"prints": list(prints)}
    return [_waiting(row) for row in await connection.execute(_TWINS[portion.kind], parameters)]


def _parameters(portion: Portion) -> dict[str, Any]:
    return {
        "job": portion.job_id,
        "account": portion.account_id,
        "mode": portion.mode,
        "since": portion.since,
        "until": portion.until,
        "cached": portion.cached,
        "after": portion.after,
        "limit": portion.limit,
    }


def _waiting(row: Row[Any]) -> WaitingRow:
    return WaitingRow(
        position=row.position,
        contact=msgspec.convert(row.contact, Contact),
        fingerprint=bytes(row.fingerprint),
        warnings=tuple(row.warnings),
        was_answered=row.was_answered,
    )


async def tie(connection: AsyncConnection, job_id: UUID, ties: Mapping[int, UUID]) -> None:
    """Tie rows, by position, to the runs that look them up."""
    if ties:
        new = [{"position": position, "run_id": run_id} for position, run_id in ties.items()]
        await connection.execute(_TIE, row_set(new) | {"job": job_id})


_END_WAITING = text(
    "UPDATE job_rows r SET contact = NULL, fingerprint = NULL, problem = CAST(:problem AS jsonb) "  # noqa: S608 - constants
    f"WHERE {_WAITING}"
)


async def end_waiting(connection: AsyncConnection, job_id: UUID, problem: list[dict[str, str]]) -> int:
    """End the rows that have no run, with the reason; returns how many."""
    values = {"job": job_id, "problem": msgspec.json.encode(problem).decode()}
    return (await connection.execute(_END_WAITING, values)).rowcount


async def fates(
    connection: AsyncConnection,
    batch: JobView,
    wanted: RowFilter = EVERY_ROW,
    *,
    after: int,
    limit: int,
    size: int,
) -> list[RowOutcome]:
    """Read rows with what became of them, in input order, after a position.

    Args:
        connection: Any.
        batch: Whose rows.
        wanted: Which of them.
        after: The last row that is not wanted.
        limit: The most rows.
        size: The most bytes of what was given, though one row at least is read.
    """
    conditions: list[ColumnElement[bool]] = []
    parameters: dict[str, Any] = {"job_id": batch.id, "after": after, "most": limit, "bytes": size}
    if wanted.status:
        conditions.append(_STATUS.in_([wanted.status.value]))
        parameters["stopped"] = batch.status is JobStatus.CANCELLED
    if wanted.search:
        conditions.append(func.strpos(_TEXT, wanted.search.lower()) > 0)
    page = _page(*conditions) if conditions else _EVERY_PAGE
    found = await connection.execute(page, parameters)
    return [
        RowOutcome(
            position=row.position,
            given=row.given,
            raw=row.raw,
            contact=msgspec.convert(row.contact, Contact) if row.contact is not None else None,
            problem=row.problem,
            warnings=tuple(row.warnings),
            run_id=row.run_id,
            status=RunStatus(row.status) if row.status else None,
            result_status=row.result_status,
            result=msgspec.convert(row.result, Result) if row.result is not None else None,
            error=row.error,
        )
        for row in found
    ]


async def errors(connection: AsyncConnection, job_id: UUID, limit: int) -> list[RowError]:
    """Read what is wrong with the first bad rows."""
    found = await connection.execute(
        select(job_rows.c.position, job_rows.c.problem)
        .where(job_rows.c.job_id == job_id, job_rows.c.problem.is_not(None))
        .order_by(job_rows.c.position)
        .limit(limit)
    )
    return [error for row in found for error in row_errors(row.position, row.problem)][:limit]
