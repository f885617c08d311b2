"""Values on their way to and from PostgreSQL: lists and JSON are what they are with psycopg's own dumpers."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import pytest
from psycopg import AsyncConnection
from sqlalchemy.ext.asyncio import AsyncEngine

from app.settings.settings import Settings
from app.store.database.engine import open_engine
from app.store.database.queries import driver_of
from app.store.database.transaction import reading

ONE, TWO = UUID(int=1), UUID("01a22400-ffff-7fff-bfff-ffffffffffff")
# Without a cast, so that both write the same type.
TYPED: list[list[Any]] = [
    [ONE],
    [TWO, ONE, TWO],
    [UUID(int=0), UUID(int=2**128 - 1)],
    [None, ONE],
    [b""],
    [b"\\", b'"', b"{},", b"\x00\xff", b"plain", bytes(range(256))],
    [b"x", None],
    [1, 2, 2**40],
]
LISTS: list[tuple[str, list[Any]]] = [
    *(("", given) for given in TYPED),
    ("::text[]", ["text", 'a "quoted" \\ one', "", "null"]),
    ("::uuid[]", []),
]


@pytest.fixture
async def engine(settings: Settings) -> AsyncIterator[AsyncEngine]:
    opened = open_engine(settings)
    yield opened
    await opened.dispose()


async def test_lists_and_json_are_read_as_they_were_written(engine: AsyncEngine, settings: Settings) -> None:
    plain = await AsyncConnection.connect(settings.database_address().for_psycopg(""), autocommit=True)
    async with plain, reading(engine) as connection:
        ours = await driver_of(connection)
        for cast, given in LISTS:
            asked = f"SELECT %(v)s{cast}, pg_typeof(%(v)s{cast})::text"
            shown = [await (await driver.execute(asked, {"v": given})).fetchone() for driver in (plain, ours)]
            assert shown[0] == shown[1]
            assert shown[1] is not None
            assert shown[1][0] == given
        for text, value in (('{"a": [1, null, "\\u00e9"]}', {"a": [1, None, "é"]}), ("1e400", float("inf")), ("1", 1)):
            cursor = await ours.execute(f"SELECT '{text}'::json, NULL::jsonb")
            assert await cursor.fetchone() == (value, None)
