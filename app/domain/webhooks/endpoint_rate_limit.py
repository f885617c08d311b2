"""When an endpoint that takes so many tries a second is sent the next one, and how those that wait are spread."""

from datetime import datetime, timedelta

import msgspec

MIN_RATE = 1
MAX_RATE = 1000

# How long what waits may be planned ahead; the rest is planned when this is over. Less than a try waits at most.
HORIZON = timedelta(minutes=30)
# Tries that were not made in time may follow closer, as long as no second has 5 % more of them than it may have.
_CATCH_UP = timedelta(milliseconds=50)
# Those that wait are planned this much further apart where nothing can be caught up: whoever sends one comes so late.
_LATE = timedelta(milliseconds=5)
# What lies further ahead was written by a clock that has been set back.
_WRONG = timedelta(seconds=2)


class SendSchedule(msgspec.Struct, frozen=True, kw_only=True):
    """What an endpoint with a rate was sent, and what waits for it.

    Attributes:
        rate: Tries a second.
        next_at: When the next try is due, in UTC, were they spread evenly; None before the first.
        until: Until when those that wait are planned, in UTC.
    """

    rate: int
    next_at: datetime | None = None
    until: datetime | None = None

    @property
    def gap(self) -> timedelta:
        """From one try to the next; rounded up, or a second would hold one too many."""
        return timedelta(microseconds=-(-1_000_000 // self.rate))

    @property
    def spacing(self) -> timedelta:
        """From one that waits to the next."""
        return self.gap + max(_LATE - self._ahead, timedelta())

    @property
    def _ahead(self) -> timedelta:
        return max(_CATCH_UP - self.gap, timedelta())

    def opens_at(self, now: datetime) -> datetime:
        """Tell when the next try may be made, in UTC."""
        return max(now, self._next(now) - self._ahead)

    def admit(self, wanted: int, now: datetime) -> tuple[int, "SendSchedule"]:
        """Take tries out of the plan, as many as may be made now.

        This is the generic cell rate algorithm (ITU-T I.371, annex A): of any second no more than 105 % of the rate.

        Args:
            wanted: How many tries are to be made.
            now: The time in UTC.

        Returns:
            How many may be made, and the plan after them.
        """
        at, count = self._next(now), 0
        while count < wanted and at - self._ahead <= now:
            at, count = at + self.gap, count + 1
        return count, msgspec.structs.replace(self, next_at=at)

    def queue_from(self, now: datetime) -> datetime:
        """Tell for when the first one more that has to wait is planned, in UTC."""
        first = max(now, self._next(now))
        return max(first, self.until) if self.until and self.until <= now + HORIZON + _WRONG else first

    def queued(self, count: int, now: datetime) -> "SendSchedule":
        """Return the plan after so many more are planned."""
        until = min(self.queue_from(now) + count * self.spacing, now + HORIZON)
        return msgspec.structs.replace(self, until=until)

    def _next(self, now: datetime) -> datetime:
        return max(self.next_at, now) if self.next_at and self.next_at <= now + _WRONG else now
