"""HTTP serving: the listening socket and the orderly shutdown that all our servers share."""

import errno
import resource
import socket

import structlog
import uvicorn

BACKLOG = 2048

log = structlog.get_logger()


class ListenError(RuntimeError):
    """The address cannot be bound; the message is a sentence for the operator."""


class OrderlyServer(uvicorn.Server):
    """A uvicorn server that treats a termination signal as a normal end."""

    def handle_exit(self, sig: int, frame: object) -> None:  # noqa: ARG002 - uvicorn's signature
        """Stop; uvicorn's own method raises the signal again afterwards, so that a normal end looks like a crash."""
        self.should_exit = True


def listen(host: str, port: int) -> socket.socket:
    """Open the listening socket; port 0 takes a free one.

    Raises:
        ListenError: With a sentence for the operator.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    # A restart must not wait until the connections of the previous process time out.
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(BACKLOG)
    except (OSError, OverflowError) as error:
        listener.close()
        if isinstance(error, OSError) and error.errno == errno.EADDRINUSE:
            raise ListenError(f"Port {port} on {host} is already in use; choose another with --port.") from None
        raise ListenError(f"Cannot listen on {host} port {port}: {error}.") from None
    return listener


def raise_descriptor_limit() -> None:
    """Raise the number of files and connections that this process and its children may open to the hard limit."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    except (OSError, ValueError):  # macOS has a lower limit of its own
        hard = soft
    log.info("descriptors", before=soft, limit=hard)
