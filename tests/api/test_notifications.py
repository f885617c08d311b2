"""Signals through Redis: nothing falls between, and a lost connection comes back by itself."""

import asyncio
import time
from collections.abc import AsyncIterator

import pytest
from redis.asyncio import Redis

from app.redis.notifications import POLL_SECONDS, POLL_SECONDS_DEAF, Notifications, publish
from app.services import uuid7


@pytest.fixture
async def redis(fresh_redis: str) -> AsyncIterator[Redis]:
    client = Redis.from_url(fresh_redis, decode_responses=True)
    yield client
    await client.aclose()


@pytest.fixture
async def wakeups(redis: Redis) -> AsyncIterator[Notifications]:
    opened = Notifications(redis)
    await opened.open()
    async with asyncio.timeout(5):
        await opened.heard()
    yield opened
    await opened.close()


async def test_a_signal_wakes_those_who_listen_for_it_and_nobody_else(redis: Redis, wakeups: Notifications) -> None:
    mine, other = uuid7(1), uuid7(2)
    with wakeups.listen(mine) as one, wakeups.listen(mine) as two, wakeups.listen(other) as three:
        waiting = [asyncio.create_task(each.wait(3)) for each in (one, two, three)]
        await publish(redis, [uuid7(3), mine])
        done, pending = await asyncio.wait(waiting, timeout=1)
        assert (done, pending) == (set(waiting[:2]), {waiting[2]})
        await publish(redis, [other])
        async with asyncio.timeout(1):
            await waiting[2]


async def test_a_signal_between_two_waits_is_kept(redis: Redis, wakeups: Notifications) -> None:
    run = uuid7(1)
    with wakeups.listen(run) as listening, wakeups.listen(run) as witness:
        await publish(redis, [run])
        await witness.wait(3)
        began = time.monotonic()
        await listening.wait(POLL_SECONDS - 1)
        assert time.monotonic() - began < POLL_SECONDS - 2  # it was kept, and nobody waited for another


async def test_after_its_connection_was_cut_it_hears_again(redis: Redis, wakeups: Notifications) -> None:
    run = uuid7(1)
    with wakeups.listen(run) as listening:
        assert await redis.client_kill_filter(_type="pubsub") >= 1
        # Having been deaf, it makes everybody look again.
        began = time.monotonic()
        await listening.wait(POLL_SECONDS - 1)
        assert time.monotonic() - began < POLL_SECONDS - 1
        waiting = asyncio.create_task(listening.wait(POLL_SECONDS))
        await publish(redis, [run])
        async with asyncio.timeout(2):
            await waiting


async def test_without_redis_a_wait_ends_at_the_next_poll_and_publishing_harms_nothing() -> None:
    gone = Redis.from_url("redis://127.0.0.1:1/0", decode_responses=True)
    deaf = Notifications(gone)
    await deaf.open()
    await publish(gone, [uuid7(1)])
    with deaf.listen(uuid7(1)) as listening:
        began = time.monotonic()
        await listening.wait(60)
        assert POLL_SECONDS_DEAF - 0.2 < time.monotonic() - began < POLL_SECONDS
    await deaf.close()
    await gone.aclose()
