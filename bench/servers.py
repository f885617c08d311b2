"""The servers of a measurement: a bare Litestar hello, one that does nothing, receivers of webhooks, and vendors."""

import asyncio
import sys

import uvicorn
import uvloop
from litestar import Litestar, get

from app.descriptors import raise_descriptor_limit
from app.logs import configure_logs
from app.serving import BACKLOG, listen
from bench import vendors

NOTHING = b"HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: 5\r\n\r\nhello"

TAKEN = b"HTTP/1.1 204 No Content\r\n\r\n"


@get("/", sync_to_thread=False)
def hello() -> dict[str, str]:
    """Return a constant response."""
    return {"hello": "world"}


def serve_hello() -> None:
    """Serve the hello as `app.api.server` serves the API: uvicorn, httptools, uvloop, one process."""
    listener = listen("127.0.0.1", 0)
    _tell(listener.getsockname()[1])
    config = uvicorn.Config(
        Litestar([hello], openapi_config=None, logging_config=None),
        http="httptools",
        loop="uvloop",
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_keep_alive=75,
        backlog=BACKLOG,
    )
    uvicorn.Server(config).run(sockets=[listener])


class _Nothing(asyncio.Protocol):
    """Answers every request with the same bytes."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def data_received(self, _data: bytes) -> None:
        self._transport.write(NOTHING)  # type: ignore[attr-defined] # a stream's


async def serve_nothing() -> None:
    """Serve the cheapest possible response, to measure the limit of the generator itself."""
    server = await asyncio.get_running_loop().create_server(_Nothing, "127.0.0.1", 0)
    _tell(server.sockets[0].getsockname()[1])
    await server.serve_forever()


class _Taker(asyncio.Protocol):
    """Reads each POST to its end and answers 204; the length of the body is given."""

    def __init__(self) -> None:
        self._data = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._data += data
        head, end, rest = self._data.partition(b"\r\n\r\n")
        if end and len(rest) >= int(head.lower().partition(b"content-length:")[2].partition(b"\r")[0]):
            self._data = b""
            self._transport.write(TAKEN)  # type: ignore[attr-defined] # a stream's


async def serve_receivers(count: int) -> None:
    """Serve as many receivers of webhooks, each at a port of its own."""
    loop = asyncio.get_running_loop()
    servers = [await loop.create_server(_Taker, "127.0.0.1", 0) for _ in range(count)]
    _tell(*(server.sockets[0].getsockname()[1] for server in servers))
    await servers[0].serve_forever()


async def serve_vendors(latency: float) -> None:
    """Serve the played vendors, whose answers take so many seconds."""
    configure_logs("error", "json")
    raise_descriptor_limit()
    _tell(await vendors.serve(latency))
    await asyncio.Event().wait()


def _tell(*ports: int) -> None:
    sys.stdout.write(" ".join(map(str, ports)) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    match sys.argv[1]:
        case "hello":
            serve_hello()
        case "receivers":
            uvloop.run(serve_receivers(int(sys.argv[2])))
        case "vendors":
            uvloop.run(serve_vendors(float(sys.argv[2])))
        case _:
            uvloop.run(serve_nothing())
