"""An API with databases of its own for each test, as the tests of the API have it."""

from collections.abc import AsyncIterator, Iterator

import pytest

from app.api.connection.connections import Deadlines
from app.metrics import REQUESTS
from app.settings.settings import Settings
from tests.api.door import Door, opened
from tests.api.kept import KeptDoor
from tests.kept import KeptDatabases

# Short enough to wait for, long enough for a loaded machine to answer a proper request.
QUICK = Deadlines(head=1.0, body=1.0, body_bytes=500, idle=1.0, write=1.0, write_bytes=1000, discard=1.0, linger=1.0)


@pytest.fixture(autouse=True)
def no_fault() -> Iterator[None]:
    """No request of a test is answered 500; the counters are the process's, so that earlier tests may have had some."""
    before = _faults()
    yield
    assert _faults() == before


def _faults() -> float:
    counted = (sample for metric in REQUESTS.collect() for sample in metric.samples)
    return sum(one.value for one in counted if one.name.endswith("_total") and one.labels["status"] == "500")


@pytest.fixture(scope="session")
async def kept_door(database_url: str, template_database: str, redis_url: str) -> AsyncIterator[KeptDoor]:
    """An API that tests share whose requests leave nothing behind in it."""
    kept = KeptDoor(KeptDatabases(database_url, template_database, redis_url))
    yield kept
    await kept.close()


@pytest.fixture
def door(settings: Settings) -> Iterator[Door]:
    with opened(settings) as door:
        yield door


@pytest.fixture
def quick(settings: Settings) -> Iterator[Door]:
    """A server that waits for nobody."""
    with opened(settings, deadlines=QUICK) as door:
        yield door
