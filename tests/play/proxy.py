"""A proxy in front of PostgreSQL or Redis that cuts, delays, falls silent, half-closes, or resets after accepting."""

import asyncio
import socket
import ssl
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from enum import StrEnum
from pathlib import Path

import msgspec

from app.settings.settings import Settings
from app.settings.urls import DatabaseUrl, RedisUrl

CHUNK = 65536
# As it stands at the end of a message; BEGIN may say READ COMMITTED.
COMMIT = b"COMMIT\0"

Upstream = Callable[[], Awaitable[tuple[asyncio.StreamReader, asyncio.StreamWriter]]]


class Mood(StrEnum):
    """What the proxy does with bytes and with new connections."""

    PASS = "pass"
    SILENT = "silent"  # nothing passes, nothing is closed, new connections are accepted
    RESET = "reset"  # new connections are reset after they were accepted
    SLOW = "slow"  # every answer takes a while
    HALF_CLOSED = "half-closed"  # the client learns that nothing more comes, and may go on sending


class Proxy:
    """One listener on loopback; `mood` holds for all connections, also for those that are open.

    Attributes:
        lose_answer_to: The server does what holds these bytes, and the connection ends before it can say so.
        lose: What holds these bytes never arrives, and the connection ends.
        hold: What holds these bytes never arrives, and nothing comes on that connection any more.
        then: The mood after something was lost.
        lost: Set when it was lost or held.
        sent: How often clients have sent something: about the round trips.
    """

    def __init__(self, upstream: Upstream) -> None:
        self._upstream = upstream
        self._writers: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self.mood = Mood.PASS
        self.delay = 0.2
        self.port = 0
        self.connections = 0
        self.sent = 0
        self.lose_answer_to: bytes | None = None
        self.lose: bytes | None = None
        self.hold: bytes | None = None
        self.then = Mood.PASS
        self.lost = asyncio.Event()
        self._resumed = asyncio.Event()

    def become(self, mood: Mood) -> None:
        """Change."""
        self.mood = mood
        if mood is not Mood.SILENT:
            self._resumed.set()
            self._resumed = asyncio.Event()
        if mood is Mood.HALF_CLOSED:
            for writer in self._writers:
                with suppress(OSError, RuntimeError):
                    writer.write_eof()

    def cut(self) -> None:
        """Reset every connection."""
        for writer in list(self._writers):
            _reset(writer)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Carry one connection."""
        self.connections += 1
        if self.mood is Mood.RESET:
            _reset(writer)
            return
        self._writers.add(writer)
        try:
            await self._while_silent()
            inner_reader, inner_writer = await self._upstream()
            self._writers.add(inner_writer)
            lose = asyncio.Event()
            there = asyncio.create_task(self._carry(reader, inner_writer, asked=lose))
            back = asyncio.create_task(self._carry(inner_reader, writer, losing=lose))
            await asyncio.wait([there, back], return_when=asyncio.FIRST_COMPLETED)
            for task in (there, back):
                task.cancel()
            self._writers.discard(inner_writer)
            inner_writer.close()
        except OSError:
            pass
        finally:
            self._writers.discard(writer)
            writer.close()

    def _note_loss(self) -> None:
        self.lost.set()
        self.become(self.then)

    async def _while_silent(self) -> None:
        while self.mood is Mood.SILENT:
            await self._resumed.wait()

    async def _carry(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        *,
        asked: asyncio.Event | None = None,
        losing: asyncio.Event | None = None,
    ) -> None:
        with suppress(OSError):
            while data := await reader.read(CHUNK):
                await self._while_silent()
                self.sent += asked is not None
                if self.mood is Mood.SLOW:
                    await asyncio.sleep(self.delay)
                if asked is not None and self.hold and self.hold in data:
                    self.hold = None
                    self.lost.set()
                    await asyncio.Event().wait()
                if asked is not None and self.lose and self.lose in data:
                    self.lose = None
                    self._note_loss()
                    return
                if asked is not None and self.lose_answer_to and self.lose_answer_to in data:
                    self.lose_answer_to = None
                    asked.set()
                elif losing is not None and losing.is_set():
                    self._note_loss()
                    return
                writer.write(data)
                await writer.drain()


def _reset(writer: asyncio.StreamWriter) -> None:
    opened = writer.get_extra_info("socket")
    with suppress(OSError):
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


@asynccontextmanager
async def proxy(
    host: str | None, port: int, path: str | None = None, *, tls: ssl.SSLContext | None = None
) -> AsyncIterator[Proxy]:
    """Run a proxy before a TCP or Unix address; with `tls` clients reach it by TLS."""

    async def upstream() -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if path:
            return await asyncio.open_unix_connection(path)
        return await asyncio.open_connection(host, port)

    standing = Proxy(upstream)
    server = await asyncio.start_server(standing.serve, "127.0.0.1", 0, ssl=tls)
    standing.port = server.sockets[0].getsockname()[1]
    try:
        yield standing
    finally:
        server.close()
        standing.become(Mood.PASS)
        standing.cut()


@asynccontextmanager
async def before_postgres(settings: Settings) -> AsyncIterator[tuple[Proxy, Settings]]:
    """Run a proxy before the PostgreSQL of settings; yields it and settings that lead through it."""
    address = settings.database_address()
    host, port = address.hosts[0] if address.hosts else (address.parameters["host"], None)
    port = port or int(address.parameters.get("port", 5432))
    path = f"{host}/.s.PGSQL.{port}" if host.startswith("/") else None
    async with proxy(host, port, path) as standing:
        kept = {name: value for name, value in address.parameters.items() if name not in {"host", "port"}}
        through = DatabaseUrl(
            user=address.user,
            password=address.password,
            hosts=(("127.0.0.1", standing.port),),
            database=address.database,
            parameters=kept,
        )
        yield standing, msgspec.structs.replace(settings, database_url=through.for_psycopg())


@asynccontextmanager
async def before_redis(
    settings: Settings, tls: tuple[ssl.SSLContext, Path] | None = None
) -> AsyncIterator[tuple[Proxy, Settings]]:
    """Run a proxy before the Redis of settings; yields it and settings that lead through it.

    Args:
        settings: They.
        tls: The proxy's side of TLS and the certificates to trust; without it there is none.
    """
    address = settings.redis_address()
    context, trusted = tls or (None, None)
    async with proxy(address.host, address.port, address.path, tls=context) as standing:
        through = RedisUrl(
            user=address.user,
            password=address.password,
            database=address.database,
            host="127.0.0.1",
            port=standing.port,
            tls={"ssl_cert_reqs": "required", "ssl_ca_certs": str(trusted)} if tls else None,
        )
        yield standing, msgspec.structs.replace(settings, redis_url=through.for_redis())
