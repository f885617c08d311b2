"""The limiter in Redis: the same rule as the pure one, shared by processes, and what happens without Redis."""

import asyncio
import itertools
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from redis import Redis as Blocking
from redis.asyncio import Redis

from app.domain.accounts.rate_limit import MICROSECONDS, Quota, Rate, SlidingLog
from app.metrics import RATE_LIMIT_FALLBACKS
from app.redis.sliding_window import RETRY_SECONDS, TIMEOUT_SECONDS, LimitCheck, Limiter, LimitKind, argument
from app.redis.sliding_window_scripts import CHECK
from app.redis.submission_counts import SubmissionCounts, counter_of, read_counts
from app.services import uuid7
from tests.examples import examples

MINUTE = Rate(name="default", limit=60)

# The script with its clock as an argument: the only line that differs from what runs.
CLOCK = "local time = redis.call('TIME')\nlocal now = time[1] * 1000000 + time[2]"
TIMED = CHECK.replace(CLOCK, "local now = tonumber(ARGV[#ARGV])")
assert CLOCK in CHECK

_numbers = itertools.count()


@pytest.fixture
async def redis(fresh_redis: str) -> AsyncIterator[Redis]:
    client = Redis.from_url(fresh_redis, decode_responses=True)
    yield client
    await client.aclose()


def limiter(redis: Redis, name: str = "one", monotonic: Callable[[], float] = time.monotonic) -> Limiter:
    return Limiter(redis, name=name, monotonic=monotonic)


async def test_two_processes_accept_sixty_of_seventy_together(redis: Redis, fresh_redis: str) -> None:
    second = Redis.from_url(fresh_redis, decode_responses=True)
    one, two = limiter(redis, "one"), limiter(second, "two")
    quotas = await asyncio.gather(*(each.take("k", MINUTE) for each in (one, two) for _ in range(35)))
    await second.aclose()
    assert sum(q.allowed for q in quotas) == 60
    refused = [q for q in quotas if not q.allowed]
    assert all(q.slot is None and q.remaining == 0 and 0 < q.wait_seconds <= 60 for q in refused)


async def test_who_waits_as_told_is_accepted(redis: Redis) -> None:
    one, rate = limiter(redis), Rate(name="default", limit=3, window=1.0)
    quotas = [await one.take("k", rate) for _ in range(4)]
    assert [q.allowed for q in quotas] == [True, True, True, False]
    await asyncio.sleep(quotas[-1].wait_us / MICROSECONDS)
    assert (await one.take("k", rate)).allowed


async def test_checks_that_wait_together_share_a_script_call(redis: Redis) -> None:
    one = limiter(redis)
    await one.take("k", MINUTE)
    before = (await redis.info("commandstats"))["cmdstat_evalsha"]["calls"]
    await asyncio.gather(*(one.take(f"k{n}", MINUTE) for n in range(150)))
    after = (await redis.info("commandstats"))["cmdstat_evalsha"]["calls"]
    assert after - before <= 2


async def test_a_place_given_back_can_be_taken_again(redis: Redis) -> None:
    one, rate = limiter(redis), Rate(name="default", limit=1)
    taken = await one.take("k", rate)
    assert (await one.peek("k", rate)).remaining == 0
    assert (await one.give_back("k", taken)).remaining == 1
    assert (await one.take("k", rate)).allowed


async def test_redis_forgets_a_key_after_its_window(redis: Redis) -> None:
    await limiter(redis).take("k", Rate(name="default", limit=5, window=10))
    assert 10_000 < await redis.pttl("k") <= 11_000


async def test_without_redis_the_process_keeps_the_same_rate_and_says_so() -> None:
    gone = Redis.from_url("redis://127.0.0.1:1/0", decode_responses=True)
    alone = limiter(gone)
    before = RATE_LIMIT_FALLBACKS._value.get()  # noqa: SLF001 - the library offers no other way to read a counter
    quotas = await asyncio.gather(*(alone.take("k", MINUTE) for _ in range(70)))
    assert sum(q.allowed for q in quotas) == 60
    assert all(q.local for q in quotas)
    assert RATE_LIMIT_FALLBACKS._value.get() - before == 70  # noqa: SLF001 - as above
    assert (await alone.give_back("k", quotas[0])).remaining == 1
    await gone.aclose()


