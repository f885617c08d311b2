"""Late results of a vendor whose list tells many at once, and the sweep that collects them."""

import asyncio
from typing import Any

from aiohttp import web
from sqlalchemy import func, select

from app.domain.contacts.contact import Contact
from app.domain.vocabulary import ResultStatus
from app.store.tables.core import attempts, cache_entries
from app.usecases.waterfall.collect_late_results import CollectLateResults
from tests.workers.conftest import OpenHouse, ids, within
from tests.workers.test_late_results import READ, answer_with, given_up, slow
from tests.workers.vendors import DROPCONTACT_FOUND, vendor
from webhooks.dispatcher import Dispatcher
from workers.recovery import Recovery


async def test_one_look_at_a_list_collects_for_all(open_house: OpenHouse) -> None:
    names, read, ready = ("jane", "john"), "POST /bulk-single-searchs/read", asyncio.Event()
    started = iter(names)

    def answer(request: web.Request) -> dict[str, Any]:
        if request.path == "/email-search":
            return {"success": True, "item": {"_id": next(started), "status": "NONE"}}
        found = [{"email": f"{name}@acme.example", "certainty": "ultra_sure"} for name in names]
        entries = [
            {"_id": name, "status": "FOUND", "results": {"emails": [email]}}
            if ready.is_set()
            else {"_id": name, "status": "NONE", "results": {"emails": []}}
            for name, email in zip(names, found, strict=True)
        ]
        return {"success": True, "items": entries}

    async with vendor(answer=answer) as (icypeas, settings):
        house = await open_house({"icypeas": settings}, provider_timeout_seconds=1.0)
        people = [Contact(first_name=n.title(), last_name="Smith", company_domain="acme.example") for n in names]
        runs = [await house.accept(contact=person) for person in people]
        await (await house.runner()).accept([i for run in runs for i in ids(run)])
        assert [(await house.ended(run)).result_status for run in runs] == [ResultStatus.ERROR] * 2
        ready.set()
        services = house.services
        # A minute later: the looks of the run are no longer counted, and both results are due.
        for key in [key async for key in services.redis.scan_iter("leadrun:gate:icypeas:*window")]:
            await services.redis.delete(key)
        async with services.engine.begin() as connection:
            await connection.execute(attempts.update().values(late_result_due_at=services.now()))
        looked = icypeas.asked.count(read)
        assert await CollectLateResults(services)() == 2
        assert icypeas.asked.count(read) == looked + 1
        assert all([(await house.accept(contact=person)).cached for person in people])


async def test_the_sweep_collects_aside_and_waits_for_no_vendor(open_house: OpenHouse) -> None:
    async with slow() as (drop, settings):
        house = await open_house({"dropcontact": settings}, provider_timeout_seconds=1.0, recovery_seconds=0.01)
        await given_up(house)
        answer_with(drop, DROPCONTACT_FOUND)
        drop.hold.clear()
        recovery = Recovery(house.services, await house.runner(), Dispatcher(house.services))
        recovering = asyncio.create_task(recovery.run())
        looked = drop.asked.count(READ)
        async with within(60):
            while drop.asked.count(READ) == looked:
                await drop.entered.acquire()
            # The vendor does not answer; sweeps go on all the same.
            await recovery.recover()
        drop.hold.set()
        async with within(60), house.services.engine.connect() as connection:
            while await connection.scalar(select(func.count()).select_from(cache_entries)) == 0:
                await connection.rollback()
        recovering.cancel()
        await asyncio.wait([recovering])
