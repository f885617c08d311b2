"""The audit log in the database: entries are added, read, and deleted when they are old."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Select, delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.accounts.audit import Actor, ActorKind, AuditAction, AuditEntry
from app.store.database.portions import oldest
from app.store.tables.audit import audit_entries
from app.store.tables.core import accounts

_e = audit_entries.c


class NewAuditEntry(msgspec.Struct, frozen=True, kw_only=True):
    """An entry to be inserted, at the time of its transaction by the database's clock."""

    id: UUID
    account_id: UUID | None
    actor: Actor
    action: AuditAction
    target: str
    detail: dict[str, Any]


class AuditFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which entries to read.

    Attributes:
        account_id: Of this account alone; None for all, those of the installation among them.
        group: The kind of thing that was changed; empty for all.
        actor: A part of the actor's name; empty for all.
        before: The id that a page begins after, newest first.
    """

    account_id: UUID | None = None
    group: str = ""
    actor: str = ""
    before: UUID | None = None


async def add(connection: AsyncConnection, entries: Sequence[NewAuditEntry]) -> None:
    """Append entries."""
    rows = [
        {
            "id": entry.id,
            "account_id": entry.account_id,
            "actor_kind": entry.actor.kind.value,
            "actor": str(entry.actor.name),
            "action": entry.action.value,
            "target": entry.target,
            "detail": entry.detail,
        }
        for entry in entries
    ]
    await connection.execute(insert(audit_entries), rows)


async def page(connection: AsyncConnection, wanted: AuditFilter, limit: int) -> list[AuditEntry]:
    """Read entries, the newest first."""
    rows = await connection.execute(_wanted(wanted).order_by(_e.id.desc()).limit(limit))
    return [
        AuditEntry(
            id=row.id,
            account_id=row.account_id,
            actor=Actor(ActorKind(row.actor_kind), row.actor),
            action=row.action,
            target=row.target,
            detail=row.detail,
            created_at=row.created_at,
            account=row.account or "",
        )
        for row in rows
    ]


def _wanted(wanted: AuditFilter) -> Select[Any]:
    statement = select(audit_entries, accounts.c.name.label("account")).outerjoin(
        accounts, accounts.c.id == _e.account_id
    )
    if wanted.account_id:
        statement = statement.where(_e.account_id == wanted.account_id)
    if wanted.group:
        statement = statement.where(_e.action.startswith(f"{wanted.group}.", autoescape=True))
    if wanted.actor:
        statement = statement.where(_e.actor.contains(wanted.actor.lower(), autoescape=True))
    if wanted.before:
        statement = statement.where(_e.id < wanted.before)
    return statement


async def expire(connection: AsyncConnection, lifetime: timedelta, limit: int) -> int:
    """Delete entries that are older; returns how many."""
    old = oldest(audit_entries, lambda c: c.created_at < func.now() - lifetime, by="created_at", limit=limit)
    return (await connection.execute(delete(audit_entries).where(old))).rowcount
