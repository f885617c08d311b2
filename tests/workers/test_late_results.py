"""A result that comes after a look-up was given up: collected once, for the next request, and history stays."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import select

from app.domain.runs.view import RunView
from app.domain.vocabulary import Field, ResultStatus, RunStatus
from app.domain.waterfall.answer import Miss
from app.domain.waterfall.late_results import LateResult
from app.redis.provider_gate import ProviderGate
from app.settings.settings import ProviderSettings
from app.store.tables.core import attempts, cache_entries
from app.store.waterfall import late_results
from app.usecases.runs.cancel import cancel_run
from app.usecases.waterfall.collect_late_results import CollectLateResults
from tests.usecases.ledgers import violations
from tests.workers.conftest import House, OpenHouse, ids, within
from tests.workers.vendors import DROPCONTACT_FOUND, DROPCONTACT_PENDING, HUNTER_MISS, Vendor, hunter_found, vendor

STARTED = {"success": True, "error": False, "request_id": "r1", "credits_left": 9}
NOBODY = {"success": True, "error": False, "data": [{"email": []}]}
READ = "GET /v1/enrich/all/r1"


@asynccontextmanager
async def slow() -> AsyncIterator[tuple[Vendor, ProviderSettings]]:
    """Dropcontact without a result; `answer_with` gives it one."""
    async with vendor(answer=lambda request: STARTED if request.method == "POST" else DROPCONTACT_PENDING) as pair:
        yield pair


def answer_with(drop: Vendor, result: Any) -> None:
    """Have the result from now on."""
    drop.answer = lambda request: STARTED if request.method == "POST" else result


async def given_up(house: House, **more: Any) -> RunView:
    """A run that ended while Dropcontact still worked."""
    run = await house.accept(**more)
    await (await house.runner()).accept(ids(run))
    ended = await house.ended(run)
    assert ("dropcontact", "timeout") in await house.outcomes(run)
    return ended


async def collect(house: House, collectors: int = 1) -> int:
    """Sweep until something was settled."""
    sweeping = [CollectLateResults(house.services) for _ in range(collectors)]
    settled = 0
    async with within(60):
        while not settled:
            settled = sum(await asyncio.gather(*(one() for one in sweeping)))
    return settled


async def told(house: House, run: RunView) -> list[str]:
    """What the attempts say, without their exact times."""
    lines = await house.watch.attempts(run.owner, run.id)
    return [re.sub(r"[\d.]+ s", "N s", line.reason or "") for line in lines if line.outcome != "skipped"]


async def test_a_late_hit_answers_the_next_request_and_changes_nothing_that_has_ended(open_house: OpenHouse) -> None:
    async with slow() as (drop, settings):
        house = await open_house({"dropcontact": settings}, provider_timeout_seconds=1.0)
        run = await given_up(house)
        assert (run.status, run.result_status) == (RunStatus.FAILED, ResultStatus.ERROR)
        answer_with(drop, DROPCONTACT_FOUND)
        assert await collect(house) == 1
        assert await house.watch.get(run.owner, run.id) == run
        assert [o for o in await house.outcomes(run) if o[1] != "skipped"] == [("dropcontact", "timeout")]
        assert await told(house, run) == ["no answer within N s; answered later with a hit, too late for this run"]
        again = await house.accept()
        assert (again.cached, again.credits_used, again.source_run_id) == (True, 0, run.id)
        assert again.result
        assert again.result.email
        assert (again.result.email.value, again.result.email.provider) == ("jane.smith@acme.example", "dropcontact")
        assert drop.asked.count("POST /v1/enrich/all") == 1
        assert await CollectLateResults(house.services)() == 0
        assert await violations(house.services) == []


async def test_what_the_vendor_bills_for_it_is_noted_beside_what_the_attempt_cost(open_house: OpenHouse) -> None:
    async with slow() as (drop, settings):
        house = await open_house({"dropcontact": settings}, provider_timeout_seconds=1.0)
        await given_up(house)
        answer_with(drop, DROPCONTACT_FOUND)
        await collect(house)
        async with house.services.engine.connect() as connection:
            row = (await connection.execute(select(attempts.c.cost_usd, attempts.c.late_result))).one()
        offers = house.services.registry.offers(house.principal.mode)
        price = next(o for o in offers if o.provider == "dropcontact").price
        assert row.cost_usd == price.call
        assert Decimal(row.late_result["cost_usd"]) == price.worst - price.call > 0


async def test_a_late_hit_takes_the_place_of_a_degraded_miss(open_house: OpenHouse) -> None:
    async with slow() as (drop, settings), vendor(answer=HUNTER_MISS) as (_, hunter):
        house = await open_house({"dropcontact": settings, "hunter": hunter}, provider_timeout_seconds=1.0)
        run = await given_up(house)
        assert (run.result_status, run.degraded) == (ResultStatus.NOT_FOUND, True)
        before = await house.accept()
        assert (before.cached, before.result_status, before.degraded) == (True, ResultStatus.NOT_FOUND, True)
        answer_with(drop, DROPCONTACT_FOUND)
        await collect(house)
        again = await house.accept()
        assert (again.cached, again.result_status, again.degraded) == (True, ResultStatus.FOUND, False)


async def test_a_late_miss_is_noted_and_leaves_the_cache_alone(open_house: OpenHouse) -> None:
    async with slow() as (drop, settings), vendor(answer=hunter_found("accept_all")) as (_, hunter):
        house = await open_house({"dropcontact": settings, "hunter": hunter}, provider_timeout_seconds=1.0)
        run = await given_up(house)
        answer_with(drop, NOBODY)
        await collect(house)
        first, *_ = await told(house, run)
        assert first == "no answer within N s; answered later that it does not know the person"
        assert (await house.accept()).result == run.result


async def test_a_newer_look_up_is_not_replaced_by_an_older_one(open_house: OpenHouse) -> None:
    async with slow() as (drop, settings), vendor(answer=HUNTER_MISS) as (_, hunter):
        house = await open_house({"dropcontact": settings, "hunter": hunter}, provider_timeout_seconds=1.0)
        await given_up(house, only_providers=("dropcontact",))
        newer = await house.accept(force_refresh=True, only_providers=("hunter",))
        await (await house.runner()).accept(ids(newer))
        assert (await house.ended(newer)).result_status is ResultStatus.NOT_FOUND
        answer_with(drop, DROPCONTACT_FOUND)
        await collect(house)
        again = await house.accept(only_providers=("hunter",))
        assert (again.cached, again.source_run_id, again.result_status) == (True, newer.id, ResultStatus.NOT_FOUND)


async def test_many_collectors_look_once(open_house: OpenHouse) -> None:
    async with slow() as (drop, settings):
        house = await open_house({"dropcontact": settings}, provider_timeout_seconds=1.0)
        await given_up(house)
        answer_with(drop, DROPCONTACT_FOUND)
        looked = drop.asked.count(READ)
        assert await collect(house, 5) == 1
        assert drop.asked.count(READ) == looked + 1


async def test_a_look_whose_worker_was_lost_is_made_by_the_next_and_written_once(open_house: OpenHouse) -> None:
    async with slow() as (drop, settings):
        house = await open_house({"dropcontact": settings}, provider_timeout_seconds=1.0)
        await given_up(house)
        answer_with(drop, DROPCONTACT_FOUND)
        engine, now = house.services.engine, house.services.now()
        note, later = LateResult(answer=Miss(), at=now), now + timedelta(seconds=5)
        async with engine.begin() as connection:
            (lost,) = await late_results.lease(connection, now=later, until=now, limit=10)
            (other,) = await late_results.lease(connection, now=later, until=now, limit=10)
            # It wakes up while another one looks.
            assert not await late_results.settle(connection, lost, due=None, late=note)
        await collect(house)
        async with engine.begin() as connection:
            # And the other one when all is over.
            assert not await late_results.settle(connection, other, due=None, late=note)
            row = (await connection.execute(select(attempts.c.late_result, attempts.c.late_result_polls))).one()
        assert (row.late_result["answer"]["type"], row.late_result_polls) == ("found", 3)


async def test_a_cancelled_run_leaves_nothing_for_the_next_request(open_house: OpenHouse) -> None:
    async with slow() as (drop, settings), vendor(answer=HUNTER_MISS) as (hunter, hunter_settings):
        hunter.hold.clear()
        house = await open_house({"dropcontact": settings, "hunter": hunter_settings}, provider_timeout_seconds=1.0)
        run = await house.accept()
        runner = await house.runner()
        await runner.accept(ids(run))
        async with within(60):
            await hunter.entered.acquire()
        answer_with(drop, DROPCONTACT_FOUND)
        # While the cascade runs its late results are left alone.
        assert await CollectLateResults(house.services)() == 0
        await cancel_run(house.services, run.owner, run.id)
        hunter.hold.set()
        await collect(house)
        async with house.services.engine.connect() as connection:
            assert (await connection.execute(select(cache_entries))).all() == []
        assert not (await house.accept()).cached


async def test_a_closed_gate_postpones_the_look(open_house: OpenHouse) -> None:
    async with slow() as (drop, settings):
        house = await open_house({"dropcontact": settings}, provider_timeout_seconds=1.0)
        await given_up(house)
        answer_with(drop, DROPCONTACT_FOUND)
        services, looked = house.services, drop.asked.count(READ)
        key = services.registry.offer("dropcontact", Field.EMAIL, "domain").gate
        await services.redis.set(f"leadrun:gate:dropcontact:email:{key.credential}:closed", "auth_error", ex=60)
        collector = CollectLateResults(services)
        async with within(60):
            while not await _looks(house):
                assert await collector() == 0
        assert drop.asked.count(READ) == looked
        await ProviderGate(services.redis).reopen("dropcontact")
        await collect(house)
        assert drop.asked.count(READ) == looked + 1


async def test_looks_are_bounded(open_house: OpenHouse) -> None:
    async with slow() as (drop, settings):
        house = await open_house({"dropcontact": settings}, provider_timeout_seconds=1.0)
        run = await given_up(house)
        looked = drop.asked.count(READ)
        assert await collect(house) == 1
        assert drop.asked.count(READ) == looked + 9
        assert await told(house, run) == ["no answer within N s"]
        assert await CollectLateResults(house.services)() == 0


async def _looks(house: House) -> int:
    async with house.services.engine.connect() as connection:
        return int(await connection.scalar(select(attempts.c.late_result_polls)) or 0)
