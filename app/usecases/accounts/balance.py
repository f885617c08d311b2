"""Read an account's credits."""

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
