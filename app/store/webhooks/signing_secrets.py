"""Webhook secrets of accounts and endpoints: made when first needed, encrypted at rest, overlapping in a rotation."""

import base64
import secrets
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlalchemy import Row, and_, bindparam, delete, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.vocabulary import Mode
from app.domain.webhooks.delivery import SECRET_BYTES, SECRET_OVERLAP
from app.settings.settings import Settings, SettingsError
from app.store.database.queries import SqlQuery, run
from app.store.tables.core import accounts
from app.store.tables.webhooks import webhook_secrets

MIN_KEY_LENGTH = 16
# Each further signature makes the header longer, and receivers try them one by one.
MAX_ACTIVE = 10


class SecretHolder(msgspec.Struct, frozen=True, kw_only=True):
    """The holder of secrets: an endpoint, or without one the account in one mode, for the URLs that requests name."""

    account_id: UUID
    mode: Mode
    endpoint_id: UUID | None = None


class StoredSecret(msgspec.Struct, frozen=True, kw_only=True):
    """One signing key.

    Attributes:
        key: The bytes; None when no key in LEADRUN_SECRET_KEY opens it.
        expires_at: When it stops signing, in UTC; None for the current one.
    """

    id: UUID
    holder: SecretHolder
    key: bytes | None
    created_at: datetime
    expires_at: datetime | None


class SecretCipher:
    """Encrypts secrets at rest with the first key of LEADRUN_SECRET_KEY and opens them with any (Fernet)."""

    def __init__(self, settings: Settings) -> None:
        """Derive an encryption key from each text (HKDF-SHA256, RFC 5869), whatever its form.

        Raises:
            SettingsError: When no key is set, or one is too short to be a secret.
        """
        texts = [part.strip() for part in (settings.secret_key or "").split(",") if part.strip()]
        if not texts:
            raise SettingsError(
                ["LEADRUN_SECRET_KEY is not set; set it to a long random text, or use `leadrun up`, which makes one"]
            )
        if any(len(part) < MIN_KEY_LENGTH for part in texts):
            raise SettingsError([f"LEADRUN_SECRET_KEY: each key must have at least {MIN_KEY_LENGTH} characters"])
        self._fernet = MultiFernet([Fernet(_derive(part)) for part in texts])

    def close(self, key: bytes) -> bytes:
        """Encrypt a secret."""
        return self._fernet.encrypt(key)

    def open(self, encrypted: bytes) -> bytes | None:
        """Decrypt a secret; None when it was encrypted with a key that is no longer set."""
        try:
            return self._fernet.decrypt(encrypted)
        except InvalidToken:
            return None

    def close_headers(self, headers: Mapping[str, str]) -> bytes:
        """Encrypt custom headers."""
        return self.close(msgspec.json.encode(headers))

    def open_headers(self, encrypted: bytes) -> dict[str, str] | None:
        """Decrypt custom headers; None when they were encrypted with a key that is no longer set."""
        opened = self.open(encrypted)
        return None if opened is None else msgspec.json.decode(opened, type=dict[str, str])

    def renew(self, encrypted: bytes) -> bytes | None:
        """Encrypt again with the first key; None when no key opens it."""
        try:
            return self._fernet.rotate(encrypted)
        except InvalidToken:
            return None


def _derive(passphrase: str) -> bytes:
    hkdf = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"leadrun webhook secrets")
    return base64.urlsafe_b64encode(hkdf.derive(passphrase.encode()))


_ACTIVE = (
    select(webhook_secrets)
    .where(
        webhook_secrets.c.account_id == func.any(bindparam("accounts")),
        or_(
            webhook_secrets.c.endpoint_id.is_(None),
            webhook_secrets.c.endpoint_id == func.any(bindparam("endpoints")),
        ),
        or_(webhook_secrets.c.expires_at.is_(None), webhook_secrets.c.expires_at > bindparam("now")),
    )
    .order_by(webhook_secrets.c.expires_at.desc().nulls_first())
)


async def read_active(
    connection: AsyncConnection, cipher: SecretCipher, holders: Collection[SecretHolder], now: datetime
) -> list[StoredSecret]:
    """Read what signs for these now, the current secret of each first, then those that overlap."""
    values = {
        "accounts": list({holder.account_id for holder in holders}),
        "endpoints": list({holder.endpoint_id for holder in holders if holder.endpoint_id}),
        "now": now,
    }
    return [
        StoredSecret(
            id=row.id,
            holder=holder,
            key=cipher.open(row.encrypted_secret),
            created_at=row.created_at,
            expires_at=row.expires_at,
        )
        for row in await run(connection, SqlQuery(_ACTIVE, values, list))
        if (holder := _holder(row)) in holders
    ]


def _holder(row: Row[Any]) -> SecretHolder:
    return SecretHolder(account_id=row.account_id, mode=Mode(row.mode), endpoint_id=row.endpoint_id)


async def make(
    connection: AsyncConnection, cipher: SecretCipher, new_id: UUID, holder: SecretHolder, now: datetime
) -> None:
    """Give its holder a current secret, unless it has one."""
    await connection.execute(
        insert(webhook_secrets)
        .values(
            id=new_id,
            account_id=holder.account_id,
            mode=holder.mode,
            endpoint_id=holder.endpoint_id,
            encrypted_secret=cipher.close(secrets.token_bytes(SECRET_BYTES)),
            created_at=now,
        )
        .on_conflict_do_nothing()
    )


async def rotate(
    connection: AsyncConnection, cipher: SecretCipher, new_id: UUID, holder: SecretHolder, now: datetime
) -> None:
    """Replace the current secret; the old one goes on signing for a day.

    At most `MAX_ACTIVE` secrets sign at once: rotating more often than that ends the oldest overlaps early.
    """
    # Two rotations at once take turns here, so that both leave exactly one current secret.
    await connection.execute(
        select(accounts.c.id).where(accounts.c.id == holder.account_id).with_for_update(key_share=True)
    )
    mine = and_(
        webhook_secrets.c.account_id == holder.account_id,
        webhook_secrets.c.mode == holder.mode.value,
        webhook_secrets.c.endpoint_id.is_not_distinct_from(holder.endpoint_id),
    )
    await connection.execute(
        update(webhook_secrets)
        .where(mine, webhook_secrets.c.expires_at.is_(None))
        .values(expires_at=now + SECRET_OVERLAP)
    )
    surplus = (
        select(webhook_secrets.c.id)
        .where(mine, webhook_secrets.c.expires_at > now)
        .order_by(webhook_secrets.c.expires_at.desc())
        .offset(MAX_ACTIVE - 1)
    )
    await connection.execute(update(webhook_secrets).where(webhook_secrets.c.id.in_(surplus)).values(expires_at=now))
    await make(connection, cipher, new_id, holder, now)


async def forget(connection: AsyncConnection, endpoint_id: UUID) -> None:
    """Delete the secrets of a deleted endpoint."""
    await connection.execute(delete(webhook_secrets).where(webhook_secrets.c.endpoint_id == endpoint_id))
