"""Encrypt everything that is sealed again with the first key of LEADRUN_SECRET_KEY, so that the others can go."""

import msgspec
from sqlalchemy import Table, bindparam, select, update

from app.services import Services
from app.store.tables.webhooks import webhook_endpoints, webhook_secrets
from app.store.webhooks.signing_secrets import SecretCipher

PORTION = 500
# Every column that holds something sealed.
SEALED: tuple[tuple[Table, str], ...] = (
    (webhook_secrets, "encrypted_secret"),
    (webhook_endpoints, "encrypted_headers"),
)


class ReencryptedSecrets(msgspec.Struct, frozen=True, kw_only=True):
    """What came of it.

    Attributes:
        renewed: Values that only the first key opens now.
        locked: Values that no key opens; the key that sealed them is missing.
    """

    renewed: int = 0
    locked: int = 0


async def reencrypt_secrets(services: Services, *, portion: int = PORTION) -> ReencryptedSecrets:
    """Seal everything anew, portion by portion; safe to repeat and to do while leadrun runs.

    Args:
        services: The process's.
        portion: Rows a transaction.

    Raises:
        SettingsError: When LEADRUN_SECRET_KEY is not set.
    """
    seal, total = SecretCipher(services.settings), ReencryptedSecrets()
    for table, name in SEALED:
        done = await _column(services, seal, table, name, portion)
        total = ReencryptedSecrets(renewed=total.renewed + done.renewed, locked=total.locked + done.locked)
    return total


async def _column(services: Services, seal: SecretCipher, table: Table, name: str, portion: int) -> ReencryptedSecrets:
    column, renewed, locked, last = table.c[name], 0, 0, None
    change = (
        update(table)
        .where(table.c.id == bindparam("which"), column == bindparam("old"))
        .values({name: bindparam("new")})
    )
    while True:
        wanted = (
            select(table.c.id, column.label("sealed")).where(column.is_not(None)).order_by(table.c.id).limit(portion)
        )
        if last is not None:
            wanted = wanted.where(table.c.id > last)
        async with services.engine.begin() as connection:
            rows = (await connection.execute(wanted)).all()
            if not rows:
                return ReencryptedSecrets(renewed=renewed, locked=locked)
            opened = [(row, seal.renew(row.sealed)) for row in rows]
            # Compared with what was read, so that a change in between is not undone.
            changes = [{"which": row.id, "old": row.sealed, "new": new} for row, new in opened if new is not None]
            if changes:
                await connection.execute(change, changes)
        renewed += len(changes)
        locked += len(rows) - len(changes)
        last = rows[-1].id
