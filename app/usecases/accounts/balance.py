"""Read the credits of accounts."""

from uuid import UUID

import msgspec

from app.domain.errors import UnknownIdError
from app.services import Services
from app.store.accounts import ledger


class AccountBalance(msgspec.Struct, frozen=True, kw_only=True):
    """Credits; always ``balance = total_earned - total_spent``."""

    balance: int
    total_earned: int
    total_spent: int


class NamedBalance(msgspec.Struct, frozen=True, kw_only=True):
    """The credits of an account, for the operator."""

    account: str
    balance: int
    total_earned: int
    total_spent: int


async def read_balances(services: Services, account: str | None = None) -> list[NamedBalance]:
    """Return the credits of every account, or of the one of a name.

    Raises:
        UnknownIdError: There is no account of that name.
        UnavailableError: The database cannot be reached.
    """
    async with services.read() as connection:
        rows = await ledger.balances(connection, account)
    if account is not None and not rows:
        raise UnknownIdError("account")
    return [NamedBalance(account=n, balance=b, total_earned=e, total_spent=s) for n, b, e, s in rows]


async def read_balance(services: Services, account_id: UUID) -> AccountBalance:
    """Return an account's credits.

    Raises:
        UnknownIdError: There is no such account.
        UnavailableError: The database cannot be reached.
    """
    async with services.read() as connection:
        totals = await ledger.totals(connection, account_id)
    if totals is None:
        raise UnknownIdError("account")
    balance, earned, spent = totals
    return AccountBalance(balance=balance, total_earned=earned, total_spent=spent)
