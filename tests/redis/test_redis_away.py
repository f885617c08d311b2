"""Redis that is away in any way: each request gets an answer in time, and none an exception."""

import asyncio
import time
from datetime import UTC, datetime
from uuid import UUID

import pytest
import uvloop

from app.domain.accounts.rate_limit import Rate
from app.domain.vocabulary import Field
from app.domain.waterfall.answer import Failed, Trouble
from app.domain.waterfall.mail_domain import MailDomain
from app.domain.waterfall.provider_limits import ConcurrencyLimit, GateKey, GateOpen, Limit
from app.redis.client import ROUND_TRIP_SECONDS, RedisAwayError, open_redis
from app.redis.daily_count import DailyCount
from app.redis.interactive_load import InteractiveLoad
from app.redis.mail_domain_cache import MailDomainCache
from app.redis.notifications import Notifications, publish
from app.redis.provider_concurrency import ProviderConcurrency
from app.redis.provider_gate import ProviderGate
from app.redis.shared_poll_cache import SharedPollCache
from app.redis.sliding_window import LONGEST_SECONDS, Limiter
from app.settings.settings import Settings
from tests.play.broken_redis import ANSWERS, broken_redis
from tests.play.proxy import Mood, before_redis

DAY = datetime(2030, 1, 1, tzinfo=UTC)
MINUTE = Rate(name="default", limit=60)
GATE = GateKey(provider="acme", field=Field.EMAIL, route="name", credential="one", closes_for=60)


async def use_everything(url: str) -> None:
    """Ask everything that asks Redis, at once and again."""
    redis = open_redis(Settings(redis_url=url))
    limiter = Limiter(redis, name="one", monotonic=time.monotonic)
    gate, slots = ProviderGate(redis), ProviderConcurrency(redis, asyncio.sleep)
    polls, load = SharedPollCache(redis, "one", time.monotonic), InteractiveLoad(redis)
    counts, domains = DailyCount(redis, "uploads"), MailDomainCache(redis)
    notifications = Notifications(redis)
    await notifications.open()

    async def poll() -> str:
        return "polled"

    async def slot() -> bool:
        async with slots.taken(ConcurrencyLimit(name="acme", at_once=1), "holder", 5) as free:
            return free

    for _ in range(2):
        began = time.monotonic()
        quotas = await asyncio.gather(*(limiter.take("k", MINUTE) for _ in range(40)))
        assert time.monotonic() - began < ROUND_TRIP_SECONDS, f"its patience is {LONGEST_SECONDS} s"
        assert all(quota.local for quota in quotas)
        assert isinstance(await gate.enter(GATE, [Limit(calls=1, seconds=1)]), GateOpen)
        await gate.praise(GATE)
        for trouble in (Trouble.SERVER_ERROR, Trouble.RATE_LIMITED, Trouble.AUTH_ERROR):
            await gate.punish(GATE, Failed(trouble=trouble, reason="no"))
        await gate.reopen("acme")
        assert await gate.states() == []
        assert await slot()
        assert await polls.several("topic") is False
        assert await polls.read("topic", time.monotonic(), poll) == "polled"
        await load.signal()
        assert await load.present()
        await publish(redis, [UUID(int=7)])
        await counts.add("acme", DAY, 1)
        assert await counts.read("acme", DAY) == 0
        await domains.write("acme.example", MailDomain(takes_mail=True))
        assert await domains.read("acme.example") is None
    assert not notifications.connected
    with pytest.raises(RedisAwayError):
        await redis.set("k", 1)
    await notifications.close()
    await redis.aclose()


TOO_KIND = {"another kind", "an empty list"}  # an answer to some commands, and no failure of Redis


@pytest.mark.parametrize("answer", sorted(ANSWERS.keys() - TOO_KIND - {"nothing", "half an answer"}))
async def test_c21_whatever_redis_answers_nobody_who_asks_it_fails(answer: str) -> None:
    async with broken_redis(ANSWERS[answer]) as url, asyncio.timeout(60):
        await use_everything(url)


@pytest.mark.parametrize("answer", ["reset at once", "reset", "closed", "READONLY", "bytes"])
async def test_c21_nor_on_the_loop_that_servers_use(answer: str) -> None:
    """`RuntimeError: unable to perform operation on <TCPTransport closed=True>` comes from uvloop alone."""
    async with broken_redis(ANSWERS[answer]) as url, asyncio.timeout(60):
        await asyncio.to_thread(uvloop.run, use_everything(url))


@pytest.mark.parametrize("answer", sorted(TOO_KIND))
async def test_c21_what_is_no_count_or_answer_of_dns_is_none(answer: str) -> None:
    async with broken_redis(ANSWERS[answer]) as url, asyncio.timeout(60):
        redis = open_redis(Settings(redis_url=url))
        assert await DailyCount(redis, "uploads").read("acme", DAY) == 0
        assert await MailDomainCache(redis).read("acme.example") is None
        await redis.aclose()


