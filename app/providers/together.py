"""One look for all who wait: vendors whose list of the newest look-ups answers many looks at once."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager

import msgspec

from app.providers.caller import Clock
from app.providers.exchange import Lost
from app.providers.reply import Reply, step
from app.providers.spec import Many

Name = tuple[str, str, str]  # provider, credential, request's path: whose looks the vendor counts together


class _Read(msgspec.Struct, frozen=True, kw_only=True):
    """A look at the list that was begun at a time of the clock."""

    began: float
    task: asyncio.Task[Reply | Lost]


class Together:
    """The looks that this process shares."""

    def __init__(self, clock: Clock) -> None:
        """Start with nobody waiting."""
        self._clock = clock
        self._waiting: Counter[Name] = Counter()
        self._reads: dict[Name, _Read] = {}

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
        self, name: Name, many: Many, ticket: str, since: float, fetch: Callable[[], Awaitable[Reply | Lost]]
    ) -> Reply | Lost | None:
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
        if self._waiting[name] < 2:  # noqa: PLR2004 - alone, one's own result is the smaller question
            return None
        read = self._reads.get(name)
        if read is None or read.began < since:
            read = _Read(began=self._clock.monotonic(), task=asyncio.ensure_future(fetch()))
            self._reads[name] = read
        # Shielded: whoever runs out of patience must not end the look for the others.
        reply = await asyncio.shield(read.task)
        rows = step(reply.body, many.items) if isinstance(reply, Reply) else None
        if isinstance(reply, Lost) or not isinstance(rows, list):
            return reply
        mine = [row for row in rows if isinstance(row, dict) and row.get(many.id) == ticket]
        return msgspec.structs.replace(reply, body={many.items: mine[:1]}) if mine else None
