"""The rows that are the schedule: owed once, recorded under a lease, each retry at its time."""

from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from prometheus_client import REGISTRY

from app.domain.webhooks.delivery import SCHEDULES, DeliveryState
from app.services import Services
from app.settings.reading import read_settings
from app.settings.settings import SettingsError
from app.store.database.queries import run
from app.store.tables.webhooks import deliveries
from app.store.webhooks import endpoints
from app.store.webhooks.deliveries import NewDelivery, add
from app.store.webhooks.delivery_attempts import DeliveryAttempt, recording
from app.store.webhooks.leases import lease
from tests.play.clock import SetClock
from tests.webhooks.conftest import Box, until
from tests.webhooks.receiver import Receiver, answer
from tests.webhooks.subscribed import happen, subscribe
from webhooks.dispatcher import Dispatcher


async def test_w2_a_try_is_recorded_only_under_the_lease_it_was_made_with(
    services: Services, box: Box, clock: SetClock
) -> None:
    [delivery] = await box.owe("https://hooks.example.com/")
    everything: dict[str, Any] = {"limit": 9, "per_host": 9, "per_account": 9, "busy": {}}
    async with services.engine.begin() as connection:
        [mine] = await lease(connection, now=clock.now(), owner="same", lease_seconds=0, **everything)
    async with services.engine.begin() as connection:
        [theirs] = await lease(connection, now=clock.now(), owner="same", lease_seconds=30, **everything)
    tried = DeliveryAttempt(
        leased=mine,
        state=DeliveryState.FAILED,
        due_at=None,
        started_at=clock.now(),
        ended_at=clock.now(),
        latency_ms=1,
        http_status=410,
        error="the receiver answered 410",
        answer=None,
    )
    async with services.engine.begin() as connection:
        assert await run(connection, recording([tried])) == {}
    assert ((await box.row(delivery)).state, await box.tries(delivery)) == ("pending", [])
    async with services.engine.begin() as connection:
        assert await run(connection, recording([msgspec.structs.replace(tried, leased=theirs)])) == {
            theirs.id: DeliveryState.FAILED
        }
    assert ((await box.row(delivery)).state, len(await box.tries(delivery))) == ("failed", 1)


async def test_w2_an_event_that_is_owed_already_is_not_owed_twice(services: Services, box: Box) -> None:
    account, run = await box.account(), services.new_id()
    for _ in range(2):
        new = NewDelivery(
            id=services.new_id(),
            account_id=account.account_id,
            mode=account.mode,
            run_id=run,
            event="enrichment.completed",
            url="https://hooks.example.com/a",
            body=b"{}",
            due_at=services.now(),
        )
        async with services.engine.begin() as connection:
            await add(connection, [new, msgspec.structs.replace(new, id=services.new_id())], services.now())
    async with services.engine.connect() as connection:
        rows = (await connection.execute(deliveries.select())).all()
    assert [(row.host, row.run_id) for row in rows] == [("hooks.example.com", run)]


@pytest.mark.parametrize(
    ("text", "tries", "whole"),
    [
        pytest.param("quickstart", 4, 430.0, id="quickstart"),
        # Standard Webhooks 1.0: ten attempts, the last one 75:35:05 after the first.
        pytest.param("Standard", 10, ((75 * 60) + 35) * 60 + 5.0, id="standard"),
        pytest.param("1, 2.5", 3, 3.5, id="numbers"),
        pytest.param("", 1, 0.0, id="none"),
    ],
)
def test_w3_a_schedule_is_named_or_written_out(text: str, tries: int, whole: float) -> None:
    delays = read_settings({"LEADRUN_WEBHOOK_RETRY_DELAYS": text}).webhook_retry_delays
    assert (1 + len(delays), sum(delays)) == (tries, whole)


@pytest.mark.parametrize("text", ["slow", "1,x", "-1", "inf", "quickstart,5"])
def test_a_schedule_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(SettingsError, match="quickstart or standard, or seconds"):
        read_settings({"LEADRUN_WEBHOOK_RETRY_DELAYS": text})


@pytest.mark.parametrize("chance", [0.0, 0.37, 1.0])
@pytest.mark.parametrize("name", SCHEDULES)
async def test_w3_every_retry_comes_as_the_schedule_says_and_up_to_a_fifth_later(
    *, services: Services, box: Box, receiver: Receiver, clock: SetClock, name: str, chance: float
) -> None:
    receiver.default = answer(500)
    delays = SCHEDULES[name]
    scheduled = msgspec.structs.replace(services.settings, webhook_retry_delays=delays)
    dispatcher = Dispatcher(msgspec.structs.replace(services, settings=scheduled, random=lambda: chance))
    ended = _ended("failed")
    [delivery] = await box.owe(receiver.url)
    for number, delay in enumerate(delays, start=1):
        await dispatcher.deliver_due()
        tried = await box.tried(delivery, number)
        due_at = (await box.row(delivery)).due_at
        waited = (due_at - tried[-1].started_at).total_seconds()
        assert delay <= waited <= 1.2 * delay
        clock.forward(waited)
    await dispatcher.deliver_due()
    tried = await box.tried(delivery, 1 + len(delays))
    row = await box.row(delivery)
    assert (row.state, row.due_at, len(receiver.requests)) == ("failed", None, 1 + len(delays))
    assert row.reason == f"{1 + len(delays)} attempts failed, which is all that the schedule allows"
    await dispatcher.drain(1)
    assert _ended("failed") == ended + 1


async def test_a_delivery_that_waits_says_why(services: Services, box: Box, receiver: Receiver) -> None:
    receiver.script = [answer(503)]
    delivered, tries = _ended("delivered"), _tries("rejected")
    [delivery] = await box.owe(receiver.url)
    await Dispatcher(services).deliver_due()
    await box.tried(delivery, 1)
    assert (await box.row(delivery)).reason == "the receiver answered 503"
    await until(lambda: _is(lambda: _tries("rejected") == tries + 1))
    assert _ended("delivered") == delivered


async def test_what_ends_when_it_is_claimed_is_counted_as_ended(
    services: Services, box: Box, receiver: Receiver
) -> None:
    account = await box.account()
    endpoint = await subscribe(box, account, receiver.url)
    await happen(box, account, count=3)
    # By a transaction that did not see these deliveries.
    async with services.engine.begin() as connection:
        await endpoints.disable(connection, endpoint.id, "it does not work", services.now())
    ended = _ended("failed")
    dispatcher = Dispatcher(services)
    assert await dispatcher.deliver_due() == 0
    assert _ended("failed") == ended + 3
    assert await dispatcher.deliver_due() == 0
    assert (_ended("failed"), receiver.connections) == (ended + 3, 0)


async def _is(condition: Callable[[], bool]) -> bool:
    return condition()


def _ended(state: str) -> float:
    return REGISTRY.get_sample_value("leadrun_deliveries_ended_total", {"state": state}) or 0.0


def _tries(outcome: str) -> float:
    return REGISTRY.get_sample_value("leadrun_delivery_attempts_total", {"outcome": outcome}) or 0.0
