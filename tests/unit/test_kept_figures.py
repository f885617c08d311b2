"""Figures that are kept: as long as they cost, for all who ask."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from app.usecases.figures.kept_figures import KeptFigures
from tests.play.clock import SetClock


class Sums:
    """Adds up, which takes some seconds by the clock; each sum is a new one."""

    def __init__(self, clock: SetClock) -> None:
        self.clock, self.read = clock, 0

    def taking(self, seconds: float) -> Callable[[], Awaitable[int]]:
        async def read() -> int:
            self.read += 1
            mine = self.read
            await self.clock.sleep(seconds)
            return mine

        return read


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.mark.parametrize(("took", "kept"), [(0.01, 1), (2.0, 60)])
async def test_figures_are_kept_as_long_as_they_cost(clock: SetClock, took: float, kept: float) -> None:
    figures, sums = KeptFigures(clock), Sums(clock)
    assert await figures("a", sums.taking(took)) == 1
    clock.at += timedelta(seconds=kept - 0.1)
    assert await figures("a", sums.taking(took)) == 1
    assert await figures("b", sums.taking(0)) == 2
    clock.at += timedelta(seconds=0.2)
    assert await figures("a", sums.taking(took)) == 3


async def test_what_is_quick_is_never_old(clock: SetClock) -> None:
    figures, sums = KeptFigures(clock), Sums(clock)
    assert [await figures("a", sums.taking(0)) for _ in range(3)] == [1, 2, 3]


async def test_all_wait_for_one_reading_and_none_for_one_that_failed(clock: SetClock) -> None:
    figures, sums = KeptFigures(clock), Sums(clock)
    going, *staying = [asyncio.ensure_future(figures("a", sums.taking(1.0))) for _ in range(3)]
    await asyncio.sleep(0)
    going.cancel()
    assert await asyncio.gather(*staying) == [1, 1]

    async def failing() -> int:
        raise LookupError

    for _ in range(2):
        with pytest.raises(LookupError):
            await figures("b", failing)
    assert await figures("b", sums.taking(0)) == 2
