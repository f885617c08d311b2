"""The sliding window rate limit: at most `limit` requests in any span of `window` seconds, from an exact log."""

import math
from collections.abc import Iterable, Mapping
from heapq import merge

import msgspec

MICROSECONDS = 1_000_000


class Rate(msgspec.Struct, frozen=True, kw_only=True):
    """A rate: `limit` requests in any span of `window` seconds."""

    name: str
    limit: int
    window: float = 60.0

    @property
    def window_us(self) -> int:
        """The window in whole microseconds."""
        return round(self.window * MICROSECONDS)

    @property
    def window_seconds(self) -> int:
        """The window in whole seconds, rounded up, as headers show it."""
        return math.ceil(self.window)


class Quota(msgspec.Struct, frozen=True, kw_only=True):
    """The state of the log after a request.

    Attributes:
        allowed: Whether the request was accepted, or (of a peek) would be.
        used: Requests within the window now.
        wait_us: Microseconds until the next request leaves the window; 0 when the window is empty. A rejected request
            is then accepted, unless another request comes first.
        slot: The name of the log entry, to remove it; None when none was added.
        local: Whether this process decided without Redis.
    """

    rate: Rate
    allowed: bool
    used: int
    wait_us: int
    slot: str | None = None
    local: bool = False

    @property
    def remaining(self) -> int:
        """The number of requests that would be accepted now."""
        return max(0, self.rate.limit - self.used)

    @property
    def wait_seconds(self) -> int:
        """The wait in whole seconds, rounded up."""
        return -(-self.wait_us // MICROSECONDS)


class SlidingLog:
    """The accepted requests of one key within the window, oldest first, as far as one process knows them.

    An entry of time t counts until t + window, exclusive: so no half-open span of that length ever holds more than the
    limit. Times are microseconds of one clock, which the caller chooses. Several processes that each keep a log of
    their own share what the requests that all of them know leave of the limit.
    """

    def __init__(self, carried: Iterable[int] = (), processes: int = 1) -> None:
        """Begin.

        Args:
            carried: Times of requests that other logs have accepted already.
            processes: How many processes share the limit.
        """
        self._carried = sorted(carried)
        self._processes = processes
        self._taken: dict[str, int] = {}

    @property
    def taken(self) -> Mapping[str, int]:
        """The requests that this log has accepted, and their times."""
        return self._taken

    def take(self, rate: Rate, now: int, slot: str) -> Quota:
        """Accept and log a request, or reject it."""
        self._expire(rate, now)
        allowed = self._free(rate) > 0
        if allowed:
            self._taken[slot] = now
        return self._quota(rate, now, allowed=allowed, slot=slot if allowed else None)

    def peek(self, rate: Rate, now: int) -> Quota:
        """Return the quota without logging a request."""
        self._expire(rate, now)
        return self._quota(rate, now, allowed=self._free(rate) > 0, slot=None)

    def give_back(self, rate: Rate, now: int, slot: str) -> Quota:
        """Remove the entry of a request that was rejected later; ignore unknown and expired entries."""
        self._taken.pop(slot, None)
        return self.peek(rate, now)

    def empty_at(self, rate: Rate, now: int) -> bool:
        """Return whether the window is empty, so that the log can be dropped."""
        self._expire(rate, now)
        return not self._taken and not self._carried

    def _expire(self, rate: Rate, now: int) -> None:
        self._carried = [at for at in self._carried if at + rate.window_us > now]
        gone = [slot for slot, at in self._taken.items() if at + rate.window_us <= now]
        for slot in gone:
            del self._taken[slot]

    def _free(self, rate: Rate, carried_gone: int = 0, taken_gone: int = 0) -> int:
        """Return how many more requests may be accepted once some have left; negative when the limit was lowered."""
        left = rate.limit - (len(self._carried) - carried_gone)
        # A limit below the number of processes would leave nothing to any of them.
        share = max(left // self._processes, 1 if rate.limit < self._processes else 0)
        return share - (len(self._taken) - taken_gone)

    def _quota(self, rate: Rate, now: int, *, allowed: bool, slot: str | None) -> Quota:
        free = self._free(rate)
        return Quota(rate=rate, allowed=allowed, used=rate.limit - free, wait_us=self._wait(rate, now), slot=slot)

    def _wait(self, rate: Rate, now: int) -> int:
        """Return the microseconds until the next request leaves and, where none is accepted now, one is again."""
        gone = [0, 0]
        for at, taken in merge(((at, 0) for at in self._carried), ((at, 1) for at in self._taken.values())):
            gone[taken] += 1
            if self._free(rate, *gone) > 0:
                return max(0, at + rate.window_us - now)
        return 0
