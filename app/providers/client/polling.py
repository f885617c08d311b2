"""Tickets of asynchronous vendors, their callbacks, and polls that several look-ups share."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from enum import Enum
from typing import Protocol

import msgspec

from app.clock import Clock
from app.providers.client.http_exchange import NoResponse
from app.providers.declaration.messages import NoValue, Path, VendorResponse, look, only, read_response, step
from app.providers.declaration.polling import Poll, SharedList

LONGEST_PART = 500
LARGEST_BITS = 128
CALLBACK = "callback"  # the part of a ticket that stands for a URL at which a vendor posts
UNTIL_POSTED = 60.0


class Ticket(msgspec.Struct, frozen=True, kw_only=True):
    """The vendor's reference to a look-up, by which its result is fetched later; it can be stored as JSON."""

    values: dict[str, str]


class NoPost(Enum):
    """Why there is no posted result."""

    NONE_YET = "the vendor has not posted yet"
    GONE = "the vendor may not post any more"


class CallbackSource(Protocol):
    """Where the vendor of one attempt posts its result."""

    async def open(self, seconds: float) -> tuple[str, str]:
        """Accept one post for so many seconds, and store the attempt's ticket, so that a crash starts nothing twice.

        Returns:
            The token of the URL, which only the vendor may know, and the part of the ticket that stands for it.
        """
        ...

    async def wait(self, part: str, seconds: float) -> bytes | NoPost:
        """Return the posted result as soon as it is there, or why there is none after so many seconds."""
        ...


def read_ticket(poll: Poll, reply: VendorResponse) -> Ticket | None:
    """Read the ticket from the first answer; None where a part of it is missing or cannot be one."""
    values = read_parts(poll.ticket, reply)
    return None if values is None else Ticket(values=values)


def read_parts(paths: Mapping[str, Path], reply: VendorResponse) -> dict[str, str] | None:
    """Read the values that later requests need; None where a part is missing or cannot be one."""
    values: dict[str, str] = {}
    for name, path in paths.items():
        part = look(reply, path)
        if isinstance(part, bool) or not isinstance(part, str | int):
            return None
        if isinstance(part, int) and part.bit_length() > LARGEST_BITS:
            return None
        text = str(part)
        # It goes into a path: a part that is only dots would lead elsewhere.
        if not text.strip(". ") or len(text) > LONGEST_PART or not text.isprintable():
            return None
        values[name] = text
    return values


def delays(poll: Poll, scale: float) -> Iterator[float]:
    """Yield the seconds to wait before each poll, without end; the call's time limit ends it."""
    for delay in poll.first:
        yield delay * scale
    while True:
        yield (UNTIL_POSTED if poll.every is None else poll.every) * scale


def fits(poll: Poll, ticket: Ticket) -> bool:
    """Check whether a ticket is of this route; a call cut off before its answer has only the callback's part."""
    parts = set(ticket.values) - {CALLBACK}
    return parts == set(poll.ticket) or (CALLBACK in ticket.values and not parts)


def can_be_polled(poll: Poll, ticket: Ticket) -> bool:
    """Check whether the result can be polled; otherwise the vendor's post is the only way."""
    return poll.every is not None and set(poll.ticket) <= set(ticket.values)


def unwrapped(reply: VendorResponse | NoResponse, poll: Poll) -> VendorResponse | NoResponse:
    """Take the result out of a poll's answer, where it is wrapped and there already."""
    inner = only(step(reply.body, poll.inside)) if poll.inside and isinstance(reply, VendorResponse) else None
    return msgspec.structs.replace(reply, body=inner) if isinstance(inner, dict) else reply


PollName = tuple[str, str, str]  # provider, credential, path of the request: the polls that the vendor counts together
Fetch = Callable[[], Awaitable[VendorResponse | NoResponse]]


class PollCache(Protocol):
    """Answers that the processes share."""

    async def several(self, topic: str) -> bool:
        """Register this process as waiting, and check whether another one waits as well."""
        ...

    async def read(self, topic: str, since: float, poll: Callable[[], Awaitable[str | None]]) -> str | None:
        """Return another process's answer to a poll begun since a time of the clock, else poll and share the answer."""
        ...


