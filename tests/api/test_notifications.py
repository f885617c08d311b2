"""Signals through Redis: nothing falls between, and a lost connection comes back by itself."""

import asyncio
import time
from collections.abc import AsyncIterator

import pytest
from redis.asyncio import Redis

from app.redis.client import open_redis
from app.redis.notifications import DISCONNECTED_POLL_SECONDS, POLL_SECONDS, Notifications, publish
from app.services import uuid7
from app.settings.settings import Settings


@pytest.fixture
async def redis(fresh_redis: str) -> AsyncIterator[Redis]:
    client = Redis.from_url(fresh_redis, decode_responses=True)
    yield client
    await client.aclose()


@pytest.fixture
async def notifications(redis: Redis) -> AsyncIterator[Notifications]:
    opened = Notifications(redis)
    await opened.open()
    async with asyncio.timeout(60):
        await opened.wait_connected()
    yield opened
    await opened.close()


async def test_a_signal_wakes_those_who_listen_for_it_and_nobody_else(
    redis: Redis, notifications: Notifications
) -> None:
    mine, other = uuid7(1), uuid7(2)
    with (
        notifications.subscribe(mine) as one,
        notifications.subscribe(mine) as two,
        notifications.subscribe(other) as three,
    ):
        waiting = [asyncio.create_task(each.wait(60)) for each in (one, two, three)]
        await publish(redis, [uuid7(3), mine])
        await asyncio.gather(*waiting[:2])
        assert not waiting[2].done()
        await publish(redis, [other])
        await waiting[2]


async def test_a_signal_between_two_waits_is_kept(redis: Redis, notifications: Notifications) -> None:
    run = uuid7(1)
    with notifications.subscribe(run) as subscription, notifications.subscribe(run) as witness:
        await publish(redis, [run])
        await witness.wait(60)
        began = time.monotonic()
        await subscription.wait(POLL_SECONDS - 1)
        assert time.monotonic() - began < POLL_SECONDS - 2  # it was kept, and nobody waited for another


async def test_after_its_connection_was_cut_it_hears_again(redis: Redis, notifications: Notifications) -> None:
    run = uuid7(1)
    with notifications.subscribe(run) as subscription:
        assert await redis.client_kill_filter(_type="pubsub") >= 1
        # Having been disconnected, it makes everybody look again.
        began = time.monotonic()
        await subscription.wait(POLL_SECONDS - 1)
        assert time.monotonic() - began < POLL_SECONDS - 1
        waiting = asyncio.create_task(subscription.wait(POLL_SECONDS))
        await publish(redis, [run])
        async with asyncio.timeout(POLL_SECONDS - 1):
            await waiting


async def test_without_redis_a_wait_ends_at_the_next_poll_and_publishing_harms_nothing() -> None:
    gone = open_redis(Settings(redis_url="redis://127.0.0.1:1/0"))
    disconnected = Notifications(gone)
    await disconnected.open()
    await publish(gone, [uuid7(1)])
    with disconnected.subscribe(uuid7(1)) as subscription:
        began = time.monotonic()
        await subscription.wait(60)
        assert DISCONNECTED_POLL_SECONDS - 0.2 < time.monotonic() - began < POLL_SECONDS
    await disconnected.close()
    await gone.aclose()
