"""Tasks of a process: they end when they are asked to."""

import asyncio
from contextlib import suppress

from app.background import end_background, end_if_cancelled, start_background


async def test_tasks_that_swallow_a_cancellation_end_all_the_same() -> None:
    began, swallowed = asyncio.Event(), 0

    async def connect() -> None:
        nonlocal swallowed
        began.set()
        while swallowed < 2:
            # As redis-py does while it connects.
            with suppress(asyncio.CancelledError):
                await asyncio.Event().wait()
            swallowed += 1
        await asyncio.Event().wait()

    tasks = [start_background("connecting", connect), start_background("waiting", asyncio.Event().wait)]  # type: ignore[arg-type] # whatever it returns
    await began.wait()
    await asyncio.wait_for(end_background(tasks), 60)
    assert swallowed == 2
    assert all(task.done() for task in tasks)


async def test_a_loop_whose_cancellation_was_swallowed_ends_at_its_next_turn() -> None:
    began, turns = asyncio.Event(), 0

    async def connect() -> None:
        nonlocal turns
        while True:
            end_if_cancelled()
            turns += 1
            began.set()
            with suppress(asyncio.CancelledError):
                await asyncio.Event().wait()

    task = start_background("connecting", connect)
    await began.wait()
    task.cancel()
    await asyncio.wait_for(asyncio.wait([task]), 60)
    assert task.cancelled()
    assert turns == 1
