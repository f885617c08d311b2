"""The capacity of a worker process: cascades at once in each lane, and provider calls at once in the bulk lane."""

import asyncio
from contextlib import AbstractAsyncContextManager, nullcontext

from anyio import CapacityLimiter

from app.domain.vocabulary import Lane
from app.domain.waterfall.bulk_concurrency import INITIAL_LIMIT, next_limit
from app.metrics import BULK_CONCURRENCY_LIMIT
from app.settings.settings import Settings

# Where one process serves both lanes, the bulk lane leaves the other half to single look-ups.
BULK_SHARE = 0.5
# A refill costs a query, so at least this share of the bulk limit must be free.
REFILL_SHARE = 0.1


class Capacity:
    """Slots for cascades: single look-ups may take all of them, the bulk lane a share that follows the load."""

    def __init__(self, settings: Settings) -> None:
        """Begin with all slots free."""
        both = len(settings.lanes) > 1
        self._total = settings.worker_concurrency
        self._bulk_maximum = max(1, int(self._total * BULK_SHARE)) if both else self._total
        self._bulk_limit = min(INITIAL_LIMIT, self._bulk_maximum)
        self._slots = asyncio.Semaphore(settings.worker_concurrency)
        self._in_use = dict.fromkeys(Lane, 0)
        # A cascade keeps its slot for all its calls; limiting the calls makes a lower limit effective at once.
        self._bulk_calls = CapacityLimiter(self._bulk_limit)
        if Lane.BULK.value in settings.lanes:
            BULK_CONCURRENCY_LIMIT.set(self._bulk_limit)

    def available(self, lane: Lane) -> int:
        """Return how many more cascades of a lane may start now."""
        free = self._total - sum(self._in_use.values())
        return max(0, min(free, self._bulk_limit - self._in_use[lane]) if lane is Lane.BULK else free)

    def in_use(self, lane: Lane) -> int:
        """Return how many cascades of a lane run."""
        return self._in_use[lane]

    async def acquire(self, lane: Lane, count: int, *, waits: bool = True) -> int:
        """Take the slots that are free now, at most `count`, and return how many.

        The interactive lane waits until at least one slot is free, unless it must not.
        """
        first = 0
        if lane is Lane.INTERACTIVE and waits:
            await self._slots.acquire()
            self._in_use[lane] += 1
            first = 1
        more = min(count - first, self.available(lane))
        for _ in range(more):
            await self._slots.acquire()  # does not yield, because the slot is free
        self._in_use[lane] += more
        return first + more

    def release(self, lane: Lane, count: int) -> None:
        """Free slots."""
        for _ in range(count):
            self._in_use[lane] -= 1
            self._slots.release()

    def call_slot(self, lane: Lane) -> AbstractAsyncContextManager[object]:
        """Wait for the right to make a call, and hold it; only the bulk lane waits, first come first served."""
        return self._bulk_calls if lane is Lane.BULK else nullcontext()

    def adapt(self, lag: float, *, interactive_load: bool) -> None:
        """Raise or lower the limit of the bulk lane.

        Args:
            lag: Seconds by which the event loop was late.
            interactive_load: Whether single look-ups run.
        """
        limit = next_limit(self._bulk_limit, lag, self._bulk_maximum, interactive_load=interactive_load)
        # A limit that is not used up does not rise.
        if limit < self._bulk_limit or self._in_use[Lane.BULK] >= self._bulk_limit * (1 - REFILL_SHARE):
            self._bulk_limit = limit
            self._bulk_calls.total_tokens = limit
            BULK_CONCURRENCY_LIMIT.set(limit)

    def should_refill(self) -> bool:
        """Return whether enough of the bulk lane is free for a query for more cascades."""
        return self.available(Lane.BULK) >= max(1, int(self._bulk_limit * REFILL_SHARE))
