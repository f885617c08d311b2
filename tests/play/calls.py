"""Count the Python functions that a running API calls for a request, which no other load on the machine changes."""

import asyncio
import statistics
import sys
from collections.abc import Awaitable, Callable
from types import FrameType

from tests.api.door import Door


class CallCount:
    """Calls of Python functions in the thread of a running API."""

    def __init__(self, door: Door) -> None:
        self._loop = door.server.servers[0].get_loop()
        self._calls = 0
        self._before: set[asyncio.Task[object]] = set()

    def _hook(self, _frame: FrameType, event: str, _argument: object) -> None:
        self._calls += event == "call"

    async def _begin(self) -> None:
        self._calls, self._before = 0, asyncio.all_tasks()
        sys.setprofile(self._hook)

    async def _end(self) -> int:
        # To look for tasks takes calls for each one of the process, also those that other tests have left.
        sys.setprofile(None)
        left = asyncio.all_tasks() - self._before - {asyncio.current_task()}
        if left:
            # What a request leaves behind, such as its notification of the workers, is part of it.
            sys.setprofile(self._hook)
            await asyncio.wait(left)
            sys.setprofile(None)
        return self._calls

    async def of(self, send: Callable[[], Awaitable[object]]) -> int:
        """Send one request, and return the calls that it took."""
        await self._run(self._begin())
        await send()
        return await self._run(self._end())

    async def _run(self, work: Awaitable[int] | Awaitable[None]) -> int:
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(work, self._loop)) or 0  # type: ignore[arg-type]


async def usual_calls(door: Door, times: int, send: Callable[[int], Awaitable[object]]) -> float:
    """Return the median of the calls that requests take one after the other, each with its number."""
    count = CallCount(door)
    return statistics.median([await count.of(lambda number=number: send(number)) for number in range(times)])  # type: ignore[misc]
