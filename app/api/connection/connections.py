"""The connections of one process: how many there may be, which goes where one too many comes, and refusals counted."""

import asyncio
import time
from collections import Counter
from collections.abc import Callable
from itertools import islice
from typing import Protocol

import msgspec
import structlog

from app.descriptors import has_unread
from app.domain.accounts.client_address import peer_address
from app.domain.webhooks.ip_policy import parse_networks
from app.metrics import HTTP_CONNECTIONS, HTTP_CONNECTIONS_REFUSED
from app.serving import Beginnings
from app.settings.settings import Settings

LOG_EVERY = 10.0
# Of the connections that wait, so many are asked at most whether one can go.
MOST_ASKED = 32

log = structlog.get_logger()


class Deadlines(msgspec.Struct, frozen=True, kw_only=True):
    """How long a client may take, in seconds.

    Attributes:
        head: From the first byte of a request, or from connecting, to the end of its headers.
        body: Length of the windows in each of which `body_bytes` of a body must come.
        idle: Between an answer and the next request.
        write: Length of the windows in each of which a client must read `write_bytes` of what waits for it.
        discard: For the rest of a body that was refused.
        linger: Between a refusal and the end of the connection, so that the refusal arrives.
    """

    head: float = 10.0
    body: float = 10.0
    body_bytes: int = 5_000
    idle: float = 75.0
    write: float = 30.0
    write_bytes: int = 15_000
    discard: float = 5.0
    linger: float = 2.0


class Connection(Protocol):
    """One connection, as this module sees it.

    Attributes:
        address: Of the client, for IPv6 its network; None where that says nothing (a trusted proxy, a Unix socket).
        transport: Of its socket.
    """

    address: str | None
    transport: asyncio.Transport

    def evict(self) -> None:
        """Close it: it waits for a request, and another client needs its place."""
        ...


class Connections:
    """The connections that are open, and among them those that wait for a request, the longest first."""

    def __init__(
        self,
        settings: Settings,
        *,
        deadlines: Deadlines | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """Read the bounds."""
        self.deadlines = deadlines or Deadlines()
        # Of requests that clients send before the answers to those before them.
        self.sent_ahead = Beginnings()
        # Called when one has come: others may wait behind it.
        self.accept_more: Callable[[], object] = lambda: None
        self._most = settings.http_connections
        self._most_of_address = settings.http_connections_per_address
        self._trusted = parse_networks(settings.trusted_proxies)
        self._monotonic = monotonic
        self._open: dict[str | None, set[Connection]] = {}
        self._count = 0
        self._idle: dict[Connection, None] = {}
        self._idle_of: dict[str | None, dict[Connection, None]] = {}
        self._logged: dict[str, float] = {}
        self._unlogged: Counter[str] = Counter()

    def address_of(self, peer: tuple[str, int] | None) -> str | None:
        """Return what the connections of a peer are counted by; None for trusted proxies and Unix sockets."""
        return peer_address(peer[0], self._trusted) if peer else None

    def admit(self, connection: Connection) -> bool:
        """Take a connection, if need be in the place of one that waits for a request; else return False."""
        own = self._open.get(connection.address, ())
        if connection.address is not None and len(own) >= self._most_of_address:
            if not self._make_room(self._idle_of.get(connection.address, {})):
                self.report("too many of an address", connection)
                return False
        elif self._count >= self._most and not self._make_room(self._idle):
            self.report("too many", connection)
            return False
        self._open.setdefault(connection.address, set()).add(connection)
        self._count += 1
        HTTP_CONNECTIONS.inc()
        self.wait(connection)
        return True

    def _make_room(self, waiting: dict[Connection, None]) -> bool:
        # Several connections begin in one turn of the loop, before it reads what they have sent.
        oldest = next((one for one in islice(waiting, MOST_ASKED) if not has_unread(one.transport)), None)
        if oldest is None:
            return False
        self.report("idle in a full house", oldest)
        self.forget(oldest)
        oldest.evict()
        return True

    def wait(self, connection: Connection) -> None:
        """Note that a connection waits for a request from now on."""
        if connection in self._open.get(connection.address, ()):
            self._idle[connection] = None
            self._idle_of.setdefault(connection.address, {})[connection] = None

    def work(self, connection: Connection) -> None:
        """Note that a connection has a request."""
        if self._idle.pop(connection, self) is None:
            of_address = self._idle_of[connection.address]
            del of_address[connection]
            if not of_address:
                del self._idle_of[connection.address]

    def forget(self, connection: Connection) -> None:
        """Note that a connection is closed."""
        of_address = self._open.get(connection.address, set())
        if connection not in of_address:
            return
        self.work(connection)
        of_address.discard(connection)
        if not of_address:
            del self._open[connection.address]
        self._count -= 1
        HTTP_CONNECTIONS.dec()

    def report(self, reason: str, connection: Connection) -> None:
        """Count a refusal, and log it unless one of its kind was logged in the last ten seconds."""
        HTTP_CONNECTIONS_REFUSED.labels(reason).inc()
        self._unlogged[reason] += 1
        now = self._monotonic()
        if now - self._logged.get(reason, -LOG_EVERY) >= LOG_EVERY:
            self._logged[reason] = now
            count = self._unlogged.pop(reason)
            log.warning("connection.refused", reason=reason, count=count, address=connection.address)


def later(seconds: float, call: Callable[[], None]) -> asyncio.TimerHandle:
    """Call a function after some seconds."""
    return asyncio.get_running_loop().call_later(seconds, call)
