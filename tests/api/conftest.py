"""An API whose databases are empty for each test."""

from collections.abc import AsyncIterator, Iterator

import httpx
import pytest

from app.settings.settings import Settings
from tests.api.door import Door, opened
from tests.api.kept import KeptDoor
from tests.kept import KeptDatabases


@pytest.fixture(scope="session")
async def kept_door(database_url: str, template_database: str, redis_url: str) -> AsyncIterator[KeptDoor]:
    """The API that the tests of a process share."""
    kept = KeptDoor(KeptDatabases(database_url, template_database, redis_url))
    yield kept
    await kept.close()


@pytest.fixture
async def door(kept_door: KeptDoor) -> AsyncIterator[Door]:
    """An API with default settings; its process remembers the tests before, its databases do not."""
    yield await kept_door.open()
    await kept_door.empty()


@pytest.fixture
def own_door(settings: Settings) -> Iterator[Door]:
    """An API of the test's own: of what a process remembers, and for tests that end it or need its settings."""
    with opened(settings) as door:
        yield door


@pytest.fixture
async def client(door: Door) -> AsyncIterator[httpx.AsyncClient]:
    """A client with a live key and 1000 credits."""
    async with door.client(await door.key()) as client:
        yield client
