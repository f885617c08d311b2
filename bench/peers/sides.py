"""The stacks that are compared: leadrun, and each peer with a database of the same servers."""

import time
import venv
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http import HTTPStatus
from pathlib import Path
from subprocess import run

import httpx
import msgspec
import psutil
import psycopg
from psycopg import sql

from app.embedded.listen_address import free_port
from bench.client import Client
from bench.lookups import databases
from bench.processes import Generator, await_ready, launched
from bench.runs import BESIDE, Submitter, asking
from bench.vendors import VENDORS, vendors
from bench.wire import bare_reading, bare_submission, reading, submission

HOME = Path(__file__).parents[2] / "build" / "peers"
NEEDED = (
    *("fastapi", "uvicorn", "uvloop", "httptools", "sqlalchemy[asyncio]", "psycopg[binary]", "httpx", "aiohttp"),
    *("celery[redis]", "taskiq", "taskiq-redis"),
)
SERVERS = {"postgres", "valkey-server", "redis-server"}
PATIENCE, PAUSE = 300.0, 0.1


class Side(msgspec.Struct, frozen=True, kw_only=True):
    """A stack that is measured.

    Attributes:
        post: A submission, and `get` a read, as loads have them.
        processes: All of it; the API is the first, the worker the second.
        wait: Waits until all of its runs have ended.
        ids: Returns the newest runs, all ended.
    """

    name: str
    port: int
    post: str
    get: str
    processes: tuple[psutil.Process, ...]
    wait: Callable[[], None]
    ids: Callable[[int], tuple[str, ...]]


@contextmanager
def ours(generator: Generator) -> Iterator[Side]:
    """Run leadrun."""
    with asking(0.0, {"LEADRUN_WORKER_CONCURRENCY": "1000"}) as stack:
        account = Submitter.of(stack, generator)
        client = Client(stack.url, account.key)
        yield Side(
            name="leadrun",
            port=stack.port,
            post=submission(stack.port, account.key, providers=VENDORS),
            get=reading(stack.port, account.key),
            processes=(stack.api, stack.worker, *(stack.parts[role] for role in BESIDE if role != "API")),
            wait=client.wait,
            ids=lambda count: tuple(run.id for run in client.runs(newest=count)),
        )


class Peer(msgspec.Struct, frozen=True, kw_only=True):
    """Another stack.

    Attributes:
        module: Of this package; its application is `app`.
        worker: Arguments of Python that run its worker.
    """

    name: str
    module: str
    worker: tuple[str, ...]

    @contextmanager
    def open(self, _: Generator) -> Iterator[Side]:
        """Run it, with servers of its own."""
        with databases() as settings, vendors() as played:
            assert settings.database_url  # noqa: S101 - both are there
            assert settings.redis_url  # noqa: S101
            servers = [one for one in psutil.Process().children() if one.name() in SERVERS]
            environ = {
                "PEER_DATABASE_URL": settings.database_url,
                "PEER_REDIS_URL": settings.redis_url,
                "PEER_VENDOR_URL": f"http://127.0.0.1:{played.port}",
            }
            port, python = free_port(), str(HOME / "bin" / "python")
            module = f"{__package__}.{self.module}"
            serve = ("-m", "uvicorn", f"{module}:app", "--port", str(port), "--log-level", "warning", "--no-access-log")
            with (
                launched(python, *serve, environ=environ) as api,
                psycopg.connect(settings.database_url, autocommit=True) as connection,
            ):
                await_ready(lambda: _healthy(port), self.name)
                with launched(python, *(word.format(module) for word in self.worker), environ=environ) as worker:
                    yield Side(
                        name=self.name,
                        port=port,
                        post=bare_submission(port, "/runs"),
                        get=bare_reading(port, "/runs/%s"),
                        processes=(psutil.Process(api.pid), psutil.Process(worker.pid), *servers),
                        wait=lambda: self._wait(connection),
                        ids=lambda count: self._ids(connection, count),
                    )

    def _wait(self, connection: psycopg.Connection) -> None:
        table, until = sql.Identifier(f"{self.module}_runs"), time.monotonic() + PATIENCE
        left = sql.SQL("SELECT EXISTS (SELECT FROM {} WHERE status <> 'completed')").format(table)
        while connection.execute(left).fetchone() != (False,):
            if time.monotonic() > until:
                raise TimeoutError(f"{self.name}: the runs did not end")
            time.sleep(PAUSE)

    def _ids(self, connection: psycopg.Connection, count: int) -> tuple[str, ...]:
        table = sql.Identifier(f"{self.module}_runs")
        newest = sql.SQL("SELECT id::text FROM {} ORDER BY created_at DESC LIMIT {}").format(table, count)
        return tuple(str(run_id) for (run_id,) in connection.execute(newest))


PEERS = (
    Peer(
        name="FastAPI, ORM, Celery",
        module="fastapi_celery",
        worker=("-m", "celery", "-A", "{}:celery", "worker", "-c", "8", "-l", "error"),
    ),
    Peer(
        name="FastAPI, ORM, taskiq",
        module="fastapi_taskiq",
        worker=("-m", "taskiq", "worker", "{}:broker", "-w", "1", "--log-level", "ERROR"),
    ),
    Peer(name="bare grouped insert", module="grouped", worker=("-m", "{}")),
)


def build() -> None:
    """Make the environment of the peers, where it is not there, and install what they need."""
    python = HOME / "bin" / "python"
    if not python.exists():
        venv.create(HOME, with_pip=True)
    run((str(python), "-m", "pip", "install", "--quiet", *NEEDED), check=True)


def _healthy(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/health", trust_env=False).status_code == HTTPStatus.OK
    except httpx.TransportError:
        return False
