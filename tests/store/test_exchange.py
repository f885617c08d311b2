"""Statements that share a round trip, and connections that batches share: what fails leaves nothing behind."""

import asyncio
from collections.abc import AsyncIterator, Sequence

import pytest
from sqlalchemy import Integer, bindparam, cast, func, literal, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from app.settings.settings import Settings
from app.store.database.engine import open_engine
from app.store.database.group_commit import GroupCommit
from app.store.database.lock_wait import QUICK_LOCK_SECONDS
from app.store.database.queries import SqlQuery, driver_of, run, run_together
from app.store.database.session import LOCK_SECONDS
from app.store.database.transaction import HeldConnection, reading, transaction

TENFOLD = select((cast(bindparam("n"), Integer) * 10).label("n"))
INVERSE = select((literal(1) / cast(bindparam("n"), Integer)).label("n"))
ADDED = text("INSERT INTO scratch VALUES (:n) RETURNING n")
SESSION = select(func.pg_backend_pid().label("pid"), func.current_setting("lock_timeout").label("bound"))
OTHERS = text("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()")


def numbers(statement: object, n: object) -> SqlQuery[list[int]]:
    return SqlQuery(statement, {"n": n}, lambda rows: [row.n for row in rows])  # type: ignore[arg-type] # a select


SEEN: SqlQuery[tuple[int, str]] = SqlQuery(SESSION, {}, lambda rows: (rows[0].pid, rows[0].bound))


@pytest.fixture
async def engine(settings: Settings) -> AsyncIterator[AsyncEngine]:
    opened = open_engine(settings)
    yield opened
    await opened.dispose()


async def test_each_statement_has_its_own_rows_also_where_it_comes_twice(engine: AsyncEngine) -> None:
    async with transaction(engine) as connection:
        for _ in range(4):  # by then it is prepared
            found = await run_together(connection, numbers(TENFOLD, 1), numbers(INVERSE, 1), numbers(TENFOLD, 2))
            assert found == [[10], [1], [20]]
        assert await run_together(connection) == []


@pytest.mark.parametrize("wrong", [0, object()], ids=["the server refuses it", "it cannot be sent"])
async def test_after_a_statement_that_fails_the_connection_goes_on(engine: AsyncEngine, wrong: object) -> None:
    for _ in range(4):
        async with engine.connect() as connection:
            with pytest.raises(DBAPIError):
                await run_together(connection, numbers(TENFOLD, 1), numbers(INVERSE, wrong), numbers(TENFOLD, 2))
            await connection.rollback()
            assert await run_together(connection, numbers(TENFOLD, 3), numbers(INVERSE, 1)) == [[30], [1]]
    assert engine.pool.status().startswith("Pool size: 10  Connections in pool: 1 ")


async def test_a_transaction_ends_in_the_round_trip_of_its_last_statement_unless_that_fails(
    engine: AsyncEngine,
) -> None:
    async def kept() -> list[int]:
        async with engine.connect() as other:
            return list(await other.scalars(text("SELECT n FROM scratch ORDER BY n")))

    async with engine.begin() as connection:
        await connection.execute(text("DROP TABLE IF EXISTS scratch"))
        await connection.execute(text("CREATE TABLE scratch (n integer)"))
    for n in range(1, 4):
        async with transaction(engine) as connection:
            assert await run_together(connection, numbers(ADDED, n), numbers(TENFOLD, n), commits=True) == [
                [n],
                [10 * n],
            ]
            assert await kept() == list(range(1, n + 1)), "before the block's end"
    with pytest.raises(DBAPIError):
        async with transaction(engine) as connection:
            await run_together(connection, numbers(ADDED, 4), numbers(INVERSE, 0), commits=True)
    assert await kept() == [1, 2, 3]
    async with transaction(engine) as connection:
        assert await run(connection, numbers(ADDED, 5)) == [5]
        assert await kept() == [1, 2, 3], "only where it is asked for"
    assert await kept() == [1, 2, 3, 5]


async def test_batches_share_a_session_until_one_fails_and_each_has_its_own_bound_of_waits(engine: AsyncEngine) -> None:
    async def work(connection: AsyncConnection, items: Sequence[str]) -> list[tuple[int, str]]:
        (seen,) = await run_together(connection, SEEN)
        if items == ["fail"]:
            await connection.execute(text("SELECT 1 / 0"))
        return [seen] * len(items)

    group = GroupCommit(engine, work, what="test", key=hash, max_items=1)
    first, failed, *others = await asyncio.gather(
        *(group(item) for item in ("one", "fail", "two", "three")), return_exceptions=True
    )
    assert isinstance(first, tuple)
    assert isinstance(failed, DBAPIError)
    assert others[0] == others[1]
    assert first[1] == f"{round(QUICK_LOCK_SECONDS * 1000)}ms"
    async with transaction(engine) as connection:
        assert (await run_together(connection, SEEN))[0] == (first[0], f"{LOCK_SECONDS}s")


async def test_a_connection_keeps_no_answer(engine: AsyncEngine) -> None:
    async with reading(engine) as connection:
        assert await run(connection, numbers(TENFOLD, 1)) == [10]
        (cursor,) = (await driver_of(connection)).cursors.values()
        assert cursor._tx.pgresult is None  # noqa: SLF001 - where psycopg keeps it
        assert await run(connection, numbers(TENFOLD, 2)) == [20]


@pytest.mark.parametrize("wrong", [0, object()], ids=["the server refuses it", "it cannot be sent"])
async def test_what_a_failure_has_skipped_is_prepared_again_also_without_a_transaction(
    engine: AsyncEngine, wrong: object
) -> None:
    async with reading(engine) as connection:
        for _ in range(2):  # at the third time they are prepared
            await run_together(connection, numbers(INVERSE, 1), numbers(TENFOLD, 1))
        with pytest.raises(DBAPIError):
            await run_together(connection, numbers(INVERSE, wrong), numbers(TENFOLD, 1))
        for _ in range(2):
            found = await run_together(connection, *[numbers(TENFOLD, n) for n in range(4)], numbers(INVERSE, 1))
            assert found == [[0], [10], [20], [30], [1]]
        assert await run(connection, numbers(INVERSE, 1)) == [1]


async def test_a_held_connection_does_not_outlive_its_pool(engine: AsyncEngine) -> None:
    async def session(held: HeldConnection) -> int:
        async with held.used(None) as connection:
            pid: int = (await run(connection, SEEN))[0]
            return pid

    async with HeldConnection(engine, reads=True) as held:
        first = await session(held)
        assert await session(held) == first
        await engine.dispose()
        assert await session(held) != first
        await engine.dispose()
    async with engine.connect() as connection:
        # Sessions end a moment after their connections: the server is asked until they have.
        async with asyncio.timeout(60):
            while await connection.scalar(OTHERS):
                pass
