"""The pacing of the gates before the providers, on a real Redis: several windows, many workers."""

import asyncio
import time
from collections.abc import AsyncIterator

import pytest
from redis.asyncio import Redis

from app.domain.vocabulary import Field
from app.domain.waterfall.provider_limits import GateOpen, GateWait, Limit
from app.redis.client import open_redis
from app.redis.provider_gate import ProviderGate
from app.settings.settings import Settings
from tests.redis.gates import KEY, key, opened


@pytest.fixture
async def redis(fresh_redis: str) -> AsyncIterator[Redis]:
    client = open_redis(Settings(redis_url=fresh_redis))
    yield client
    await client.aclose()


@pytest.fixture
def gate(redis: Redis) -> ProviderGate:
    return ProviderGate(redis)


async def test_a_gate_without_limits_is_open(gate: ProviderGate) -> None:
    assert await gate.enter(KEY, ()) == GateOpen()


async def test_a_burst_gets_exactly_the_limit(gate: ProviderGate) -> None:
    assert await opened(gate, (Limit(calls=5, seconds=60),), 12) == 5


async def test_the_narrowest_of_several_windows_decides_and_a_refusal_counts_in_none(gate: ProviderGate) -> None:
    limits = (Limit(calls=3, seconds=1.0), Limit(calls=5, seconds=60))

    assert await opened(gate, limits, 10) == 3
    short = await gate.enter(KEY, limits)
    assert isinstance(short, GateWait)
    assert short.seconds <= 1.1
    await asyncio.sleep(short.seconds)
    assert await opened(gate, limits, 10) == 2
    long = await gate.enter(KEY, limits)
    assert isinstance(long, GateWait)
    assert long.seconds > 50


async def test_who_waits_as_told_and_is_alone_gets_through(gate: ProviderGate) -> None:
    limits = (Limit(calls=4, seconds=0.3),)
    for _ in range(6):
        while isinstance(answer := await gate.enter(KEY, limits), GateOpen):
            pass
        assert isinstance(answer, GateWait)
        await asyncio.sleep(answer.seconds)
        assert await gate.enter(KEY, limits) == GateOpen()


async def test_no_window_ever_holds_more_than_the_limit_however_many_workers_ask(fresh_redis: str) -> None:
    limits, calls, window = (Limit(calls=20, seconds=0.5),), 20, 0.5
    clients = [open_redis(Settings(redis_url=fresh_redis)) for _ in range(4)]
    times: list[tuple[float, float]] = []
    end = time.monotonic() + 2.2

    async def work(worker: ProviderGate) -> None:
        while time.monotonic() < end:
            before = time.monotonic()
            answer = await worker.enter(KEY, limits)
            if isinstance(answer, GateOpen):
                times.append((before, time.monotonic()))
            elif isinstance(answer, GateWait):
                # Impatient on purpose: who asks before the time is up must not get through either.
                await asyncio.sleep(min(answer.seconds, 0.01))

    await asyncio.gather(*(work(ProviderGate(client)) for client in clients for _ in range(5)))
    for client in clients:
        await client.aclose()

    # A call was counted at some moment between asking and answer; for two calls to be surely in one window, the earlier
    # one's asking and the later one's answer must be.
    times.sort()
    for first, (asked, _) in enumerate(times):
        inside = [t for t in times[first:] if t[1] - asked < window]
        assert len(inside) <= calls
    # How many windows were filled is the machine's affair; that a wait is no longer than it must be is tested above.
    assert len(times) > calls, "no second window was opened"


async def test_routes_have_windows_of_their_own_unless_the_limit_is_shared(gate: ProviderGate) -> None:
    own, shared = (Limit(calls=1, seconds=60),), (Limit(calls=1, seconds=61, shared=True),)
    other = key(route="company", field=Field.PHONE)

    assert await opened(gate, own, 2) + await opened(gate, own, 2, other) == 2
    assert await opened(gate, shared, 2) + await opened(gate, shared, 2, other) == 1


async def test_a_gate_survives_the_loss_of_its_scripts(gate: ProviderGate, redis: Redis) -> None:
    limits = (Limit(calls=1, seconds=60),)
    assert await opened(gate, limits, 1) == 1
    await redis.script_flush()
    await redis.flushdb()

    assert await opened(gate, limits, 2) == 1
