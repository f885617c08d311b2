"""Clocks that a test sets."""

import asyncio
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

from app.clock import SystemClock

FROZEN_AT = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)


class SetClock:
    """A clock that stands still until it is moved; to sleep moves it.

    It begins at the machine's time, because PostgreSQL, Redis, TLS and the signature libraries go by that one: a clock
    that begins on a fixed day agrees with them for a while, and then no more. Whole seconds, as in HTTP dates.
    """

    def __init__(self) -> None:
        """Begin at the machine's time."""
        self.at = SystemClock().now().replace(microsecond=0)

    def now(self) -> datetime:
        """Return the time that is set."""
        return self.at

    def monotonic(self) -> float:
        """Return the same time in seconds."""
        return self.at.timestamp()

    async def sleep(self, seconds: float) -> None:
        """Move forward, and let others run."""
        self.forward(seconds)
        await asyncio.sleep(0)

    def forward(self, seconds: float) -> None:
        """Move forward, or backward by a negative number of seconds."""
        self.at += timedelta(seconds=seconds)


class FrozenClock:
    """A clock that shows one time for ever; sleeping takes no time and is only written down."""

    def __init__(self) -> None:
        """Start with nothing slept."""
        self.slept: list[float] = []

    def now(self) -> datetime:
        """Return always the same time."""
        return FROZEN_AT

    def monotonic(self) -> float:
        """Return always the same time."""
        return 0.0

    async def sleep(self, seconds: float) -> None:
        """Note the seconds."""
        self.slept.append(seconds)


class PassingClock(FrozenClock):
    """A frozen clock whose monotonic time passes by sleeping, which takes no real time."""

    def monotonic(self) -> float:
        """Return the seconds slept so far, an hour at most: a poll that never ends sleeps for years."""
        return min(3600.0, sum(self.slept[:1000]))


class TodaysClock(PassingClock):
    """A passing clock that shows the machine's time, by which the API judges when a posted result is too late."""

    def now(self) -> datetime:
        """Return the machine's time."""
        return SystemClock().now()


class AheadClock(SystemClock):
    """The machine's clock, set ahead."""

    def __init__(self, ahead: timedelta) -> None:
        """Set it ahead by a span."""
        self._ahead = ahead

    def now(self) -> datetime:
        """Return a time in the future."""
        return super().now() + self._ahead


def retry_after(clock: SetClock, value: str | timedelta) -> str:
    """Return a `Retry-After` header: a text as it is, a span as the HTTP date so far ahead (RFC 9110, 10.2.3)."""
    return value if isinstance(value, str) else format_datetime(clock.now() + value, usegmt=True)
