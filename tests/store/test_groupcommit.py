"""Group commit: many callers, one transaction, and a bad item harms nobody else."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from functools import partial
from typing import cast

import msgspec
import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from app.domain.errors import OutcomeUnknownError, RequestError, UnavailableError
from app.settings.settings import Settings
from app.store.database.engine import open_engine
from app.store.database.group_commit import MOST_AT_ONCE, GroupCommit
from app.store.database.queries import SqlQuery, nothing, run_together
from app.store.database.transaction import HeldConnection


@pytest.fixture
async def engine(settings: Settings) -> AsyncIterator[AsyncEngine]:
    """An engine on a database with one table of unique numbers."""
    opened = open_engine(settings)
    async with opened.begin() as connection:
        await connection.execute(text("CREATE TABLE numbers (n integer PRIMARY KEY)"))
    yield opened
    await opened.dispose()


class Numbers:
    """Inserts numbers and remembers how many came together; refuses negative ones."""

    def __init__(self) -> None:
        self.batches: list[int] = []

    async def write(self, connection: AsyncConnection, items: Sequence[int]) -> list[int | RequestError]:
        self.batches.append(len(items))
        good = [{"n": n} for n in items if n >= 0]
        if good:
            await connection.execute(text("INSERT INTO numbers VALUES (:n)"), good)
        return [n * 10 if n >= 0 else RequestError("negative") for n in items]


async def stored(engine: AsyncEngine) -> list[int]:
    """What was committed."""
    async with engine.connect() as connection:
        return list(await connection.scalars(text("SELECT n FROM numbers ORDER BY n")))


async def test_those_who_wait_share_a_transaction_and_each_gets_its_own_outcome(engine: AsyncEngine) -> None:
    numbers = Numbers()
    group = GroupCommit(engine, numbers.write, what="test", max_items=30)
    assert await asyncio.gather(*(group(n) for n in range(100))) == [n * 10 for n in range(100)]
    assert await stored(engine) == list(range(100))
    assert len(numbers.batches) < 10
    assert max(numbers.batches) <= 30


async def test_one_bad_item_fails_alone(engine: AsyncEngine) -> None:
    group = GroupCommit(engine, Numbers().write, what="test")
    await group(5)
    outcomes = await asyncio.gather(*(group(n) for n in (1, 5, 2, -1, 3)), return_exceptions=True)
    assert [outcomes[i] for i in (0, 2, 4)] == [10, 20, 30]
    assert isinstance(outcomes[1], IntegrityError)
    assert isinstance(outcomes[3], RequestError)
    assert await stored(engine) == [1, 2, 3, 5]


async def test_a_caller_that_gives_up_does_not_stop_the_others(engine: AsyncEngine) -> None:
    group = GroupCommit(engine, Numbers().write, what="test")
    leaving, staying = asyncio.ensure_future(group(1)), asyncio.ensure_future(group(2))
    await asyncio.sleep(0)
    leaving.cancel()
    assert await staying == 20


async def test_what_takes_too_long_is_given_up_and_only_what_has_begun_is_uncertain(engine: AsyncEngine) -> None:
    release = asyncio.Event()

    async def held_up(_connection: AsyncConnection, items: Sequence[int]) -> list[int]:
        await release.wait()
        return list(items)

    async def look(_outcomes: Sequence[int | RequestError], _connection: AsyncConnection) -> bool:
        raise AssertionError("no COMMIT was lost")

    group = GroupCommit(engine, held_up, what="test", max_items=1, seconds=1.0, committed=look)
    outcomes = await asyncio.gather(*(group(n) for n in range(MOST_AT_ONCE + 1)), return_exceptions=True)
    assert [type(one) for one in outcomes] == [*[OutcomeUnknownError] * MOST_AT_ONCE, UnavailableError]
    release.set()
    assert await group(7) == 7


async def test_work_that_must_not_be_done_twice_does_not_commit_with_its_statements(engine: AsyncEngine) -> None:
    """Whether it was committed would not be looked up where the connection breaks."""
    query = SqlQuery(text("INSERT INTO numbers VALUES (7)"), {}, nothing)

    async def write(connection: AsyncConnection, items: Sequence[int]) -> list[int]:
        await run_together(connection, query, commits=True)
        return list(items)

    async def look(_outcomes: Sequence[int | RequestError], _connection: AsyncConnection) -> bool:
        raise AssertionError("no COMMIT was lost")

    with pytest.raises(TypeError, match="does not commit with its statements"):
        await GroupCommit(engine, write, what="test", committed=look)(1)
    assert await stored(engine) == []
    assert await GroupCommit(engine, write, what="test")(1) == 1
    assert await stored(engine) == [7]


async def test_what_comes_while_an_item_apart_gives_its_connection_back_is_not_lost(engine: AsyncEngine) -> None:
    numbers, apart = Numbers(), asyncio.Event()

    async def write(connection: AsyncConnection, items: Sequence[int]) -> Sequence[int | RequestError]:
        if len(numbers.batches) == 1:
            apart.set()
        return await numbers.write(connection, items)

    class SlowlyGivenBack(HeldConnection):
        async def __aexit__(self, *raised: object) -> None:
            await super().__aexit__(*raised)
            for _ in range(5):  # as where the server is to be asked for it
                await asyncio.sleep(0)

    group = GroupCommit(engine, write, what="test", key=lambda _: "account")
    held = cast("partial[HeldConnection]", partial(SlowlyGivenBack, engine, reads=False))
    group._connection = held  # noqa: SLF001
    async with engine.connect() as other:
        await other.execute(text("INSERT INTO numbers VALUES (1)"))

        async def one_after_the_other() -> list[int]:
            # The first outcome is there before its connection has gone back.
            return [await group(1), await group(2)]

        both = asyncio.create_task(one_after_the_other())
        await apart.wait()
        await other.rollback()
    assert await both == [10, 20]
    assert await stored(engine) == [1, 2]


async def test_an_item_apart_whose_task_is_cancelled_fails_at_once_and_bars_no_other(engine: AsyncEngine) -> None:
    numbers, apart = Numbers(), asyncio.Event()

    async def write(connection: AsyncConnection, items: Sequence[int]) -> Sequence[int | RequestError]:
        if len(numbers.batches) == 1:
            apart.set()
        return await numbers.write(connection, items)

    group = GroupCommit(engine, write, what="test", key=lambda _: "account", seconds=60)
    async with engine.connect() as other:
        await other.execute(text("INSERT INTO numbers VALUES (1)"))
        first = group(1)
        await apart.wait()
        second = group(2)
        (task,) = group._under_way_apart  # noqa: SLF001 - as the end of the process cancels it
        task.cancel()
        async with asyncio.timeout(30):
            outcomes = await asyncio.gather(first, second, return_exceptions=True)
        assert [type(one) for one in outcomes] == [asyncio.CancelledError, UnavailableError]
    assert await group(3) == 30
    assert await stored(engine) == [3]


async def test_a_group_that_gathers_holds_no_connection_and_its_end_begins_nothing(settings: Settings) -> None:
    engine = open_engine(msgspec.structs.replace(settings, db_pool_size=2))
    more: list[asyncio.Future[int]] = []

    async def work(_connection: AsyncConnection, items: Sequence[int]) -> list[int]:
        if not more:
            more.append(group(3))
        return list(items)

    group = GroupCommit(engine, work, what="test", max_items=2, gather=60, seconds=60)
    assert [await one for one in (group(1), group(2))] == [1, 2]
    async with engine.connect(), engine.connect():
        assert engine.pool.checkedout() == 2  # type: ignore[attr-defined] # a queue
    (task,) = group._under_way  # noqa: SLF001 - as the end of the process cancels it
    task.cancel()
    await asyncio.wait([task])
    await asyncio.sleep(0)
    assert not group._under_way  # noqa: SLF001
    assert not more[0].done()
    # What comes next begins, with what has waited.
    assert [await one for one in (*more, group(4))] == [3, 4]
    await engine.dispose()


async def test_work_that_returns_too_few_outcomes_commits_nothing(engine: AsyncEngine) -> None:
    numbers = Numbers()

    async def work(connection: AsyncConnection, items: Sequence[int]) -> Sequence[int | RequestError]:
        return (await numbers.write(connection, items))[1:]

    group = GroupCommit(engine, work, what="test", seconds=60)
    outcomes = await asyncio.gather(group(1), group(2), return_exceptions=True)
    assert [str(one) for one in outcomes] == ["test: 0 outcomes for 1 items"] * 2
    assert await stored(engine) == []


async def test_a_database_that_is_away_is_a_refusal_that_says_so(fresh_redis: str) -> None:
    gone = open_engine(Settings(database_url="postgresql://nobody@127.0.0.1:1/none", redis_url=fresh_redis))
    with pytest.raises(UnavailableError) as refusal:
        await GroupCommit(gone, Numbers().write, what="test")(1)
    assert refusal.value.dependency == "database"
    await gone.dispose()
