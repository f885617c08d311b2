"""Files and connections of a process: how many there may be, and whether one has bytes that nobody has read."""

import asyncio
import fcntl
import resource
import termios

import structlog

log = structlog.get_logger()


def raise_descriptor_limit() -> None:
    """Raise the number of files and connections that this process and its children may open to the hard limit."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    except (OSError, ValueError):  # macOS has a lower limit of its own
        hard = soft
    log.info("descriptors", before=soft, limit=hard)


def has_unread(transport: asyncio.BaseTransport) -> bool:
    """Return whether bytes have come on a connection that nobody has read (FIONREAD, ioctl_tty(2))."""
    return any(fcntl.ioctl(transport.get_extra_info("socket").fileno(), termios.FIONREAD, bytes(4)))
