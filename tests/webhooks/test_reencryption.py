"""What is sealed at rest, and how the key that seals it is replaced: `leadrun secrets reseal`."""

import json
import os
import secrets
import subprocess
import sys

import msgspec
import psycopg
import pytest
from sqlalchemy import select

from app.domain.webhooks.delivery import read_secret
from app.services import Services
from app.store.tables.schema import metadata
from app.store.webhooks.encrypted_columns import ENCRYPTED
from app.usecases.webhooks.manage_endpoints import ManageEndpoints
from app.usecases.webhooks.reencrypt_secrets import ReencryptedSecrets, reencrypt_secrets
from app.usecases.webhooks.signing_secrets import SecretSealedError, read_webhook_secrets, rotate_webhook_secret
from tests.webhooks.conftest import Box
from tests.webhooks.receiver import Receiver
from tests.webhooks.subscribed import happen, send_all, subscribe

FIRST, SECOND = secrets.token_urlsafe(32), secrets.token_urlsafe(32)


def _sealed_by(services: Services, key: str) -> Services:
    return msgspec.structs.replace(services, settings=msgspec.structs.replace(services.settings, secret_key=key))


async def test_w10_svix_endpoint_secret_encryption_in_database(
    services: Services, box: Box, receiver: Receiver, capfd: pytest.CaptureFixture[str]
) -> None:
    account = await box.account()
    endpoint = await subscribe(box, account, receiver.url, headers={"X-Token": "of-the-receiver"})
    written = (await read_webhook_secrets(services, account, endpoint.id)).current.secret
    await happen(box, account)
    await send_all(services)
    assert receiver.requests[0].headers["x-token"] == "of-the-receiver"
    assert services.settings.database_url
    with psycopg.connect(services.settings.database_url) as connection:
        tables = [row[0] for row in connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")]
        dump = "".join(
            str(connection.execute(f"SELECT t::text FROM {table} AS t").fetchall())  # noqa: S608 - our own tables
            for table in tables
        )
    logged = "".join(capfd.readouterr())
    for hidden in (
        *(written, written.removeprefix("whsec_"), read_secret(written).hex()),
        *("of-the-receiver", b"of-the-receiver".hex()),
    ):
        assert hidden not in dump
        assert hidden not in logged
    assert "delivery.attempted" in logged


async def test_resealing_lets_the_old_key_go(services: Services, box: Box) -> None:
    before = _sealed_by(services, FIRST)
    account = await box.account()
    box = Box(before)
    endpoints = [await subscribe(box, account, "http://127.0.0.1:9/", headers={"X-Token": "t"}) for _ in range(3)]
    await subscribe(box, account, "http://127.0.0.1:9/")
    found = [await rotate_webhook_secret(before, account, one) for one in (None, *(e.id for e in endpoints))]
    both = _sealed_by(services, f"{SECOND},{FIRST}")
    assert await reencrypt_secrets(both, portion=2) == ReencryptedSecrets(renewed=7)
    after = _sealed_by(services, SECOND)
    assert [await read_webhook_secrets(after, account, one) for one in (None, *(e.id for e in endpoints))] == found
    shown = await ManageEndpoints(after).list(account)
    assert sorted(one.header_names for one in shown) == [(), *[("X-Token",)] * 3]
    with pytest.raises(SecretSealedError):
        await read_webhook_secrets(before, account)


async def test_what_no_key_opens_is_counted_and_left_alone(services: Services, box: Box) -> None:
    account = await box.account()
    found = await read_webhook_secrets(_sealed_by(services, FIRST), account)
    assert await reencrypt_secrets(_sealed_by(services, SECOND)) == ReencryptedSecrets(locked=1)
    assert await read_webhook_secrets(_sealed_by(services, FIRST), account) == found


async def test_the_command_reseals_and_says_how_many(services: Services, box: Box) -> None:
    account = await box.account()
    settings = services.settings
    await read_webhook_secrets(services, account)
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("LEADRUN_")},
        "LEADRUN_DATABASE_URL": settings.database_url or "",
        "LEADRUN_REDIS_URL": settings.redis_url or "",
        "LEADRUN_SECRET_KEY": f"{SECOND},{settings.secret_key}",
    }
    command = [sys.executable, "-m", "app.cli.main", "secrets", "reseal", "--json"]
    done = subprocess.run(command, env=environment, capture_output=True, timeout=60, check=True)  # noqa: ASYNC221 - our own command
    assert json.loads(done.stdout) == {"renewed": 1, "locked": 0}
    environment["LEADRUN_SECRET_KEY"] = FIRST
    failed = subprocess.run(command, env=environment, capture_output=True, timeout=60, check=False)  # noqa: ASYNC221 - our own command
    assert failed.returncode == 1
    assert "add the key that encrypted them" in json.loads(failed.stderr)["error"]


async def test_every_encrypted_column_is_re_encrypted(services: Services) -> None:
    async with services.read() as connection:
        for column in ENCRYPTED:
            await connection.execute(select(column))
    assert {c for t in metadata.tables.values() for c in t.c if "encrypted" in c.name} == set(ENCRYPTED)
