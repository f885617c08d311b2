"""Accounts and their keys: make, list, rotate, revoke, and add credits."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.accounts.api_key import digest, display, mint
from app.domain.accounts.audit import AuditAction
from app.domain.accounts.key_terms import KeyTerms
from app.domain.accounts.pricing import PLANS, EntryKind
from app.domain.errors import FieldError, InvalidInputError, UnknownIdError
from app.domain.vocabulary import Mode
from app.services import Services
from app.store.accounts import keys, ledger
from app.store.accounts.pepper import read_pepper
from app.usecases.audit.note import note

GRACE = timedelta(hours=24)


class NewKey(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A key just made; the only time that it is shown."""

    id: UUID
    api_key: str
    account: str
    plan: str
    mode: Mode


class KeySummary(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One key in a list; `display` is its beginning."""

    id: UUID
    display: str
    account: str
    plan: str
    mode: str
    rate_limit: int | None
    name: str
    scopes: list[str]
    networks: list[str]
    created_at: datetime
    last_used_at: datetime | None
    expires_at: datetime | None
    revoked_at: datetime | None

    @classmethod
    def of(cls, row: Row[Any]) -> "KeySummary":
        """Read it from a row with the account's name."""
        return cls(**{name: getattr(row, name) for name in cls.__struct_fields__})


class ManageKeys:
    """Manages accounts and keys."""

    def __init__(self, services: Services) -> None:
        """Use the process's services."""
        self._services = services

    async def create(
        self,
        *,
        account: str,
        plan: str = "leadmodule",
        mode: Mode = Mode.LIVE,
        amount: int = 0,
        rate_limit: int | None = None,
        terms: KeyTerms | None = None,
    ) -> NewKey:
        """Make a key, and its account where there is none of that name.

        Args:
            account: Name of the account.
            plan: Name of a plan; decides the key's prefix and its prices.
            mode: Live or test.
            amount: Credits granted to the account along with the key.
            rate_limit: Submissions in any 60 s; None for the default.
            terms: All of its terms, in place of the limit alone.

        Raises:
            InvalidInputError: Unknown plan, negative credits, limit below one, a name that no account can have.
        """
        _check(plan, amount, rate_limit)
        async with self._services.write() as connection:
            account_id = await keys.add_account(connection, self._services.new_id(), account, self._services.now())
            await self.add_credits(connection, account_id, amount)
            terms = terms or KeyTerms(rate_limit=rate_limit)
            return await self.mint(connection, account_id, account, plan=plan, mode=mode, terms=terms)

    async def grant(self, *, account: str, amount: int) -> int:
        """Add credits to an account; returns its new balance.

        Raises:
            InvalidInputError: Less than one credit.
            UnknownIdError: No such account.
        """
        if amount < 1:
            raise InvalidInputError([FieldError(field="N", message="must be at least 1 credit")])
        async with self._services.write() as connection:
            account_id = await keys.account_named(connection, account)
            if account_id is None:
                raise UnknownIdError("account")
            await self.add_credits(connection, account_id, amount)
            totals = await ledger.totals(connection, account_id)
            return totals[0] if totals else 0

    async def lines(self, account: str | None = None) -> Sequence[KeySummary]:
        """List keys, the newest first."""
        async with self._services.engine.connect() as connection:
            rows = await keys.page(connection, account)
            return [KeySummary.of(row) for row in rows]

    async def line(self, key_id: UUID) -> KeySummary:
        """Read one key, which may be revoked.

        Raises:
            UnknownIdError: No such key.
        """
        async with self._services.write() as connection:
            row = await keys.lock(connection, key_id, revoked=True)
        if row is None:
            raise UnknownIdError("key")
        return KeySummary.of(row)

    async def rotate(self, key_id: UUID, grace: timedelta = GRACE) -> NewKey:
        """Make a key like this one; the old one lives on for a grace period.

        Raises:
            UnknownIdError: No such key, or it is revoked.
        """
        async with self._services.write() as connection:
            row = await keys.lock(connection, key_id)
            if row is None:
                raise UnknownIdError("key")
            return await self.replace(connection, row, grace)

    async def revoke(self, key_id: UUID) -> None:
        """Revoke a key; within a second no process accepts it.

        Raises:
            UnknownIdError: No such key.
        """
        async with self._services.write() as connection:
            row = await keys.lock(connection, key_id, revoked=True)
            if row is None:
                raise UnknownIdError("key")
            await keys.revoke(connection, key_id)
            await note(
                connection, self._services, AuditAction.KEY_REVOKED, row.account_id, key_id, detail={"key": row.display}
            )

    async def add_credits(self, connection: AsyncConnection, account_id: UUID, amount: int) -> None:
        """Add credits to an account within a transaction, and write them into the ledger."""
        if not amount:
            return
        await ledger.lock(connection, [account_id])
        entry = ledger.LedgerEntry(
            id=self._services.new_id(), account_id=account_id, run_id=None, kind=EntryKind.GRANT, amount=amount
        )
        await ledger.append(connection, [entry], self._services.now())
        await note(connection, self._services, AuditAction.CREDITS_ADDED, account_id, detail={"credits": amount})

    async def replace(self, connection: AsyncConnection, row: Row[Any], grace: timedelta) -> NewKey:
        """Make a key like that of a locked row, whose own lives on for a grace period."""
        await keys.expire(connection, row.id, grace)
        return await self.mint(
            connection,
            row.account_id,
            row.account,
            plan=row.plan,
            mode=Mode(row.mode),
            terms=KeyTerms.of(row),
            replaces=row.display,
        )

    async def mint(
        self,
        connection: AsyncConnection,
        account_id: UUID,
        account: str,
        *,
        plan: str,
        mode: Mode,
        terms: KeyTerms,
        replaces: str = "",
    ) -> NewKey:
        """Make a key of an account that is there; `replaces` is the beginning of one that it takes the place of."""
        key = mint(plan, mode, self._services.choose, await read_pepper(connection))
        key_id = self._services.new_id()
        await keys.add(
            connection,
            keys.NewApiKey(
                id=key_id,
                account_id=account_id,
                digest=digest(key),
                display=display(key),
                plan=plan,
                mode=mode,
                terms=terms,
                created_at=self._services.now(),
            ),
        )
        action = AuditAction.KEY_ROTATED if replaces else AuditAction.KEY_CREATED
        detail = {"key": display(key), "mode": mode.value} | ({"replaces": replaces} if replaces else {})
        await note(connection, self._services, action, account_id, key_id, detail=detail)
        return NewKey(id=key_id, api_key=key, account=account, plan=plan, mode=mode)


def _check(plan: str, amount: int, rate_limit: int | None) -> None:
    problems = []
    if plan not in PLANS:
        problems.append(FieldError(field="plan", message=f"must be one of {', '.join(PLANS)}"))
    if amount < 0:
        problems.append(FieldError(field="credits", message="must not be negative"))
    if rate_limit is not None and rate_limit < 1:
        problems.append(FieldError(field="rate-limit", message="must be at least 1"))
    if problems:
        raise InvalidInputError(problems)
