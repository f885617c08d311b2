"""Looks that the processes share through Redis, which may lose them at any time."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import msgspec
import pytest
from aiohttp import web
from redis.asyncio import Redis

from app.clock import SystemClock
from app.domain.vocabulary import Field, Mode
from app.domain.waterfall.answer import Failed, Found, Miss, Trouble
from app.domain.waterfall.policy import inputs
from app.providers.client.client import AttemptResult, ProviderClient
from app.providers.client.http_exchange import HttpExchange
from app.providers.setup.registry import Registry
from app.redis.client import open_redis
from app.redis.shared_poll_cache import PREFIX, SharedPollCache
from app.settings.settings import ProviderSettings, Settings
from tests.providers.replay import KEY
from tests.providers.test_together import Icypeas, person
from tests.providers.wire import forget

CLOCK = SystemClock()


class Process(msgspec.Struct):
    """What one process has of its own: a client, a connection to Redis and a name."""

    client: ProviderClient
    registry: Registry
    redis: Redis

    async def ask(self, *names: str, patience: float = 10) -> list[AttemptResult]:
        offer = next(o for o in self.registry.offers(Mode.LIVE) if o.provider == "icypeas")
        people = [person(name) for name in names]
        return await asyncio.gather(
            *(
                self.client.ask(
                    offer,
                    one,
                    inputs(one),
                    mode=Mode.LIVE,
                    patience=patience,
                    ticket=None,
                    save_ticket=forget,
                    fields=frozenset({Field.EMAIL}),
                )
                for one in people
            )
        )


@asynccontextmanager
async def process(url: str, redis_url: str, name: str) -> AsyncIterator[Process]:
    own = ProviderSettings(api_key=KEY, base_url=url)
    # Three seconds between looks become 0.3.
    settings = Settings(redis_url=redis_url, providers={"icypeas": own}, provider_poll_scale=0.1)
    registry, redis = Registry(settings), open_redis(settings)
    async with HttpExchange() as http, redis:
        polls = SharedPollCache(redis, name, CLOCK.monotonic)
        yield Process(ProviderClient(http=http, clock=CLOCK, polls=polls), registry, redis)


class Watched(Icypeas):
    """Signals when the list was looked at for the first time."""

    def __init__(self, looked: asyncio.Event) -> None:
        super().__init__()
        self.looked = looked

    async def read(self, request: web.Request) -> web.Response:
        self.looked.set()
        return await super().read(request)


def values(asked: list[AttemptResult]) -> list[str | None]:
    return [one.answer.value if isinstance(one.answer, Found) else None for one in asked]


def wanted(*names: str) -> list[str]:
    return [f"{name.lower()}@acme.example" for name in names]


LEFT, RIGHT = ("Janea", "Janeb", "Janec", "Janed"), ("Johna", "Johnb", "Johnc", "Johnd")


async def test_two_processes_share_their_looks_and_each_look_up_gets_its_own_result(fresh_redis: str) -> None:
    vendor = Icypeas()
    async with (
        vendor.listening() as url,
        process(url, fresh_redis, "one") as one,
        process(url, fresh_redis, "two") as two,
    ):
        left, right = await asyncio.gather(one.ask(*LEFT), two.ask(*RIGHT, "Nobody"))

    assert values(left) == wanted(*LEFT)
    assert values(right) == [*wanted(*RIGHT), None]
    assert right[-1].answer == Miss()
    assert sorted(vendor.searches) == sorted([*LEFT, *RIGHT, "Nobody"])
    # Nobody is finished at the first look, everybody at the second; a straggler may need one more.
    assert sum(vendor.reads.values()) <= 3


async def test_processes_with_one_look_up_each_share_as_well(fresh_redis: str) -> None:
    vendor = Icypeas()
    async with (
        vendor.listening() as url,
        process(url, fresh_redis, "one") as one,
        process(url, fresh_redis, "two") as two,
        process(url, fresh_redis, "three") as three,
    ):
        answers = await asyncio.gather(one.ask("Jane"), two.ask("John"), three.ask("Jo"))

    assert [value for asked in answers for value in values(asked)] == wanted("Jane", "John", "Jo")
    # One that looks before it knows of another asks for its own.
    assert sum(vendor.reads.values()) <= 4


async def test_one_who_waits_alone_asks_for_its_own_result(fresh_redis: str) -> None:
    vendor = Icypeas()
    async with vendor.listening() as url, process(url, fresh_redis, "one") as one:
        assert values(await one.ask("Jane")) == wanted("Jane")

    assert vendor.reads == {"one": 1}


async def test_a_list_that_is_refused_is_an_answer_for_all(fresh_redis: str) -> None:
    vendor = Icypeas(status=401)
    async with (
        vendor.listening() as url,
        process(url, fresh_redis, "one") as one,
        process(url, fresh_redis, "two") as two,
    ):
        answers = [*await one.ask("Jane", "Jo"), *await two.ask("John", "Jim")]

    assert {one.answer.trouble for one in answers if isinstance(one.answer, Failed)} == {Trouble.AUTH_ERROR}


async def test_a_redis_that_loses_everything_costs_a_look_and_no_result(fresh_redis: str) -> None:
    vendor = Watched(looked := asyncio.Event())
    async with (
        vendor.listening() as url,
        process(url, fresh_redis, "one") as one,
        process(url, fresh_redis, "two") as two,
    ):
        asking = asyncio.gather(one.ask(*LEFT), two.ask(*RIGHT))
        await looked.wait()
        await one.redis.flushdb()
        left, right = await asking

    assert values(left) + values(right) == wanted(*LEFT, *RIGHT)


async def test_without_redis_each_process_looks_for_itself(unused_tcp_port: int) -> None:
    vendor, away = Icypeas(), f"redis://127.0.0.1:{unused_tcp_port}/0"
    async with vendor.listening() as url, process(url, away, "one") as one, process(url, away, "two") as two:
        left, right = await asyncio.gather(one.ask(*LEFT), two.ask(*RIGHT))

    assert values(left) + values(right) == wanted(*LEFT, *RIGHT)


@pytest.mark.parametrize("held", [pytest.param("", id="free"), pytest.param("lost", id="of one who was lost")])
async def test_a_turn_of_one_who_was_lost_comes_to_its_end(fresh_redis: str, held: str) -> None:
    vendor = Icypeas()
    async with vendor.listening() as url, process(url, fresh_redis, "one") as one:
        entry = one.registry.entry("icypeas")
        assert entry
        topic = f"{PREFIX}icypeas:{entry.credential}:/bulk-single-searchs/read"
        if held:
            await one.redis.set(f"{topic}:turn", held, px=400)
        assert values(await one.ask(*LEFT)) == wanted(*LEFT)

        assert await one.redis.get(f"{topic}:turn") is None
        assert await one.redis.pttl(f"{topic}:seen") > 0
