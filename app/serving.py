"""HTTP serving: the listening socket and the orderly shutdown that all our servers share."""

import asyncio
import errno
import socket
import sys
import time
from collections import deque
from collections.abc import Callable, Hashable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from functools import partial
from types import FrameType
from typing import TypeVar

import uvicorn

BACKLOG = 2048
# Bytes of answers that the system keeps for a client beyond those that are on their way (tcp(7)).
MOST_UNSENT = 128 * 1024
ACCEPTED_IN_A_TURN = 64
# Threads that compute while the event loop runs. They take the interpreter from each other and from the loop: with six
# of them a request waited for half a second of their work, with two for a twentieth.
THREADS = 2
# So long a thread goes on when the loop asks for the interpreter back: after each system call, which are hundreds for
# a hundred connections. Python's own 5 ms made seconds of them.
SWITCH_SECONDS = 0.0005
# Requests and cascades under way are alive, so looking through them after each 700 new objects (Python's default) finds
# nothing, and took a tenth of a worker's CPU.
COLLECTING = (10_000, 20, 50)
_LONGEST_PAUSE = 0.1
# CPU seconds of a turn of the event loop after which another costly request may begin in the next.
SHORT_TURN = 0.005
# And those after which one begins although turns are longer: what is cheaper is not to keep it waiting for ever.
_MOST_CPU_BETWEEN = 0.1

Returned = TypeVar("Returned")


class ListenError(RuntimeError):
    """The address cannot be bound; the message is a sentence for the operator."""


class OrderlyServer(uvicorn.Server):
    """A uvicorn server that treats a termination signal as a normal end, and rests when there is nothing to do."""

    _wake: Callable[[], object] | None = None

    async def main_loop(self) -> None:
        """Wait for the end, and set the date of the answers each second; uvicorn's own looks ten times a second."""
        ending = asyncio.Event()
        self._wake = partial(asyncio.get_running_loop().call_soon_threadsafe, ending.set)
        while not await self.on_tick(0):
            with suppress(TimeoutError):
                async with asyncio.timeout(1):
                    await ending.wait()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:  # noqa: ARG002 - uvicorn's signature
        """Stop; uvicorn's own method raises the signal again afterwards, so that a normal end looks like a crash."""
        self.should_exit = True
        if self._wake:
            with suppress(RuntimeError):  # the loop has ended already
                self._wake()


class Accepting:
    """Accepts the connections that wait behind one that has come.

    uvloop accepts one in a turn of the event loop: behind 150 that came at once another client waited for 150 turns.
    """

    def __init__(self, listener: socket.socket, make: Callable[[], asyncio.Protocol]) -> None:
        """Accept those of a listener that uvloop serves as well; `make` gives each its protocol."""
        self._listener, self._make = listener, make
        self._making: set[asyncio.Task[object]] = set()
        self._is_due = False

    def more(self) -> None:
        """Accept, in the next turn, what waits by then."""
        if not self._is_due:
            self._is_due = True
            asyncio.get_running_loop().call_soon(self._accept)

    def _accept(self) -> None:
        self._is_due = False
        loop = asyncio.get_running_loop()
        for _ in range(ACCEPTED_IN_A_TURN):
            try:
                accepted, _ = self._listener.accept()
            except OSError:  # none waits, there is no descriptor for it, or the listener is closed
                return
            task = loop.create_task(self._connect(accepted))
            self._making.add(task)
            task.add_done_callback(self._making.discard)

    async def _connect(self, accepted: socket.socket) -> None:
        try:
            await asyncio.get_running_loop().connect_accepted_socket(self._make, accepted)
        except OSError:  # the client has left meanwhile
            accepted.close()


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


class Beginnings:
    """Lets costly requests begin: one in a turn of the event loop, after a short turn, and each client in its turn.

    Sixty pages that begin in one turn share each of the following turns as well, so that another client's request,
    which needs a few turns, waits for most of the work of all of them. Those that wait here cost nothing yet.
    """

    def __init__(self, cpu_seconds: Callable[[], float] = time.thread_time) -> None:
        """Begin with none that waits."""
        self._cpu_seconds = cpu_seconds
        self._waiting: dict[Hashable, deque[asyncio.Future[None]]] = {}
        self._turn_began: float | None = None
        self._begun_at = 0.0

    async def wait(self, client: Hashable) -> None:
        """Return when a request of a client may begin."""
        if self._turn_began is None:
            self._begun_at = self._look()
            return
        begins = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(client, deque()).append(begins)
        await begins

    def _look(self) -> float:
        """Measure the turn that begins now."""
        now = self._turn_began = self._cpu_seconds()
        asyncio.get_running_loop().call_soon(self._end_turn, now)
        return now

    def _end_turn(self, began: float) -> None:
        self._turn_began = None
        if not self._waiting:
            return
        now = self._look()
        if now - began <= SHORT_TURN or now - self._begun_at >= _MOST_CPU_BETWEEN:
            self._begun_at = now
            self._begin_next()

    def _begin_next(self) -> None:
        while self._waiting:
            client, waiting = next(iter(self._waiting.items()))
            del self._waiting[client]
            begins = waiting.popleft()
            if waiting:
                # Behind all other clients.
                self._waiting[client] = waiting
            if not begins.done():
                begins.set_result(None)
                return


@contextmanager
def without_pydantic() -> Iterator[None]:
    """Keep pydantic out while Litestar builds an application, for which it imports it where it is installed.

    None of ours uses it: a third of a second and 9 MiB a process.
    """
    if "pydantic" in sys.modules:
        yield
        return
    sys.modules["pydantic"] = None  # type: ignore[assignment] # what is None cannot be imported
    try:
        yield
    finally:
        del sys.modules["pydantic"]


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
    # Accepted connections have it from here. Of the system's default the system would keep megabytes for each client
    # that reads nothing, and we would answer all that it has sent ahead.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, MOST_UNSENT)
    try:
        listener.bind((host, port))
        listener.listen(BACKLOG)
    except (OSError, OverflowError) as error:
        listener.close()
        if isinstance(error, OSError) and error.errno == errno.EADDRINUSE:
            raise ListenError(f"Port {port} on {host} is already in use; choose another with --port.") from None
        raise ListenError(f"Cannot listen on {host} port {port}: {error}.") from None
    return listener
