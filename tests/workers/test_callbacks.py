"""A vendor that posts its result: awaited by the holder of the lease, asked once, late in the cache at worst."""

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from prometheus_client import REGISTRY
from sqlalchemy import func, select, text

from app.domain.contacts.contact import Contact
from app.domain.runs.view import RunView
from app.domain.vocabulary import EnrichmentType, ResultStatus
from app.settings.settings import ProviderSettings, Settings
from app.store.tables.callbacks import provider_callbacks
from app.store.tables.core import attempts
from app.usecases.waterfall.collect_late_results import CollectLateResults
from tests.api.door import Door, opened
from tests.usecases.ledgers import violations
from tests.workers.conftest import House, OpenHouse, ids, within
from tests.workers.vendors import Vendor, vendor

NUMBER = "+12025550123"
RESULT = {
    "status": "success",
    "missing_records": 0,
    "credits_consumed": 9,
    "people": [{"id": "p-1", "phone_numbers": [{"sanitized_number": NUMBER, "type_cd": "mobile", "position": 0}]}],
}
START = "POST /people/match"
JOHN = Contact(first_name="John", last_name="Miller", company_domain="acme.example")


@dataclass(kw_only=True)
class Apollo:
    """Apollo, which has matched the person and posts the number when a test says so."""

    vendor: Vendor
    settings: ProviderSettings
    urls: list[str]

    async def post(self, result: Any = RESULT, which: int = 0) -> int:
        """Post to the URL that it was given; returns the status of our answer."""
        async with aiohttp.ClientSession() as session, session.post(self.urls[which], json=result) as answer:
            return answer.status

    async def started(self) -> None:
        """Wait until it was asked."""
        async with within(60):
            while START not in self.vendor.asked:
                await self.vendor.entered.acquire()


@asynccontextmanager
async def apollo() -> AsyncIterator[Apollo]:
    """Run it on a free port; looks find nothing yet."""
    urls: list[str] = []

    def answer(request: web.Request) -> dict[str, Any]:
        if request.method != "POST":
            return {"request_id": "-77", "webhook_status": "in_progress", "webhook_result": None}
        urls.append(request.query["webhook_url"])
        return {"person": {"id": "p-1"}, "request_id": -77}

    async with vendor(answer=answer) as (played, settings):
        yield Apollo(vendor=played, settings=settings, urls=urls)


@pytest.fixture
def door(settings: Settings) -> Iterator[Door]:
    """The API that the world reaches, on the same databases."""
    with opened(settings) as door:
        yield door


async def phone(house: House) -> RunView:
    """Submit a person whose number is wanted."""
    return await house.accept(type=EnrichmentType.PHONE)


def number(run: RunView) -> str | None:
    return run.result.phone.value if run.result and run.result.phone else None


async def told(house: House, run: RunView) -> list[tuple[str, str | None]]:
    """What became of Apollo."""
    lines = await house.watch.attempts(run.owner, run.id)
    return [(str(line.outcome), line.reason) for line in lines if line.provider == "apollo"]


async def test_a_posted_number_ends_the_run_at_once(open_house: OpenHouse, door: Door) -> None:
    async with apollo() as played:
        house = await open_house({"apollo": played.settings}, public_url=f"{door.url}/")
        run = await phone(house)
        await (await house.runner()).accept(ids(run))
        await played.started()
        assert played.urls[0].startswith(f"{door.url}/api/v1/callbacks/apollo/")
        assert await played.post() == 204
        ended = await house.ended(run)
        assert (ended.result_status, number(ended)) == (ResultStatus.FOUND, NUMBER)
        assert await played.post() == 404
        assert await violations(house.services) == []