async def test_a_silent_redis_holds_nobody_up_for_long() -> None:
    heard: list[bytes] = []

    async def hear(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        while some := await reader.read(4096):
            heard.append(some)

    silent = await asyncio.start_server(hear, "127.0.0.1", 0)
    port = silent.sockets[0].getsockname()[1]
    frozen = Redis.from_url(f"redis://127.0.0.1:{port}/0", decode_responses=True, socket_timeout=30)
    alone = limiter(frozen)
    began = time.monotonic()
    assert (await alone.take("k", MINUTE)).local
    assert time.monotonic() - began < 10  # of the thirty that the socket has
    # While Redis has its respite nobody asks it, and so nobody waits for it at all.
    assert heard
    before = len(heard)
    assert (await alone.take("k", MINUTE)).local
    assert len(heard) == before
    silent.close()
    await frozen.aclose()


async def test_a_process_that_was_held_up_itself_reads_the_answer_first(redis: Redis) -> None:
    one = limiter(redis)
    await one.take("k", MINUTE)
    asked = [asyncio.create_task(one.take("k", MINUTE)) for _ in range(3)]
    for _ in range(3):
        await asyncio.sleep(0)
        time.sleep(TIMEOUT_SECONDS)  # noqa: ASYNC251 - a busy loop, and a timer that is over when it turns
    assert not any(quota.local for quota in await asyncio.gather(*asked))


async def test_redis_is_used_again_after_its_respite(redis: Redis) -> None:
    now = [100.0]
    one = limiter(redis, monotonic=lambda: now[0])
    one._retry_at = now[0] + RETRY_SECONDS  # noqa: SLF001 - as an error leaves it
    assert (await one.take("k", MINUTE)).local
    now[0] += RETRY_SECONDS
    assert not (await one.take("k", MINUTE)).local


def decide(log: SlidingLog, what: LimitKind, rate: Rate, now: int, slot: str) -> Quota:
    match what:
        case LimitKind.TAKE:
            return log.take(rate, now, slot)
        case LimitKind.PEEK:
            return log.peek(rate, now)
        case LimitKind.GIVE_BACK:
            return log.give_back(rate, now, slot)


STEPS = st.lists(
    st.tuples(
        st.integers(0, 4_000_000),
        st.sampled_from(list(LimitKind)),
        st.integers(1, 4),
        st.integers(0, 30),
    ),
    min_size=1,
    max_size=60,
)


@settings(examples(60), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(window=st.integers(1, 6), groups=st.lists(STEPS, min_size=1, max_size=4))
def test_the_script_says_what_the_pure_rule_says(
    fresh_redis: str, window: int, groups: list[list[tuple[int, LimitKind, int, int]]]
) -> None:
    with Blocking.from_url(fresh_redis, decode_responses=True) as redis:
        key, log, now = f"k{next(_numbers)}", SlidingLog(), 1_700_000_000_000_000
        counter, counted = f"{key}:counter", Counter[str]()
        script = redis.register_script(TIMED)
        for group in groups:
            now += group[0][0]
            expected, checks = [], []
            for number, (_, what, limit, target) in enumerate(group):
                rate = Rate(name="default", limit=limit, window=window)
                slot = f"{now}:{number}" if what is LimitKind.TAKE else f"{now}:{target}"
                quota = decide(log, what, rate, now, slot)
                if what is LimitKind.TAKE or (what is LimitKind.PEEK and not quota.allowed):
                    counted["" if quota.allowed else "r"] += 1
                expected.append(f"{int(quota.allowed)} {quota.used} {quota.wait_us}")
                checks.append(LimitCheck(what, key, rate, slot, counter))
            assert script(keys=[c.key for c in checks], args=[*map(argument, checks), now]) == " ".join(expected)
        assert redis.hgetall(counter) == {f"{kind}{1_700_000_000 // 86_400}": str(n) for kind, n in counted.items()}


async def test_submissions_are_counted_by_day_for_thirty_days_and_nothing_else_is(redis: Redis) -> None:
    script, rate = redis.register_script(TIMED), Rate(name="default", limit=2)
    first, keys = 20_000, [uuid7(1), uuid7(2)]
    counter = counter_of(keys[0])

    async def decide_on(day: int, *whats: LimitKind, counter: str = counter) -> None:
        checks = [LimitCheck(what, f"k{day}", rate, f"slot{n}", counter) for n, what in enumerate(whats)]
        await script(keys=[c.key for c in checks], args=[*map(argument, checks), day * 86_400 * MICROSECONDS])

    async def read(day: int) -> SubmissionCounts:
        counts = await read_counts(redis, keys, datetime.fromtimestamp(day * 86_400 + 5, UTC))
        assert counts
        assert counts[keys[1]].total == 0
        return counts[keys[0]]

    take, peek = LimitKind.TAKE, LimitKind.PEEK
    await decide_on(first, take, take, take, peek, LimitKind.GIVE_BACK)
    await decide_on(first, take, peek, counter="")
    await decide_on(first + 1, peek, take)
    counts = await read(first + 1)
    assert (counts.accepted[-2:], counts.refused[-2:], counts.by_day[-2:]) == ((2, 1), (2, 0), (4, 1))
    assert (counts.total, counts.total_refused, counts.share_refused) == (5, 2, 0.4)
    assert ((await read(first + 29)).total, (await read(first + 30)).total) == (5, 1)
    assert 30 * 86_400 < await redis.ttl(counter) <= 31 * 86_400
    # The first of a later day takes away what is older than anybody sees.
    await decide_on(first + 31, take)
    assert set(await redis.hkeys(counter)) == {str(first + 1), str(first + 31)}
    assert await read_counts(redis, [], datetime.fromtimestamp(0, UTC)) == {}
