"""What an account has, earned and spent."""

from uuid import UUID

import msgspec
from sqlalchemy import select

from app.domain.errors import UnknownIdError
from app.services import Services
from app.store.database.errors import reaching_the_database
from app.store.tables.core import accounts


class AccountBalance(msgspec.Struct, frozen=True, kw_only=True):
    """Credits; always ``balance = total_earned - total_spent``."""

    balance: int
    total_earned: int
    total_spent: int


class ReadBalance:
    """Reads accounts."""

    def __init__(self, services: Services) -> None:
        """Use the process's services."""
        self._engine = services.engine

    async def credits(self, account_id: UUID) -> AccountBalance:
        """Read an account's credits.

        Raises:
            UnknownId: No such account.
            Unavailable: The database cannot be reached.
        """
        a = accounts.c
        with reaching_the_database():
            async with self._engine.connect() as connection:
                found = await connection.execute(select(a.balance, a.earned, a.spent).where(a.id == account_id))
                row = found.first()
        if row is None:
            raise UnknownIdError("account")
        return AccountBalance(balance=row.balance, total_earned=row.earned, total_spent=row.spent)
