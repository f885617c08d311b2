"""Bulk work steps back at once while single look-ups are about, and has the machine to itself when none are."""

import asyncio
from contextlib import AsyncExitStack

from app.domain.vocabulary import Lane
from app.domain.waterfall.bulk_concurrency import LATE, LEAST
from app.redis.client import open_redis
from app.redis.interactive_load import InteractiveLoad
from app.settings.settings import Settings
from tests.workers.conftest import OpenHouse, ids, within
from tests.workers.vendors import HUNTER_MISS, vendor
from workers.capacity import Capacity

MANY = 100


def _room() -> Capacity:
    return Capacity(Settings(lanes=(Lane.BULK.value,), worker_concurrency=MANY))


async def _full(room: Capacity) -> None:
    """Let it grow as far as it may, all of it taken."""
    while room.left(Lane.BULK):
        await room.take(Lane.BULK, MANY)
        room.adapt(0.0, beside=True)


async def test_with_nobody_beside_it_bulk_work_grows_however_late_it_is() -> None:
    room = _room()
    first = room.left(Lane.BULK)
    await room.take(Lane.BULK, first)
    room.adapt(LATE * 9, beside=False)
    assert room.left(Lane.BULK) > 0
    room.adapt(LATE * 9, beside=True)
    room.adapt(LATE * 9, beside=True)
    assert room.left(Lane.BULK) == 0


async def test_calls_step_back_at_once_though_their_cascades_are_under_way() -> None:
    room = _room()
    await _full(room)
    assert room.taken(Lane.BULK) == MANY
    for _ in range(9):
        room.adapt(LATE * 2, beside=True)
    entered = asyncio.Semaphore(0)
    turns = [asyncio.create_task(_turn(room, entered)) for _ in range(LEAST + 5)]
    async with within(5):
        for _ in range(LEAST):
            await entered.acquire()
    for _ in range(20):
        await asyncio.sleep(0)
    assert sum(turn.done() for turn in turns) == LEAST
    assert room.taken(Lane.BULK) == MANY
    for _ in range(3):
        room.adapt(0.0, beside=False)  # whoever waits is let in as soon as there is more room
    async with within(5):
        await asyncio.gather(*turns)


async def _turn(room: Capacity, entered: asyncio.Semaphore) -> None:
    """Take a turn and keep it."""
    await room.turn(Lane.BULK).__aenter__()
    entered.release()


async def test_single_look_ups_never_wait_for_a_turn() -> None:
    room = _room()
    async with AsyncExitStack() as under_way, within(5):
        for _ in range(MANY + 1):
            await under_way.enter_async_context(room.turn(Lane.INTERACTIVE))


async def test_a_single_look_up_makes_itself_known_and_is_forgotten_after_its_end(open_house: OpenHouse) -> None:
    async with vendor(answer=HUNTER_MISS) as (hunter, settings):
        hunter.hold.clear()
        house = await open_house({"hunter": settings}, lanes=("interactive",))
        presence = InteractiveLoad(house.services.redis)
        assert not await presence.about()
        engine = await house.engine()
        run = await house.accept()
        await engine.accept(ids(run))
        async with within(5):
            while not await presence.about():  # noqa: ASYNC110 - Redis knows
                await asyncio.sleep(0.01)
        hunter.hold.set()
        await house.ended(run)
        async with within(5):
            while await presence.about():  # noqa: ASYNC110 - Redis knows, and forgets
                await asyncio.sleep(0.01)


async def test_without_redis_somebody_may_be_about() -> None:
    redis = open_redis(Settings(redis_url="redis://127.0.0.1:1/0"))
    try:
        assert await InteractiveLoad(redis).about()
        assert await InteractiveLoad(redis).tell()
    finally:
        await redis.aclose()
