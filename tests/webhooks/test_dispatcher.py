"""The schedule as receivers see it: retries, waits, ends, leases; with a receiver that changes its mind."""

import asyncio
from datetime import timedelta

import msgspec
import pytest
from sqlalchemy import update

from app.domain.webhooks.delivery import message_id
from app.services import Services
from app.store.tables.webhooks import deliveries
from tests.play.clock import SetClock, retry_after
from tests.webhooks.conftest import Box, until
from tests.webhooks.receiver import Receiver, answer, hang, listening
from webhooks.dispatcher import Dispatcher


async def test_a_2xx_ends_a_delivery(services: Services, box: Box, receiver: Receiver) -> None:
    receiver.default = answer(204)
    [delivery] = await box.owe(receiver.url)
    assert await Dispatcher(services).deliver_due() == 1
    [tried] = await box.tried(delivery, 1)
    row = await box.row(delivery)
    assert (tried.number, tried.http_status, tried.error, tried.answer) == (1, 204, None, None)
    assert (row.state, row.due_at, row.lease_owner, row.ended_at) == ("delivered", None, None, services.now())
    assert await Dispatcher(services).deliver_due() == 0


async def test_a_receiver_that_changes_its_mind_gets_the_same_bytes_again(
    services: Services, box: Box, receiver: Receiver, clock: SetClock
) -> None:
    receiver.script = [answer(500, b"not today")]
    [delivery] = await box.owe(receiver.url)
    dispatcher = Dispatcher(services)
    await dispatcher.deliver_due()
    [tried] = await box.tried(delivery, 1)
    assert (tried.http_status, tried.error, tried.answer) == (500, "the receiver answered 500", "not today")
    assert (await box.row(delivery)).due_at == clock.now() + timedelta(seconds=10)
    clock.forward(9.9)
    assert await dispatcher.deliver_due() == 0
    clock.forward(0.1)
    assert await dispatcher.deliver_due() == 1
    await box.tried(delivery, 2)
    first, second = receiver.requests
    assert first.body == second.body
    assert first.headers["webhook-id"] == second.headers["webhook-id"] == message_id(delivery)
    assert int(second.headers["webhook-timestamp"]) - int(first.headers["webhook-timestamp"]) == 10
    assert first.headers["webhook-signature"] != second.headers["webhook-signature"]
    assert (await box.row(delivery)).state == "delivered"


async def test_after_three_retries_a_delivery_has_failed(
    services: Services, box: Box, receiver: Receiver, clock: SetClock
) -> None:
    receiver.default = answer(500)
    [delivery] = await box.owe(receiver.url)
    for number, delay in enumerate((10, 60, 360), start=1):
        # A dispatcher of its own for each try: what was tried is counted from rows, not remembered.
        await Dispatcher(services).deliver_due()
        await box.tried(delivery, number)
        clock.forward(delay)
    await Dispatcher(services).deliver_due()
    await box.tried(delivery, 4)
    assert (await box.row(delivery)).state == "failed"
    clock.forward(86_400)
    assert await Dispatcher(services).deliver_due() == 0
    assert len(receiver.requests) == 4


async def test_w3_jitter_only_adds(services: Services, box: Box, receiver: Receiver, clock: SetClock) -> None:
    receiver.default = answer(503)
    [delivery] = await box.owe(receiver.url)
    await Dispatcher(msgspec.structs.replace(services, random=lambda: 0.5)).deliver_due()
    await box.tried(delivery, 1)
    assert (await box.row(delivery)).due_at == clock.now() + timedelta(seconds=11)


async def test_410_ends_a_delivery_at_once(services: Services, box: Box, receiver: Receiver) -> None:
    receiver.default = answer(410)
    [delivery] = await box.owe(receiver.url)
    await Dispatcher(services).deliver_due()
    await box.tried(delivery, 1)
    assert (await box.row(delivery)).state == "failed"


@pytest.mark.parametrize(
    ("status", "header", "delay"),
    [
        pytest.param(429, "120", 120, id="seconds"),
        pytest.param(503, timedelta(minutes=5), 300, id="date"),
        pytest.param(429, "3", 10, id="never-earlier-than-the-schedule"),
        pytest.param(429, "86400", 3600, id="an-hour-at-most"),
        pytest.param(429, "soon", 10, id="nonsense"),
        pytest.param(500, "120", 10, id="only-with-429-and-503"),
    ],
)
async def test_w5_retry_after_only_ever_delays(
    *,
    services: Services,
    box: Box,
    receiver: Receiver,
    clock: SetClock,
    status: int,
    header: str | timedelta,
    delay: int,
) -> None:
    receiver.default = answer(status, Retry_After=retry_after(clock, header))
    [delivery] = await box.owe(receiver.url)
    await Dispatcher(services).deliver_due()
    await box.tried(delivery, 1)
    assert (await box.row(delivery)).due_at == services.now() + timedelta(seconds=delay)


