"""An egress proxy on loopback: opens tunnels (CONNECT), or answers what the test wants."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field


@dataclass
class ConnectProxy:
    """Tunnels whatever it is asked for to 127.0.0.1 at the port asked for.

    Attributes:
        status: What it answers to CONNECT; 200 opens the tunnel, None is silence.
        asked: The first line of each request.
        heads: All of each request's head.
    """

    port: int = 0
    status: int | None = 200
    asked: list[str] = field(default_factory=list)
    heads: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}"

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection."""
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            self.heads.append(head)
            self.asked.append(head.split("\r\n", 1)[0])
            if self.status is None:
                await reader.read()
            elif self.status == 200:
                await self._tunnel(head, reader, writer)
            else:
                body = b"Egress proxying is denied to host: 10.9.8.7"
                writer.write(b"HTTP/1.1 %d No\r\nContent-Length: %d\r\n\r\n%s" % (self.status, len(body), body))
                await writer.drain()
        writer.close()

    async def _tunnel(self, head: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        port = int(head.split(" ")[1].rpartition(":")[2])
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"HTTP/1.1 200 Connection established\r\nVia: test\r\n\r\n")
        await asyncio.gather(_pump(reader, far_writer), _pump(far_reader, writer))


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(ConnectionError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    writer.close()


@asynccontextmanager
async def connect_proxy() -> AsyncIterator[ConnectProxy]:
    """Start a proxy on a free port and stop it again."""
    proxy = ConnectProxy()
    server = await asyncio.start_server(proxy.handle, "127.0.0.1", 0)
    proxy.port = server.sockets[0].getsockname()[1]
    try:
        yield proxy
    finally:
        server.close()
