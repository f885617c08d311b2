"""Asking again: one delivery, or all that failed; each exactly one try more, under the same id, newly signed."""

import asyncio
from datetime import timedelta
from uuid import UUID

import msgspec
import pytest
from sqlalchemy import func, select

from app.api.http.errors import status_of
from app.domain.errors import EndpointClosedError, PayloadExpungedError, RecoveryTooOldError
from app.services import Services
from app.store.tables.webhooks import deliveries
from app.usecases.webhooks.manage_deliveries import ManageDeliveries
from app.usecases.webhooks.manage_endpoints import EndpointChange, ManageEndpoints
from tests.play.clock import SetClock
from tests.webhooks.conftest import Box, until
from tests.webhooks.receiver import Receiver, answer
from tests.webhooks.subscribed import happen, send_all, subscribe
from webhooks.dispatcher import Dispatcher

SCHEDULE = (10.0, 60.0, 360.0)


async def _exhaust(services: Services, clock: SetClock) -> None:
    for delay in (0, *SCHEDULE):
        clock.forward(delay)
        await send_all(services)


async def _counts(box: Box, ids: list[UUID]) -> list[int]:
    return [len(await box.tries(delivery)) for delivery in ids]


async def test_w10_svix_recovery_expected_retry_counts(
    services: Services, box: Box, receiver: Receiver, clock: SetClock
) -> None:
    began = clock.now()
    receiver.default = answer(500)
    account = await box.account()
    await subscribe(box, account, receiver.url)
    ids = await happen(box, account) + await box.owe(receiver.url, owner=account)
    await _exhaust(services, clock)
    assert await _counts(box, ids) == [1 + len(SCHEDULE)] * 2
    for more in (1, 2):
        assert await ManageDeliveries(services).recover(account, since=began) == 2
        await send_all(services)
        clock.forward(3600)
        await send_all(services)
        assert await _counts(box, ids) == [1 + len(SCHEDULE) + more] * 2
        assert {(await box.row(delivery)).state for delivery in ids} == {"failed"}


async def test_w8_a_try_by_hand_is_the_only_one_also_when_the_schedule_has_some_left(
    services: Services, box: Box, receiver: Receiver, clock: SetClock
) -> None:
    receiver.script = [answer(410), answer(500)]
    [delivery] = await box.owe(receiver.url)
    await send_all(services)
    account = await box.owner(delivery)
    assert (await ManageDeliveries(services).redeliver(account, delivery)).state == "pending"
    await send_all(services)
    clock.forward(3600)
    await send_all(services)
    row = await box.row(delivery)
    assert (row.state, len(receiver.requests)) == ("failed", 2)
    assert "by hand" in row.reason


async def test_w8_a_redelivery_keeps_its_id_and_bytes_and_is_signed_anew(
    services: Services, box: Box, receiver: Receiver, clock: SetClock
) -> None:
    [delivery] = await box.owe(receiver.url)
    await send_all(services)
    clock.forward(86_400)
    await ManageDeliveries(services).redeliver(await box.owner(delivery), delivery)
    await send_all(services)
    first, second = receiver.requests
    assert first.body == second.body
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert int(second.headers["webhook-timestamp"]) - int(first.headers["webhook-timestamp"]) == 86_400
    assert first.headers["webhook-signature"] != second.headers["webhook-signature"]
    assert (await box.row(delivery)).state == "delivered"
    assert [one.number for one in await box.tries(delivery)] == [1, 2]


async def test_redelivering_a_pending_one_brings_its_next_try_forward_and_keeps_its_schedule(
    services: Services, box: Box, receiver: Receiver, clock: SetClock
) -> None:
    receiver.default = answer(500)
    [delivery] = await box.owe(receiver.url)
    await send_all(services)
    await ManageDeliveries(services).redeliver(await box.owner(delivery), delivery)
    await send_all(services)
    row = await box.row(delivery)
    assert (row.state, row.due_at) == ("pending", clock.now() + timedelta(seconds=60))
    assert len(await box.tries(delivery)) == 2


async def test_w8_a_recovery_is_promised_at_once_and_sent_aside_with_one_try_each(
    services: Services, box: Box, receiver: Receiver, clock: SetClock
) -> None:
    # Given up after one try, so that the schedule would have three more.
    receiver.script, receiver.default = [answer(410)] * 3, answer(500)
    began, account = clock.now(), await box.account()
    await box.owe(receiver.url, owner=account, count=3)
    await send_all(services)
    clock.forward(86_400)
    assert await ManageDeliveries(services).recover(account, since=began) == 3
    assert len(receiver.requests) == 3
    await send_all(services)
    clock.forward(86_400)
    await send_all(services)
    sent = [{r.headers["webhook-id"]: r for r in some} for some in (receiver.requests[:3], receiver.requests[3:])]
    assert len(receiver.requests) == 6
    assert set(sent[0]) == set(sent[1])
    for name, first in sent[0].items():
        again = sent[1][name]
        assert again.body == first.body
        assert again.headers["webhook-signature"] != first.headers["webhook-signature"]
        assert int(again.headers["webhook-timestamp"]) - int(first.headers["webhook-timestamp"]) == 86_400


