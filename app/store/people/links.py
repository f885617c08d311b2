"""Links of one use in the database: claims of an installation, invitations, resets of a password."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Row, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.people.role import Role
from app.store.tables.core import accounts
from app.store.tables.people import entry_links, users

_l = entry_links.c


class NewLink(msgspec.Struct, frozen=True, kw_only=True):
    """A link to be inserted; only the digest of its secret is stored."""

    id: UUID
    digest: bytes
    kind: str
    email: str | None = None
    user_id: UUID | None = None
    account_id: UUID | None = None
    role: Role | None = None
    operator: bool = False


async def add(connection: AsyncConnection, link: NewLink, lasts: timedelta) -> None:
    """Insert a link that is valid for a time, by the database's clock."""
    values = msgspec.structs.asdict(link) | {"created_at": func.now(), "expires_at": func.now() + lasts}
    await connection.execute(insert(entry_links).values(**values))


async def find(connection: AsyncConnection, digest: bytes, kind: str, *, lock: bool = False) -> Row[Any] | None:
    """Read a link that is neither used nor expired, with the account's name and the user's address."""
    address = func.coalesce(_l.email, users.c.email).label("address")
    statement = (
        select(entry_links, func.coalesce(accounts.c.title, accounts.c.name).label("account"), address)
        .outerjoin(accounts, accounts.c.id == _l.account_id)
        .outerjoin(users, users.c.id == _l.user_id)
        .where(_l.digest == digest, _l.kind == kind, _l.used_at.is_(None), _l.expires_at > func.now())
    )
    if lock:
        statement = statement.with_for_update(of=entry_links)
    return (await connection.execute(statement)).first()


async def open_invitation(connection: AsyncConnection, email: str) -> Row[Any] | None:
    """Read and lock the newest open invitation of an address."""
    statement = (
        select(entry_links)
        .where(_l.kind == "invite", _l.email == email, _l.used_at.is_(None), _l.expires_at > func.now())
        .order_by(_l.id.desc())
        .limit(1)
        .with_for_update()
    )
    return (await connection.execute(statement)).first()


async def use(connection: AsyncConnection, link_id: UUID) -> None:
    """Mark a link as used."""
    await connection.execute(update(entry_links).where(_l.id == link_id).values(used_at=func.now()))


async def revoke(
    connection: AsyncConnection, kind: str, *, account_id: UUID | None = None, link_id: UUID | None = None
) -> int:
    """End the open links of a kind, of one account, or a single one of it; returns how many there were."""
    statement = update(entry_links).where(_l.kind == kind, _l.used_at.is_(None))
    if account_id:
        statement = statement.where(_l.account_id == account_id)
    if link_id:
        statement = statement.where(_l.id == link_id)
    return (await connection.execute(statement.values(used_at=func.now()))).rowcount


async def open_invitations(connection: AsyncConnection, account_id: UUID) -> Sequence[Any]:
    """Read the invitations to an account that nobody has used yet, the newest first."""
    statement = select(_l.id, _l.email, _l.role, _l.created_at, _l.expires_at).where(
        _l.account_id == account_id, _l.kind == "invite", _l.used_at.is_(None), _l.expires_at > func.now()
    )
    return (await connection.execute(statement.order_by(_l.id.desc()))).all()
