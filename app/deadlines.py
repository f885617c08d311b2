"""Deadlines of many waits of one length, by one timer."""

import asyncio
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

Waiter = TypeVar("Waiter", bound=Hashable)

PARTS = 5


class DeadlineWheel(Generic[Waiter]):
    """The waits of one kind: each expires after `seconds`, and at most a fifth of them later.

    A timer for each wait costs as much as much of what is waited for. Here one timer serves all, and runs only while
    there are waits. The time is counted in parts during which this process runs: one that was held up finds that the
    time is over in the same moment as it could read what it waits for, and reads that first.
    """

    def __init__(self, seconds: float, expire: Callable[[Waiter], None]) -> None:
        """Begin without waits.

        Args:
            seconds: The length of each wait.
            expire: Ends a wait that nothing else has ended.
        """
        self._part = seconds / PARTS
        self._expire = expire
        self._now = 0
        # In the order in which they expire, because all are of the same length.
        self._ends: dict[Waiter, int] = {}
        self._timer: asyncio.TimerHandle | None = None

    def add(self, waiter: Waiter) -> None:
        """Begin a wait."""
        self._ends[waiter] = self._now + PARTS + 1
        if self._timer is None:
            self._start()

    def discard(self, waiter: Waiter) -> None:
        """End a wait before it expires; one that has expired is no error."""
        self._ends.pop(waiter, None)

    def _start(self) -> None:
        self._timer = asyncio.get_running_loop().call_later(self._part, self._turn)

    def _turn(self) -> None:
        self._timer = None
        self._now += 1
        while self._ends:
            waiter, end = next(iter(self._ends.items()))
            if end > self._now:
                break
            del self._ends[waiter]
            self._expire(waiter)
        if self._ends and self._timer is None:
            self._start()


def longest(seconds: float) -> float:
    """Return the length of waits that have all expired after `seconds`."""
    return seconds * PARTS / (PARTS + 1)
