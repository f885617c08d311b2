"""Open the account of a person who signed up: theirs, with the credits that the settings give, once for a mailbox."""

import itertools
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.people.credentials import LinkOverError, mailbox_of
from app.domain.people.role import Role
from app.services import Services
from app.store.accounts import keys
from app.store.people import sign_ups, users
from app.usecases.accounts.manage_keys import ManageKeys


async def open_account(connection: AsyncConnection, services: Services, user_id: UUID, email: str) -> UUID:
    """Open an account of a proven address; the transaction holds the lock of `users.lock_last_one`.

    It is named by the address, until its owner gives it another name.

    Raises:
        LinkOverError: The mailbox has opened one before.
    """
    mailbox = mailbox_of(email)
    if await sign_ups.has_signed_up(connection, mailbox):
        raise LinkOverError
    account_id, now = services.new_id(), services.now()
    name, number = email, itertools.count(2)
    while await keys.add_account(connection, account_id, name, now) != account_id:
        name = f"{email} ({next(number)})"
    await users.join(connection, user_id, account_id, Role.OWNER, now)
    await sign_ups.add(connection, mailbox, user_id, account_id, now)
    await ManageKeys(services).add_credits(connection, account_id, services.settings.signup_credits)
    return account_id
