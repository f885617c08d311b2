"""One service for all tests of the clients, with a worker that works, and clients of it."""

import os
from collections.abc import AsyncIterator, Iterator
from itertools import count
from pathlib import Path

import pytest
import structlog

from app.settings.settings import Settings
from leadrun import AsyncLeadrun, Leadrun
from tests.clients.commands import Environ
from tests.contract.played import DOMAIN
from tests.contract.standing import Standing, standing
from tests.databases import new_database
from tests.play.faults import FaultyProxy, faulty
from tests.servers import kept_redis, settings_of

_accounts = count(1)


@pytest.fixture(scope="session")
def service(database_url: str, template_database: str, redis_url: str) -> Iterator[Standing]:
    """The service; its worker rests."""
    with (
        new_database(database_url, template_database) as database,
        standing(settings_of(database, kept_redis(redis_url))) as service,
    ):
        yield service


@pytest.fixture
def stood(service: Standing) -> Iterator[Standing]:
    """The service while its worker works."""
    service.work()
    yield service
    service.pause()


@pytest.fixture
def key(stood: Standing) -> str:
    """A live key of an account of its own, with 1000 credits."""
    made = stood.new_key(account=f"client-{next(_accounts)}", amount=1000, rate_limit=100_000)
    return made.api_key


@pytest.fixture
def client(stood: Standing, key: str) -> Iterator[Leadrun]:
    with Leadrun(key, stood.url) as client:
        yield client


@pytest.fixture
def lists(stood: Standing, key: str, client: Leadrun) -> dict[str, list[str]]:
    """Ids of two jobs and of two batches, newest first; the newer ones are for another company."""
    made: dict[str, list[str]] = {"jobs": [], "batches": []}
    for domain in (DOMAIN, "initech.example"):
        contact = {"first_name": "Ada", "last_name": "Lovell", "domain": domain}
        made["jobs"].insert(0, stood.send(key, "POST", "/enrich", json={"contacts": [contact]}).json()["id"])
        made["batches"].insert(0, client.batches.upload([contact]).wait().id)
    return made


@pytest.fixture
async def async_client(stood: Standing, key: str) -> AsyncIterator[AsyncLeadrun]:
    async with AsyncLeadrun(key, stood.url) as client:
        yield client


@pytest.fixture
def proxy(stood: Standing) -> Iterator[FaultyProxy]:
    """A proxy before the service; it spoils nothing until the test says so."""
    with faulty(stood.url) as proxy:
        yield proxy


@pytest.fixture
def limited(settings: Settings) -> Iterator[Standing]:
    """A service of its own whose limit of 60 holds for a fifth of a second."""
    with standing(settings, window=0.2) as stood:
        stood.work()
        yield stood


@pytest.fixture
def environ(stood: Standing, key: str, tmp_path: Path) -> Iterator[Environ]:
    """Variables with a key, and a place for profiles of the test's own.

    The service's log stays out of what commands print in the same process.
    """
    before = structlog.get_config()["logger_factory"]
    with Path(os.devnull).open("w") as nowhere:
        structlog.configure(logger_factory=structlog.PrintLoggerFactory(nowhere))
        yield {"LEADRUN_URL": stood.url, "LEADRUN_API_KEY": key, "LEADRUN_CONFIG": str(tmp_path / "kept.json")}
        structlog.configure(logger_factory=before)
