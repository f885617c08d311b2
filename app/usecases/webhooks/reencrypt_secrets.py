"""Re-encrypt all stored secrets with the first key of LEADRUN_SECRET_KEY, so that the other keys can go."""

from typing import Any

import msgspec
from sqlalchemy import Column

from app.services import Services
from app.store.webhooks import encrypted_columns
from app.store.webhooks.signing_secrets import SecretCipher

PORTION = 500


class ReencryptedSecrets(msgspec.Struct, frozen=True, kw_only=True):
    """How many values were re-encrypted.

    Attributes:
        renewed: Values that only the first key decrypts now.
        locked: Values that no key decrypts; the key that encrypted them is missing.
    """

    renewed: int = 0
    locked: int = 0


async def reencrypt_secrets(services: Services, *, portion: int = PORTION) -> ReencryptedSecrets:
    """Re-encrypt every value, portion by portion; safe to repeat, and to run while leadrun runs.

    Args:
        services: The process's.
        portion: Rows a transaction.

    Raises:
        SettingsError: When LEADRUN_SECRET_KEY is not set.
    """
    cipher, total = SecretCipher(services.settings), ReencryptedSecrets()
    for column in encrypted_columns.ENCRYPTED:
        done = await _column(services, cipher, column, portion)
        total = ReencryptedSecrets(renewed=total.renewed + done.renewed, locked=total.locked + done.locked)
    return total


async def _column(services: Services, cipher: SecretCipher, column: Column[Any], portion: int) -> ReencryptedSecrets:
    renewed, locked, last = 0, 0, None
    while True:
        async with services.engine.begin() as connection:
            rows = await encrypted_columns.portion(connection, column, after=last, limit=portion)
            if not rows:
                return ReencryptedSecrets(renewed=renewed, locked=locked)
            opened = [(row_id, value, cipher.renew(value)) for row_id, value in rows]
            changes = [(row_id, old, new) for row_id, old, new in opened if new is not None]
            await encrypted_columns.replace(connection, column, changes)
        renewed += len(changes)
        locked += len(rows) - len(changes)
        last = rows[-1][0]
