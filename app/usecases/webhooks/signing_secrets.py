"""Webhook secrets of accounts and endpoints: read them, rotate them, and fetch the keys that sign many deliveries."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.accounts.audit import AuditAction
from app.domain.accounts.owner import Owner
from app.domain.errors import UnavailableError, UnknownIdError
from app.domain.webhooks.delivery import write_secret
from app.services import Services
from app.settings.settings import SettingsError
from app.store.database.durability import COMMIT_DURABLY
from app.store.database.queries import run
from app.store.webhooks import endpoints, signing_secrets
from app.store.webhooks.signing_secrets import SecretCipher, SecretHolder, StoredSecret
from app.usecases.audit.note import is_person, note


class SigningSecret(msgspec.Struct, frozen=True, kw_only=True):
    """A secret as its account reads it.

    Attributes:
        secret: ``whsec_…``.
        expires_at: When it stops signing, in UTC; None for the current one.
    """

    secret: str
    created_at: datetime
    expires_at: datetime | None


class SigningSecrets(msgspec.Struct, frozen=True, kw_only=True):
    """Signing secrets of an account or endpoint: the current one, and older ones that overlap, latest first."""

    current: SigningSecret
    previous: tuple[SigningSecret, ...] = ()


class SecretSealedError(UnavailableError):
    """Webhook secrets cannot be read or made, until the operator has set LEADRUN_SECRET_KEY or added a key to it."""

    def __init__(self, message: str) -> None:
        """Keep the sentence; people change settings in minutes."""
        super().__init__("webhook secrets", retry_after=60, message=message)


def open_cipher(services: Services) -> SecretCipher:
    """Return the cipher of webhook secrets and headers.

    Raises:
        SecretSealedError: When LEADRUN_SECRET_KEY is not set, which an API process needs for nothing else.
    """
    try:
        return SecretCipher(services.settings)
    except SettingsError as error:
        raise SecretSealedError(f"Webhook secrets are not available here: {error}.") from error


async def read_webhook_secrets(services: Services, owner: Owner, endpoint_id: UUID | None = None) -> SigningSecrets:
    """Read the secrets of an account, or of one of its endpoints; the first reading makes one.

    Raises:
        UnknownIdError: The account has no such endpoint.
        SecretSealedError: When the current secret cannot be decrypted, or LEADRUN_SECRET_KEY is not set.
    """
    cipher, holder = open_cipher(services), _holder(owner, endpoint_id)
    async with services.write() as connection:
        await _check(connection, holder)
        # Programs may read theirs before each delivery; people do it now and then.
        if is_person():
            await note(connection, services, AuditAction.SECRET_READ, owner.account_id, endpoint_id or "")
        return _written((await active_secrets(connection, services, cipher, [holder]))[holder])


async def rotate_webhook_secret(services: Services, owner: Owner, endpoint_id: UUID | None = None) -> SigningSecrets:
    """Make a new secret for an account, or for one of its endpoints; the one before signs along for 24 hours.

    Raises:
        UnknownIdError: The account has no such endpoint.
        SecretSealedError: When LEADRUN_SECRET_KEY is not set.
    """
    cipher, now = open_cipher(services), services.now()
    holder = _holder(owner, endpoint_id)
    async with services.write() as connection:
        await _check(connection, holder)
        await signing_secrets.rotate(connection, cipher, services.new_id(), holder, now)
        await note(connection, services, AuditAction.SECRET_ROTATED, owner.account_id, endpoint_id or "")
        return _written(await signing_secrets.read_active(connection, cipher, [holder], now))


def _holder(owner: Owner, endpoint_id: UUID | None) -> SecretHolder:
    return SecretHolder(account_id=owner.account_id, mode=owner.mode, endpoint_id=endpoint_id)


async def _check(connection: AsyncConnection, holder: SecretHolder) -> None:
    owner = Owner(holder.account_id, holder.mode)
    if holder.endpoint_id and await endpoints.one(connection, owner, holder.endpoint_id) is None:
        raise UnknownIdError("endpoint")


async def active_secrets(
    connection: AsyncConnection, services: Services, cipher: SecretCipher, holders: Collection[SecretHolder]
) -> dict[SecretHolder, list[StoredSecret]]:
    """Fetch what signs for these now, current secret first; who has none gets one."""
    now = services.now()
    found = await signing_secrets.read_active(connection, cipher, holders, now)
    lacking = set(holders) - {secret.holder for secret in found if secret.expires_at is None}
    # In one order everywhere, so that two processes that lack the same ones do not wait for each other.
    for holder in sorted(lacking, key=lambda h: (h.account_id, h.mode, str(h.endpoint_id or ""))):
        await signing_secrets.make(connection, cipher, services.new_id(), holder, now)
    if lacking:
        await run(connection, COMMIT_DURABLY)
        found = await signing_secrets.read_active(connection, cipher, holders, now)
    grouped: dict[SecretHolder, list[StoredSecret]] = {holder: [] for holder in holders}
    for secret in found:
        grouped[secret.holder].append(secret)
    return grouped


def _written(found: list[StoredSecret]) -> SigningSecrets:
    readable = [
        SigningSecret(secret=write_secret(s.key), created_at=s.created_at, expires_at=s.expires_at)
        for s in found
        if s.key is not None
    ]
    if not readable or readable[0].expires_at is not None:
        raise SecretSealedError(
            "The webhook secret cannot be decrypted; add the key that encrypted it to LEADRUN_SECRET_KEY."
        )
    return SigningSecrets(current=readable[0], previous=tuple(readable[1:]))
