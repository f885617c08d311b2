"""Providers that allow only so many calls at once, and look-ups that are paid for and pass every gate."""

import asyncio
from contextlib import AsyncExitStack

from app.domain.contacts.contact import Contact
from app.domain.vocabulary import Field, ResultStatus
from app.domain.waterfall.answer import Failed, Trouble
from app.redis.provider_concurrency import ProviderConcurrency
from app.redis.provider_gate import ProviderGate
from tests.workers.conftest import OpenHouse, ids, within
from tests.workers.vendors import DROPCONTACT_FOUND, DROPCONTACT_PENDING, vendor

PROFILE = Contact(linkedin_url="https://www.linkedin.com/in/jane-smith-42")


async def test_without_a_free_place_a_provider_is_skipped_and_not_asked(open_house: OpenHouse) -> None:
    async with vendor(answer={}) as (findymail, settings), AsyncExitStack() as held:
        house = await open_house({"findymail": settings}, provider_timeout_seconds=0.3)
        places = ProviderConcurrency(house.services.redis, asyncio.sleep)
        place = house.services.registry.offer("findymail", Field.EMAIL, "linkedin").concurrency
        for number in range(place.at_once):
            assert await held.enter_async_context(places.taken(place, f"other-{number}", 60))
        run = await house.accept(PROFILE, only_providers=("findymail",))
        await (await house.runner()).accept(ids(run))
        ended = await house.ended(run)
        (line,) = await house.watch.attempts(run.owner, run.id)

    assert findymail.asked == []
    assert (line.outcome, line.reason) == ("skipped", "the provider allows no more calls at once")
    assert line.cost_usd == 0
    assert ended.error.code == "no_provider_usable"


async def test_a_place_that_becomes_free_in_time_is_taken(open_house: OpenHouse) -> None:
    async with vendor(answer={}) as (findymail, settings), AsyncExitStack() as held:
        house = await open_house({"findymail": settings}, provider_timeout_seconds=20)
        places = ProviderConcurrency(house.services.redis, asyncio.sleep)
        place = house.services.registry.offer("findymail", Field.EMAIL, "linkedin").concurrency
        for number in range(place.at_once):
            await held.enter_async_context(places.taken(place, f"other-{number}", 60))
        run = await house.accept(PROFILE, only_providers=("findymail",))
        await (await house.runner()).accept(ids(run))
        await held.aclose()
        await house.ended(run)

    assert len(findymail.asked) == 1


async def test_a_result_that_is_paid_for_is_collected_through_a_closed_gate(open_house: OpenHouse) -> None:
    ready = asyncio.Event()
    async with vendor(answer={}) as (drop, settings):
        drop.answer = lambda request: (
            {"success": True, "error": False, "request_id": "r1", "credits_left": 9}
            if request.method == "POST"
            else DROPCONTACT_FOUND
            if ready.is_set()
            else DROPCONTACT_PENDING
        )
        house = await open_house({"dropcontact": settings})
        run = await house.accept()
        await (await house.runner(heartbeat=False)).accept(ids(run))
        async with within(60):
            while "GET /v1/enrich/all/r1" not in drop.asked:
                await drop.entered.acquire()
        key = house.services.registry.offer("dropcontact", Field.EMAIL, "domain").gate
        await ProviderGate(house.services.redis).punish(
            key, Failed(trouble=Trouble.OUT_OF_CREDITS, reason="nothing is left")
        )
        await house.lapse(run)
        ready.set()
        await (await house.runner()).accept(ids(run))
        ended = await house.ended(run)

    assert ended.result_status is ResultStatus.FOUND
    assert drop.asked.count("POST /v1/enrich/all") == 1
