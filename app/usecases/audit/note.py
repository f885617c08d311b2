"""Append entries to the audit log, each in the transaction of its change and with its actor."""

from collections.abc import Iterable
from contextvars import ContextVar
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.accounts.audit import Actor, ActorKind, AuditAction, AuditDetail
from app.services import Services
from app.store.accounts import audit_log

# Set where a request or a command begins; what runs for it inherits it.
acting: ContextVar[Actor | None] = ContextVar("acting", default=None)
_LEADRUN = Actor(ActorKind.SYSTEM)


def is_person() -> bool:
    """Return whether a person of the app acts."""
    actor = acting.get()
    return actor is not None and actor.kind is ActorKind.PERSON


async def note(
    connection: AsyncConnection,
    services: Services,
    action: AuditAction,
    account_id: UUID | None,
    target: object = "",
    *,
    detail: AuditDetail | None = None,
    actor: Actor | None = None,
) -> None:
    """Append an entry to the audit log.

    Args:
        connection: In the transaction of the change: both are stored, or neither is.
        services: The process's.
        action: What is done.
        account_id: To whose things; None for the installation's.
        target: The id of the thing, or the beginning of a key: no name, no address, no secret.
        detail: New values that are neither personal nor secret.
        actor: The one who does it, where that is not the one of the request.
    """
    await note_for(connection, services, action, [account_id], target, detail=detail, actor=actor)


async def note_for(
    connection: AsyncConnection,
    services: Services,
    action: AuditAction,
    account_ids: Iterable[UUID | None],
    target: object = "",
    *,
    detail: AuditDetail | None = None,
    actor: Actor | None = None,
) -> None:
    """Append an entry to the log of each of several accounts, as `note` does."""
    entries = [
        audit_log.NewAuditEntry(
            id=services.new_id(),
            account_id=account_id,
            actor=actor or acting.get() or _LEADRUN,
            action=action,
            target=str(target),
            detail=dict(detail or {}),
        )
        for account_id in account_ids
    ]
    await audit_log.add(connection, entries)
