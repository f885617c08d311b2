"""Insert, read, change and disable webhook endpoints."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import ColumnElement, RowMapping, bindparam, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.accounts.owner import Owner
from app.domain.vocabulary import Mode
from app.domain.webhooks.endpoint import DELETED, Endpoint
from app.store.database.queries import SqlQuery, run
from app.store.tables.webhooks import webhook_endpoints

_COLUMNS = tuple(webhook_endpoints.c[name] for name in Endpoint.__struct_fields__)
_LIVING = webhook_endpoints.c.deleted_at.is_(None)


_OF_ACCOUNTS = (
    select(*_COLUMNS)
    .where(webhook_endpoints.c.account_id == func.any(bindparam("accounts")), _LIVING)
    .order_by(webhook_endpoints.c.created_at, webhook_endpoints.c.id)
)
_BY_IDS = select(*_COLUMNS).where(webhook_endpoints.c.id == func.any(bindparam("ids")), _LIVING)


def _endpoint(row: Mapping[str, Any] | RowMapping) -> Endpoint:
    return Endpoint(**(dict(row) | {"events": tuple(row["events"]), "mode": Mode(row["mode"])}))


async def of_owners(connection: AsyncConnection, owners: Collection[Owner]) -> list[Endpoint]:
    """Read the endpoints of owners, the oldest first, disabled ones included.

    They are not locked: disabling one meanwhile leaves a delivery behind, which ends when it is leased.
    """
    if not owners:
        return []
    accounts = list({owner.account_id for owner in owners})
    found = await run(connection, SqlQuery(_OF_ACCOUNTS, {"accounts": accounts}, _endpoints))
    return [endpoint for endpoint in found if endpoint.owner in owners]


def _endpoints(rows: Sequence[Any]) -> list[Endpoint]:
    return [_endpoint(row._asdict()) for row in rows]


async def everywhere(
    connection: AsyncConnection, *, account_id: UUID | None = None, key_id: UUID | None = None
) -> list[Endpoint]:
    """Read the endpoints of all accounts, of one, or those that a key made, the oldest first."""
    wanted = select(*_COLUMNS).where(_LIVING).order_by(webhook_endpoints.c.created_at, webhook_endpoints.c.id)
    if account_id:
        wanted = wanted.where(webhook_endpoints.c.account_id == account_id)
    if key_id:
        wanted = wanted.where(webhook_endpoints.c.key_id == key_id)
    return [_endpoint(row) for row in (await connection.execute(wanted)).mappings()]


async def by_ids(connection: AsyncConnection, ids: Collection[UUID]) -> dict[UUID, Endpoint]:
    """Read endpoints by id; deleted ones are missing."""
    if not ids:
        return {}
    found = await run(connection, SqlQuery(_BY_IDS, {"ids": list(set(ids))}, _endpoints))
    return {endpoint.id: endpoint for endpoint in found}


def _owned(owner: Owner) -> tuple[ColumnElement[bool], ...]:
    return webhook_endpoints.c.account_id == owner.account_id, webhook_endpoints.c.mode == owner.mode.value


async def one(connection: AsyncConnection, owner: Owner, endpoint_id: UUID, *, lock: bool = False) -> Endpoint | None:
    """Read one endpoint of an owner, and lock it if asked; None when it has no such endpoint (any more)."""
    chosen = select(*_COLUMNS).where(webhook_endpoints.c.id == endpoint_id, *_owned(owner), _LIVING)
    found = await connection.execute(chosen.with_for_update(key_share=True) if lock else chosen)
    row = found.mappings().first()
    return _endpoint(row) if row else None


async def count(connection: AsyncConnection, owner: Owner) -> int:
    """Count an owner's endpoints; the account is locked before one is added."""
    return (
        await connection.scalar(select(func.count()).select_from(webhook_endpoints).where(*_owned(owner), _LIVING)) or 0
    )


async def add(connection: AsyncConnection, endpoint: Endpoint) -> None:
    """Insert an endpoint."""
    await connection.execute(insert(webhook_endpoints).values(**msgspec.structs.asdict(endpoint)))


async def change(connection: AsyncConnection, endpoint: Endpoint) -> None:
    """Write what a locked endpoint has become."""
    fixed = {"id", "account_id", "mode", "created_at"}
    values = msgspec.structs.asdict(endpoint)
    await connection.execute(
        update(webhook_endpoints)
        .where(webhook_endpoints.c.id == endpoint.id)
        .values({name: value for name, value in values.items() if name not in fixed})
    )


async def disable(connection: AsyncConnection, endpoint_id: UUID, reason: str, now: datetime) -> Endpoint | None:
    """Disable an endpoint that is enabled.

    Returns:
        The endpoint as it is now; None when it was disabled or deleted before, so that one caller raises the alarm.
    """
    changed = await connection.execute(
        update(webhook_endpoints)
        .where(webhook_endpoints.c.id == endpoint_id, webhook_endpoints.c.enabled, _LIVING)
        .values(enabled=False, disabled_at=now, disabled_reason=reason, updated_at=now)
        .returning(*_COLUMNS)
    )
    row = changed.mappings().first()
    return _endpoint(row) if row else None


async def delete(connection: AsyncConnection, endpoint: Endpoint, now: datetime) -> None:
    """Take a locked endpoint out of use; its deliveries stay, its headers do not."""
    await connection.execute(
        update(webhook_endpoints)
        .where(webhook_endpoints.c.id == endpoint.id)
        .values(
            deleted_at=now,
            updated_at=now,
            enabled=False,
            disabled_at=func.coalesce(webhook_endpoints.c.disabled_at, now),
            disabled_reason=DELETED,
            encrypted_headers=None,
        )
    )