async def test_w7_a_receiver_that_hangs_does_not_delay_others(services: Services, box: Box, receiver: Receiver) -> None:
    account = await box.account()
    async with listening() as hanging:
        hanging.default = hang
        await box.owe(hanging.url, owner=account, count=50)
        mine = await box.owe(receiver.url, owner=account, count=12)
        dispatcher = Dispatcher(
            msgspec.structs.replace(
                services,
                settings=msgspec.structs.replace(services.settings, webhook_concurrency=16, webhook_timeout_seconds=10),
            )
        )
        await dispatcher.deliver_due()
        # Nobody asks again: each end makes room for the next lease.
        await receiver.wait_for(12)
        assert hanging.connections <= services.settings.webhook_concurrency_per_host
        for delivery in mine:
            await box.tried(delivery, 1)
        await dispatcher.drain(0)


async def test_w7_an_account_whose_receivers_all_hang_leaves_room_for_others(
    services: Services, box: Box, receiver: Receiver
) -> None:
    greedy = await box.account()
    async with listening(everywhere=True) as hanging:
        hanging.default = hang
        for octet in range(2, 20):
            await box.owe(f"http://127.0.0.{octet}:{hanging.port}/", owner=greedy)
        small = msgspec.structs.replace(services.settings, webhook_concurrency=6, webhook_timeout_seconds=10)
        dispatcher = Dispatcher(msgspec.structs.replace(services, settings=small))
        assert await dispatcher.deliver_due() == 3
        await hanging.wait_for(3)
        assert await dispatcher.deliver_due() == 0
        await box.owe(receiver.url)
        assert await dispatcher.deliver_due() == 1
        await receiver.wait_for(1)
        await dispatcher.drain(0)


async def test_w2_a_try_whose_process_died_is_sent_again_under_the_same_id_when_its_lease_ends(
    services: Services, box: Box, receiver: Receiver
) -> None:
    receiver.script = [hang]
    [delivery] = await box.owe(receiver.url)
    dying = Dispatcher(services)
    await dying.deliver_due()
    await receiver.wait_for(1)
    other = Dispatcher(msgspec.structs.replace(services, name="other"))
    assert await other.deliver_due() == 0
    async with services.engine.begin() as connection:
        await connection.execute(update(deliveries).values(lease_until=deliveries.c.lease_until - timedelta(minutes=5)))
    assert await other.deliver_due() == 1
    await box.tried(delivery, 1)
    first, second = receiver.requests
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    # The one that was taken for dead ends its try late: nothing is written, because its lease is gone.
    await dying.drain(5)
    [tried] = await box.tries(delivery)
    assert (tried.number, tried.http_status) == (1, 200)


async def test_draining_waits_for_what_is_under_way_and_hands_back_the_rest(
    services: Services, box: Box, receiver: Receiver
) -> None:
    async with listening() as hanging:
        hanging.default = hang
        [stuck] = await box.owe(hanging.url)
        [quick] = await box.owe(receiver.url)
        patient = msgspec.structs.replace(services.settings, webhook_timeout_seconds=30)
        dispatcher = Dispatcher(msgspec.structs.replace(services, settings=patient))
        assert await dispatcher.deliver_due() == 2
        await hanging.wait_for(1)
        await box.tried(quick, 1)
        await dispatcher.drain(0.1)
        row = await box.row(stuck)
        assert (row.state, row.lease_owner, row.lease_until) == ("pending", None, None)
        assert await box.tries(stuck) == []
        assert await dispatcher.deliver_due() == 0
        assert await Dispatcher(services).deliver_due() == 1


async def test_w2_dispatchers_side_by_side_send_each_event_once(
    services: Services, box: Box, receiver: Receiver
) -> None:
    owed = await box.owe(receiver.url, count=60)
    patient = msgspec.structs.replace(services.settings, webhook_timeout_seconds=15.0)
    pair = [Dispatcher(msgspec.structs.replace(services, name=name, settings=patient)) for name in "ab"]
    await asyncio.gather(*(dispatcher.deliver_due() for dispatcher in pair))

    async def done() -> bool:
        return all([(await box.row(delivery)).state == "delivered" for delivery in owed])

    await until(done)
    assert sorted(r.headers["webhook-id"] for r in receiver.requests) == sorted(map(message_id, owed))
