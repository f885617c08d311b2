"""Webhook secrets: made once, sealed at rest, two of them during a rotation, never in a log."""

import asyncio
import secrets
from datetime import timedelta

import msgspec
import pytest
from sqlalchemy import select
from standardwebhooks import Webhook

from app.domain.accounts.owner import Owner
from app.domain.webhooks.delivery import read_secret
from app.services import Services
from app.settings.settings import Settings, SettingsError
from app.store.tables.webhooks import webhook_secrets
from app.store.webhooks.signing_secrets import MAX_ACTIVE, SecretCipher
from app.usecases.webhooks.signing_secrets import SecretSealedError, read_webhook_secrets, rotate_webhook_secret
from tests.play.clock import SetClock
from tests.webhooks.conftest import Box
from tests.webhooks.receiver import Receiver
from webhooks.dispatcher import Dispatcher


def _sealed_by(services: Services, key: str) -> Services:
    return msgspec.structs.replace(services, settings=msgspec.structs.replace(services.settings, secret_key=key))


async def test_w9_the_first_reading_makes_a_secret_and_all_others_find_it(services: Services, box: Box) -> None:
    account = await box.account()
    found = await asyncio.gather(*(read_webhook_secrets(services, account) for _ in range(8)))
    assert len({one.current.secret for one in found}) == 1
    assert found[0].current.secret.startswith("whsec_")
    assert len(read_secret(found[0].current.secret)) == 32
    assert found[0].previous == ()
    other = await read_webhook_secrets(services, await box.account())
    assert other.current.secret != found[0].current.secret


async def test_w9_during_a_rotation_both_secrets_verify_and_after_a_day_one(
    services: Services, box: Box, receiver: Receiver, clock: SetClock
) -> None:
    account = await box.account()
    old = (await read_webhook_secrets(services, account)).current
    rotated = await rotate_webhook_secret(services, account)
    assert rotated.current.secret != old.secret
    assert [(s.secret, s.expires_at) for s in rotated.previous] == [(old.secret, clock.now() + timedelta(hours=24))]
    await _deliver(services, box, receiver, account)
    for secret in (old.secret, rotated.current.secret):
        Webhook(secret).verify(receiver.requests[-1].body, receiver.requests[-1].headers)
    assert len(receiver.requests[-1].headers["webhook-signature"].split(" ")) == 2
    clock.forward(24 * 3600 + 1)
    await _deliver(services, box, receiver, account)
    assert len(receiver.requests[-1].headers["webhook-signature"].split(" ")) == 1
    assert (await read_webhook_secrets(services, account)).previous == ()


async def test_w1_what_is_sent_is_what_was_stored_under_the_promised_headers(
    services: Services, box: Box, receiver: Receiver
) -> None:
    account = await box.account()
    await _deliver(services, box, receiver, account)
    [request] = receiver.requests
    assert Webhook((await read_webhook_secrets(services, account)).current.secret).verify(request.body, request.headers)
    assert request.line == "POST /hook HTTP/1.1"
    assert request.headers["content-type"] == "application/json"
    assert request.headers["x-leadmodule-event"] == "enrichment.completed"
    assert request.headers["user-agent"].startswith("leadrun/")
    assert request.headers["accept-encoding"] == "identity"
    assert "." not in request.headers["webhook-id"]


async def test_rotations_at_once_leave_one_current_secret(services: Services, box: Box) -> None:
    account = await box.account()
    await asyncio.gather(*(rotate_webhook_secret(services, account) for _ in range(5)))
    found = await read_webhook_secrets(services, account)
    assert len(found.previous) == 4
    assert all(one.expires_at is not None for one in found.previous)


async def test_no_more_than_ten_secrets_sign_at_once(services: Services, box: Box, clock: SetClock) -> None:
    account = await box.account()
    kept = []
    for _ in range(MAX_ACTIVE + 3):
        kept.append((await rotate_webhook_secret(services, account)).current.secret)
        clock.forward(60)
    found = await read_webhook_secrets(services, account)
    assert [found.current.secret, *(one.secret for one in found.previous)] == kept[::-1][:MAX_ACTIVE]


async def test_w9_the_database_holds_no_secret_in_the_clear(services: Services, box: Box) -> None:
    account = await box.account()
    key = read_secret((await read_webhook_secrets(services, account)).current.secret)
    async with services.engine.connect() as connection:
        [row] = (await connection.execute(select(webhook_secrets))).all()
    assert key not in row.encrypted_secret
    assert len(row.encrypted_secret) > len(key)


async def test_w9_the_sealing_key_rotates_by_listing_both(services: Services, box: Box) -> None:
    first, second = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
    account = await box.account()
    made = await read_webhook_secrets(_sealed_by(services, first), account)
    assert await read_webhook_secrets(_sealed_by(services, f"{second}, {first}"), account) == made
    with pytest.raises(SecretSealedError, match="LEADRUN_SECRET_KEY"):
        await read_webhook_secrets(_sealed_by(services, second), account)


async def test_a_delivery_that_cannot_be_signed_waits_and_uses_up_no_try(
    services: Services, box: Box, receiver: Receiver, clock: SetClock
) -> None:
    account = await box.account()
    await read_webhook_secrets(services, account)
    [delivery] = await box.owe(receiver.url, owner=account)
    strangers = Dispatcher(_sealed_by(services, secrets.token_urlsafe(32)))
    assert await strangers.deliver_due() == 1
    await strangers.drain(5)
    row = await box.row(delivery)
    assert (row.state, row.due_at, row.lease_owner) == ("pending", clock.now() + timedelta(minutes=1), None)
    assert await box.tries(delivery) == []
    clock.forward(60)
    await Dispatcher(services).deliver_due()
    await box.tried(delivery, 1)


async def test_w9_logs_hold_no_secret_no_body_and_no_full_url(
    services: Services, box: Box, receiver: Receiver, capfd: pytest.CaptureFixture[str]
) -> None:
    account = await box.account()
    await _deliver(services, box, receiver, account)
    secret = (await read_webhook_secrets(services, account)).current.secret
    logged = "".join(capfd.readouterr())
    assert "delivery.attempted" in logged
    for hidden in (secret.removeprefix("whsec_"), "/hook", "Jürgen", receiver.requests[0].headers["webhook-signature"]):
        assert hidden not in logged


@pytest.mark.parametrize("key", [None, "", " , ", "short", "long-enough-to-be-one,short"])
def test_a_missing_or_short_sealing_key_is_a_problem_of_the_settings(key: str | None) -> None:
    with pytest.raises(SettingsError, match="LEADRUN_SECRET_KEY"):
        SecretCipher(Settings(secret_key=key))


async def _deliver(services: Services, box: Box, receiver: Receiver, account: Owner) -> None:
    [delivery] = await box.owe(receiver.url, owner=account)
    await Dispatcher(services).deliver_due()
    await box.tried(delivery, 1)