async def test_w8_only_what_failed_since_then_is_recovered(
    services: Services, box: Box, receiver: Receiver, clock: SetClock
) -> None:
    account = await box.account()
    receiver.script = [answer(410)]
    [older] = await box.owe(receiver.url, owner=account)
    await send_all(services)
    clock.forward(60)
    since = clock.now()
    receiver.script = [answer(410), answer(200)]
    [failed] = await box.owe(receiver.url, owner=account)
    await send_all(services)
    [fine] = await box.owe(receiver.url, owner=account)
    await send_all(services)
    assert await ManageDeliveries(services).recover(account, since=since) == 1
    states = [(await box.row(delivery)).state for delivery in (older, failed, fine)]
    assert states == ["failed", "pending", "delivered"]


async def test_disabled_endpoints_are_left_out_of_a_recovery(
    services: Services, box: Box, receiver: Receiver, clock: SetClock
) -> None:
    account = await box.account()
    endpoint = await subscribe(box, account, receiver.url, enabled=False)
    await happen(box, account)
    house = ManageDeliveries(services)
    assert await house.recover(account, since=clock.now()) == 0
    with pytest.raises(EndpointClosedError):
        await house.recover(account, since=clock.now(), endpoint_id=endpoint.id)
    await ManageEndpoints(services).change(account, endpoint.id, EndpointChange(enabled=True))
    assert await house.recover(account, since=clock.now(), endpoint_id=endpoint.id) == 1


async def test_w8_the_window_of_a_recovery_is_fourteen_days(services: Services, box: Box, clock: SetClock) -> None:
    account, house = await box.account(), ManageDeliveries(services)
    since = clock.now()
    clock.forward(14 * 86_400)
    assert await house.recover(account, since=since) == 0
    clock.forward(1)
    with pytest.raises(RecoveryTooOldError):
        await house.recover(account, since=since)
    assert status_of(RecoveryTooOldError) == 422


async def test_w10_svix_expunge_message_payload(
    services: Services, box: Box, receiver: Receiver, clock: SetClock
) -> None:
    receiver.script = [answer(500)]
    done, pending = await box.owe(receiver.url), await box.owe(receiver.url)
    await send_all(services)
    house = ManageDeliveries(services)
    for [delivery] in (done, pending):
        account = await box.owner(delivery)
        tries = await box.tries(delivery)
        await house.expunge(account, delivery)
        row = await box.row(delivery)
        assert (row.body, row.expunged_at, row.due_at) == (b"", clock.now(), None)
        assert await box.tries(delivery) == tries
        with pytest.raises(PayloadExpungedError):
            await house.redeliver(account, delivery)
    clock.forward(3600)
    await send_all(services)
    assert len(receiver.requests) == 2


async def test_a_payload_that_is_expunged_while_it_is_sent_is_not_sent_again(
    services: Services, box: Box, receiver: Receiver, clock: SetClock
) -> None:
    sending, expunged = asyncio.Event(), asyncio.Event()

    async def wait(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        sending.set()
        await expunged.wait()
        writer.write(b"HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n")
        await writer.drain()

    receiver.script = [wait]
    [delivery] = await box.owe(receiver.url)
    dispatcher = Dispatcher(services)
    await dispatcher.deliver_due()
    await sending.wait()
    await ManageDeliveries(services).expunge(await box.owner(delivery), delivery)
    expunged.set()
    await dispatcher.drain(5)
    clock.forward(3600)
    await send_all(services)
    row = await box.row(delivery)
    assert (row.state, row.body, len(receiver.requests)) == ("failed", b"", 1)


async def test_w10_svix_many_queue_consumers(services: Services, box: Box, receiver: Receiver) -> None:
    account = await box.account()
    await subscribe(box, account, receiver.url)
    ids = await happen(box, account, count=120)
    # With the time for an answer that there really is: on a busy machine 120 of them take more than a second.
    many = msgspec.structs.replace(services.settings, webhook_concurrency_per_host=20, webhook_timeout_seconds=15.0)
    consumers = [
        Dispatcher(msgspec.structs.replace(services, name=f"consumer {number}", settings=many)) for number in range(4)
    ]

    async def all_sent() -> bool:
        await asyncio.gather(*(consumer.deliver_due() for consumer in consumers))
        async with services.engine.connect() as connection:
            delivered = select(func.count()).select_from(deliveries).where(deliveries.c.state == "delivered")
            return await connection.scalar(delivered) == len(ids)

    await until(all_sent)
    for consumer in consumers:
        await consumer.drain(5)
    assert sorted(r.headers["webhook-id"] for r in receiver.requests) == sorted(f"msg_{i.hex}" for i in ids)
    assert await _counts(box, ids) == [1] * len(ids)
