"""An account's webhook secrets: read them, rotate them, and fetch the keys that sign for many accounts."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from app.context import Services
from app.domain.delivery import write_secret
from app.store import secrets
from app.store.secrets import Seal, Secret


class WebhookSecret(msgspec.Struct, frozen=True, kw_only=True):
    """A secret as its account reads it.

    Attributes:
        secret: ``whsec_…``.
        expires_at: When it stops signing, in UTC; None for the current one.
    """

    secret: str
    created_at: datetime
    expires_at: datetime | None


class WebhookSecrets(msgspec.Struct, frozen=True, kw_only=True):
    """What signs an account's deliveries: the current secret, and older ones that overlap, latest first."""

    current: WebhookSecret
    previous: tuple[WebhookSecret, ...] = ()


class SecretSealedError(RuntimeError):
    """The stored secret was sealed with a key that LEADRUN_SECRET_KEY no longer holds; the operator must add it."""


async def read_webhook_secrets(services: Services, account_id: UUID) -> WebhookSecrets:
    """Read an account's secrets; the first reading makes one.

    Raises:
        SecretSealedError: When the current secret cannot be decrypted.
        SettingsError: When LEADRUN_SECRET_KEY is not set.
    """
    async with services.engine.begin() as connection:
        return _written((await active_secrets(connection, services, Seal(services.settings), [account_id]))[account_id])


async def rotate_webhook_secret(services: Services, account_id: UUID) -> WebhookSecrets:
    """Give an account a new secret; the one before signs along for 24 hours.

    Raises:
        SettingsError: When LEADRUN_SECRET_KEY is not set.
    """
    seal, now = Seal(services.settings), services.now()
    async with services.engine.begin() as connection:
        await secrets.rotate(connection, seal, services.new_id(), account_id, now)
        return _written(await secrets.read_active(connection, seal, [account_id], now))


async def active_secrets(
    connection: AsyncConnection, services: Services, seal: Seal, account_ids: Collection[UUID]
) -> dict[UUID, list[Secret]]:
    """Fetch what signs for these accounts now, current secret first; accounts without one get one."""
    now = services.now()
    found = await secrets.read_active(connection, seal, account_ids, now)
    lacking = set(account_ids) - {secret.account_id for secret in found if secret.expires_at is None}
    # In one order everywhere, so that two processes that lack the same ones do not wait for each other.
    for account_id in sorted(lacking):
        await secrets.make(connection, seal, services.new_id(), account_id, now)
    if lacking:
        found = await secrets.read_active(connection, seal, account_ids, now)
    grouped: dict[UUID, list[Secret]] = {account_id: [] for account_id in account_ids}
    for secret in found:
        grouped[secret.account_id].append(secret)
    return grouped


def _written(found: list[Secret]) -> WebhookSecrets:
    readable = [
        WebhookSecret(secret=write_secret(s.key), created_at=s.created_at, expires_at=s.expires_at)
        for s in found
        if s.key is not None
    ]
    if not readable or readable[0].expires_at is not None:
        raise SecretSealedError(
            "the webhook secret cannot be decrypted; add the key that sealed it to LEADRUN_SECRET_KEY"
        )
    return WebhookSecrets(current=readable[0], previous=tuple(readable[1:]))
