"""Endpoints that only fail for days, or say that they are gone, are disabled; sporadic failures disable nobody."""

import asyncio
import json
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from prometheus_client import REGISTRY

from app.domain.webhooks.circuit_breaker import MIN_FAILURES
from app.domain.webhooks.delivery_log import DeliveryFilter
from app.domain.webhooks.endpoint import Endpoint
from app.services import Services
from app.store.webhooks import endpoints
from app.usecases.webhooks.manage_deliveries import ManageDeliveries
from tests.play.clock import SetClock
from tests.webhooks.conftest import Box, until
from tests.webhooks.receiver import Receiver, answer, listening
from tests.webhooks.subscribed import happen, send_all, subscribe
from webhooks.dispatcher import Dispatcher

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
PATIENCE = timedelta(hours=120)
DAY = 86_400.0


@pytest.fixture
def services(services: Services) -> Services:
    """Without retries, so that each event is one try."""
    return msgspec.structs.replace(
        services, settings=msgspec.structs.replace(services.settings, webhook_retry_delays=())
    )


async def _told(services: Services, box: Box, endpoint: Endpoint) -> Endpoint:
    """Owe an event, wait for its try, and look at the endpoint."""
    [delivery] = await happen(box, endpoint.owner)
    await Dispatcher(services).deliver_due()

    async def ended() -> bool:
        return bool((await box.row(delivery)).state != "pending")

    await until(ended)
    return await _now(services, endpoint)


async def _now(services: Services, endpoint: Endpoint) -> Endpoint:
    async with services.engine.connect() as connection:
        return (await endpoints.by_ids(connection, [endpoint.id]))[endpoint.id]


async def test_w10_svix_endpoint_disable_on_repeated_failure(
    services: Services, box: Box, receiver: Receiver, clock: SetClock
) -> None:
    receiver.default = answer(500)
    endpoint = await subscribe(box, await box.account(), receiver.url)
    disabled = _disabled()
    for _ in range(5):
        assert (await _told(services, box, endpoint)).enabled
        clock.forward(DAY)
    endpoint = await _told(services, box, endpoint)
    assert (endpoint.enabled, endpoint.disabled_at) == (False, clock.now())
    assert endpoint.disabled_reason == "every attempt failed for 120 hours"
    assert _disabled() == disabled + 1


async def test_w10_svix_endpoint_disable_expiration_duration(
    services: Services, box: Box, receiver: Receiver, clock: SetClock
) -> None:
    """The time is a setting, and it is counted from the first failure after the last success."""
    hour = msgspec.structs.replace(services.settings, webhook_disable_after_hours=1.0)
    services = msgspec.structs.replace(services, settings=hour)
    endpoint = await subscribe(box, await box.account(), receiver.url)
    receiver.default = answer(500)
    for _ in range(MIN_FAILURES):
        await _told(services, box, endpoint)
    clock.forward(3599)
    receiver.default = answer(200)
    assert (await _told(services, box, endpoint)).failing_since is None
    receiver.default = answer(500)
    for _ in range(MIN_FAILURES):
        clock.forward(60)
        assert (await _told(services, box, endpoint)).enabled
    clock.forward(3600 - 60 * (MIN_FAILURES - 1) - 1)
    assert (await _told(services, box, endpoint)).enabled
    clock.forward(1)
    assert not (await _told(services, box, endpoint)).enabled


async def test_w10_svix_endpoint_disable_on_sporadic_failure(
    services: Services, box: Box, receiver: Receiver, clock: SetClock
) -> None:
    endpoint = await subscribe(box, await box.account(), receiver.url)
    for day in range(9):
        receiver.default = answer(204 if day == 4 else 500)
        assert (await _told(services, box, endpoint)).enabled
        clock.forward(DAY)


async def test_w6_120_hours_of_failures_alone_disable_an_endpoint_and_leave_a_record(
    services: Services, box: Box, receiver: Receiver, clock: SetClock
) -> None:
    account = await box.account()
    async with listening() as broken:
        broken.default = answer(500)
        endpoint = await subscribe(box, account, broken.url, events=("enrichment.completed",))
        await subscribe(box, account, receiver.url, events=("endpoint.disabled",))
        began = clock.now()
        for _ in range(MIN_FAILURES):
            assert (await _told(services, box, endpoint)).enabled
        clock.forward(PATIENCE.total_seconds())
        assert not (await _told(services, box, endpoint)).enabled
        await send_all(services)
        assert len(broken.requests) == MIN_FAILURES + 1
    # The record is a delivery like any other: kept, listed, and sent to every endpoint that listens.
    [request] = receiver.requests
    record = json.loads(request.body)
    assert (record["type"], record["endpointId"]) == ("endpoint.disabled", str(endpoint.id))
    times = (began, began + PATIENCE)
    assert [datetime.fromisoformat(record[name]) for name in ("failingSince", "disabledAt")] == [*times]
    [kept] = await ManageDeliveries(services).page(
        account, DeliveryFilter(event="endpoint.disabled"), limit=9, before=None
    )
    assert (f"msg_{kept.id.hex}", kept.state) == (request.headers["webhook-id"], "delivered")


async def test_w5_410_disables_an_endpoint_at_once_and_nothing_more_is_sent(
    services: Services, box: Box, receiver: Receiver
) -> None:
    schedule = msgspec.structs.replace(services.settings, webhook_retry_delays=(10.0,), webhook_concurrency_per_host=1)
    services = msgspec.structs.replace(services, settings=schedule)
    receiver.default = answer(410)
    endpoint = await subscribe(box, await box.account(), receiver.url)
    owed = await happen(box, endpoint.owner, count=3)
    dispatcher = Dispatcher(services)
    await dispatcher.deliver_due()

    async def ended() -> bool:
        return all([(await box.row(one)).state == "failed" for one in owed])

    await until(ended)
    await dispatcher.drain(1)
    assert len(receiver.requests) == 1
    endpoint = await _now(services, endpoint)
    assert not endpoint.enabled
    assert "410" in (endpoint.disabled_reason or "")
    # What it missed is kept, with the reason.
    missed = [one for one in owed if not await box.tries(one)]
    assert [(await box.row(one)).reason for one in missed] == ["the endpoint is disabled"] * 2


async def test_a_try_under_way_while_its_endpoint_is_disabled_is_the_last(
    services: Services, box: Box, receiver: Receiver
) -> None:
    schedule = msgspec.structs.replace(
        services.settings, webhook_retry_delays=(10.0,), webhook_concurrency_per_host=2, webhook_timeout_seconds=10.0
    )
    services, go_on = msgspec.structs.replace(services, settings=schedule), asyncio.Event()

    async def fail_later(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await go_on.wait()
        await answer(500)(reader, writer)

    receiver.script, receiver.default = [answer(410)], fail_later
    endpoint = await subscribe(box, await box.account(), receiver.url)
    owed = await happen(box, endpoint.owner, count=2)
    assert await Dispatcher(services).deliver_due() == 2

    async def disabled() -> bool:
        return not (await _now(services, endpoint)).enabled

    async def ended() -> bool:
        return all([(await box.row(one)).state == "failed" for one in owed])

    await until(disabled)
    assert not await ended()
    go_on.set()
    await until(ended)
    assert [len(await box.tries(one)) for one in owed] == [1, 1]


def _disabled() -> float:
    return REGISTRY.get_sample_value("leadrun_endpoints_disabled_total") or 0.0
