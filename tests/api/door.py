"""The real application behind a real socket, served by the real server in a thread of its own."""

import socket
import ssl
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import httpx
import psycopg

from app.api.api import Api
from app.api.app import make_app
from app.api.connection.connections import Connections, Deadlines
from app.api.server import Server, make_server
from app.services import Services, open_services, uuid7
from app.serving import listen
from app.settings.settings import Settings
from app.usecases.accounts.manage_keys import ManageKeys, NewKey

PERSON = {"firstName": "Jane", "lastName": "Smith", "companyDomain": "acme.example"}
GRACE = 60.0
PAUSE = 0.002
# To read the authorities of the system, as each client of httpx does otherwise, takes longer than most requests.
NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


class Door:
    """A running API.

    Attributes:
        url: Where it listens.
        kept: Services on its databases that are open as long as it; None when each call opens some.
    """

    kept: Services | None = None

    def __init__(
        self,
        settings: Settings,
        *,
        window: float = 60.0,
        deadlines: Deadlines | None = None,
        make: Callable[..., Api] = make_app,
        listener: socket.socket | None = None,
    ) -> None:
        """Take a free port, or that of a listener; `start` serves what `make` builds."""
        listener = listener or listen("127.0.0.1", 0)
        self.settings = settings
        self.url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        self.api: Api = make(settings, window=window)
        self.connections = Connections(settings, deadlines=deadlines)
        self.server: Server = make_server(self.api, self.connections)
        self._thread = threading.Thread(target=self.server.run, kwargs={"sockets": [listener]}, daemon=True)

    def start(self) -> None:
        self._thread.start()
        with httpx.Client(transport=httpx.HTTPTransport(verify=NO_TLS, retries=20), timeout=GRACE) as client:
            assert client.get(f"{self.url}/health/live").status_code == 200

    def stop(self) -> None:
        self.begin_to_stop()
        self._thread.join(GRACE)
        assert not self._thread.is_alive()

    def begin_to_stop(self) -> None:
        """As a signal would."""
        self.server.handle_exit(15, None)

    def settle(self) -> None:
        """Wait until no request is under way; fails when one does not end."""
        deadline = time.monotonic() + GRACE
        while self.server.server_state.tasks:
            assert time.monotonic() < deadline, "a request goes on behind the test"
            time.sleep(PAUSE)

    @asynccontextmanager
    async def services(self) -> AsyncIterator[Services]:
        """Have services on its databases, as another process of the installation has."""
        if self.kept:
            yield self.kept
            return
        async with open_services(self.settings) as services:
            yield services

    async def key(self, account: str = "acme", **given: Any) -> NewKey:
        async with self.services() as services:
            return await ManageKeys(services).create(account=account, **{"amount": 1000, **given})

    def client(self, key: NewKey | None = None) -> httpx.AsyncClient:
        headers = {"authorization": f"Bearer {key.api_key}"} if key else {}
        limits = httpx.Limits(max_connections=None)
        return httpx.AsyncClient(base_url=self.url, headers=headers, timeout=30, limits=limits, verify=NO_TLS)

    def sql(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        """Look at, or prepare, what the database holds."""
        assert self.settings.database_url
        with psycopg.connect(self.settings.database_url, autocommit=True) as connection:
            cursor = connection.execute(statement.encode(), values)
            return cursor.fetchall() if cursor.description else []

    @contextmanager
    def locked(self, table: str) -> Iterator[None]:
        """Hold a lock that everybody who changes the table waits for."""
        assert self.settings.database_url
        with psycopg.connect(self.settings.database_url) as connection:
            connection.execute(f"LOCK TABLE {table} IN EXCLUSIVE MODE".encode())
            yield


@contextmanager
def opened(
    settings: Settings,
    *,
    window: float = 60.0,
    deadlines: Deadlines | None = None,
    make: Callable[..., Api] = make_app,
    listener: socket.socket | None = None,
) -> Iterator[Door]:
    door = Door(settings, window=window, deadlines=deadlines, make=make, listener=listener)
    door.start()
    try:
        yield door
    finally:
        door.stop()


def new_id() -> str:
    return str(uuid7(0))
