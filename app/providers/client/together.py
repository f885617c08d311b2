"""One look for all who wait: vendors whose list of the newest look-ups answers many looks at once."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Protocol

import msgspec

from app.providers.client.caller import CallerClock
from app.providers.client.http_exchange import NoResponse
from app.providers.declaration.response import NoValue, VendorResponse, read_response, step
from app.providers.declaration.spec import SharedList

Name = tuple[str, str, str]  # provider, credential, request's path: whose looks the vendor counts together
Fetch = Callable[[], Awaitable[VendorResponse | NoResponse]]


class PollCache(Protocol):
    """Where the processes show each other what they saw."""

    async def several(self, topic: str) -> bool:
        """Tell whether another process waits as well, and that this one does."""
        ...

    async def read(self, topic: str, since: float, look: Callable[[], Awaitable[str | None]]) -> str | None:
        """Return what another process saw since a time of the clock, else look and show it to the others."""
        ...


class _CachedPoll(msgspec.Struct, frozen=True, kw_only=True):
    """An answer as it is shown to other processes."""

    status: int
    headers: dict[str, str]
    content: str


class _PollRead(msgspec.Struct, frozen=True, kw_only=True):
    """A look at the list that was begun at a time of the clock."""

    began: float
    task: asyncio.Task[VendorResponse | NoResponse]


class SharedPolls:
    """The looks that those who wait share: in this process, and where there is a board in all others."""

    def __init__(self, clock: CallerClock, board: PollCache | None = None) -> None:
        """Start with nobody waiting."""
        self._clock = clock
        self._board = board
        self._waiting: Counter[Name] = Counter()
        self._reads: dict[Name, _PollRead] = {}

    @contextmanager
    def waiting(self, name: Name) -> Iterator[None]:
        """Count one more who waits."""
        self._waiting[name] += 1
        try:
            yield
        finally:
            self._waiting[name] -= 1
            if not self._waiting[name]:
                del self._waiting[name]
                read = self._reads.pop(name, None)
                if read is not None:
                    read.task.cancel()  # nobody is left to care

    async def look(
        self, name: Name, many: SharedList, ticket: str, since: float, fetch: Fetch
    ) -> VendorResponse | NoResponse | None:
        """Look at the list together with the others, or say that one's own result must be asked for.

        Args:
            name: Who shares.
            many: How the list is read.
            ticket: Of the look-up, as the list names it.
            since: A time of the clock; a look that began before it is too old.
            fetch: Makes the look; only one of those who wait does.

        Returns:
            An answer that holds only this look-up's entry, the answer as it is where it is no list, or None where
            nobody else waits or the list does not have the look-up.
        """
        read = self._fresh(name, since)
        if read is None:
            several = self._board is not None and await self._board.several(":".join(name))
            if not several and self._waiting[name] < 2:  # noqa: PLR2004 - alone, one's own result is less to ask for
                return None
            read = self._fresh(name, since)  # somebody else may have begun one meanwhile
        if read is None:
            task = asyncio.ensure_future(self._see(name, since, fetch))
            read = _PollRead(began=self._clock.monotonic(), task=task)
            self._reads[name] = read
        # Shielded: whoever runs out of patience must not end the look for the others.
        reply = await asyncio.shield(read.task)
        rows = step(reply.body, many.items) if isinstance(reply, VendorResponse) else None
        if isinstance(reply, NoResponse) or not isinstance(rows, list):
            return reply
        mine = [row for row in rows if isinstance(row, dict) and row.get(many.id) == ticket]
        return msgspec.structs.replace(reply, body={many.items: mine[:1]}) if mine else None

    def _fresh(self, name: Name, since: float) -> _PollRead | None:
        read = self._reads.get(name)
        return read if read is not None and read.began >= since else None

    async def _see(self, name: Name, since: float, fetch: Fetch) -> VendorResponse | NoResponse:
        """Take what another process saw, else look and show it."""
        if self._board is None:
            return await fetch()
        own: list[VendorResponse | NoResponse] = []

        async def look() -> str | None:
            own.append(await fetch())
            return _written(own[0])

        text = await self._board.read(":".join(name), since, look)
        if own or text is None:
            return own[0] if own else await fetch()
        seen = msgspec.json.decode(text, type=_CachedPoll)
        return read_response(seen.status, seen.headers, seen.content.encode())


def _written(reply: VendorResponse | NoResponse) -> str | None:
    """Write an answer so that `read_reply` makes the same of it; None where that cannot be."""
    if isinstance(reply, NoResponse):
        return None
    try:
        content = reply.text if isinstance(reply.body, NoValue) else msgspec.json.encode(reply.body).decode()
    except RecursionError:
        return None
    seen = _CachedPoll(status=reply.status, headers=dict(reply.headers), content=content)
    return msgspec.json.encode(seen).decode()
