"""Runs in the database: accepted, started, ended; a terminal status never changes again."""

from collections.abc import Iterable, Sequence
from operator import attrgetter
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Row, bindparam, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.runs.run import LIVE_STATES
from app.domain.runs.run_filter import SearchWords, found_address, search_words
from app.domain.runs.view import RunView
from app.store.database.queries import SqlQuery, nothing, run
from app.store.database.row_sets import given, insert_given, row_set
from app.store.tables.core import runs

_MEMBERS = RunView.__struct_fields__
_values = attrgetter(*_MEMBERS)
_ENDING = ("id", "status", "result_status", "degraded", "credits_used", "result", "error", "ended_at")
_ENDED = given(runs, (*_ENDING, "search_address"))

_ADD = insert_given(runs, [*RunView.__struct_fields__, *SearchWords.__struct_fields__, "key_id"])
_BY_IDS = select(runs).where(runs.c.id == func.any(bindparam("ids")))
_OF_CASCADES = (runs.c.cascade_id == func.any(bindparam("ids")), runs.c.status == func.any(bindparam("states")))
_LIVING = select(runs).where(*_OF_CASCADES).order_by(runs.c.id).with_for_update(key_share=True)
# A constraint ties `ended_at` to the terminal states, from which no transition leads anywhere. The ids are also given
# by themselves because only then the planner takes the index while the tables are new.
_END = (
    update(runs)
    .where(runs.c.id == func.any(bindparam("ids")), runs.c.id == _ENDED.c.id, runs.c.ended_at.is_(None))
    .values({name: _ENDED.c[name] for name in (*_ENDING, "search_address") if name != "id"})
)


def view(row: Row[Any]) -> RunView:
    """Read one row."""
    run: RunView = msgspec.convert(dict(zip(_MEMBERS, _values(row), strict=True)), RunView)
    return run


def adding(new: Sequence[tuple[RunView, UUID]]) -> list[SqlQuery[None]]:
    """Return the query that inserts runs, each with the id of the key that submitted it, if there are any."""
    rows = [
        msgspec.structs.asdict(run) | msgspec.structs.asdict(search_words(run.contact, run.result)) | {"key_id": key_id}
        for run, key_id in new
    ]
    return [SqlQuery(_ADD, row_set(rows), nothing)] if rows else []


async def by_ids(connection: AsyncConnection, ids: Sequence[UUID]) -> dict[UUID, RunView]:
    """Read runs by id."""
    return await run(
        connection, SqlQuery(_BY_IDS, {"ids": list(ids)}, lambda rows: {row.id: view(row) for row in rows})
    )


def living(cascade_ids: Iterable[UUID]) -> SqlQuery[list[RunView]]:
    """Return the query that locks and reads the runs of cascades that have not ended, the oldest first."""
    values = {"ids": list(cascade_ids), "states": [s.value for s in LIVE_STATES]}
    return SqlQuery(_LIVING, values, lambda rows: [view(row) for row in rows])


async def living_of_job(connection: AsyncConnection, job_id: UUID) -> list[RunView]:
    """Read the runs of a job that have not ended."""
    states = [s.value for s in LIVE_STATES]
    found = await connection.execute(select(runs).where(runs.c.job_id == job_id, runs.c.status.in_(states)))
    return [view(row) for row in found]


def ending(ended: Sequence[RunView]) -> list[SqlQuery[None]]:
    """Return the query that writes the end of runs that are locked and alive, if there are any."""
    new = [
        {name: getattr(one, name) for name in _ENDING} | {"search_address": found_address(one.result)} for one in ended
    ]
    values = row_set(new) | {"ids": [one.id for one in ended]}
    return [SqlQuery(_END, values, nothing)] if new else []


async def move(connection: AsyncConnection, ids: Sequence[UUID], cascade_id: UUID) -> None:
    """Let living runs wait for another cascade, which asks all that they want."""
    await connection.execute(update(runs).where(runs.c.id.in_(list(ids))).values(cascade_id=cascade_id, wants=None))


async def charged(connection: AsyncConnection, cascade_ids: Iterable[UUID]) -> dict[UUID, RunView]:
    """Lock and read the ended runs that were charged for cascades, by cascade."""
    found = await connection.execute(
        select(runs)
        .where(runs.c.cascade_id == func.any(list(cascade_ids)), runs.c.credits_used > 0, runs.c.ended_at.is_not(None))
        .order_by(runs.c.id)
        .with_for_update(key_share=True)
    )
    return {row.cascade_id: view(row) for row in found}


async def bill(connection: AsyncConnection, run_id: UUID, credits_used: int) -> None:
    """Write what a run costs, when a charge moves to it or is given back."""
    await connection.execute(update(runs).where(runs.c.id == run_id).values(credits_used=credits_used))
