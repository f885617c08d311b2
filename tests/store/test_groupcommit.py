"""Group commit: many callers, one transaction, and a bad item harms nobody else."""

import asyncio
from collections.abc import AsyncIterator, Sequence

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from app.domain.errors import OutcomeUnknownError, RequestError, UnavailableError
from app.settings.settings import Settings
from app.store.database.engine import open_engine
from app.store.database.group_commit import MOST_AT_ONCE, GroupCommit


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


async def test_a_database_that_is_away_is_a_refusal_that_says_so(fresh_redis: str) -> None:
    gone = open_engine(Settings(database_url="postgresql://nobody@127.0.0.1:1/none", redis_url=fresh_redis))
    with pytest.raises(UnavailableError) as refusal:
        await GroupCommit(gone, Numbers().write, what="test")(1)
    assert refusal.value.dependency == "database"
    await gone.dispose()
