"""Keep figures that are added up of many rows, so that to show them again costs nothing."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from typing import Any, TypeVar

from app.clock import Clock
from app.domain.accounts.failure_budget import keep

# What took a millisecond is kept for a tenth of a second, what took a second or more for a minute: to add up takes a
# hundredth of the time at most, and where there is little to add up the figures are those of now.
SHARE, MOST_SECONDS = 100, 60.0
MOST_KEPT = 10_000

T = TypeVar("T")


class KeptFigures:
    """Keeps figures by their name; all who ask for one meanwhile wait for the same reading."""

    def __init__(self, clock: Clock) -> None:
        """Begin with nothing kept."""
        self._clock = clock
        self._kept: dict[Hashable, tuple[float, Any]] = {}
        self._reading: dict[Hashable, asyncio.Task[Any]] = {}

    async def __call__(self, name: Hashable, read: Callable[[], Awaitable[T]]) -> T:
        """Return the figures of a name, as `read` gives them now or gave them a moment ago."""
        until, figures = self._kept.get(name, (0.0, None))
        if self._clock.monotonic() < until:
            kept: T = figures
            return kept
        reading = self._reading.get(name)
        if reading is None:
            reading = self._reading[name] = asyncio.ensure_future(self._read(name, read))
            reading.add_done_callback(lambda _: self._reading.pop(name, None))
        # Who goes away takes the figures from nobody else who waits.
        found: T = await asyncio.shield(reading)
        return found

    async def _read(self, name: Hashable, read: Callable[[], Awaitable[T]]) -> T:
        began = self._clock.monotonic()
        figures = await read()
        now = self._clock.monotonic()
        keep(self._kept, name, (now + min(MOST_SECONDS, (now - began) * SHARE), figures), MOST_KEPT)
        return figures
