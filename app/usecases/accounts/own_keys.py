"""The keys of one owner, managed by one of them: made, changed, rotated, revoked, none stronger than that one."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.accounts.audit import AuditAction
from app.domain.accounts.key_terms import MAX_KEYS, ForbiddenError, KeyTerms, Scope, TooManyKeysError
from app.domain.errors import InvalidInputError, UnknownIdError
from app.services import Services
from app.store.accounts import keys, ledger
from app.usecases.accounts.authenticate import Principal
from app.usecases.accounts.manage_keys import KeySummary, ManageKeys
from app.usecases.audit.note import note

MOST_SHOWN = 2 * MAX_KEYS


class OwnKeys:
    """Manages the keys of the account and mode of a key."""

    def __init__(self, services: Services, principal: Principal) -> None:
        """Act with a key, which has the scope for it."""
        self._services, self._principal = services, principal

    async def list(self) -> list[KeySummary]:
        """Read the keys, the newest first.

        Raises:
            UnavailableError: The database cannot be reached.
        """
        async with self._services.read() as connection:
            rows = await keys.of_owner(connection, self._principal.owner, MOST_SHOWN)
            return [KeySummary.of(row) for row in rows]

    async def create(self, terms: KeyTerms) -> tuple[str, KeySummary]:
        """Make a key; returns its text, which is never shown again, and what lists show of it.

        Raises:
            InvalidInputError: It would be stronger than the key that makes it.
            TooManyKeysError: The account has as many as it may have.
            UnavailableError: The database cannot be reached.
        """
        terms = self._within(terms)
        mine = self._principal
        async with self._services.write() as connection:
            # The lock makes the count hold until the commit.
            await ledger.lock(connection, [mine.account_id])
            if await keys.count(connection, mine.account_id) >= MAX_KEYS:
                raise TooManyKeysError
            made = await ManageKeys(self._services).mint(
                connection, mine.account_id, "", plan=mine.plan, mode=mine.mode, terms=terms
            )
            return made.api_key, await self._read(connection, made.id)

    async def change(self, key_id: UUID, changes: dict[str, Any]) -> KeySummary:
        """Give a key other terms: those that are named.

        Raises:
            InvalidInputError: It would be stronger than the key that changes it.
            ForbiddenError: It is stronger already.
            UnknownIdError: There is no such key, or it is revoked.
            UnavailableError: The database cannot be reached.
        """
        async with self._services.write() as connection:
            row = await self._weaker(connection, key_id)
            terms = self._within(msgspec.structs.replace(KeyTerms.of(row), **changes))
            await keys.change(connection, key_id, terms)
            await self._note(connection, AuditAction.KEY_CHANGED, row)
            return await self._read(connection, key_id)

    async def rotate(self, key_id: UUID, grace: timedelta) -> tuple[str, KeySummary]:
        """Make a key of the same terms; the old one lives on for a grace period.

        Raises:
            ForbiddenError: It is stronger than the key that rotates it.
            UnknownIdError: There is no such key, or it is revoked.
            UnavailableError: The database cannot be reached.
        """
        async with self._services.write() as connection:
            row = await self._weaker(connection, key_id)
            made = await ManageKeys(self._services).replace(connection, row, grace)
            return made.api_key, await self._read(connection, made.id)

    async def revoke(self, key_id: UUID) -> None:
        """Revoke a key, this one too; within a second no process accepts it.

        Raises:
            UnknownIdError: There is no such key.
            UnavailableError: The database cannot be reached.
        """
        async with self._services.write() as connection:
            row = await keys.lock(connection, key_id, self._principal.owner, revoked=True)
            if row is None:
                raise UnknownIdError("key")
            await keys.revoke(connection, key_id)
            await self._note(connection, AuditAction.KEY_REVOKED, row)

    async def _note(self, connection: AsyncConnection, action: AuditAction, row: Row[Any]) -> None:
        await note(connection, self._services, action, row.account_id, row.id, detail={"key": row.display})

    def _within(self, terms: KeyTerms) -> KeyTerms:
        """Check that terms are no stronger than our own."""
        if faults := self._principal.terms.excess(terms):
            raise InvalidInputError(faults)
        return terms

    async def _weaker(self, connection: AsyncConnection, key_id: UUID) -> Row[Any]:
        """Lock and read a key that is no stronger than ours: else its terms or its secret would make ours stronger."""
        row = await keys.lock(connection, key_id, self._principal.owner)
        if row is None:
            raise UnknownIdError("key")
        if self._principal.terms.excess(KeyTerms.of(row)):
            raise ForbiddenError("This key may not change a key that may do more than itself.", Scope.ADMIN_KEYS)
        return row

    async def _read(self, connection: AsyncConnection, key_id: UUID) -> KeySummary:
        row = await keys.lock(connection, key_id)
        if row is None:  # pragma: no cover - the transaction has just written it
            raise UnknownIdError("key")
        return KeySummary.of(row)
