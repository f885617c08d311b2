"""The circuit breaker of a receiver: it opens after enough failures, lets single probes through, and closes."""

from uuid import UUID

import msgspec
from prometheus_client import REGISTRY
from sqlalchemy import select

from app.domain.webhooks.circuit_breaker import CircuitBreaker, wait_reason
from app.domain.webhooks.delivery_log import DeliveryFilter
from app.services import Services
from app.store.tables.webhooks import deliveries
from app.store.tables.webhooks import webhook_circuit_breakers as breakers
from app.store.webhooks import delivery_log
from tests.play.clock import SetClock
from tests.webhooks.conftest import Box, until
from tests.webhooks.receiver import Receiver, answer, hang
from webhooks.dispatcher import Dispatcher


async def _sent(dispatcher: Dispatcher, box: Box, owed: list[UUID], count: int) -> None:
    """Send until so many tries of these are recorded."""
    await dispatcher.deliver_due()

    async def enough() -> bool:
        return sum([len(await box.tries(one)) for one in owed]) >= count

    await until(enough)


async def _is_open(services: Services) -> bool:
    async with services.engine.connect() as connection:
        return bool((await connection.execute(select(breakers).where(breakers.c.open_until.is_not(None)))).all())


async def test_w6_a_receiver_that_keeps_failing_is_probed_every_30_seconds_and_no_try_is_used_up(
    services: Services, box: Box, receiver: Receiver, clock: SetClock
) -> None:
    receiver.default = answer(500)
    account = await box.account()
    owed = await box.owe(receiver.url, owner=account, count=20)
    opened = _counter("opened")
    dispatcher = Dispatcher(services)
    await _sent(dispatcher, box, owed, 10)

    async def open_and_quiet() -> bool:
        return await _is_open(services) and not await _leased(services)

    await until(open_and_quiet)
    assert _counter("opened") == opened + 1
    before = len(receiver.requests)
    assert before < 20
    # Everything is due by now, and nothing is sent.
    clock.forward(29)
    assert await dispatcher.deliver_due() == 0
    clock.forward(1)
    assert await dispatcher.deliver_due() == 1
    await _sent(dispatcher, box, owed, before + 1)
    # The next turn to probe is 30 seconds away, for every process.
    assert await Dispatcher(services).deliver_due() == 0
    async with services.engine.connect() as connection:
        views = await delivery_log.page(connection, account, DeliveryFilter(), before_id=None, limit=100)
    assert {view.reason for view in views if view.state == "pending"} == {
        wait_reason(CircuitBreaker(since=clock.now(), open_until=clock.now()))
    }
    # It heals: the probe arrives, and all the others after it.
    receiver.default = answer(200)
    clock.forward(30)
    await _sent(dispatcher, box, owed, before + 2)
    clock.forward(3600)
    await dispatcher.deliver_due()

    async def delivered() -> bool:
        return all([(await box.row(one)).state == "delivered" for one in owed])

    await until(delivered)
    assert max([len(await box.tries(one)) for one in owed]) <= 4
    assert not await _is_open(services)


async def test_a_failed_probe_uses_the_tries_of_its_own_delivery_alone(
    services: Services, box: Box, receiver: Receiver, clock: SetClock
) -> None:
    receiver.default = answer(500)
    owed = await box.owe(receiver.url, count=10)
    dispatcher = Dispatcher(services)
    await _sent(dispatcher, box, owed, 10)
    for number in range(11, 41):
        clock.forward(400)
        await _sent(dispatcher, box, owed, number)
    assert {len(await box.tries(one)) for one in owed} == {4}
    assert {(await box.row(one)).state for one in owed} == {"failed"}
    assert len(receiver.requests) == 40


async def test_w6_two_processes_send_one_probe(
    services: Services, box: Box, receiver: Receiver, clock: SetClock
) -> None:
    receiver.default = answer(500)
    owed = await box.owe(receiver.url, count=20)
    await _sent(Dispatcher(services), box, owed, 10)
    await until(lambda: _idle(services))
    receiver.default = hang
    clock.forward(3600)
    pair = [Dispatcher(msgspec.structs.replace(services, name=name)) for name in "ab"]
    assert sum([await one.deliver_due() for one in pair]) == 1
    for one in pair:
        await one.drain(0)


async def test_w6_a_circuit_is_of_one_account_and_one_receiver(
    services: Services, box: Box, receiver: Receiver
) -> None:
    receiver.default = answer(500)
    owed = await box.owe(receiver.url, count=12)
    dispatcher = Dispatcher(services)
    await _sent(dispatcher, box, owed, 10)
    await until(lambda: _idle(services))
    receiver.default = answer(200)
    [others] = await box.owe(receiver.url)
    await dispatcher.deliver_due()
    await box.tried(others, 1)
    assert (await box.row(others)).state == "delivered"
    assert await _is_open(services)


async def test_a_clock_that_is_set_back_does_not_keep_a_circuit_open(
    services: Services, box: Box, receiver: Receiver, clock: SetClock
) -> None:
    receiver.default = answer(500)
    owed = await box.owe(receiver.url, count=12)
    dispatcher = Dispatcher(services)
    await _sent(dispatcher, box, owed, 10)
    await until(lambda: _idle(services))
    clock.forward(-86_400)
    # What had to wait ten seconds waits ten seconds, not a day.
    assert await dispatcher.deliver_due() == 0
    receiver.default = answer(200)
    clock.forward(10)
    assert await dispatcher.deliver_due() == 1
    await _sent(dispatcher, box, owed, 13)


async def _idle(services: Services) -> bool:
    return not await _leased(services)


async def _leased(services: Services) -> int:
    async with services.engine.connect() as connection:
        found = await connection.execute(select(deliveries.c.id).where(deliveries.c.lease_until.is_not(None)))
        return len(found.all())


def _counter(change: str) -> float:
    return REGISTRY.get_sample_value("leadrun_webhook_circuit_breaker_changes_total", {"change": change}) or 0.0
