"""The real servers of the tests: one PostgreSQL and one Redis a session, a database for each test."""

import gc
import itertools
import os
import secrets
import shutil
import tempfile
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest
import structlog
from hypothesis.internal.conjecture import providers
from hypothesis.internal.constants_ast import is_local_module_file
from redis import Redis

from app.embedded.servers import Servers, start_servers
from app.embedded.watchdog import Watchdog
from app.settings.settings import Settings
from tests.databases import made_template, new_database, with_path
from tests.examples import is_exploring
from tests.scheduling import ShareScheduling, StackScheduling, is_of_another_process, sort_by_length

# A change is judged by the same examples every time, however slow the machine is; `--hypothesis-profile=explore` draws
# new ones, `make test-fast` fewer.
# A machine that stalls says nothing of an example.
UNHURRIED: Any = {"deadline": None, "suppress_health_check": [hypothesis.HealthCheck.too_slow]}
hypothesis.settings.register_profile("steady", derandomize=True, max_examples=40, **UNHURRIED)
hypothesis.settings.register_profile("explore", derandomize=False, **UNHURRIED)
hypothesis.settings.register_profile("fast", derandomize=True, max_examples=20, **UNHURRIED)
hypothesis.settings.load_profile("steady")

# It draws constants out of every module of ours that is imported by then: its examples would depend on the tests that a
# process runs. Exploring, it may.
setattr(providers, "is_local_module_file", lambda path: is_exploring() and is_local_module_file(path))  # noqa: B010

# Tracebacks as Python writes them: with all variables, as structlog likes to show them, one takes seconds, for which
# everything on the loop waits.
structlog.configure(
    processors=[
        *structlog.get_config()["processors"][:-1],
        structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback),
    ]
)

# A developer's own `.env` must not change what commands and processes of the tests read.
os.environ["LEADRUN_ENV_FILE"] = ""

# No test trusts anybody outside. Here and in its processes one authority stands for all of the system, which each
# client, sender and program takes 40 ms to read.
os.environ["SSL_CERT_FILE"] = str(Path(__file__).with_name("authority.pem"))

# Numbered databases: tests take turns at the first ones, those behind them are kept by one thing each.
REDIS_DATABASES, KEPT_DATABASES = 64, 16

# What is imported and collected lives as long as the process: looking through it for garbage again and again took a
# third of the time of collecting.
gc.disable()


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop() -> None:
    """Look for garbage from the first test on, and only in what the tests make."""
    gc.freeze()
    gc.enable()


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes long."""
    sort_by_length(items)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option for tests that start no stack."""
    parser.addoption("--shares", action="store_true", help="each process collects and runs its own share of the files")


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave the files of other processes alone, where each has its share."""
    return True if is_of_another_process(collection_path, config) else None


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> StackScheduling | ShareScheduling:
    """Start each stack in one process."""
    return ShareScheduling(config, log) if config.getoption("shares") else StackScheduling(config, log)


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
