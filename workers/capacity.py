"""How many cascades a worker process may run at once, and how many calls of the bulk lane, lane by lane."""

import asyncio
from contextlib import AbstractAsyncContextManager, nullcontext

from anyio import CapacityLimiter

from app.domain.vocabulary import Lane
from app.domain.waterfall.bulk_concurrency import FIRST, next_limit
from app.metrics import BULK_CONCURRENCY_LIMIT
from app.settings.settings import Settings

# Where one process serves both lanes, the bulk lane leaves the other half to single look-ups.
BULK_SHARE = 0.5
# Looking for more costs a query; it is worth one when a good part of the room is free.
WORTH = 0.1


class Capacity:
    """Places for cascades: single look-ups may take all of them, the bulk lane a share that follows the load."""

    def __init__(self, settings: Settings) -> None:
        """Begin with all places free."""
        both = len(settings.lanes) > 1
        self._whole = settings.worker_concurrency
        self._most_bulk = max(1, int(self._whole * BULK_SHARE)) if both else self._whole
        self._bulk = min(FIRST, self._most_bulk)
        self._all = asyncio.Semaphore(settings.worker_concurrency)
        self._taken = dict.fromkeys(Lane, 0)
        # A cascade holds its place for all its calls; where the limit falls, the calls feel it at once.
        self._calls = CapacityLimiter(self._bulk)
        if Lane.BULK.value in settings.lanes:
            BULK_CONCURRENCY_LIMIT.set(self._bulk)

    def left(self, lane: Lane) -> int:
        """How many more cascades of a lane fit now."""
        everybody = self._whole - sum(self._taken.values())
        return max(0, min(everybody, self._bulk - self._taken[lane]) if lane is Lane.BULK else everybody)

    def taken(self, lane: Lane) -> int:
        """How many cascades of a lane are here."""
        return self._taken[lane]

    async def take(self, lane: Lane, count: int) -> int:
        """Take as many places as are free now, at most `count`; returns how many.

        For single look-ups it waits until there is at least one.
        """
        first = 0
        if lane is Lane.INTERACTIVE:
            await self._all.acquire()
            self._taken[lane] += 1
            first = 1
        more = min(count - first, self.left(lane))
        for _ in range(more):
            await self._all.acquire()  # returns at once: it is free, and nobody else comes in between
        self._taken[lane] += more
        return first + more

    def give_back(self, lane: Lane, count: int) -> None:
        """Free places."""
        for _ in range(count):
            self._taken[lane] -= 1
            self._all.release()

    def turn(self, lane: Lane) -> AbstractAsyncContextManager[object]:
        """Wait for, and hold, the right to make a call; only the bulk lane ever waits, first come first served."""
        return self._calls if lane is Lane.BULK else nullcontext()

    def adapt(self, lag: float, *, beside: bool) -> None:
        """Let the bulk lane have more or less.

        Args:
            lag: How late the event loop was, in seconds.
            beside: Whether single look-ups are about.
        """
        limit = next_limit(self._bulk, lag, self._most_bulk, beside=beside)
        # What is not used up does not grow.
        if limit < self._bulk or self._taken[Lane.BULK] >= self._bulk * (1 - WORTH):
            self._bulk = limit
            self._calls.total_tokens = limit
            BULK_CONCURRENCY_LIMIT.set(limit)

    def worth_filling(self, lane: Lane) -> bool:
        """Whether so much of a lane's room is free that looking for more cascades is worth a query."""
        return self.left(lane) >= max(1, int(self._bulk * WORTH))
