"""Endpoint rate limits: when the next attempt may be sent, and how waiting deliveries are spread over time."""

from datetime import datetime, timedelta

import msgspec

MIN_RATE = 1
MAX_RATE = 1000

# How far ahead waiting deliveries are planned; later ones are planned when this time is over.
HORIZON = timedelta(minutes=30)
# Delayed attempts may follow closer, as long as no second has more than 105 % of the rate.
_CATCH_UP = timedelta(milliseconds=50)
# Without catch-up, waiting deliveries are planned further apart by this much, the usual delay of a sender.
_SENDER_DELAY = timedelta(milliseconds=5)
# A time further in the future was written by a clock that has been set back.
_CLOCK_TOLERANCE = timedelta(seconds=2)


class SendSchedule(msgspec.Struct, frozen=True, kw_only=True):
    """The schedule of an endpoint with a rate limit.

    Attributes:
        rate: Attempts a second.
        next_at: When the next attempt is due, in UTC, if they were spread evenly; None before the first.
        until: The end of the planned deliveries, in UTC.
    """

    rate: int
    next_at: datetime | None = None
    until: datetime | None = None

    @property
    def gap(self) -> timedelta:
        """The time between two attempts; rounded up, so that no second holds one too many."""
        return timedelta(microseconds=-(-1_000_000 // self.rate))

    @property
    def spacing(self) -> timedelta:
        """The time between two planned deliveries."""
        return self.gap + max(_SENDER_DELAY - self._ahead, timedelta())

    @property
    def _ahead(self) -> timedelta:
        return max(_CATCH_UP - self.gap, timedelta())

    def opens_at(self, now: datetime) -> datetime:
        """Return when the next attempt may be made, in UTC."""
        return max(now, self._next(now) - self._ahead)

    def admit(self, wanted: int, now: datetime) -> tuple[int, "SendSchedule"]:
        """Admit as many attempts as the rate allows now.

        This is the generic cell rate algorithm (ITU-T I.371, annex A): at most 105 % of the rate in any second.

        Args:
            wanted: The number of attempts.
            now: The time in UTC.

        Returns:
            How many are admitted, and the schedule after them.
        """
        at, count = self._next(now), 0
        while count < wanted and at - self._ahead <= now:
            at, count = at + self.gap, count + 1
        return count, msgspec.structs.replace(self, next_at=at)

    def queue_from(self, now: datetime) -> datetime:
        """Return the time for which the next waiting delivery is planned, in UTC."""
        first = max(now, self._next(now))
        return max(first, self.until) if self.until and self.until <= now + HORIZON + _CLOCK_TOLERANCE else first

    def queued(self, count: int, now: datetime) -> "SendSchedule":
        """Return the schedule after `count` more deliveries are planned."""
        until = min(self.queue_from(now) + count * self.spacing, now + HORIZON)
        return msgspec.structs.replace(self, until=until)

    def _next(self, now: datetime) -> datetime:
        return max(self.next_at, now) if self.next_at and self.next_at <= now + _CLOCK_TOLERANCE else now
