"""Clocks that a test sets."""

import asyncio
from datetime import datetime, timedelta
from email.utils import format_datetime

from app.clock import SystemClock


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


def retry_after(clock: SetClock, value: str | timedelta) -> str:
    """Return a `Retry-After` header: a text as it is, a span as the HTTP date so far ahead (RFC 9110, 10.2.3)."""
    return value if isinstance(value, str) else format_datetime(clock.now() + value, usegmt=True)
