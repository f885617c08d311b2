"""What a batch shows of what providers charged: each look-up for its oldest run, whenever and however it ends."""

import asyncio
from collections.abc import Sequence
from decimal import Decimal
from functools import partial
from uuid import UUID

import pytest
from sqlalchemy import select, text

from app.domain.runs.job import JobStatus
from app.domain.waterfall.answer import ZERO
from app.services import Services
from app.store.runs import jobs
from app.store.tables.core import cascades
from app.store.tables.webhooks import deliveries
from app.usecases.batches.admit import admit_batch
from app.usecases.batches.cancel import cancel_batch
from app.usecases.runs.cancel import cancel_run
from app.usecases.runs.submit import Submit
from tests.play.worker import MISS, NOBODY, end_cascades, record_attempt
from tests.usecases.conftest import Paying
from tests.usecases.ledgers import violations
from tests.usecases.people import count, jane, submit_one
from tests.usecases.uploads import batch_of, person, receive

WAITING = text("SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()")


async def until_one_waits(services: Services) -> None:
    while True:
        async with services.engine.connect() as connection:
            if (await connection.execute(WAITING)).first() is not None:
                return
        await asyncio.sleep(0.01)


async def open_cascade(paying: Paying) -> UUID:
    async with paying.services.engine.connect() as connection:
        found: Sequence[UUID] = (await connection.scalars(select(cascades.c.id).where(cascades.c.open))).all()
    (cascade_id,) = found
    return cascade_id


async def costs(paying: Paying, batch_id: UUID) -> tuple[Decimal, Decimal]:
    """What a batch shows, and what the calls that it pays for have cost."""
    async with paying.services.engine.connect() as connection:
        paid = await jobs.cost(connection, batch_id)
    return (await batch_of(paying.services, batch_id)).cost_usd, paid


async def test_a_cancelled_batch_shows_what_its_calls_have_cost_and_its_misses(paying: Paying) -> None:
    services = paying.services
    received = await receive(services, paying.principal, [person(0), person(0), person(1)])
    await admit_batch(services, received.batch.id, after=-1, limit=9)
    async with services.engine.connect() as connection:
        statement = select(cascades.c.id).where(cascades.c.open).order_by(cascades.c.id)
        first, second = await connection.scalars(statement)
    await end_cascades(services, [second], lambda _: NOBODY)
    await record_attempt(services, first, "hunter", MISS, 0, cost_usd=Decimal("0.0245"))
    assert (await batch_of(services, received.batch.id)).cost_usd == 0
    await cancel_batch(services, paying.principal.owner, received.batch.id)
    batch = await batch_of(services, received.batch.id)
    assert (batch.cost_usd, batch.not_found) == (Decimal("0.0245"), 1)
    assert await violations(services) == []


async def test_an_answer_that_comes_after_the_cancellation_counts_in_the_cost_of_the_batch_once(
    paying: Paying,
) -> None:
    services = paying.services
    received = await receive(services, paying.principal, [person(0)])
    batch_id = received.batch.id
    await admit_batch(services, batch_id, after=-1, limit=9)
    cascade_id = await open_cascade(paying)
    await record_attempt(services, cascade_id, "prospeo", MISS, 0, cost_usd=Decimal("0.01"))
    cancel = partial(cancel_batch, services, paying.principal.owner, batch_id)
    record = partial(record_attempt, services, cascade_id, "hunter", MISS, 1, cost_usd=Decimal("0.0245"))
    await record(meanwhile=cancel)
    assert await costs(paying, batch_id) == (Decimal("0.0345"), Decimal("0.0345"))
    assert (await batch_of(services, batch_id)).status is JobStatus.CANCELLED
    assert await violations(services) == []


@pytest.mark.parametrize("cancelled", [False, True])
async def test_a_batch_pays_nothing_for_a_look_up_that_another_run_began(paying: Paying, *, cancelled: bool) -> None:
    services = paying.services
    began = await submit_one(Submit(services), jane(paying.principal, 0))
    received = await receive(services, paying.principal, [person(0)])
    await admit_batch(services, received.batch.id, after=-1, limit=9)
    if cancelled:
        await cancel_run(services, paying.principal.owner, began.run.id)
    cascade_id = await open_cascade(paying)
    await record_attempt(services, cascade_id, "hunter", MISS, 0, cost_usd=Decimal("0.0245"))
    await end_cascades(services, [cascade_id], lambda _: NOBODY, cost_usd=Decimal("0.0245"))
    assert (await batch_of(services, received.batch.id)).status is JobStatus.COMPLETED
    assert await costs(paying, received.batch.id) == (ZERO, ZERO)
    assert await violations(services) == []


async def test_a_batch_whose_look_up_goes_on_for_another_run_shows_its_cost_and_ends_once(paying: Paying) -> None:
    services, url = paying.services, "https://hooks.example/end"
    received = await receive(services, paying.principal, [person(0)], webhook_url=url)
    await admit_batch(services, received.batch.id, after=-1, limit=9)
    await submit_one(Submit(services), jane(paying.principal, 0))
    await cancel_batch(services, paying.principal.owner, received.batch.id)
    cascade_id = await open_cascade(paying)
    await record_attempt(services, cascade_id, "hunter", MISS, 0, cost_usd=Decimal("0.0245"))
    await end_cascades(services, [cascade_id], lambda _: NOBODY, cost_usd=Decimal("0.0245"))
    assert await costs(paying, received.batch.id) == (Decimal("0.0245"), Decimal("0.0245"))
    assert await count(services, deliveries) == 1
    assert await violations(services) == []


async def test_a_cancelled_batch_waits_for_the_job_that_pays_before_it_is_locked_itself(paying: Paying) -> None:
    services, owner = paying.services, paying.principal.owner
    payer = await receive(services, paying.principal, [person(0), person(1)])
    batch = await receive(services, paying.principal, [person(0)])
    for one in (payer, batch):
        await admit_batch(services, one.batch.id, after=-1, limit=1)
    cascade_id = await open_cascade(paying)
    await record_attempt(services, cascade_id, "hunter", MISS, 0, cost_usd=Decimal("0.0245"))
    await cancel_batch(services, owner, payer.batch.id)
    async with asyncio.TaskGroup() as group, services.engine.begin() as other:
        await jobs.lock(other, [payer.batch.id])
        cancelling = group.create_task(cancel_batch(services, owner, batch.batch.id))
        await until_one_waits(services)
        # As a look-up that ends and counts in both, in the order of their ids: each would wait for the other.
        await other.execute(text("SET LOCAL lock_timeout = '50ms'"))
        await jobs.lock(other, [batch.batch.id])
        assert not cancelling.done()
    assert await costs(paying, payer.batch.id) == (Decimal("0.0245"), Decimal("0.0245"))
    assert (await batch_of(services, batch.batch.id)).status is JobStatus.CANCELLED
    assert await violations(services) == []
