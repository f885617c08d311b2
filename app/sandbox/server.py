"""The HTTP server of the sandbox."""

import sys

import structlog
import uvicorn
from litestar import Litestar

from app.sandbox.app import make_app
from app.serving import BACKLOG, ListenError, OrderlyServer, listen
from app.settings.settings import Settings

GRACE_SECONDS = 1
# Longer than clients keep an idle connection, so that the server never closes one that a client reuses.
KEEP_ALIVE_SECONDS = 75

log = structlog.get_logger()


def serve(settings: Settings, host: str, port: int) -> None:
    """Serve until SIGINT or SIGTERM.

    Args:
        settings: Settings of the population.
        host: Address to listen on.
        port: Port to listen on; 0 takes a free one, which the log names.

    Raises:
        SystemExit: With one sentence when the address cannot be listened on.
    """
    try:
        listener = listen(host, port)
    except ListenError as error:
        sys.exit(str(error))
    log.info("sandbox.listening", host=host, port=listener.getsockname()[1])
    make_server(make_app(settings)).run(sockets=[listener])


def make_server(app: Litestar) -> OrderlyServer:
    """Return the configured server; run it with `run(sockets=[…])`, or await `serve(sockets=[…])`."""
    # One process is one journal. An access log would hold names, so there is none.
    config = uvicorn.Config(
        app,
        loop="uvloop",
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=GRACE_SECONDS,
        backlog=BACKLOG,
    )
    return OrderlyServer(config)
