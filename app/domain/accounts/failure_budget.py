"""The failed authentications that an address may have, so that unknown keys cost little."""

import math
from typing import TypeVar

WINDOW = 60
MOST_ADDRESSES = 10_000

K = TypeVar("K")
V = TypeVar("V")


class FailureBudget:
    """Counts failures by address, in windows of a minute that begin with the first one."""

    def __init__(self, limit: int) -> None:
        """Allow `limit` failures in a window."""
        self.limit = limit
        self._counts: dict[str, tuple[float, int]] = {}

    def wait(self, address: str, now: float) -> int:
        """Return whole seconds until an address may fail again, rounded up; 0 when it may."""
        began, count = self._counts.get(address, (now, 0))
        return max(0, math.ceil(began + WINDOW - now)) if count >= self.limit else 0

    def count(self, address: str, now: float) -> None:
        """Count a failure."""
        began, count = self._counts.get(address, (now, 0))
        fresh = now - began >= WINDOW
        keep(self._counts, address, (now, 1) if fresh else (began, count + 1), MOST_ADDRESSES)


def keep(table: dict[K, V], key: K, value: V, most: int) -> None:
    """Store a value as the newest of at most so many; the oldest goes."""
    table.pop(key, None)
    while len(table) >= most:
        del table[next(iter(table))]
    table[key] = value
