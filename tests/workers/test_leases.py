"""When a worker is lost, stops or wakes up late: what was answered is kept, what was bought is not bought again."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from sqlalchemy import text

from app.domain.vocabulary import FINDABLE, EnrichmentType, Field, Lane, ResultStatus, RunStatus, Tier
from app.domain.waterfall.answer import Deliverability, Found
from app.domain.waterfall.attempt import Attempt
from app.store.waterfall import attempts, cascades
from app.store.waterfall.attempts import AttemptEnd, NewAttempt
from app.usecases.waterfall.run_cascade import CascadeHandedBack, RunCascade
from tests.usecases.ledgers import violations
from tests.workers.conftest import House, OpenHouse, ids, within
from tests.workers.vendors import DROPCONTACT_FOUND, DROPCONTACT_PENDING, HUNTER_MISS, hunter_found, vendor


async def test_after_a_crash_the_next_worker_goes_on_at_the_next_provider(open_house: OpenHouse) -> None:
    async with (
        vendor(answer=HUNTER_MISS) as (hunter, hunter_settings),
        vendor(answer={}) as (drop, dropcontact),
    ):
        drop.answer = lambda request: (
            {"success": True, "error": False, "request_id": "r1", "credits_left": 9}
            if request.method == "POST"
            else DROPCONTACT_FOUND
        )
        drop.hold.clear()
        house = await open_house({"hunter": hunter_settings, "dropcontact": dropcontact})
        run = await house.accept(only_providers=("hunter", "dropcontact"))
        lost = await house.runner(heartbeat=False)
        await lost.accept(ids(run))
        async with within(60):
            await drop.entered.acquire()
        # The first worker is gone: it holds the lease, and what it asked is never answered while this test looks.
        await house.lapse(run)
        second = await house.runner()
        await second.accept(ids(run))
        ended = await house.ended(run)
        assert len(hunter.asked) == 1
        # Dropcontact's request was cut off before its ticket was stored: it may have been paid, so never again.
        assert [a for a in drop.asked if a.startswith("POST")] == ["POST /v1/enrich/all"]
        assert ended.ended
        assert await house.fencing_token(run) == 2
        assert await violations(house.services) == []


async def test_a_ticket_is_polled_on_by_the_next_worker_and_never_bought_twice(open_house: OpenHouse) -> None:
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
        first = await house.runner(heartbeat=False)
        await first.accept(ids(run))
        async with within(60):
            while "GET /v1/enrich/all/r1" not in drop.asked:
                await drop.entered.acquire()
        await house.lapse(run)
        second = await house.runner()
        await second.accept(ids(run))
        ready.set()
        ended = await house.ended(run)
        assert ended.result_status is ResultStatus.FOUND
        assert drop.asked.count("POST /v1/enrich/all") == 1


async def test_a_call_that_buys_both_fields_is_cut_off_for_both_and_bought_for_neither_again(
    open_house: OpenHouse,
) -> None:
    async with vendor(answer={}) as (duo, settings):
        duo.hold.clear()
        house = await open_house(sandbox_url=settings.base_url)
        run = await house.accept(principal=house.tester, type=EnrichmentType.ALL, only_providers=("sandbox-duo",))
        first = await house.runner(heartbeat=False)
        await first.accept(ids(run))
        async with within(60):
            await duo.entered.acquire()
        await house.lapse(run)
        await (await house.runner()).accept(ids(run))
        ended = await house.ended(run)
        duo.hold.set()
        assert len(duo.asked) == 1
        assert ended.result_status is ResultStatus.ERROR
        lines = await house.watch.attempts(run.owner, run.id)
        assert {(line.field, line.reason) for line in lines} == {
            (field, "interrupted: a worker was lost during the call; not asked again, it may have been billed")
            for field in FINDABLE
        }


async def test_a_worker_that_stops_in_order_hands_back_at_once_and_loses_no_answer(open_house: OpenHouse) -> None:
    async with vendor(answer=HUNTER_MISS) as (hunter, settings), vendor(answer={}) as (_, dropcontact):
        hunter.hold.clear()
        house = await open_house({"hunter": settings, "dropcontact": dropcontact})
        run = await house.accept(only_providers=("hunter", "dropcontact"))
        first = await house.runner()
        await first.accept(ids(run))
        async with within(60):
            await hunter.entered.acquire()
        draining = asyncio.create_task(first.drain(5))
        await asyncio.sleep(0)
        hunter.hold.set()
        await draining
        assert await house.outcomes(run) == [("hunter", "miss")]
        second = await house.runner()
        assert await second.accept(ids(run)) == 1
        await house.ended(run)
        assert len(hunter.asked) == 1


async def test_who_waits_for_a_turn_when_the_worker_stops_begins_no_call(open_house: OpenHouse) -> None:
    waiting, go, stopping = asyncio.Event(), asyncio.Event(), asyncio.Event()

    @asynccontextmanager
    async def turn(_: Lane) -> AsyncIterator[None]:
        waiting.set()
        await go.wait()
        yield

    async with vendor(answer=hunter_found()) as (hunter, settings):
        house = await open_house({"hunter": settings})
        run = await house.accept()
        async with house.services.engine.begin() as connection:
            [mine] = await cascades.lease(connection, ids(run), owner=house.services.name, lease_seconds=30)
        working = asyncio.create_task(RunCascade(house.services, stopping.is_set, turn)(mine))
        async with within(60):
            await waiting.wait()
        stopping.set()
        go.set()
        with pytest.raises(CascadeHandedBack):
            await working
        assert hunter.asked == []
        assert await house.outcomes(run) == []


async def test_a_run_over_which_too_many_workers_were_lost_ends_and_is_refunded(open_house: OpenHouse) -> None:
    async with vendor(answer=hunter_found()) as (hunter, settings):
        hunter.hold.clear()
        house = await open_house({"hunter": settings}, max_leases=1)
        run = await house.accept()
        first = await house.runner(heartbeat=False)
        await first.accept(ids(run))
        async with within(60):
            await hunter.entered.acquire()
        await house.lapse(run)
        await (await house.runner()).accept(ids(run))
        ended = await house.ended(run)
        assert (ended.status, ended.credits_used) == (RunStatus.FAILED, 0)
        assert ended.error.code == "worker_lost"
        hunter.hold.set()
        assert await violations(house.services) == []


async def test_a_worker_that_wakes_up_after_its_lease_writes_nothing(open_house: OpenHouse) -> None:
    async with vendor(answer=hunter_found()) as (hunter, settings):
        hunter.hold.clear()
        house = await open_house({"hunter": settings})
        run = await house.accept()
        zombie = await house.runner(heartbeat=False)
        await zombie.accept(ids(run))
        async with within(60):
            await hunter.entered.acquire()
        await house.lapse(run)
        hunter.status, hunter.answer = 500, {}
        second = await house.runner()
        await second.accept(ids(run))
        async with within(60):
            await hunter.entered.acquire()
        hunter.hold.set()
        ended = await house.ended(run)
        await zombie.drain(5)
        again = await house.watch.get(run.owner, run.id)
        assert (again.status, again.ended_at) == (ended.status, ended.ended_at)
        assert await violations(house.services) == []


async def _blocked(house: House) -> None:
    """Return when somebody waits for a lock in the database."""
    waiting = text(
        "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
    )
    async with house.services.engine.connect() as connection:
        while not await connection.scalar(waiting):
            await connection.rollback()  # a transaction sees one snapshot of these statistics


async def test_an_answer_that_an_earlier_worker_still_writes_is_waited_for(open_house: OpenHouse) -> None:
    async with vendor(answer=HUNTER_MISS) as (hunter, settings):
        house = await open_house({"hunter": settings})
        run = await house.accept()
        assert run.cascade_id
        async with house.services.engine.begin() as connection:
            first = (await cascades.lease(connection, ids(run), owner="lost", lease_seconds=-1))[0]
            begun = NewAttempt(
                cascade_id=run.cascade_id,
                fencing_token=first.fencing_token,
                provider="hunter",
                field=Field.EMAIL,
                tier=Tier.T3,
                route="domain",
                position=0,
                missed_before=(),
                started_at=run.created_at,
            )
            await attempts.begin(connection, [begun])
        found = Found(
            field=Field.EMAIL, value="jane.smith@acme.example", status=Deliverability.VALID, confidence=95, score=99
        )
        answered = Attempt(provider="hunter", tier=Tier.T3, field=Field.EMAIL, route="domain", answer=found)
        runner = await house.runner()
        async with house.services.engine.begin() as connection:
            # The lost worker's answer is on its way into the database while the next one takes over.
            await attempts.end(connection, [AttemptEnd(beginning=begun, attempt=answered, ended_at=run.created_at)])
            await runner.accept(ids(run))
            async with within(60):
                await _blocked(house)
        ended = await house.ended(run)
        assert ended.result_status is ResultStatus.FOUND
        assert hunter.asked == []
        assert await house.fencing_token(run) == 2
        assert await violations(house.services) == []
