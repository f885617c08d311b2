"""Batches worked off by workers: within their window, taking turns, and exact when a worker is lost."""

import asyncio
import base64
import json
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator

import pytest
from sqlalchemy import func, select

from app.broker import KEY_PREFIX
from app.domain.runs.job import JobStatus
from app.domain.vocabulary import Lane
from app.store.runs import batches
from app.store.tables.core import cascades, runs
from app.store.tables.jobs import jobs
from app.usecases.accounts.authenticate import Authenticator
from app.usecases.accounts.balance import read_balance
from app.usecases.accounts.manage_keys import ManageKeys
from app.usecases.batches.admit import admit_batch
from tests.usecases.ledgers import violations
from tests.usecases.uploads import batch_of, end_all, person, receive
from tests.workers.conftest import House, OpenHouse, within
from tests.workers.vendors import hunter_found, vendor
from workers.batch_feeder import BatchFeeder
from workers.worker import Worker


async def until(condition: Callable[[], Awaitable[bool]]) -> None:
    """Wait until something holds."""
    async with within(60):
        while True:
            if await condition():
                return
            await asyncio.sleep(0.05)


async def open_runs(house: House) -> int:
    async with house.services.engine.connect() as connection:
        return int(await connection.scalar(select(func.count()).select_from(cascades).where(cascades.c.open)) or 0)


async def test_no_more_rows_are_looked_up_at_once_than_the_window_allows(open_house: OpenHouse) -> None:
    house = await open_house(batch_concurrency=4)
    received = await receive(house.services, house.principal, map(person, range(10)))
    feeder = BatchFeeder(house.services)
    seen = []
    while (await batch_of(house.services, received.batch.id)).status is JobStatus.PROCESSING:
        while await feeder.feed():
            pass
        seen.append(await open_runs(house))
        await end_all(house.services)
    assert seen == [4, 4, 2]
    assert await violations(house.services) == []


async def test_accounts_take_turns_however_long_the_other_list_is(open_house: OpenHouse) -> None:
    house = await open_house(batch_concurrency=500)
    made = await ManageKeys(house.services).create(account="small", amount=10)
    small = await Authenticator(house.services)(made.api_key)
    for _ in range(3):
        await receive(house.services, house.tester, map(person, range(600)), force_refresh=True)
    mine = await receive(house.services, small, map(person, range(3)))
    feeder = BatchFeeder(house.services)
    assert await feeder.feed()
    assert await feeder.feed()
    assert (await batch_of(house.services, mine.batch.id)).admitted == 3


async def test_a_batch_that_somebody_admits_is_left_alone_until_the_lease_runs_out(open_house: OpenHouse) -> None:
    house = await open_house(lease_seconds=0.3)
    received = await receive(house.services, house.principal, map(person, range(3)))
    async with house.services.engine.begin() as connection:
        leased = await batches.lease(connection, owner="lost:1", lease_seconds=0.3, window=10, portion=5)
    assert leased == received.batch.id
    feeder = BatchFeeder(house.services)
    assert not await feeder.feed()
    await until(feeder.feed)
    assert (await batch_of(house.services, received.batch.id)).admitted == 3


async def test_a_worker_lost_at_any_step_of_a_portion_repeats_nothing(open_house: OpenHouse) -> None:
    house = await open_house()
    received = await receive(house.services, house.principal, map(person, range(9)))
    lost = 0
    for moment in moments():
        # Killed after so many steps of its loop: the transaction is rolled back or committed, nothing in between.
        task = asyncio.create_task(admit_batch(house.services, received.batch.id, after=-1, limit=3))
        for _ in range(moment):
            await asyncio.sleep(0)
        lost += task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        assert await violations(house.services) == []
        batch = await batch_of(house.services, received.batch.id)
        assert batch.reserved_credits == 9 - batch.admitted
    while await admit_batch(house.services, received.batch.id, after=-1, limit=3):
        pass
    assert lost
    assert (await read_balance(house.services, house.principal.owner)).balance == 91
    assert await end_all(house.services) == 9
    assert await violations(house.services) == []


def moments() -> Iterator[int]:
    """Steps of the event loop, closer together where more happens."""
    yield from range(0, 60, 4)


async def test_a_batch_goes_through_engines_and_vendors_to_its_last_row(open_house: OpenHouse) -> None:
    async with vendor(answer=hunter_found()) as (hunter, settings):
        house = await open_house({"hunter": settings}, batch_concurrency=10, recovery_seconds=0.1, db_pool_size=5)
        rows = [person(number % 30) for number in range(40)]
        received = await receive(house.services, house.principal, rows)
        assert received.batch.reserved_credits == 30
        runner = await house.runner()
        working = [
            asyncio.create_task(BatchFeeder(house.services).run()),
            asyncio.create_task(keep_taking(house, runner.accept)),
        ]

        async def ended() -> bool:
            return (await batch_of(house.services, received.batch.id)).ended

        await until(ended)
        for task in working:
            task.cancel()
        await asyncio.gather(*working, return_exceptions=True)
        batch = await batch_of(house.services, received.batch.id)
        assert (batch.done, batch.emails_found, batch.reserved_credits) == (40, 40, 0)
        assert len(hunter.asked) == 30
        assert (await read_balance(house.services, house.principal.owner)).balance == 70
        async with house.services.engine.connect() as connection:
            charged = Counter(await connection.scalars(select(runs.c.credits_used)))
        assert charged == {1: 30, 0: 10}
        assert await violations(house.services) == []


async def keep_taking(house: House, accept: object) -> None:
    """Do as notifications do: hand open cascades to a runner."""
    assert callable(accept)
    while True:
        async with house.services.engine.connect() as connection:
            ids = list(await connection.scalars(select(cascades.c.id).where(cascades.c.open)))
        await accept(ids)
        await asyncio.sleep(0.02)


async def test_a_batch_that_its_account_cannot_pay_for_any_more_waits_for_credits(open_house: OpenHouse) -> None:
    house = await open_house(lease_seconds=0.2)
    received = await receive(house.services, house.principal, map(person, range(3)))
    async with house.services.engine.begin() as connection:
        # As when cached answers have grown too old on the way: less is held than the rows cost.
        await connection.execute(jobs.update().values(options={"price": 50}))
    assert await admit_batch(house.services, received.batch.id, after=-1, limit=3) is None
    assert await violations(house.services) == []
    await ManageKeys(house.services).create(account="acme", amount=1000)
    assert await admit_batch(house.services, received.batch.id, after=-1, limit=3)
    assert (await batch_of(house.services, received.batch.id)).reserved_credits == 0
    assert await violations(house.services) == []


async def test_a_new_batch_wakes_a_feeder_that_had_nothing_to_do(
    open_house: OpenHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("workers.batch_feeder.IDLE_SECONDS", 600.0)
    house = await open_house(recovery_seconds=600.0)
    worker = Worker(house.settings)
    await worker.open()
    await asyncio.sleep(0.1)
    received = await receive(house.services, house.principal, [person(1)])

    async def notified() -> bool:
        messages = await house.services.redis.lrange(KEY_PREFIX + "bulk", 0, -1)
        return str(received.batch.id) in str([base64.b64decode(json.loads(one)["body"]) for one in messages])

    async def admitted() -> bool:
        return (await batch_of(house.services, received.batch.id)).admitted == 1

    await until(notified)
    # Ids that come together share a message.
    await worker.enrich([str(received.batch.id), str(house.services.new_id())], Lane.BULK)
    await until(admitted)
    await worker.close()
