"""Calls that wait for a gate, on a real Redis: however many they are, they ask it as often as one."""

import asyncio
from collections.abc import AsyncIterator, Sequence

import pytest
from redis.asyncio import Redis

from app.domain.vocabulary import Lane
from app.domain.waterfall.answer import Failed, Trouble
from app.domain.waterfall.provider_limits import GateClosed, GateKey, GateOpen, GateWait, Limit
from app.redis.client import open_redis
from app.redis.provider_gate import ProviderGate
from app.redis.provider_gate_queue import GateQueues
from app.settings.settings import Settings
from tests.redis.gates import KEY

LIMIT = (Limit(calls=5, seconds=60),)


class CountingGate(ProviderGate):
    """Gates that count how often they are asked."""

    asked = 0

    async def enter_together(self, key: GateKey, limits: Sequence[Limit], count: int) -> int | GateWait | GateClosed:
        """Count, and ask."""
        self.asked += 1
        return await super().enter_together(key, limits, count)


class Sleeps:
    """A clock that stands still; who sleeps says so, and goes on when the test says so."""

    def __init__(self) -> None:
        """Begin with nobody asleep."""
        self.asleep = asyncio.Event()
        self.on = asyncio.Event()

    def now(self) -> float:
        """Return always the same time."""
        return 0.0

    async def __call__(self, _seconds: float) -> None:
        """Wait for the test."""
        self.asleep.set()
        await self.on.wait()
        self.on.clear()

    async def next(self) -> None:
        """Let the sleeper look once more, and wait until it sleeps again."""
        self.asleep.clear()
        self.on.set()
        await self.asleep.wait()


@pytest.fixture
async def redis(fresh_redis: str) -> AsyncIterator[Redis]:
    client = open_redis(Settings(redis_url=fresh_redis))
    yield client
    await client.aclose()


@pytest.fixture
def gate(redis: Redis) -> CountingGate:
    return CountingGate(redis)


@pytest.fixture
def sleeps() -> Sleeps:
    return Sleeps()


@pytest.fixture
def queues(gate: ProviderGate, sleeps: Sleeps) -> GateQueues:
    return GateQueues(gate, sleeps.now, sleeps)


Calls = list[asyncio.Task[GateOpen | GateWait | GateClosed]]


def calls(queues: GateQueues, count: int, *, lane: Lane = Lane.INTERACTIVE, until: float = 1e9) -> Calls:
    return [asyncio.create_task(queues.enter(KEY, LIMIT, lane, until)) for _ in range(count)]


def let_in(made: Calls) -> list[int]:
    """Return which of the calls were let in."""
    return [n for n, call in enumerate(made) if call.done() and isinstance(call.result(), GateOpen)]


async def end(made: Calls) -> None:
    for call in made:
        call.cancel()
    await asyncio.gather(*made, return_exceptions=True)


async def test_a_thousand_waiting_calls_ask_as_often_as_one(
    queues: GateQueues, gate: CountingGate, redis: Redis, sleeps: Sleeps
) -> None:
    made = calls(queues, 1000)
    await sleeps.asleep.wait()

    assert let_in(made) == [0, 1, 2, 3, 4], "as many as the limit has room for, in their order"
    assert gate.asked == 2
    for _ in range(3):
        await sleeps.next()
    assert gate.asked == 5

    await redis.flushdb()
    await sleeps.next()
    assert let_in(made) == list(range(10))
    await end(made)


async def test_lanes_take_turns(queues: GateQueues, sleeps: Sleeps) -> None:
    bulk = calls(queues, 50, lane=Lane.BULK)
    single = calls(queues, 4)
    await sleeps.asleep.wait()

    assert let_in(single) == [0, 1, 2]
    assert let_in(bulk) == [0, 1]
    await end(bulk + single)


async def test_a_call_that_cannot_wait_so_long_learns_it_at_once(queues: GateQueues, sleeps: Sleeps) -> None:
    patient, hasty = calls(queues, 5), calls(queues, 3, until=1.0)
    answers = await asyncio.gather(*hasty)

    assert len(let_in(patient)) == 5
    assert all(isinstance(answer, GateWait) and answer.seconds > 50 for answer in answers)
    assert not sleeps.asleep.is_set(), "nobody is left who would wait"


async def test_a_call_considers_a_wait_once_and_one_that_grows_again(
    queues: GateQueues, gate: CountingGate, sleeps: Sleeps
) -> None:
    seen: list[float] = []

    def consider(verdict: GateWait) -> None:
        seen.append(verdict.seconds)
        if verdict.seconds > 100:
            raise LookupError

    served = calls(queues, 5)
    call = asyncio.create_task(queues.enter(KEY, LIMIT, Lane.INTERACTIVE, 1e9, consider))
    await sleeps.asleep.wait()
    await sleeps.next()
    assert len(let_in(served)) == 5
    assert len(seen) == 1, "the same wait is not considered again"

    await gate.punish(KEY, Failed(trouble=Trouble.RATE_LIMITED, reason="HTTP 429", retry_after=600))
    sleeps.on.set()
    with pytest.raises(LookupError):
        await call
    assert len(seen) == 2


async def test_a_closed_gate_turns_all_away(queues: GateQueues, gate: ProviderGate) -> None:
    await gate.punish(KEY, Failed(trouble=Trouble.AUTH_ERROR, reason="HTTP 401"))

    answers = await asyncio.gather(*calls(queues, 20))
    assert set(map(type, answers)) == {GateClosed}


async def test_after_a_rest_one_of_the_waiting_calls_tries(redis: Redis, sleeps: Sleeps) -> None:
    gate = ProviderGate(redis, rest=60)
    for _ in range(5):
        await gate.punish(KEY, Failed(trouble=Trouble.SERVER_ERROR, reason="HTTP 500"))
    made = calls(GateQueues(gate, sleeps.now, sleeps), 9)
    await sleeps.asleep.wait()
    assert let_in(made) == []

    await redis.delete("leadrun:gate:acme:email:c1:person:resting")  # as if the rest were over
    await sleeps.next()
    assert let_in(made) == [0]
    await end(made)


async def test_the_task_of_a_gate_ends_with_the_last_call(queues: GateQueues, sleeps: Sleeps) -> None:
    made = calls(queues, 8)
    await sleeps.asleep.wait()
    (asking,) = (task for task in asyncio.all_tasks() if task.get_name() == "gate-acme")
    await end(made)
    await asyncio.wait([asking])

    assert asking.cancelled()
    more = calls(queues, 1)
    sleeps.asleep.clear()
    await sleeps.asleep.wait()
    await end(more)


async def test_without_redis_every_call_is_made(unreachable_redis: Redis, sleeps: Sleeps) -> None:
    queues = GateQueues(ProviderGate(unreachable_redis), sleeps.now, sleeps)

    assert await asyncio.gather(*calls(queues, 300)) == [GateOpen()] * 300


@pytest.fixture
async def unreachable_redis() -> AsyncIterator[Redis]:
    client = open_redis(Settings(redis_url="redis://127.0.0.1:1/0"))
    yield client
    await client.aclose()
