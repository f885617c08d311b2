"""Deadlines of many waits: each expires, none early, and one timer serves all."""

import asyncio
from typing import Any

import pytest

from app.deadlines import PARTS, DeadlineWheel, longest
from app.redis.client import TimeLimit

SECONDS = 5.0


class PlayedLoop:
    """The timers of a loop, which a test lets ring."""

    def __init__(self) -> None:
        self.timers: list[tuple[float, Any]] = []

    def call_later(self, seconds: float, call: Any) -> object:
        self.timers.append((seconds, call))
        return object()

    def ring(self) -> None:
        """Let the part of a wait pass."""
        ((seconds, call),) = self.timers
        assert seconds == SECONDS / PARTS
        self.timers.clear()
        call()


@pytest.fixture
def loop(monkeypatch: pytest.MonkeyPatch) -> PlayedLoop:
    played = PlayedLoop()
    monkeypatch.setattr(asyncio, "get_running_loop", lambda: played)
    return played


def test_a_wait_expires_after_its_time_and_at_most_a_part_later(loop: PlayedLoop) -> None:
    expired: list[str] = []
    wheel = DeadlineWheel(SECONDS, expired.append)
    wheel.add("one")
    for _ in range(PARTS):
        loop.ring()
    assert expired == []
    loop.ring()
    assert expired == ["one"]
    assert loop.timers == []


def test_many_waits_share_one_timer_and_expire_in_their_order(loop: PlayedLoop) -> None:
    expired: list[str] = []
    wheel = DeadlineWheel(SECONDS, expired.append)
    wheel.add("first")
    loop.ring()
    wheel.add("second")
    wheel.add("third")
    assert len(loop.timers) == 1
    for _ in range(PARTS):
        loop.ring()
    assert expired == ["first"]
    loop.ring()
    assert expired == ["first", "second", "third"]


def test_a_wait_that_ends_does_not_expire_and_the_timer_rests(loop: PlayedLoop) -> None:
    expired: list[str] = []
    wheel = DeadlineWheel(SECONDS, expired.append)
    wheel.add("ended")
    wheel.discard("ended")
    wheel.discard("unknown")
    loop.ring()
    assert loop.timers == []
    assert expired == []
    wheel.add("later")
    assert len(loop.timers) == 1


def test_a_wait_that_begins_while_another_expires_is_kept(loop: PlayedLoop) -> None:
    expired: list[str] = []

    def expire(waiter: str) -> None:
        expired.append(waiter)
        if waiter == "first":
            wheel.add("again")

    wheel = DeadlineWheel(SECONDS, expire)
    wheel.add("first")
    for _ in range(PARTS + 1):
        loop.ring()
    assert expired == ["first"]
    for _ in range(PARTS + 1):
        loop.ring()
    assert expired == ["first", "again"]


def test_waits_can_be_made_that_have_all_expired_in_time() -> None:
    assert longest(0.6) == pytest.approx(0.5)


async def test_a_task_that_waits_too_long_is_stopped_and_one_that_is_cancelled_stays_so() -> None:
    limit, outer = TimeLimit(0.05), TimeLimit(60)
    assert await limit.bound(asyncio.sleep(0, "done")) == "done"
    with pytest.raises(TimeoutError):
        await outer.bound(limit.bound(asyncio.Event().wait()))
    waiting = asyncio.create_task(limit.bound(asyncio.Event().wait()))
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert asyncio.current_task().cancelling() == 0  # type: ignore[union-attr] # a test is a task


@pytest.mark.parametrize("then", ["returns", "raises", "is cancelled"])
async def test_work_that_swallows_the_end_of_its_time_leaves_its_task_as_it_was(then: str) -> None:
    limit = TimeLimit(0.05)
    swallowed = asyncio.Event()

    async def work() -> str:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            swallowed.set()
        if then == "raises":
            raise LookupError
        if then == "is cancelled":
            await asyncio.Event().wait()
        return "late"

    async def bounded() -> tuple[object, int]:
        task = asyncio.current_task()
        assert task is not None
        try:
            outcome: object = await limit.bound(work())
        except (LookupError, asyncio.CancelledError) as error:
            outcome = type(error)
        return outcome, task.cancelling()

    task = asyncio.create_task(bounded())
    if then == "is cancelled":
        await swallowed.wait()
        task.cancel()
    assert (
        await task
        == {
            "returns": ("late", 0),
            "raises": (LookupError, 0),
            "is cancelled": (asyncio.CancelledError, 1),
        }[then]
    )
