"""Serve the API: one process, one port, and an orderly end."""

import asyncio
import gc
import signal
import socket
import sys
from collections.abc import Callable
from functools import partial
from types import FrameType

import structlog
import uvicorn

from app.api.api import Api
from app.api.app import make_app
from app.api.connection.connections import Connections
from app.api.connection.protocol import Protocol
from app.descriptors import raise_descriptor_limit
from app.serving import BACKLOG, COLLECTING, Accepting, ListenError, OrderlyServer, listen, use_few_threads
from app.settings.settings import Settings

GRACE_SECONDS = 4

log = structlog.get_logger()


class Server(OrderlyServer):
    """A uvicorn server that notifies waiting requests at once when it stops."""

    def __init__(self, config: uvicorn.Config, connections: Connections, stopping: asyncio.Event) -> None:
        """Keep the signal."""
        super().__init__(config)
        self._connections = connections
        self._stopping = stopping

    async def serve(self, sockets: list[socket.socket] | None = None) -> None:
        """Serve until the end."""
        use_few_threads()
        for listener in sockets or ():
            self._connections.accept_more = Accepting(listener, self._protocol).more
        await super().serve(sockets)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop, and tell also the connections that are being made, which uvicorn passes over."""
        self._connections.accept_more = partial(asyncio.get_running_loop().call_soon, self._tell)
        await super().shutdown(sockets)

    def _tell(self) -> None:
        for connection in list(self.server_state.connections):
            connection.shutdown()

    def _protocol(self) -> asyncio.Protocol:
        """Make the protocol of a connection, as uvicorn does."""
        make: Callable[..., asyncio.Protocol] = self.config.http_protocol_class
        return make(config=self.config, server_state=self.server_state, app_state=self.lifespan.state)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Begin to end: no new connections, long polls answer with what they have, the rest may finish."""
        self._stopping.set()
        self.force_exit = self.should_exit and sig == signal.SIGINT
        super().handle_exit(sig, frame)


def serve(settings: Settings, host: str, port: int, make: Callable[[Settings], Api] = make_app) -> None:
    """Serve what `make` builds until SIGTERM or SIGINT; requests in flight have a few seconds to finish.

    Raises:
        SystemExit: With 1 and one sentence when the address cannot be listened on.
    """
    try:
        listener = listen(host, port)
    except ListenError as error:
        sys.stderr.write(f"{error}\n")
        raise SystemExit(1) from None
    raise_descriptor_limit()
    server = make_server(make(settings), Connections(settings))
    # What is here now stays to the end; a collector that looked through it again and again would stop requests for tens
    # of milliseconds each time.
    gc.freeze()
    gc.set_threshold(*COLLECTING)
    gc.enable()
    server.run(sockets=[listener])


def make_server(api: Api, connections: Connections) -> Server:
    """Configure the server for an application; run it with `run(sockets=[…])`, or await `serve(sockets=[…])`."""
    config = uvicorn.Config(
        api,
        http=partial(Protocol, connections),  # type: ignore[arg-type] # makes protocols, as a class does
        loop="uvloop",
        ws="none",
        lifespan="on",
        interface="asgi3",  # uvicorn would look whether the call is a coroutine function, and ours only returns one
        log_config=None,
        access_log=False,
        server_header=False,
        # Proxies are those of our own setting: uvicorn would believe 127.0.0.1, and the variable FORWARDED_ALLOW_IPS.
        proxy_headers=False,
        timeout_graceful_shutdown=GRACE_SECONDS,
        backlog=BACKLOG,
    )
    return Server(config, connections, api.stopping)
