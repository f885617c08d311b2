"""The address that the API listens on: checked before anything starts, and written as the URL of local clients."""

import errno
import socket
from collections.abc import Mapping
from ipaddress import ip_address

from app.embedded import StartError

LOCAL_NETWORKS = "127.0.0.0/8,::1/128"
LOOPBACK = "127.0.0.1"
HIGHEST_PORT = 65535
_EVERYWHERE = {"": LOOPBACK, "0.0.0.0": LOOPBACK, "::": "::1"}  # noqa: S104 - recognised, not bound


def check_address(host: str, port: int) -> int:
    """Return the port if it is free; for 0, a free one.

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


def is_loopback(host: str) -> bool:
    """Return whether only this machine can reach an address."""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def free_port() -> int:
    """Return a loopback port that is free now; another program may take it before the caller does."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        port: int = probe.getsockname()[1]
        return port


def url_of(host: str, port: int) -> str:
    """Return the URL under which a client on this machine reaches the API."""
    reachable = _EVERYWHERE.get(host, host)
    return f"http://[{reachable}]:{port}" if ":" in reachable else f"http://{reachable}:{port}"


def local_webhooks(host: str, environ: Mapping[str, str]) -> dict[str, str]:
    """Let webhooks of test keys reach this machine, unless other machines reach us or the operator decides."""
    names = ("LEADRUN_WEBHOOK_ALLOW_PRIVATE", "LEADRUN_WEBHOOK_ALLOW_PRIVATE_TEST")
    if any(name in environ for name in names) or not is_loopback(host):
        return {}
    return {names[1]: LOCAL_NETWORKS}
