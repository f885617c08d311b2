"""What is kept of deliveries, and until when, by a clock that is set: answers a week, payloads a month, rows longer."""

from datetime import timedelta

import msgspec
import pytest
from sqlalchemy import func, select

from app.services import Services
from app.store.tables.webhooks import deliveries, delivery_attempts, webhook_secrets
from app.usecases.webhooks.expire_deliveries import ROW_DAYS, expire_deliveries
from app.usecases.webhooks.signing_secrets import read_webhook_secrets, rotate_webhook_secret
from tests.play.clock import SetClock
from tests.webhooks.conftest import Box
from tests.webhooks.receiver import Receiver, answer
from tests.webhooks.subscribed import DAY, send_all


async def test_w10_svix_payload_retention_period(
    services: Services, box: Box, receiver: Receiver, clock: SetClock
) -> None:
    [delivery] = await box.owe(receiver.url)
    await send_all(services)
    body = (await box.row(delivery)).body
    clock.forward(services.settings.webhook_payload_retention_days * DAY)
    await expire_deliveries(services)
    assert (await box.row(delivery)).body == body
    clock.forward(0.001)
    forgotten = await expire_deliveries(services)
    row = await box.row(delivery)
    assert (row.body, row.expunged_at, row.state, forgotten["payloads"]) == (b"", clock.now(), "delivered", 1)
    assert len(await box.tries(delivery)) == 1


async def test_answers_are_kept_for_a_week(services: Services, box: Box, receiver: Receiver, clock: SetClock) -> None:
    receiver.default = answer(500, b"their internals")
    [delivery] = await box.owe(receiver.url)
    await send_all(services)
    clock.forward(7 * DAY)
    await expire_deliveries(services)
    [tried] = await box.tries(delivery)
    assert tried.answer == "their internals"
    clock.forward(0.001)
    await expire_deliveries(services)
    [tried] = await box.tries(delivery)
    assert (tried.answer, tried.error, tried.http_status) == (None, "the receiver answered 500", 500)


@pytest.mark.parametrize("payload_days", [30.0, 400.0])
async def test_in_the_end_nothing_is_left(
    services: Services, box: Box, receiver: Receiver, clock: SetClock, payload_days: float
) -> None:
    services = msgspec.structs.replace(
        services, settings=msgspec.structs.replace(services.settings, webhook_payload_retention_days=payload_days)
    )
    await box.owe(receiver.url)
    await send_all(services)
    clock.forward(max(ROW_DAYS, payload_days) * DAY)
    await expire_deliveries(services)
    assert await _counts(services) == (1, 1)
    clock.forward(0.001)
    await expire_deliveries(services)
    assert await _counts(services) == (0, 0)


async def test_what_is_still_owed_is_kept_however_old(services: Services, box: Box, clock: SetClock) -> None:
    [delivery] = await box.owe("http://127.0.0.1:9/hook")
    clock.forward(1000 * DAY)
    await expire_deliveries(services)
    row = await box.row(delivery)
    assert (row.state, bool(row.body)) == ("pending", True)


async def test_forgetting_goes_portion_by_portion(
    services: Services, box: Box, receiver: Receiver, clock: SetClock
) -> None:
    await box.owe(receiver.url, count=7)
    await send_all(services)
    clock.forward(40 * DAY)
    forgotten = await expire_deliveries(services, portion=3)
    assert (forgotten["payloads"], forgotten["answers"], forgotten["deliveries"]) == (7, 7, 0)
    async with services.engine.connect() as connection:
        left = select(func.count()).select_from(deliveries).where(deliveries.c.expunged_at.is_(None))
        assert await connection.scalar(left) == 0


async def test_secrets_that_no_longer_sign_are_deleted(services: Services, box: Box, clock: SetClock) -> None:
    account = await box.account()
    await read_webhook_secrets(services, account)
    kept = (await rotate_webhook_secret(services, account)).current
    clock.at += timedelta(hours=24)
    assert (await expire_deliveries(services))["secrets"] == 0
    clock.forward(0.001)
    assert (await expire_deliveries(services))["secrets"] == 1
    async with services.engine.connect() as connection:
        assert await connection.scalar(select(func.count()).select_from(webhook_secrets)) == 1
    assert (await read_webhook_secrets(services, account)).current == kept


async def _counts(services: Services) -> tuple[int, int]:
    async with services.engine.connect() as connection:
        rows = await connection.scalar(select(func.count()).select_from(deliveries))
        tries = await connection.scalar(select(func.count()).select_from(delivery_attempts))
    return rows or 0, tries or 0
