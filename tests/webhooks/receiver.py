"""A receiver on loopback that does what its script says, request by request, down to the bytes."""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

PATIENCE = 60.0


@dataclass
class Request:
    """What arrived."""

    line: str
    headers: dict[str, str]
    body: bytes


Reply = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def answer(status: int, body: bytes = b"", **headers: str) -> Reply:
    """Answer with a status, headers (underscores stand for hyphens) and a body."""
    lines = [f"HTTP/1.1 {status} Whatever", f"Content-Length: {len(body)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return raw("\r\n".join(lines).encode() + b"\r\n\r\n" + body)


def raw(data: bytes) -> Reply:
    """Answer with exactly these bytes and close."""

    async def reply(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(data)
        await writer.drain()

    return reply


def flood(head: bytes, chunk: bytes, *, pause: float = 0.0) -> Reply:
    """Answer with a head and then chunk after chunk without end."""

    async def reply(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(head)
        while True:
            writer.write(chunk)
            await writer.drain()
            await asyncio.sleep(pause)

    return reply


def stall(data: bytes) -> Reply:
    """Answer with these bytes and then fall silent until the sender goes away."""

    async def reply(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(data)
        await reader.read()

    return reply


async def hang(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
    """Never answer; ends when the sender goes away."""
    await reader.read()


async def reset(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Break the connection off without a word."""
    writer.transport.abort()


@dataclass
class Receiver:
    """Records connections and requests; `script` is used up from the front, then `default` answers.

    Attributes:
        keeps: Whether it reads further requests on a connection, instead of closing it after an answer.
        closed: How many connections have ended.
    """

    port: int = 0
    script: list[Reply] = field(default_factory=list)
    default: Reply = field(default_factory=lambda: answer(200, b"thanks"))
    requests: list[Request] = field(default_factory=list)
    connections: int = 0
    keeps: bool = False
    closed: int = 0
    _changed: asyncio.Condition = field(default_factory=asyncio.Condition)

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}/hook"

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection."""
        self.connections += 1
        try:
            while True:
                await self._take(reader, writer)
                if not self.keeps:
                    break
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()
            async with self._changed:
                self.closed += 1
                self._changed.notify_all()

    async def _take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        headers = dict(line.split(": ", 1) for line in head[1:] if line)
        folded = {name.lower(): value for name, value in headers.items()}
        body = await reader.readexactly(int(folded.get("content-length", 0)))
        reply = self.script.pop(0) if self.script else self.default
        async with self._changed:
            self.requests.append(Request(line=head[0], headers=folded, body=body))
            self._changed.notify_all()
        await reply(reader, writer)

    async def wait_closed(self, count: int) -> None:
        """Wait until so many connections have ended."""
        async with asyncio.timeout(PATIENCE), self._changed:
            await self._changed.wait_for(lambda: self.closed >= count)

    async def wait_for(self, count: int) -> None:
        """Wait until so many requests have arrived."""
        async with asyncio.timeout(PATIENCE), self._changed:
            await self._changed.wait_for(lambda: len(self.requests) >= count)


@asynccontextmanager
async def listening(
    *, host: str = "127.0.0.1", port: int = 0, everywhere: bool = False, tls: ssl.SSLContext | None = None
) -> AsyncIterator[Receiver]:
    """Start a receiver and stop it again.

    Args:
        host: Where it listens.
        port: A free one, unless given.
        everywhere: Whether it listens on every address of the machine instead, IPv4 and, where there is one, IPv6.
        tls: For https.
    """
    if everywhere and socket.has_dualstack_ipv6():
        sock = socket.create_server(("::", port), family=socket.AF_INET6, dualstack_ipv6=True)
    else:
        sock = socket.create_server(("0.0.0.0" if everywhere else host, port))  # noqa: S104 - what a canary is for
    receiver = Receiver(port=sock.getsockname()[1])
    server = await asyncio.start_server(receiver.handle, sock=sock, ssl=tls)
    try:
        yield receiver
    finally:
        server.close()