async def test_the_token_is_in_no_row_and_no_line(
    open_house: OpenHouse, door: Door, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    caplog.set_level(logging.WARNING, logger="httpx")  # as `configure_logs` does
    caplog.set_level(logging.WARNING, logger="aiohttp.access")  # the played vendor's own
    async with apollo() as played:
        house = await open_house({"apollo": played.settings}, public_url=door.url)
        run = await phone(house)
        await (await house.runner()).accept(ids(run))
        await played.started()
        token = played.urls[0].rpartition("/")[2]
        await played.post()
        await house.ended(run)
        async with house.services.engine.connect() as connection:
            for table in ("attempts", "provider_callbacks", "cascades", "runs", "cache_entries"):
                rows = await connection.execute(text(f"SELECT t::text FROM {table} AS t"))  # noqa: S608 - our own names
                assert token not in " ".join(row[0] for row in rows), table
    written = capfd.readouterr()
    assert token not in caplog.text + written.out + written.err
    assert all(token not in str(sample) for metric in REGISTRY.collect() for sample in metric.samples)


async def test_after_a_crash_the_post_is_awaited_and_nothing_is_started_again(
    open_house: OpenHouse, door: Door
) -> None:
    async with apollo() as played:
        # The worker is lost before it has an answer: all that is stored is that something may be posted.
        played.vendor.hold.clear()
        house = await open_house({"apollo": played.settings}, public_url=door.url, provider_timeout_seconds=10)
        run = await phone(house)
        first = await house.runner(heartbeat=False)
        await first.accept(ids(run))
        await played.started()
        async with house.services.engine.connect() as connection:
            assert list((await connection.scalar(select(attempts.c.ticket))) or {}) == ["callback"]
        await house.lapse(run)
        second = await house.runner()
        await second.accept(ids(run))
        played.vendor.hold.set()
        async with within(60):
            while not played.urls:
                await played.vendor.entered.acquire()
        await played.post()
        await house.ended(run)
        assert await told(house, run) == [("hit", None)]
        assert played.vendor.asked.count(START) == 1


async def test_a_post_that_comes_too_late_for_the_run_answers_the_next_request(
    open_house: OpenHouse, door: Door
) -> None:
    async with apollo() as played:
        house = await open_house({"apollo": played.settings}, public_url=door.url, provider_timeout_seconds=1.0)
        run = await phone(house)
        await (await house.runner()).accept(ids(run))
        ended = await house.ended(run)
        assert ended.result_status is ResultStatus.ERROR
        collector = CollectLateResults(house.services)
        async with house.services.engine.begin() as connection:
            # As if the next look were far away.
            await connection.execute(
                attempts.update().values(late_result_due_at=func.now() + text("interval '1 hour'"))
            )
        assert await collector() == 0
        assert await played.post() == 204
        assert await collector() == 1
        assert await house.watch.get(run.owner, run.id) == ended
        ((outcome, reason),) = await told(house, run)
        assert outcome == "timeout"
        assert str(reason).endswith("answered later with a hit, too late for this run")
        again = await phone(house)
        assert (again.cached, number(again), again.credits_used) == (True, NUMBER, 0)
        assert played.vendor.asked.count(START) == 1
        assert await violations(house.services) == []


async def test_each_look_up_has_an_url_of_its_own(open_house: OpenHouse, door: Door) -> None:
    async with apollo() as played:
        house = await open_house({"apollo": played.settings}, public_url=door.url)
        runs = [await phone(house)]
        runs.append(await house.accept(type=EnrichmentType.PHONE, principal=house.principal, contact=JOHN))
        runner = await house.runner()
        await runner.accept([i for run in runs for i in ids(run)])
        async with within(60):
            while len(played.urls) < 2:
                await played.vendor.entered.acquire()
        assert await played.post(which=1) == 204
        # Only the one whose number was posted ends.
        first, *_ = await asyncio.wait(
            [asyncio.create_task(house.ended(run)) for run in runs], return_when=asyncio.FIRST_COMPLETED
        )
        assert len(first) == 1
        assert await played.post(which=0) == 204
        assert [number(await house.ended(run)) for run in runs] == [NUMBER, NUMBER]


async def test_without_a_public_url_the_way_is_skipped_and_says_so(open_house: OpenHouse) -> None:
    async with apollo() as played:
        house = await open_house({"apollo": played.settings})
        run = await phone(house)
        await (await house.runner()).accept(ids(run))
        await house.ended(run)
        assert await told(house, run) == [("skipped", "LEADRUN_PUBLIC_URL is not set")]
        assert played.vendor.asked == []
        async with house.services.engine.connect() as connection:
            assert (await connection.execute(select(provider_callbacks))).all() == []
