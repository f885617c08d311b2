"""The gates before the providers, on a real Redis: pauses, closed gates, Redis away."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from prometheus_client import REGISTRY
from redis.asyncio import Redis

from app.domain.vocabulary import Field
from app.domain.waterfall.answer import Failed, Trouble
from app.domain.waterfall.provider_limits import GateClosed, GateOpen, GateWait, Limit
from app.redis.client import open_redis
from app.redis.provider_gate import ProviderGate
from app.settings.settings import Settings
from tests.redis.gates import KEY, key, opened


def throttled(seconds: float | None = None) -> Failed:
    return Failed(trouble=Trouble.RATE_LIMITED, reason="HTTP 429", retry_after=seconds)


REFUSED = Failed(trouble=Trouble.AUTH_ERROR, reason="HTTP 401")


@pytest.fixture
async def redis(fresh_redis: str) -> AsyncIterator[Redis]:
    client = open_redis(Settings(redis_url=fresh_redis))
    yield client
    await client.aclose()


@pytest.fixture
def gate(redis: Redis) -> ProviderGate:
    return ProviderGate(redis)


async def test_a_429_pauses_for_as_long_as_the_vendor_says(gate: ProviderGate) -> None:
    await gate.punish(KEY, throttled(7))

    answer = await gate.enter(KEY, ())
    assert isinstance(answer, GateWait)
    assert 6 < answer.seconds <= 7
    assert await gate.enter(key(credential="c2"), ()) == GateOpen()
    assert await gate.enter(key(provider="other"), ()) == GateOpen()


async def test_a_shorter_wait_never_shortens_a_pause(gate: ProviderGate) -> None:
    await gate.punish(KEY, throttled(30))
    await gate.punish(KEY, throttled(1))
    await gate.punish(KEY, throttled())

    answer = await gate.enter(KEY, ())
    assert isinstance(answer, GateWait)
    assert answer.seconds > 28


async def test_an_absurd_wait_is_cut_to_an_hour(gate: ProviderGate) -> None:
    await gate.punish(KEY, throttled(86_400))

    answer = await gate.enter(KEY, ())
    assert isinstance(answer, GateWait)
    assert answer.seconds <= 3600


async def test_without_a_hint_pauses_double_and_a_crowd_of_429s_counts_once(gate: ProviderGate) -> None:
    await asyncio.gather(*(gate.punish(KEY, throttled()) for _ in range(20)))
    first = await gate.enter(KEY, ())
    assert isinstance(first, GateWait)
    assert first.seconds <= 1
    await asyncio.sleep(first.seconds + 0.01)
    assert await gate.enter(KEY, ()) == GateOpen()

    await gate.punish(KEY, throttled())
    second = await gate.enter(KEY, ())
    assert isinstance(second, GateWait)
    assert 1.5 < second.seconds <= 2


@pytest.mark.parametrize("trouble", [Trouble.AUTH_ERROR, Trouble.OUT_OF_CREDITS])
async def test_a_refused_key_or_an_empty_purse_closes_the_field(gate: ProviderGate, trouble: Trouble) -> None:
    await gate.punish(KEY, Failed(trouble=trouble, reason="HTTP 402"))

    assert await gate.enter(KEY, ()) == GateClosed(reason=trouble.value)
    assert await gate.enter(key(route="company"), ()) == GateClosed(reason=trouble.value)
    assert await gate.enter(key(field=Field.PHONE), ()) == GateOpen()


async def test_a_changed_key_finds_an_open_gate(gate: ProviderGate) -> None:
    await gate.punish(KEY, REFUSED)

    assert await gate.enter(key(credential="c2"), ()) == GateOpen()


async def test_a_closed_gate_lets_one_try_again_after_its_time(gate: ProviderGate) -> None:
    briefly = key(closes_for=0.5)
    await gate.punish(briefly, REFUSED)
    assert await gate.enter(briefly, ()) == GateClosed(reason="auth_error")

    await asyncio.sleep(0.52)
    assert await gate.enter(briefly, ()) == GateOpen()


@pytest.mark.parametrize(
    "answer",
    [throttled(5), REFUSED, Failed(trouble=Trouble.OUT_OF_CREDITS, reason="HTTP 402")],
    ids=lambda answer: answer.trouble.value,
)
async def test_a_gate_that_never_closes_stays_open(gate: ProviderGate, answer: Failed) -> None:
    sandbox = key(closes_for=0)
    await gate.punish(sandbox, answer)

    assert await gate.enter(sandbox, ()) == GateOpen()


@pytest.mark.parametrize(
    "trouble", sorted(set(Trouble) - {Trouble.AUTH_ERROR, Trouble.OUT_OF_CREDITS, Trouble.RATE_LIMITED})
)
async def test_other_failures_have_no_consequence(gate: ProviderGate, trouble: Trouble) -> None:
    await gate.punish(KEY, Failed(trouble=trouble, reason="x"))

    assert await gate.enter(KEY, ()) == GateOpen()


async def test_reopening_opens_every_gate_of_the_provider_and_keeps_its_windows(gate: ProviderGate) -> None:
    limits = (Limit(calls=1, seconds=60),)
    assert await opened(gate, limits, 1) == 1
    await gate.punish(KEY, REFUSED)
    await gate.punish(key(field=Field.PHONE), throttled(60))
    await gate.punish(key(provider="acme-two"), REFUSED)

    await gate.reopen("acme")

    assert isinstance(await gate.enter(KEY, limits), GateWait), "what was sent to the vendor still counts"
    assert await gate.enter(key(field=Field.PHONE), ()) == GateOpen()
    assert await gate.enter(key(provider="acme-two"), ()) == GateClosed(reason="auth_error")


def shown(provider: str) -> float | None:
    return REGISTRY.get_sample_value("leadrun_provider_gate_closed", {"provider": provider, "reason": "auth_error"})


async def test_states_tell_what_is_not_open_and_the_metric_follows(gate: ProviderGate, redis: Redis) -> None:
    assert await gate.states() == []
    await gate.punish(KEY, REFUSED)
    await gate.punish(key(field=Field.PHONE), throttled(60))

    closed, paused = await gate.states()
    assert (closed.provider, closed.field, closed.reason, closed.paused) == ("acme", Field.EMAIL, "auth_error", False)
    assert (paused.field, paused.paused) == (Field.PHONE, True)
    assert 59 < paused.seconds <= 60
    assert shown("acme") == 1

    await ProviderGate(redis).reopen("acme")
    assert await gate.states() == []
    assert shown("acme") == 0


async def test_without_redis_every_gate_is_open_and_that_is_counted() -> None:
    def counted() -> float:
        return REGISTRY.get_sample_value("leadrun_provider_gate_fallbacks_total") or 0

    before = counted()
    away = ProviderGate(open_redis(Settings(redis_url="redis://127.0.0.1:1/0")))

    assert await away.enter(KEY, (Limit(calls=1, seconds=60),)) == GateOpen()
    assert await away.enter(KEY, (Limit(calls=1, seconds=60),)) == GateOpen()
    await away.punish(KEY, REFUSED)
    await away.reopen("acme")
    assert await away.states() == []
    assert counted() == before + 5
