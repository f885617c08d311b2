"""Whether the API can listen where it is told to, and how clients then call it."""

import errno
import socket

from app.embedded.errors import StartError

HIGHEST_PORT = 65535
_EVERYWHERE = {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - recognised, not bound


def claim(host: str, port: int) -> int:
    """Return the port if it is free; for 0, one that is.

    Raises:
        StartError: When it is busy or forbidden, or the host is not an address of this machine.
    """
    if not 0 <= port <= HIGHEST_PORT:
        raise StartError(f"{port} is not a port; choose one from 1 to {HIGHEST_PORT} with --port.")
    try:
        family, kind, _, _, address = socket.getaddrinfo(
            host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        with socket.socket(family, kind) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
            free: int = probe.getsockname()[1]
            return free
    except socket.gaierror as error:
        raise StartError(f"{host} is not an address: {error.strerror}.") from error
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise StartError(
                f"Port {port} on {host} is used by another program; stop that, or choose another with --port."
            ) from error
        raise StartError(f"Port {port} on {host} cannot be used: {error.strerror}.") from error


def url_of(host: str, port: int) -> str:
    """Return the URL under which a client on this machine reaches the API."""
    reachable = _EVERYWHERE.get(host, host)
    return f"http://[{reachable}]:{port}" if ":" in reachable else f"http://{reachable}:{port}"
