"""Looks that several look-ups share, where the vendor's list of the newest answers them all."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web

from app.clock import SystemClock
from app.domain.contacts.contact import Contact
from app.domain.vocabulary import Field
from app.domain.waterfall.answer import Failed, Found, Miss, Trouble
from app.domain.waterfall.policy import inputs
from app.providers.client.client import AttemptResult, ProviderClient
from app.providers.client.http_exchange import HttpExchange
from app.providers.declaration.spec import Mode
from app.providers.setup.registry import Registry
from app.settings.settings import ProviderSettings, Settings
from tests.providers.replay import KEY
from tests.providers.wire import forget


class Icypeas:
    """A played Icypeas: searches are finished at the second read, and nobody called Nobody is found."""

    def __init__(self, *, listed: bool = True, status: int = 200) -> None:
        """Say whether the list of the newest searches knows them, and with which status it answers."""
        self.listed, self.status = listed, status
        self.searches: list[str] = []
        self.reads = Counter[str]()

    async def search(self, request: web.Request) -> web.Response:
        self.searches.append((await request.json())["firstname"])
        return web.json_response({"success": True, "item": {"_id": f"id-{len(self.searches) - 1}", "status": "NONE"}})

    async def read(self, request: web.Request) -> web.Response:
        wanted = await request.json()
        kind = "one" if "id" in wanted else "list"
        self.reads[kind] += 1
        if kind == "list" and self.status != 200:
            return web.Response(status=self.status, text="Unauthorized access.")
        numbers = [int(wanted["id"][3:])] if kind == "one" else range(len(self.searches)) if self.listed else []
        return web.json_response({"success": True, "items": [self.item(n) for n in numbers], "total": 9})

    def item(self, number: int) -> dict[str, Any]:
        name = self.searches[number]
        if self.reads["list"] == 1 and self.status == 200 and self.listed:
            return {"_id": f"id-{number}", "status": "IN_PROGRESS"}
        if name == "Nobody":
            return {"_id": f"id-{number}", "status": "NOT_FOUND", "results": {"emails": []}}
        emails = [{"email": f"{name.lower()}@acme.example", "certainty": "ultra_sure"}]
        return {"_id": f"id-{number}", "status": "FOUND", "results": {"emails": emails}}

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[str]:
        application = web.Application()
        application.router.add_post("/email-search", self.search)
        application.router.add_post("/bulk-single-searchs/read", self.read)
        runner = web.AppRunner(application)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        try:
            yield f"http://127.0.0.1:{runner.addresses[0][1]}"
        finally:
            await runner.cleanup()


def person(name: str) -> Contact:
    return Contact(first_name=name, last_name="Smith", company_domain="acme.example")


async def ask(vendor: Icypeas, *names: str, patience: float = 10) -> list[AttemptResult]:
    async with vendor.listening() as url, HttpExchange() as http:
        own = ProviderSettings(api_key=KEY, base_url=url)
        # Three seconds between looks become 0.15.
        registry = Registry(Settings(providers={"icypeas": own}, provider_poll_scale=0.05))
        client = ProviderClient(http=http, clock=SystemClock())
        offer = next(o for o in registry.offers(Mode.LIVE) if o.provider == "icypeas")
        return await asyncio.gather(
            *(
                client.ask(
                    offer,
                    person(name),
                    inputs(person(name)),
                    mode=Mode.LIVE,
                    patience=patience,
                    ticket=None,
                    save_ticket=forget,
                    fields=frozenset({Field.EMAIL}),
                )
                for name in names
            )
        )


NAMES = [f"Jane{letter}" for letter in "abcdefghijklmnopqrst"]


async def test_many_who_wait_are_answered_by_few_looks_and_each_gets_its_own_result() -> None:
    vendor = Icypeas()

    *found, nobody = await ask(vendor, *NAMES, "Nobody")

    values = [asked.answer.value if isinstance(asked.answer, Found) else None for asked in found]
    assert values == [f"{name.lower()}@acme.example" for name in NAMES]
    assert nobody.answer == Miss()
    assert sorted(vendor.searches) == sorted([*NAMES, "Nobody"])
    assert sum(vendor.reads.values()) <= 6


async def test_one_who_waits_alone_asks_for_its_own_result() -> None:
    vendor = Icypeas()

    (asked,) = await ask(vendor, "Jane")

    assert isinstance(asked.answer, Found)
    assert vendor.reads == {"one": 1}


async def test_a_search_that_the_list_does_not_name_is_asked_for_by_itself() -> None:
    vendor = Icypeas(listed=False)

    answers = await ask(vendor, "Jane", "John")

    assert all(isinstance(asked.answer, Found) for asked in answers)
    assert vendor.reads["one"] == 2


async def test_a_list_that_is_refused_is_an_answer_for_all() -> None:
    for asked in await ask(Icypeas(status=401), "Jane", "John"):
        assert isinstance(asked.answer, Failed)
        assert asked.answer.trouble is Trouble.AUTH_ERROR


async def test_whoever_runs_out_of_patience_does_not_end_the_look_of_the_others() -> None:
    release = asyncio.Event()

    class Slow(Icypeas):
        async def read(self, request: web.Request) -> web.Response:
            await release.wait()
            return await super().read(request)

    vendor = Slow()
    async with vendor.listening() as url, HttpExchange() as http:
        own = ProviderSettings(api_key=KEY, base_url=url)
        registry = Registry(Settings(providers={"icypeas": own}, provider_poll_scale=0.05))
        client = ProviderClient(http=http, clock=SystemClock())
        offer = next(o for o in registry.offers(Mode.LIVE) if o.provider == "icypeas")

        async def one(name: str, patience: float) -> AttemptResult:
            return await client.ask(
                offer,
                person(name),
                inputs(person(name)),
                mode=Mode.LIVE,
                patience=patience,
                ticket=None,
                save_ticket=forget,
                fields=frozenset({Field.EMAIL}),
            )

        patient = [asyncio.ensure_future(one(name, 10)) for name in ("Jane", "John")]
        hasty = await one("Hasty", 0.4)
        release.set()
        others = await asyncio.gather(*patient)

    assert isinstance(hasty.answer, Failed)
    assert hasty.answer.trouble is Trouble.TIMEOUT
    assert all(isinstance(asked.answer, Found) for asked in others)
