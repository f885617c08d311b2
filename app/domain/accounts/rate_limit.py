"""The sliding window rate limit: at most `limit` requests in any span of `window` seconds, from an exact log."""

import math
from itertools import islice

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
    """The accepted requests of one key within the window, oldest first.

    An entry of time t counts until t + window, exclusive: so no half-open span of that length ever holds more than the
    limit. Times are microseconds of one clock, which the caller chooses.
    """

    def __init__(self) -> None:
        """Begin empty."""
        self._taken: dict[str, int] = {}

    def take(self, rate: Rate, now: int, slot: str) -> Quota:
        """Accept and log a request, or reject it."""
        self._expire(rate, now)
        allowed = len(self._taken) < rate.limit
        if allowed:
            self._taken[slot] = now
        return self._quota(rate, now, allowed=allowed, slot=slot if allowed else None)

    def peek(self, rate: Rate, now: int) -> Quota:
        """Return the quota without logging a request."""
        self._expire(rate, now)
        return self._quota(rate, now, allowed=len(self._taken) < rate.limit, slot=None)

    def give_back(self, rate: Rate, now: int, slot: str) -> Quota:
        """Remove the entry of a request that was rejected later; ignore unknown and expired entries."""
        self._taken.pop(slot, None)
        return self.peek(rate, now)

    def empty_at(self, rate: Rate, now: int) -> bool:
        """Return whether the window is empty, so that the log can be dropped."""
        self._expire(rate, now)
        return not self._taken

    def _expire(self, rate: Rate, now: int) -> None:
        gone = [slot for slot, at in self._taken.items() if at + rate.window_us <= now]
        for slot in gone:
            del self._taken[slot]

    def _quota(self, rate: Rate, now: int, *, allowed: bool, slot: str | None) -> Quota:
        used = len(self._taken)
        # When the limit was lowered, more than one entry has to leave before the next request is accepted.
        leaver = max(0, used - rate.limit)
        at = next(islice(self._taken.values(), leaver, None), None)
        wait = 0 if at is None else max(0, at + rate.window_us - now)
        return Quota(rate=rate, allowed=allowed, used=used, wait_us=wait, slot=slot)
