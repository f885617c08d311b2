"""Deliveries that end without a try of their own are counted as ended, each once."""

from collections.abc import Awaitable, Callable

import msgspec
import pytest
from prometheus_client import REGISTRY

from app.domain.webhooks.endpoint import Endpoint
from app.services import Services
from app.usecases.webhooks.manage_deliveries import ManageDeliveries
from app.usecases.webhooks.manage_endpoints import EndpointChange, ManageEndpoints
from tests.webhooks.conftest import Box, until
from tests.webhooks.receiver import Receiver, answer
from tests.webhooks.subscribed import happen, subscribe
from webhooks.dispatcher import Dispatcher

OWED = 7


def _failed() -> float:
    return REGISTRY.get_sample_value("leadrun_deliveries_ended_total", {"state": "failed"}) or 0.0


async def _by_hand(services: Services, endpoint: Endpoint) -> None:
    await ManageEndpoints(services).change(endpoint.owner, endpoint.id, EndpointChange(enabled=False))


async def _by_deletion(services: Services, endpoint: Endpoint) -> None:
    await ManageEndpoints(services).delete(endpoint.owner, endpoint.id)


@pytest.mark.parametrize("end", [pytest.param(_by_hand, id="disabled"), pytest.param(_by_deletion, id="deleted")])
async def test_what_ends_with_its_endpoint_is_counted_as_ended(
    services: Services, box: Box, end: Callable[[Services, Endpoint], Awaitable[None]]
) -> None:
    account = await box.account()
    endpoint = await subscribe(box, account, "https://hooks.example.com/")
    await happen(box, account, count=OWED)
    before = _failed()
    await end(services, endpoint)
    assert _failed() == before + OWED


async def test_what_ends_because_its_receiver_is_gone_is_counted_as_ended(
    services: Services, box: Box, receiver: Receiver
) -> None:
    account = await box.account()
    await subscribe(box, account, receiver.url)
    receiver.default = answer(410)
    owed = await happen(box, account, count=OWED)
    one = msgspec.structs.replace(services.settings, webhook_concurrency=1)
    before, dispatcher = _failed(), Dispatcher(msgspec.structs.replace(services, settings=one))
    await dispatcher.deliver_due()

    async def all_ended() -> bool:
        return all([(await box.row(delivery)).state == "failed" for delivery in owed])

    await until(all_ended)
    await dispatcher.drain(5)
    assert (_failed(), len(receiver.requests)) == (before + OWED, 1)


async def test_an_expunged_delivery_is_counted_as_ended_if_it_was_pending(services: Services, box: Box) -> None:
    account = await box.account()
    [delivery] = await box.owe("https://hooks.example.com/", owner=account)
    before = _failed()
    for _ in range(2):
        await ManageDeliveries(services).expunge(account, delivery)
    assert _failed() == before + 1
