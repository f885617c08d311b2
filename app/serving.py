"""HTTP serving: the listening socket and the orderly shutdown that all our servers share."""

import asyncio
import errno
import resource
import socket
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import structlog
import uvicorn

BACKLOG = 2048
# Threads that compute while the event loop runs. They take the interpreter from each other and from the loop: with six
# of them a request waited for half a second of their work, with two for a twentieth.
THREADS = 2
# So long a thread goes on when the loop asks for the interpreter back: after each system call, which are hundreds for
# a hundred connections. Python's own 5 ms made seconds of them.
SWITCH_SECONDS = 0.0005
_LONGEST_PAUSE = 0.1

Returned = TypeVar("Returned")

log = structlog.get_logger()


class ListenError(RuntimeError):
    """The address cannot be bound; the message is a sentence for the operator."""


class OrderlyServer(uvicorn.Server):
    """A uvicorn server that treats a termination signal as a normal end."""

    def handle_exit(self, sig: int, frame: object) -> None:  # noqa: ARG002 - uvicorn's signature
        """Stop; uvicorn's own method raises the signal again afterwards, so that a normal end looks like a crash."""
        self.should_exit = True


class Turns:
    """Calls that hold the event loop for milliseconds, one at a time, each with a pause behind it.

    The pause is as long as the call, so that many of them take half of the time, and others are answered between them.
    """

    def __init__(self, seconds: Callable[[], float] = time.monotonic) -> None:
        """Begin without a call."""
        self._lock = asyncio.Lock()
        self._seconds = seconds

    async def call(self, function: Callable[[], Returned]) -> Returned:
        """Call a function when its turn comes."""
        async with self._lock:
            began = self._seconds()
            try:
                return function()
            finally:
                await asyncio.sleep(min(self._seconds() - began, _LONGEST_PAUSE))


def use_few_threads() -> None:
    """Let what the running event loop hands to threads (`asyncio.to_thread`) share two of them, and give way to it."""
    sys.setswitchinterval(SWITCH_SECONDS)
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(THREADS, thread_name_prefix="beside"))


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
