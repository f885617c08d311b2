"""Deliveries to endpoints: who gets what, signed with which secret, under which headers; disabling and replay."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update
from standardwebhooks import Webhook, WebhookVerificationError

from app.domain.webhooks.delivery import Event
from app.domain.webhooks.endpoint import Endpoint
from app.services import Services
from app.store.tables.webhooks import deliveries
from app.store.webhooks import endpoints
from app.store.webhooks.signing_secrets import MAX_ACTIVE
from app.usecases.webhooks.disable_endpoint import disable_endpoints
from app.usecases.webhooks.manage_endpoints import EndpointChange, ManageEndpoints
from app.usecases.webhooks.signing_secrets import read_webhook_secrets, rotate_webhook_secret
from tests.play.clock import SetClock
from tests.webhooks.conftest import Box
from tests.webhooks.receiver import Receiver, answer, listening
from tests.webhooks.subscribed import happen, send_all, subscribe


async def _disable(services: Services, endpoint: Endpoint, reason: str) -> None:
    async with services.engine.begin() as connection:
        await disable_endpoints(connection, services, {endpoint.id: reason}, services.now())


async def test_an_endpoint_is_told_what_it_listens_to_and_nothing_else(services: Services, box: Box) -> None:
    async with listening() as all_of_it, listening() as jobs:
        account = await box.account()
        await subscribe(box, account, all_of_it.url)
        await subscribe(box, account, jobs.url, events=("job.completed", "contact.completed"))
        for event in Event:
            await happen(box, account, event=event)
        await happen(box, await box.account())
        await send_all(services)
        told = [{r.headers["x-leadmodule-event"] for r in one.requests} for one in (all_of_it, jobs)]
    assert told[0] == set(Event) - {Event.CONTACT, Event.PING, Event.DISABLED}
    assert told[1] == {"job.completed", "contact.completed"}


async def test_each_is_signed_with_its_own_secret(services: Services, box: Box, receiver: Receiver) -> None:
    account = await box.account()
    endpoint = await subscribe(box, account, receiver.url)
    await happen(box, account)
    await box.owe(receiver.url, owner=account)
    await send_all(services)
    own = (await read_webhook_secrets(services, account, endpoint.id)).current.secret
    shared = (await read_webhook_secrets(services, account)).current.secret
    by_body = {b"metadata" in request.body: request for request in receiver.requests}
    for is_shared, right, wrong in ((False, own, shared), (True, shared, own)):
        request = by_body[is_shared]
        Webhook(right).verify(request.body, request.headers)
        with pytest.raises(WebhookVerificationError):
            Webhook(wrong).verify(request.body, request.headers)


async def test_w10_svix_endpoint_rotate_signing_e2e(
    services: Services, box: Box, receiver: Receiver, clock: SetClock
) -> None:
    account = await box.account()
    endpoint = await subscribe(box, account, receiver.url)
    old = (await read_webhook_secrets(services, account, endpoint.id)).current.secret
    new = (await rotate_webhook_secret(services, account, endpoint.id)).current.secret
    await happen(box, account)
    await send_all(services)
    [request] = receiver.requests
    for secret in (old, new):
        Webhook(secret).verify(request.body, request.headers)
    clock.forward(24 * 3600 - 1)
    await happen(box, account)
    await send_all(services)
    assert len(receiver.requests[1].headers["webhook-signature"].split(" ")) == 2
    clock.forward(1)
    await happen(box, account)
    await send_all(services)
    assert len(receiver.requests[2].headers["webhook-signature"].split(" ")) == 1


async def test_w10_svix_endpoint_rotate_max(services: Services, box: Box, receiver: Receiver, clock: SetClock) -> None:
    account = await box.account()
    endpoint = await subscribe(box, account, receiver.url)
    shared = await read_webhook_secrets(services, account)
    made = [(await read_webhook_secrets(services, account, endpoint.id)).current.secret]
    for _ in range(MAX_ACTIVE + 2):
        clock.forward(60)
        made.append((await rotate_webhook_secret(services, account, endpoint.id)).current.secret)
    found = await read_webhook_secrets(services, account, endpoint.id)
    # The newest ten; further rotations end the oldest overlaps early, so that a leaked secret can always be replaced.
    assert [found.current.secret, *(one.secret for one in found.previous)] == made[::-1][:MAX_ACTIVE]
    assert await read_webhook_secrets(services, account) == shared
    await happen(box, account)
    await send_all(services)
    assert len(receiver.requests[0].headers["webhook-signature"].split(" ")) == MAX_ACTIVE == 10


async def test_custom_headers_are_sent_and_never_replace_ours(services: Services, box: Box, receiver: Receiver) -> None:
    account = await box.account()
    # As if somebody had got past the check of names.
    custom = {
        "X-Tenant": "acme",
        "webhook-id": "msg_forged",
        "User-Agent": "other",
        "Host": "other",
        "Content-Length": "1",
    }
    endpoint = await subscribe(box, account, receiver.url, headers=custom)
    [delivery] = await happen(box, account)
    await send_all(services)
    [request] = receiver.requests
    assert request.headers["x-tenant"] == "acme"
    assert request.headers["webhook-id"] == f"msg_{delivery.hex}"
    assert request.headers["user-agent"].startswith("leadrun/")
    assert request.headers["host"] == f"127.0.0.1:{receiver.port}"
    secret = (await read_webhook_secrets(services, account, endpoint.id)).current.secret
    Webhook(secret).verify(request.body, request.headers)


async def test_w6_what_a_disabled_endpoint_missed_is_kept_and_replayed_where_it_stopped(
    services: Services, box: Box, receiver: Receiver, clock: SetClock
) -> None:
    account = await box.account()
    endpoint = await subscribe(box, account, receiver.url)
    receiver.default = answer(500)
    [begun] = await happen(box, account)
    await send_all(services)
    await _disable(services, endpoint, "it does not work")
    [missed] = await happen(box, account)
    for delivery, tries in ((begun, 1), (missed, 0)):
        row = await box.row(delivery)
        assert (row.state, row.reason, row.due_at) == ("failed", "the endpoint is disabled", None)
        assert len(await box.tries(delivery)) == tries
    clock.forward(3600)
    await send_all(services)
    assert len(receiver.requests) == 1
    _, replayed = await ManageEndpoints(services).change(
        account, endpoint.id, EndpointChange(enabled=True, replay=True)
    )
    assert replayed == 2
    for delay in (0, 10, 60, 360):
        clock.forward(delay)
        await send_all(services)
    assert [len(await box.tries(delivery)) for delivery in (begun, missed)] == [4, 4]


async def test_a_delivery_that_was_owed_while_its_endpoint_was_disabled_is_not_sent(
    services: Services, box: Box, receiver: Receiver
) -> None:
    account = await box.account()
    endpoint = await subscribe(box, account, receiver.url)
    [delivery] = await happen(box, account)
    # Disabled by a transaction that did not see the delivery, which was not committed yet.
    async with services.engine.begin() as connection:
        await endpoints.disable(connection, endpoint.id, "it does not work", services.now())
    await send_all(services)
    row = await box.row(delivery)
    assert (row.state, row.reason, receiver.connections) == ("failed", "the endpoint is disabled", 0)


async def test_a_disabled_endpoint_can_be_tested_before_it_is_enabled(
    services: Services, box: Box, receiver: Receiver, clock: SetClock
) -> None:
    receiver.script = [answer(500)]
    account = await box.account()
    endpoint = await subscribe(box, account, receiver.url, enabled=False)
    ping = await ManageEndpoints(services).test(account, endpoint.id)
    await send_all(services)
    clock.forward(3600)
    await send_all(services)
    row = await box.row(ping.id)
    assert (row.state, len(receiver.requests), len(await box.tries(ping.id))) == ("failed", 1, 1)
    assert "by hand" in row.reason
    assert receiver.requests[0].headers["x-leadmodule-event"] == "webhook.ping"


async def test_what_is_pending_goes_to_the_new_url_of_its_endpoint(services: Services, box: Box) -> None:
    async with listening() as before, listening() as after:
        account = await box.account()
        endpoint = await subscribe(box, account, before.url)
        [delivery] = await happen(box, account)
        await ManageEndpoints(services).change(account, endpoint.id, EndpointChange(url=after.url))
        # It takes turns with what else goes there.
        assert (await box.row(delivery)).host == f"127.0.0.1:{after.port}"
        await send_all(services)
        assert (before.connections, len(after.requests)) == (0, 1)


async def test_an_alarm_is_raised_once_and_told_to_those_who_listen(
    services: Services, box: Box, receiver: Receiver, capfd: pytest.CaptureFixture[str]
) -> None:
    account = await box.account()
    broken = await subscribe(box, account, "http://127.0.0.1:9/", events=("endpoint.disabled", "job.completed"))
    await subscribe(box, account, receiver.url, events=("endpoint.disabled",))
    await subscribe(box, account, receiver.url)
    for _ in range(2):
        await _disable(services, broken, "every attempt failed for 120 hours")
    await send_all(services)
    [request] = receiver.requests
    assert request.headers["x-leadmodule-event"] == "endpoint.disabled"
    assert str(broken.id).encode() in request.body
    assert b"every attempt failed for 120 hours" in request.body
    found = (await ManageEndpoints(services).get(account, broken.id)).endpoint
    assert (found.enabled, found.disabled_reason) == (False, "every attempt failed for 120 hours")
    assert "".join(capfd.readouterr()).count("endpoint.disabled") == 1


async def test_a_deleted_endpoint_gets_nothing_more(services: Services, box: Box, receiver: Receiver) -> None:
    account = await box.account()
    endpoint = await subscribe(box, account, receiver.url, headers={"X-Tenant": "acme"})
    await read_webhook_secrets(services, account, endpoint.id)
    await happen(box, account, count=2)
    async with services.engine.begin() as connection:
        leased = {"lease_owner": "x", "lease_until": services.now() + timedelta(days=999)}
        first = select(deliveries.c.id).limit(1).scalar_subquery()
        await connection.execute(update(deliveries).where(deliveries.c.id == first).values(leased))
    await ManageEndpoints(services).delete(account, endpoint.id)
    assert await happen(box, account) == []
    async with services.engine.begin() as connection:
        await connection.execute(update(deliveries).values(lease_owner=None, lease_until=None))
    await send_all(services)
    async with services.engine.connect() as connection:
        rows = (await connection.execute(select(deliveries.c.state, deliveries.c.reason))).all()
    assert (rows, receiver.connections) == ([("failed", "the endpoint was deleted")] * 2, 0)
