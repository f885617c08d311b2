"""Serves the sandbox in this process."""

import socket
import sys

import structlog
import uvicorn
from litestar import Litestar

from app.config import Settings
from app.sandbox.app import make_app

GRACE_SECONDS = 1
BACKLOG = 2048

log = structlog.get_logger()


class Server(uvicorn.Server):
    """uvicorn's server, for which being asked to end is no failure."""

    def handle_exit(self, sig: int, frame: object) -> None:  # noqa: ARG002 - uvicorn's signature
        """End; uvicorn's own method raises the signal again afterwards, so that an orderly end looks like a crash."""
        self.should_exit = True


def serve(settings: Settings, host: str, port: int) -> None:
    """Serve until SIGINT or SIGTERM.

    Args:
        settings: Of the population.
        host: Address to listen on.
        port: Port to listen on; 0 takes a free one, which the log tells.

    Raises:
        SystemExit: With one sentence when the address cannot be listened on.
    """
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except (OSError, OverflowError) as error:
        listener.close()
        sys.exit(f"The sandbox cannot listen on {host} port {port}: {error}.")
    log.info("sandbox.listening", host=host, port=listener.getsockname()[1])
    make_server(make_app(settings)).run(sockets=[listener])


def make_server(app: Litestar) -> Server:
    """Configure the server; run it with `run(sockets=[…])`, or await `serve(sockets=[…])`."""
    # One process is one journal. An access log would hold names, so there is none.
    config = uvicorn.Config(
        app,
        loop="uvloop",
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=GRACE_SECONDS,
        backlog=BACKLOG,
    )
    return Server(config)
