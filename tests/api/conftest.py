"""An API with databases of its own for each test."""

from collections.abc import AsyncIterator, Iterator

import httpx
import pytest

from app.settings.settings import Settings
from tests.api.door import Door, opened


@pytest.fixture
def door(settings: Settings) -> Iterator[Door]:
    with opened(settings) as door:
        yield door


@pytest.fixture
async def client(door: Door) -> AsyncIterator[httpx.AsyncClient]:
    """A client with a live key and 1000 credits."""
    async with door.client(await door.key()) as client:
        yield client