@pytest.mark.parametrize("answer", [*sorted(TOO_KIND), "nothing", "half an answer"])
async def test_c21_a_limiter_is_answered_in_time_whatever_comes(answer: str) -> None:
    async with broken_redis(ANSWERS[answer]) as url, asyncio.timeout(60):
        redis = open_redis(Settings(redis_url=url))
        limiter = Limiter(redis, name="one", monotonic=time.monotonic)
        began = time.monotonic()
        quotas = await asyncio.gather(*(limiter.take("k", MINUTE) for _ in range(70)))
        assert time.monotonic() - began < ROUND_TRIP_SECONDS, f"its patience is {LONGEST_SECONDS} s"
        assert sum(quota.allowed for quota in quotas) == MINUTE.limit
        await redis.aclose()


@pytest.mark.parametrize("mood", [Mood.SILENT, Mood.RESET, Mood.HALF_CLOSED, Mood.SLOW])
async def test_c21_a_connection_that_breaks_while_it_is_used_is_replaced(settings: Settings, mood: Mood) -> None:
    async with before_redis(settings) as (proxy, through):
        redis = open_redis(through)
        limiter = Limiter(redis, name="one", monotonic=time.monotonic)
        notifications = Notifications(redis)
        await notifications.open()
        async with asyncio.timeout(60):
            await notifications.wait_connected()
        assert not (await limiter.take("k", MINUTE)).local
        proxy.delay = 1.0
        proxy.become(mood)
        if mood is Mood.RESET:
            proxy.cut()
        async with asyncio.timeout(60):
            taken = await asyncio.gather(*(limiter.take("k", MINUTE) for _ in range(5)))
        # The proxy serves a connection that replaces one that it has half closed.
        assert mood is Mood.HALF_CLOSED or all(one.local for one in taken)
        proxy.become(Mood.PASS)
        async with asyncio.timeout(60):
            while (await limiter.take("k", MINUTE)).local:  # noqa: ASYNC110 - Redis knows
                await asyncio.sleep(0.1)
            await notifications.wait_connected()
        await notifications.close()
        await redis.aclose()


async def test_c31_a_hiccup_lets_no_more_through_and_what_it_let_through_is_shared(settings: Settings) -> None:
    async with before_redis(settings) as (proxy, through):
        opened = [open_redis(one) for one in (through, settings)]
        alone, other = (Limiter(redis, name=str(n), monotonic=time.monotonic) for n, redis in enumerate(opened))
        assert all([(await alone.take("k", MINUTE)).allowed for _ in range(40)])
        proxy.become(Mood.RESET)
        proxy.cut()
        quotas = [await alone.take("k", MINUTE) for _ in range(30)]
        assert sum(quota.allowed for quota in quotas) == 20
        assert quotas[0].local
        given_back = await alone.give_back("k", quotas[0])
        assert given_back.remaining == 1
        proxy.become(Mood.PASS)
        async with asyncio.timeout(60):
            while (await alone.peek("k", MINUTE)).local:  # noqa: ASYNC110 - Redis knows
                await asyncio.sleep(0.1)
        assert (await other.peek("k", MINUTE)).used == 59
        # A slot that was taken alone is given back to all.
        await alone.give_back("k", quotas[1])
        assert (await other.peek("k", MINUTE)).used == 58
        for redis in opened:
            await redis.aclose()


@pytest.mark.parametrize("processes", [2, 3, 4])
async def test_c31_processes_that_are_alone_share_the_limit(settings: Settings, processes: int) -> None:
    async with before_redis(settings) as (proxy, through):
        opened = [open_redis(through) for _ in range(processes)]
        limiters = [Limiter(redis, name=str(n), monotonic=time.monotonic) for n, redis in enumerate(opened)]
        registering = [asyncio.create_task(one.register()) for one in limiters]
        # All of them see the key, and each other.
        await asyncio.sleep(0.1)
        for task in registering:
            task.cancel()
        await asyncio.wait(registering)
        for one in limiters:
            one._processes = processes  # noqa: SLF001 - as the next registration of each would find
            assert (await one.take("k", MINUTE)).allowed
        for one in limiters:
            await one.peek("k", MINUTE)
        proxy.become(Mood.RESET)
        proxy.cut()
        quotas = await asyncio.gather(*(one.take("k", MINUTE) for one in limiters for _ in range(70)))
        accepted = processes + sum(quota.allowed for quota in quotas)
        assert MINUTE.limit - processes < accepted <= MINUTE.limit
        for redis in opened:
            await redis.aclose()
