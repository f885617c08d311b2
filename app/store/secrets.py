"""Webhook secrets of accounts: made when first needed, sealed at rest, two of them active during a rotation."""

import base64
import secrets
from collections.abc import Collection
from datetime import datetime
from uuid import UUID

import msgspec
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlalchemy import or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from app.config import Settings, SettingsError
from app.domain.delivery import SECRET_BYTES, SECRET_OVERLAP
from app.store.delivery_tables import webhook_secrets
from app.store.tables import accounts

MIN_KEY_LENGTH = 16
# Each further signature makes the header longer, and receivers try them one by one.
MAX_ACTIVE = 10


class Secret(msgspec.Struct, frozen=True, kw_only=True):
    """One signing key.

    Attributes:
        key: The bytes; None when no key in LEADRUN_SECRET_KEY opens it.
        expires_at: When it stops signing, in UTC; None for the current one.
    """

    id: UUID
    account_id: UUID
    key: bytes | None
    created_at: datetime
    expires_at: datetime | None


class Seal:
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
        """Encrypt a signing key."""
        return self._fernet.encrypt(key)

    def open(self, sealed: bytes) -> bytes | None:
        """Decrypt a signing key; None when it was sealed with a key that is no longer set."""
        try:
            return self._fernet.decrypt(sealed)
        except InvalidToken:
            return None


def _derive(passphrase: str) -> bytes:
    hkdf = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"leadrun webhook secrets")
    return base64.urlsafe_b64encode(hkdf.derive(passphrase.encode()))


async def read_active(
    connection: AsyncConnection, seal: Seal, account_ids: Collection[UUID], now: datetime
) -> list[Secret]:
    """Read what signs for these accounts now, the current secret of each first, then those that overlap."""
    rows = await connection.execute(
        select(webhook_secrets)
        .where(
            webhook_secrets.c.account_id.in_(set(account_ids)),
            or_(webhook_secrets.c.expires_at.is_(None), webhook_secrets.c.expires_at > now),
        )
        .order_by(webhook_secrets.c.expires_at.desc().nulls_first())
    )
    return [
        Secret(
            id=row.id,
            account_id=row.account_id,
            key=seal.open(row.sealed),
            created_at=row.created_at,
            expires_at=row.expires_at,
        )
        for row in rows
    ]


async def make(connection: AsyncConnection, seal: Seal, new_id: UUID, account_id: UUID, now: datetime) -> None:
    """Give an account its current secret, unless it has one."""
    await connection.execute(
        insert(webhook_secrets)
        .values(
            id=new_id,
            account_id=account_id,
            sealed=seal.close(secrets.token_bytes(SECRET_BYTES)),
            created_at=now,
        )
        .on_conflict_do_nothing()
    )


async def rotate(connection: AsyncConnection, seal: Seal, new_id: UUID, account_id: UUID, now: datetime) -> None:
    """Replace an account's current secret; the old one goes on signing for a day.

    At most `MAX_ACTIVE` secrets sign at once: rotating more often than that ends the oldest overlaps early.
    """
    # Two rotations at once take turns here, so that both leave exactly one current secret.
    await connection.execute(select(accounts.c.id).where(accounts.c.id == account_id).with_for_update(key_share=True))
    mine = webhook_secrets.c.account_id == account_id
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
    await make(connection, seal, new_id, account_id, now)
