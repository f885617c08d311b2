"""Append entries about a person to the audit log of each account that they belong to."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.accounts.audit import Actor, ActorKind, AuditAction, AuditDetail
from app.services import Services
from app.store.people import users
from app.usecases.audit.note import note_for


async def note_person(
    connection: AsyncConnection,
    services: Services,
    action: AuditAction,
    user_id: UUID,
    detail: AuditDetail | None = None,
    *,
    by: str = "",
    actor: Actor | None = None,
) -> None:
    """Append an entry about a person.

    Args:
        connection: In the transaction of the change.
        services: The process's.
        action: What is done.
        user_id: Of the person.
        detail: New values that are neither personal nor secret.
        by: The address of the person who acts, where no session says it; that of the request otherwise.
        actor: The one who acts, where that is nobody who is known.
    """
    actor = Actor(ActorKind.PERSON, by) if by else actor
    own = [row.id for row in await users.accounts_of(connection, user_id)] or [None]
    await note_for(connection, services, action, own, user_id, detail=detail, actor=actor)
