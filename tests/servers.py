"""The real servers of the tests: one PostgreSQL and one Redis a process, a database for each test."""

import itertools
import os
import secrets
import shutil
import tempfile
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from pathlib import Path

import pytest
from redis import Redis

from app.embedded.servers import Servers, start_servers
from app.embedded.watchdog import Watchdog
from app.settings.settings import Settings
from tests.databases import made_template, new_database, with_path

# Numbered databases: tests take turns at the first ones, those behind them are kept by one thing each.
REDIS_DATABASES, KEPT_DATABASES = 64, 16

_numbers = itertools.count(1)
_kept_numbers = itertools.count()


@pytest.fixture
def open_dir() -> Iterator[Path]:
    """A directory that other users may pass: for servers that root starts as somebody else."""
    path = Path(tempfile.mkdtemp(prefix="leadrun-test-"))
    path.chmod(0o755)
    yield path
    shutil.rmtree(path)


@pytest.fixture(scope="session")
def servers() -> Iterator[Servers]:
    """PostgreSQL and Redis of this session; they end with it, even when it is killed."""
    path = Path(tempfile.mkdtemp(prefix="leadrun-tests-"))
    path.chmod(0o711 if os.geteuid() == 0 else 0o700)
    guard = Watchdog(path / "guard")
    started = start_servers(path, guard, durable=False, databases=REDIS_DATABASES)
    yield started
    started.stop()
    guard.close()
    shutil.rmtree(path)


@pytest.fixture(scope="session")
def database_url(servers: Servers) -> str:
    """The URL of the session's PostgreSQL, to make databases at; tests take `fresh_database`."""
    assert servers.postgres
    return servers.postgres.url


@pytest.fixture(scope="session")
def redis_url(servers: Servers) -> str:
    """The URL of the session's Redis; tests take `fresh_redis`."""
    assert servers.valkey
    return servers.valkey.url


@pytest.fixture(scope="session")
def template_database(database_url: str) -> Iterator[str]:
    """The name of a migrated, empty database that the others are copies of."""
    with made_template(database_url) as name:
        yield name


@pytest.fixture
def fresh_database(database_url: str, template_database: str) -> Iterator[str]:
    """The URL of a migrated, empty database of the test's own."""
    with new_database(database_url, template_database) as url:
        yield url


@pytest.fixture
def fresh_redis(redis_url: str) -> str:
    """The URL of an empty numbered database of the test's own."""
    return new_redis(redis_url)


def new_redis(redis_url: str) -> str:
    """Empty a numbered database that nobody uses; returns its URL."""
    url = with_path(redis_url, str(1 + next(_numbers) % (REDIS_DATABASES - KEPT_DATABASES - 1)))
    with Redis.from_url(url) as client:
        client.flushdb()
    return url


def kept_redis(redis_url: str) -> str:
    """Take a numbered database for as long as the process lives; returns its URL."""
    return with_path(redis_url, str(REDIS_DATABASES - KEPT_DATABASES + next(_kept_numbers)))


@pytest.fixture
def settings(fresh_database: str, fresh_redis: str) -> Settings:
    """Settings that point at the test's own databases, everything else at its default."""
    return settings_of(fresh_database, fresh_redis)


def settings_of(database: str, redis: str) -> Settings:
    """Return settings that point at databases, everything else at its default."""
    return Settings(
        database_url=database,
        redis_url=redis,
        secret_key=urlsafe_b64encode(secrets.token_bytes(32)).decode(),
        # No test asks name servers outside.
        preflight=False,
    )
