"""Serves the API: one process, one port, and an orderly end."""

import asyncio
import gc
import signal
import sys
from types import FrameType

import structlog
import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from app.api.app import Api, make_app
from app.api.http.errors import PROBLEM_JSON, MalformedError, problem_body
from app.clock import SystemClock
from app.services import uuid7
from app.serving import BACKLOG, ListenError, listen
from app.settings.settings import Settings

GRACE_SECONDS = 4
# Clients poll every few seconds; their connections should still be there.
KEEP_ALIVE_SECONDS = 75

log = structlog.get_logger()


class Protocol(HttpToolsProtocol):
    """HTTP/1.1 as uvicorn speaks it, with a problem document also for what is not HTTP at all."""

    def send_400_response(self, msg: str) -> None:
        """Answer bytes that could not be parsed, and close."""
        request_id = str(uuid7(int(SystemClock().now().timestamp() * 1000)))
        body = problem_body(MalformedError(), path="/", request_id=request_id)
        head = (
            f"HTTP/1.1 400 Bad Request\r\ncontent-type: {PROBLEM_JSON}\r\ncontent-length: {len(body)}\r\n"
            f"x-request-id: {request_id}\r\nconnection: close\r\n\r\n"
        )
        log.info("request.unreadable", request_id=request_id, reason=msg)
        self.transport.write(head.encode() + body)
        self.transport.close()


class Server(uvicorn.Server):
    """A uvicorn server that notifies waiting requests at once when it stops."""

    def __init__(self, config: uvicorn.Config, stopping: asyncio.Event) -> None:
        """Keep the signal."""
        super().__init__(config)
        self._stopping = stopping

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:  # noqa: ARG002 - uvicorn's signature
        """Begin to end: no new connections, long polls answer with what they have, the rest may finish.

        uvicorn's own method would raise the signal again in the end, so that an orderly end looked like a crash.
        """
        self._stopping.set()
        self.force_exit = self.should_exit and sig == signal.SIGINT
        self.should_exit = True


def serve(settings: Settings, host: str, port: int) -> None:
    """Serve until SIGTERM or SIGINT; requests in flight have a few seconds to finish.

    Raises:
        SystemExit: With 1 and one sentence when the address cannot be listened on.
    """
    try:
        listener = listen(host, port)
    except ListenError as error:
        sys.stderr.write(f"{error}\n")
        raise SystemExit(1) from None
    server = make_server(make_app(settings))
    # What is here now stays to the end; a collector that looked through it again and again would stop requests for tens
    # of milliseconds each time.
    gc.freeze()
    server.run(sockets=[listener])


def make_server(api: Api) -> Server:
    """Configure the server for an application; run it with `run(sockets=[…])`, or await `serve(sockets=[…])`."""
    config = uvicorn.Config(
        api,
        http=Protocol,
        loop="uvloop",
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=GRACE_SECONDS,
        backlog=BACKLOG,
    )
    return Server(config, api.stopping)
