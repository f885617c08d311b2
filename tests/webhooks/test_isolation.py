"""No receiver holds up another: places hold over processes, endpoints take turns, a backlog costs nobody else."""

from uuid import UUID

import msgspec

from app.domain.webhooks.delivery import Event
from app.services import Services
from app.settings.reading import read_settings
from app.store.webhooks.leases import lease
from tests.webhooks.conftest import Box, until
from tests.webhooks.receiver import Receiver, answer, hang, listening
from tests.webhooks.subscribed import happen, subscribe
from webhooks.dispatcher import Dispatcher

BACKLOG = 1000
HEALTHY = 70


def _with(services: Services, **settings: float) -> Services:
    return msgspec.structs.replace(services, settings=msgspec.structs.replace(services.settings, **settings))


async def test_w7_a_receiver_has_four_places_over_all_processes(
    services: Services, box: Box, receiver: Receiver
) -> None:
    receiver.default = hang
    await box.owe(receiver.url, count=20)
    patient = _with(services, webhook_timeout_seconds=10.0)
    assert read_settings({}).webhook_concurrency_per_host == services.settings.webhook_concurrency_per_host == 4
    several = [Dispatcher(msgspec.structs.replace(patient, name=name)) for name in "abc"]
    leased = [await one.deliver_due() for one in several]
    assert sum(leased) == services.settings.webhook_concurrency_per_host
    # Who hands back makes room for the others.
    await several[0].drain(0)
    assert sum([await one.deliver_due() for one in several[1:]]) == services.settings.webhook_concurrency_per_host
    for one in several[1:]:
        await one.drain(0)


async def test_a_receiver_that_answers_quickly_earns_more_places(
    services: Services, box: Box, receiver: Receiver
) -> None:
    receiver.script = [answer(204)] * 12
    receiver.default = hang
    await box.owe(receiver.url, count=60)
    dispatcher = Dispatcher(_with(services, webhook_timeout_seconds=60.0))
    await dispatcher.deliver_due()
    # More than twice the four places with which it began, and none of these is answered.
    await receiver.wait_for(12 + 9)
    await dispatcher.drain(0)


async def test_w7_the_endpoints_of_an_account_take_turns(services: Services, box: Box) -> None:
    account = await box.account()
    await subscribe(box, account, "https://loud.example/", events=(Event.COMPLETED.value,))
    quiet = await subscribe(box, account, "https://quiet.example/", events=(Event.JOB.value,))
    await happen(box, account, count=50)
    await happen(box, account, event=Event.JOB, count=2)
    async with services.engine.begin() as connection:
        leased = await lease(
            connection,
            now=services.now(),
            owner="me",
            lease_seconds=30,
            limit=4,
            per_host=4,
            per_account=100,
            busy={},
        )
    assert sorted(one.endpoint_id == quiet.id for one in leased) == [False, False, True, True]


async def test_w7_a_black_hole_with_a_thousand_events_does_not_delay_healthy_receivers(
    services: Services, box: Box
) -> None:
    """The same load with and without it, side by side; the bench measures times, this one counts what is in the way."""
    async with listening() as hole, listening(everywhere=True) as healthy:
        hole.default = hang
        healthy.default = answer(204)
        account = await box.account()
        await box.owe(hole.url, owner=account, count=BACKLOG)
        mine = []
        for octet in range(1, 8):
            url = f"http://127.0.1.{octet}:{healthy.port}/"
            mine += await box.owe(url, owner=account, count=HEALTHY // 7)
        dispatcher = Dispatcher(_with(services, webhook_timeout_seconds=10.0, webhook_concurrency=16))
        await dispatcher.deliver_due()
        await healthy.wait_for(HEALTHY)
        assert hole.connections <= services.settings.webhook_concurrency_per_host
        await until(lambda: _all_delivered(box, mine))
        await dispatcher.drain(0)


async def test_w7_a_receiver_that_was_left_alone_holds_no_places_of_its_account(
    services: Services, box: Box, receiver: Receiver
) -> None:
    account = await box.account()
    async with listening() as broken:
        broken.default = answer(500)
        await box.owe(broken.url, owner=account, count=40)
        dispatcher = Dispatcher(_with(services, webhook_concurrency=8))
        await dispatcher.deliver_due()
        await broken.wait_for(10)
        mine = await box.owe(receiver.url, owner=account, count=8)
        await dispatcher.deliver_due()
        await until(lambda: _all_delivered(box, mine))
        assert broken.connections < 40


async def _all_delivered(box: Box, owed: list[UUID]) -> bool:
    return all([(await box.row(one)).state == "delivered" for one in owed])
