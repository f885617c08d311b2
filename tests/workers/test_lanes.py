"""Large jobs never stand in the way of single look-ups, nor one account's thousands in that of another's."""

import asyncio

from app.domain.contacts.contact import Contact
from app.domain.runs.view import RunView
from app.domain.vocabulary import Lane, Mode, RunStatus
from app.store.tables.core import cascades
from app.store.waterfall import queue
from app.usecases.accounts.authenticate import Authenticator
from app.usecases.accounts.manage_keys import ManageKeys
from tests.workers.conftest import House, OpenHouse, ids, within
from tests.workers.vendors import HUNTER_MISS, hunter_found, vendor


def _person(number: int) -> Contact:
    return Contact(first_name="Jane", last_name=f"Smith{number}", company_domain="acme.example")


async def _bulk(house: House, count: int, first: int = 0) -> list[RunView]:
    return [await house.accept(_person(first + number), lane=Lane.BULK) for number in range(count)]


def _ids(runs: list[RunView]) -> list[object]:
    return [cascade_id for run in runs for cascade_id in ids(run)]


async def test_bulk_takes_half_of_the_room_and_never_makes_the_messenger_wait(open_house: OpenHouse) -> None:
    async with vendor(answer=HUNTER_MISS) as (hunter, settings):
        hunter.hold.clear()
        house = await open_house({"hunter": settings}, worker_concurrency=4)
        runner = await house.runner()
        many = await _bulk(house, 7)
        async with within(60):
            # Nobody has been answered: with a place for each it would wait here for ever.
            assert await runner.accept(_ids(many), Lane.BULK) == 2
        assert runner.available(Lane.BULK) == 0
        assert runner.available(Lane.INTERACTIVE) == 2
        single = await house.accept(_person(99))
        async with within(60):
            assert await runner.accept(ids(single)) == 1
        hunter.hold.set()
        # What did not fit is looked up when there is room again, without a sweep and without another message.
        for run in [single, *many]:
            assert (await house.ended(run)).status is RunStatus.COMPLETED
        assert len(hunter.asked) == 8
        assert runner.available(Lane.BULK) == 2


async def test_single_look_ups_take_all_of_the_room_and_the_next_one_waits_for_a_place(open_house: OpenHouse) -> None:
    async with vendor(answer=HUNTER_MISS) as (hunter, settings):
        hunter.hold.clear()
        house = await open_house({"hunter": settings}, worker_concurrency=3)
        runner = await house.runner()
        runs = [await house.accept(_person(number)) for number in range(5)]
        taking = asyncio.create_task(runner.accept(_ids(runs)))
        async with within(60):
            for _ in range(3):
                await hunter.entered.acquire()
        assert not taking.done()  # which holds the queue back
        async with within(60):
            # Recovery holds nobody up: the same round looks for providers that are switched off.
            assert await runner.accept(_ids(runs[3:]), waits=False) == 0
        assert (runner.available(Lane.INTERACTIVE), runner.available(Lane.BULK)) == (0, 0)
        hunter.hold.set()
        async with within(60):
            assert await taking == 5
        for run in runs:
            await house.ended(run)


async def test_accounts_take_turns_in_the_backlog(open_house: OpenHouse) -> None:
    house = await open_house()
    many = await _bulk(house, 5)
    made = await ManageKeys(house.services).create(account="other", mode=Mode.LIVE, amount=10)
    other = await Authenticator(house.services)(made.api_key)
    late = await house.accept(_person(50), lane=Lane.BULK, principal=other)
    single = await house.accept(_person(51))
    async with house.services.engine.connect() as connection:
        found = await queue.waiting(connection, lanes=(Lane.BULK,), older_than=0, limit=3)
        every = await queue.waiting(connection, lanes=tuple(Lane), older_than=0, limit=100)
        young = await queue.waiting(connection, lanes=tuple(Lane), older_than=3600, limit=100)
    assert set(ids(late)) < set(found)
    assert [i for i in found if i not in ids(late)] == _ids(many)[:2]
    assert set(every) == set(_ids([*many, late, single]))
    assert young == []


async def test_a_look_up_whose_lease_ran_out_is_found_at_once(open_house: OpenHouse) -> None:
    house = await open_house()
    run = await house.accept(lane=Lane.BULK)
    await house.lapse(run)
    async with house.services.engine.connect() as connection:
        assert await queue.waiting(connection, lanes=(Lane.BULK,), older_than=3600, limit=9) == ids(run)


async def _lane(house: House) -> str:
    async with house.services.engine.connect() as connection:
        return str(await connection.scalar(cascades.select().with_only_columns(cascades.c.lane)))


async def test_a_single_look_up_that_joins_a_waiting_bulk_one_brings_it_forward(open_house: OpenHouse) -> None:
    house = await open_house()
    first = await house.accept(lane=Lane.BULK)
    joined = await house.accept(lane=Lane.BULK)
    assert await _lane(house) == Lane.BULK
    single = await house.accept()
    assert single.cascade_id == joined.cascade_id == first.cascade_id
    assert await _lane(house) == Lane.INTERACTIVE


async def test_what_is_worked_on_already_stays_in_its_lane(open_house: OpenHouse) -> None:
    async with vendor(answer=hunter_found()) as (hunter, settings):
        hunter.hold.clear()
        house = await open_house({"hunter": settings})
        runner = await house.runner()
        first = await house.accept(lane=Lane.BULK)
        await runner.accept(ids(first), Lane.BULK)
        single = await house.accept()
        assert await _lane(house) == Lane.BULK
        hunter.hold.set()
        assert (await house.ended(single)).ended


async def test_a_worker_of_one_lane_leaves_the_other_alone(open_house: OpenHouse) -> None:
    async with vendor(answer=HUNTER_MISS) as (_, settings):
        house = await open_house({"hunter": settings}, lanes=("bulk",), worker_concurrency=4)
        runner = await house.runner()
        assert runner.available(Lane.BULK) == 4
