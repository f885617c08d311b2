"""Bulk work yields at once to interactive load, and takes the whole capacity without it."""

import asyncio
from contextlib import AsyncExitStack

from app.domain.vocabulary import Lane
from app.domain.waterfall.bulk_concurrency import MIN_LIMIT, OVERLOAD_LAG
from app.redis.client import open_redis
from app.redis.interactive_load import InteractiveLoad
from app.settings.settings import Settings
from tests.workers.conftest import OpenHouse, ids, within
from tests.workers.vendors import HUNTER_MISS, vendor
from workers.capacity import Capacity

MANY = 100


def _capacity() -> Capacity:
    return Capacity(Settings(lanes=(Lane.BULK.value,), worker_concurrency=MANY))


async def _full(capacity: Capacity) -> None:
    """Raise the limit to its maximum, with all slots in use."""
    while capacity.available(Lane.BULK):
        await capacity.acquire(Lane.BULK, MANY)
        capacity.adapt(0.0, interactive_load=True)


async def test_without_interactive_load_bulk_work_grows_despite_lag() -> None:
    capacity = _capacity()
    first = capacity.available(Lane.BULK)
    await capacity.acquire(Lane.BULK, first)
    capacity.adapt(OVERLOAD_LAG * 9, interactive_load=False)
    assert capacity.available(Lane.BULK) > 0
    capacity.adapt(OVERLOAD_LAG * 9, interactive_load=True)
    capacity.adapt(OVERLOAD_LAG * 9, interactive_load=True)
    assert capacity.available(Lane.BULK) == 0


async def test_calls_of_running_cascades_yield_at_once() -> None:
    capacity = _capacity()
    await _full(capacity)
    assert capacity.in_use(Lane.BULK) == MANY
    for _ in range(9):
        capacity.adapt(OVERLOAD_LAG * 2, interactive_load=True)
    entered = asyncio.Semaphore(0)
    waiting = [asyncio.create_task(_hold_call_slot(capacity, entered)) for _ in range(MIN_LIMIT + 5)]
    async with within(60):
        for _ in range(MIN_LIMIT):
            await entered.acquire()
    for _ in range(20):
        await asyncio.sleep(0)
    assert sum(one.done() for one in waiting) == MIN_LIMIT
    assert capacity.in_use(Lane.BULK) == MANY
    for _ in range(3):
        capacity.adapt(0.0, interactive_load=False)  # waiting calls start as soon as the limit rises
    async with within(60):
        await asyncio.gather(*waiting)


async def _hold_call_slot(capacity: Capacity, entered: asyncio.Semaphore) -> None:
    """Take a call slot and keep it."""
    await capacity.call_slot(Lane.BULK).__aenter__()
    entered.release()


async def test_single_look_ups_never_wait_for_a_call_slot() -> None:
    capacity = _capacity()
    async with AsyncExitStack() as under_way, within(60):
        for _ in range(MANY + 1):
            await under_way.enter_async_context(capacity.call_slot(Lane.INTERACTIVE))


async def test_a_single_look_up_sets_the_interactive_load_until_it_ends(open_house: OpenHouse) -> None:
    async with vendor(answer=HUNTER_MISS) as (hunter, settings):
        hunter.hold.clear()
        house = await open_house({"hunter": settings}, lanes=("interactive",))
        load = InteractiveLoad(house.services.redis)
        assert not await load.present()
        runner = await house.runner()
        run = await house.accept()
        await runner.accept(ids(run))
        async with within(60):
            while not await load.present():  # noqa: ASYNC110 - Redis knows
                await asyncio.sleep(0.01)
        hunter.hold.set()
        await house.ended(run)
        async with within(60):
            while await load.present():  # noqa: ASYNC110 - Redis knows, and forgets
                await asyncio.sleep(0.01)


async def test_without_redis_interactive_load_is_assumed() -> None:
    redis = open_redis(Settings(redis_url="redis://127.0.0.1:1/0"))
    try:
        assert await InteractiveLoad(redis).present()
        await InteractiveLoad(redis).signal()
    finally:
        await redis.aclose()
