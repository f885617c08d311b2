"""Clocks that are set forth and back: nothing is sent twice or lost, or waits longer than it was meant to."""

from datetime import timedelta

import pytest
from sqlalchemy import update

from app.services import Services
from app.store.tables.webhooks import deliveries
from tests.play.clock import SetClock
from tests.webhooks.conftest import Box
from tests.webhooks.receiver import Receiver, answer, hang
from webhooks.dispatcher import Dispatcher

HOUR, DAY = 3600.0, 86_400.0
BACK = [pytest.param(-HOUR, id="an-hour-back"), pytest.param(-DAY, id="a-day-back")]
FORTH = [pytest.param(HOUR, id="an-hour-forth"), pytest.param(DAY, id="a-day-forth")]


@pytest.mark.parametrize("jump", BACK)
async def test_what_was_owed_by_a_clock_that_was_ahead_is_sent_at_once(
    *, services: Services, box: Box, receiver: Receiver, clock: SetClock, jump: float
) -> None:
    [delivery] = await box.owe(receiver.url)
    clock.forward(jump)
    assert await Dispatcher(services).deliver_due() == 1
    await box.tried(delivery, 1)
    assert (await box.row(delivery)).state == "delivered"


@pytest.mark.parametrize("jump", BACK)
async def test_a_retry_waits_as_long_as_it_was_meant_to_from_when_the_clock_was_set_back(
    *, services: Services, box: Box, receiver: Receiver, clock: SetClock, jump: float
) -> None:
    receiver.script = [answer(500)]
    [delivery] = await box.owe(receiver.url)
    dispatcher = Dispatcher(services)
    await dispatcher.deliver_due()
    await box.tried(delivery, 1)
    clock.forward(jump)
    assert await dispatcher.deliver_due() == 0
    assert (await box.row(delivery)).due_at == clock.now() + timedelta(seconds=10)
    clock.forward(9)
    assert await Dispatcher(services).deliver_due() == 0
    clock.forward(1)
    assert await dispatcher.deliver_due() == 1
    await box.tried(delivery, 2)
    assert ((await box.row(delivery)).state, len(receiver.requests)) == ("delivered", 2)


@pytest.mark.parametrize("jump", [*BACK, *FORTH])
async def test_a_jump_during_a_try_neither_repeats_nor_loses_it(
    *, services: Services, box: Box, receiver: Receiver, clock: SetClock, jump: float
) -> None:
    receiver.script = [hang]
    [delivery] = await box.owe(receiver.url)
    dispatcher = Dispatcher(services)
    await dispatcher.deliver_due()
    await receiver.wait_for(1)
    clock.forward(jump)
    # Leases go by the database's clock: nobody else takes it.
    assert await Dispatcher(services).deliver_due() == 0
    [tried] = await box.tried(delivery, 1)
    assert tried.error is not None
    assert (await box.row(delivery)).due_at == clock.now() + timedelta(seconds=10)
    clock.forward(10)
    await dispatcher.deliver_due()
    await box.tried(delivery, 2)
    assert ((await box.row(delivery)).state, len(receiver.requests)) == ("delivered", 2)


@pytest.mark.parametrize("jump", FORTH)
async def test_a_jump_forth_uses_no_more_tries_than_the_schedule_has(
    *, services: Services, box: Box, receiver: Receiver, clock: SetClock, jump: float
) -> None:
    receiver.default = answer(500)
    [delivery] = await box.owe(receiver.url)
    dispatcher = Dispatcher(services)
    for number in range(1, 7):
        await dispatcher.deliver_due()
        await box.tried(delivery, min(number, 4))
        clock.forward(jump)
    assert ((await box.row(delivery)).state, len(receiver.requests)) == ("failed", 4)


async def test_a_lease_of_a_database_clock_that_was_ahead_is_dead(
    services: Services, box: Box, receiver: Receiver
) -> None:
    [delivery] = await box.owe(receiver.url)
    async with services.engine.begin() as connection:
        until = deliveries.c.created_at + timedelta(days=3650)
        await connection.execute(update(deliveries).values(lease_owner="who was killed", lease_until=until))
    assert await Dispatcher(services).deliver_due() == 1
    await box.tried(delivery, 1)


async def test_what_lies_further_ahead_than_any_wait_is_brought_back(
    services: Services, box: Box, receiver: Receiver, clock: SetClock
) -> None:
    [delivery] = await box.owe(receiver.url)
    async with services.engine.begin() as connection:
        await connection.execute(update(deliveries).values(due_at=clock.now() + timedelta(days=400)))
    assert await Dispatcher(services).deliver_due() == 0
    longest = timedelta(hours=1) * (1 + services.settings.webhook_jitter)
    assert (await box.row(delivery)).due_at == clock.now() + longest
