"""The servers to compare with: a bare Litestar hello on our HTTP server, and one that does nothing at all."""

import asyncio
import sys

import uvicorn
import uvloop
from litestar import Litestar, get

from app.serving import BACKLOG, listen

NOTHING = b"HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: 5\r\n\r\nhello"


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


def _tell(port: int) -> None:
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    if sys.argv[1] == "hello":
        serve_hello()
    else:
        uvloop.run(serve_nothing())
