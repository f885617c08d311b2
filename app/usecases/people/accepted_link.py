"""Accept a link of one use: a person joins an account, opens one of their own, or becomes the first operator."""

from typing import Any
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.accounts.audit import AuditAction
from app.domain.people.role import Role
from app.services import Services
from app.store.people import links, users
from app.usecases.audit.note import note
from app.usecases.people.noted import note_person
from app.usecases.people.opened_account import open_account


async def accept_link(
    connection: AsyncConnection, services: Services, link: Row[Any], user_id: UUID, email: str, *, opens: bool = False
) -> UUID | None:
    """Use a link for a user; returns the account that it leads to.

    Args:
        connection: In a transaction that holds the lock of `users.lock_last_one`, and that of the link.
        services: The process's.
        link: As `links.find` reads it.
        user_id: Of the person.
        email: Theirs.
        opens: Whether it opens an account.

    Raises:
        LinkOverError: The mailbox has opened an account before.
    """
    account_id: UUID | None = link.account_id
    if link.operator:
        await users.change(connection, user_id, operator=True)
    if account_id:
        await users.join(connection, user_id, account_id, Role(link.role), services.now())
    if opens:
        account_id = await open_account(connection, services, user_id, email)
    await links.use(connection, link.id)
    if account_id:
        detail = {"role": link.role or Role.OWNER.value}
        await note(connection, services, AuditAction.JOINED, account_id, user_id, detail=detail)
    if link.operator:
        await note_person(connection, services, AuditAction.OPERATOR_MADE, user_id)
    return account_id
