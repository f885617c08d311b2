"""An API with databases of its own for each test, as the tests of the API have it."""

from collections.abc import Iterator

import pytest

from app.api.connection.connections import Deadlines
from app.settings.settings import Settings
from tests.api.door import Door, opened

# Short enough to wait for, long enough for a loaded machine to answer a proper request.
QUICK = Deadlines(head=1.0, body=1.0, body_bytes=500, idle=1.0, write=1.0, write_bytes=1000, discard=1.0, linger=1.0)


@pytest.fixture
def door(settings: Settings) -> Iterator[Door]:
    with opened(settings) as door:
        yield door


@pytest.fixture
def quick(settings: Settings) -> Iterator[Door]:
    """A server that waits for nobody."""
    with opened(settings, deadlines=QUICK) as door:
        yield door
