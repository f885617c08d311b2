"""Read the credits of accounts."""

import msgspec

from app.domain.accounts.owner import Owner
from app.domain.errors import UnknownIdError
from app.domain.vocabulary import Mode
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


async def read_balance(services: Services, owner: Owner) -> AccountBalance:
    """Return an account's credits; test keys have none, because nothing costs them any.

    Raises:
        UnknownIdError: There is no such account.
        UnavailableError: The database cannot be reached.
    """
    if owner.mode is Mode.TEST:
        return AccountBalance(balance=0, total_earned=0, total_spent=0)
    async with services.read() as connection:
        totals = await ledger.totals(connection, owner.account_id)
    if totals is None:
        raise UnknownIdError("account")
    balance, earned, spent = totals
    return AccountBalance(balance=balance, total_earned=earned, total_spent=spent)
