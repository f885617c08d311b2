"""The breaker of the gates and the places of calls under way, on a real Redis."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from redis.asyncio import Redis

from app.domain.vocabulary import Field
from app.domain.waterfall.answer import Failed, Trouble
from app.domain.waterfall.provider_limits import ConcurrencyLimit, GateKey, GateOpen, GateWait, Limit
from app.redis.client import open_redis
from app.redis.provider_concurrency import ProviderConcurrency
from app.redis.provider_gate import FAULTS, FAULTY, ProviderGate
from app.settings.settings import Settings
from tests.redis.gates import KEY, key

FAULT = Failed(trouble=Trouble.SERVER_ERROR, reason="HTTP 503")
SILENCE = Failed(trouble=Trouble.TIMEOUT, reason="no answer")
REST = 0.6


@pytest.fixture
async def redis(fresh_redis: str) -> AsyncIterator[Redis]:
    client = open_redis(Settings(redis_url=fresh_redis))
    yield client
    await client.aclose()


@pytest.fixture
def gate(redis: Redis) -> ProviderGate:
    return ProviderGate(redis, rest=REST)


async def fail(gate: ProviderGate, times: int = FAULTS, answer: Failed = FAULT, which: GateKey = KEY) -> None:
    for _ in range(times):
        await gate.enter(which, ())
        await gate.punish(which, answer)


@pytest.mark.parametrize(
    "answer",
    [FAULT, SILENCE, Failed(trouble=Trouble.CONNECTION, reason="x")],
    ids=lambda answer: answer.trouble.value,
)
async def test_several_faults_in_a_row_make_a_way_of_asking_rest(gate: ProviderGate, answer: Failed) -> None:
    await fail(gate, FAULTS - 1, answer)
    assert await gate.enter(KEY, ()) == GateOpen()

    await fail(gate, 1, answer)

    resting = await gate.enter(KEY, ())
    assert isinstance(resting, GateWait)
    assert resting.reason == FAULTY
    assert 0 < resting.seconds <= REST
    assert await gate.enter(key(route="company"), ()) == GateOpen()
    assert await gate.enter(key(field=Field.PHONE), ()) == GateOpen()


async def test_a_proper_answer_between_them_forgets_the_faults(gate: ProviderGate) -> None:
    for _ in range(3):
        await fail(gate, FAULTS - 1)
        await gate.enter(KEY, ())
        await gate.praise(KEY)

    assert await gate.enter(KEY, ()) == GateOpen()


async def test_our_own_impatience_with_a_vendor_that_answers_is_no_fault(gate: ProviderGate) -> None:
    for _ in range(2 * FAULTS):
        await gate.punish(KEY, SILENCE, answered=True)

    assert await gate.enter(KEY, ()) == GateOpen()


async def test_after_the_rest_one_call_tries_and_the_others_wait(gate: ProviderGate) -> None:
    await fail(gate)
    await asyncio.sleep(REST + 0.02)

    answers = await asyncio.gather(*(gate.enter(KEY, ()) for _ in range(10)))

    assert answers.count(GateOpen()) == 1
    assert all(a.reason == FAULTY for a in answers if isinstance(a, GateWait))


async def test_a_trial_that_succeeds_opens_the_gate_and_one_that_fails_begins_another_rest(
    gate: ProviderGate, redis: Redis
) -> None:
    await fail(gate)
    await asyncio.sleep(REST + 0.02)
    assert await gate.enter(KEY, ()) == GateOpen()
    await gate.punish(KEY, FAULT)
    assert isinstance(await ProviderGate(redis).enter(KEY, ()), GateWait)

    await asyncio.sleep(REST + 0.02)
    assert await gate.enter(KEY, ()) == GateOpen()
    await gate.praise(KEY)
    assert [await gate.enter(KEY, ()) for _ in range(3)] == [GateOpen()] * 3


async def test_a_resting_gate_is_told_and_a_check_opens_it(gate: ProviderGate) -> None:
    await fail(gate)

    (state,) = await gate.states()
    assert (state.provider, state.reason, state.paused) == ("acme", FAULTY, True)

    await gate.reopen("acme")
    assert await gate.states() == []
    assert await gate.enter(KEY, ()) == GateOpen()


async def test_the_sandbox_never_rests(gate: ProviderGate) -> None:
    sandbox = key(closes_for=0)
    await fail(gate, 2 * FAULTS, which=sandbox)

    assert await gate.enter(sandbox, ()) == GateOpen()


async def test_ways_of_one_pool_share_a_window(gate: ProviderGate) -> None:
    limits = (Limit(calls=2, seconds=60, pool="finder"),)

    assert await gate.enter(KEY, limits) == GateOpen()
    assert await gate.enter(key(route="company"), limits) == GateOpen()
    assert isinstance(await gate.enter(key(field=Field.PHONE), limits), GateWait)
    assert await gate.enter(KEY, (Limit(calls=2, seconds=60, pool="other"),)) == GateOpen()


PLACE = ConcurrencyLimit(name="acme:c1", at_once=2)


async def test_no_more_calls_are_under_way_than_there_are_places(redis: Redis) -> None:
    workers = [ProviderConcurrency(redis, asyncio.sleep) for _ in range(3)]
    under_way, most, done = 0, 0, 0

    async def call(number: int) -> None:
        nonlocal under_way, most, done
        async with workers[number % 3].taken(PLACE, str(number), 10) as free:
            assert free
            under_way += 1
            most = max(most, under_way)
            await asyncio.sleep(0.01)
            under_way -= 1
            done += 1

    await asyncio.gather(*map(call, range(12)))

    assert (most, done) == (2, 12)


async def test_who_finds_no_place_in_time_is_told_and_takes_none(redis: Redis) -> None:
    places = ProviderConcurrency(redis, asyncio.sleep)
    async with places.taken(PLACE, "a", 5), places.taken(PLACE, "b", 5), places.taken(PLACE, "c", 0.15) as free:
        assert not free
    async with places.taken(PLACE, "d", 0.15) as free:
        assert free
    assert await redis.zcard("leadrun:concurrency:acme:c1") == 0


async def test_of_many_who_wait_only_the_first_one_looks(redis: Redis) -> None:
    looks = 0

    async def sleep(seconds: float) -> None:
        nonlocal looks
        looks += 1
        await asyncio.sleep(seconds)

    places = ProviderConcurrency(redis, sleep)

    async def wait(number: int) -> bool:
        async with places.taken(PLACE, f"late-{number}", 0.45) as free:
            return free

    async with places.taken(PLACE, "a", 5), places.taken(PLACE, "b", 5):
        assert not any(await asyncio.gather(*map(wait, range(50))))
    assert looks <= 5


async def test_the_place_of_a_lost_worker_becomes_free(redis: Redis) -> None:
    only = ConcurrencyLimit(name="acme:c1", at_once=1)
    await redis.zadd("leadrun:concurrency:acme:c1", {"lost": 1000})

    async with ProviderConcurrency(redis, asyncio.sleep).taken(only, "a", 0.15) as free:
        assert free


async def test_without_redis_or_a_limit_there_is_always_a_place() -> None:
    away = ProviderConcurrency(open_redis(Settings(redis_url="redis://127.0.0.1:1/0")), asyncio.sleep)

    async with away.taken(PLACE, "a", 0.15) as free, away.taken(None, "b", 0.15) as unlimited:
        assert free
        assert unlimited