class _CachedPoll(msgspec.Struct, frozen=True, kw_only=True):
    """An answer as it is shared with other processes."""

    status: int
    headers: dict[str, str]
    content: str


class _PollRead(msgspec.Struct, frozen=True, kw_only=True):
    """A request of the list, begun at a time of the clock."""

    began: float
    task: asyncio.Task[VendorResponse | NoResponse]


class SharedPolls:
    """Polls that look-ups share, in this process and, with a cache, in all others: a vendor lists the newest of them.

    See docs/adr/0009-polls-of-one-vendor-are-shared.md.
    """

    def __init__(self, clock: Clock, cache: PollCache | None) -> None:
        """Start without look-ups."""
        self._clock = clock
        self._cache = cache
        self._waiting: Counter[PollName] = Counter()
        self._reads: dict[PollName, _PollRead] = {}

    @contextmanager
    def waiting(self, name: PollName) -> Iterator[None]:
        """Count one more look-up meanwhile."""
        self._waiting[name] += 1
        try:
            yield
        finally:
            self._waiting[name] -= 1
            if not self._waiting[name]:
                del self._waiting[name]
                read = self._reads.pop(name, None)
                if read is not None:
                    read.task.cancel()  # no look-up is left to read it

    async def poll(
        self, name: PollName, shared: SharedList, ticket: str, since: float, fetch: Fetch
    ) -> VendorResponse | NoResponse | None:
        """Request the list for all look-ups, or use another's request of it.

        Args:
            name: Names the polls that are shared.
            shared: How the list is read.
            ticket: Of the look-up, as the list names it.
            since: A time of the clock; a request that began before it is too old.
            fetch: Requests the list; only one of the waiting look-ups does.

        Returns:
            An answer that holds only this look-up's entry, the answer as it is where it is no list, or None where no
            other look-up waits or the list does not have this one: then its own result must be polled.
        """
        read = self._fresh(name, since)
        if read is None:
            several = self._cache is not None and await self._cache.several(":".join(name))
            if not several and self._waiting[name] < 2:  # noqa: PLR2004 - alone, its own result is the smaller request
                return None
            read = self._fresh(name, since)  # another look-up may have begun one meanwhile
        if read is None:
            task = asyncio.ensure_future(self._read(name, since, fetch))
            read = _PollRead(began=self._clock.monotonic(), task=task)
            self._reads[name] = read
        # Shielded: a look-up whose time is over must not end the request of the others.
        reply = await asyncio.shield(read.task)
        rows = step(reply.body, shared.items) if isinstance(reply, VendorResponse) else None
        if isinstance(reply, NoResponse) or not isinstance(rows, list):
            return reply
        mine = [row for row in rows if isinstance(row, dict) and row.get(shared.id) == ticket]
        return msgspec.structs.replace(reply, body={shared.items: mine[:1]}) if mine else None

    def _fresh(self, name: PollName, since: float) -> _PollRead | None:
        read = self._reads.get(name)
        return read if read is not None and read.began >= since else None

    async def _read(self, name: PollName, since: float, fetch: Fetch) -> VendorResponse | NoResponse:
        """Use another process's answer, else request the list and share the answer."""
        if self._cache is None:
            return await fetch()
        own: list[VendorResponse | NoResponse] = []

        async def poll() -> str | None:
            own.append(await fetch())
            return _written(own[0])

        text = await self._cache.read(":".join(name), since, poll)
        if own or text is None:
            return own[0] if own else await fetch()
        seen = msgspec.json.decode(text, type=_CachedPoll)
        return read_response(seen.status, seen.headers, seen.content.encode())


def _written(reply: VendorResponse | NoResponse) -> str | None:
    """Write an answer so that `read_response` reads the same; None where that cannot be."""
    if isinstance(reply, NoResponse):
        return None
    try:
        content = reply.text if isinstance(reply.body, NoValue) else msgspec.json.encode(reply.body).decode()
    except RecursionError:
        return None
    seen = _CachedPoll(status=reply.status, headers=dict(reply.headers), content=content)
    return msgspec.json.encode(seen).decode()
