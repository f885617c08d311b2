"""Expect, store and read the results that vendors post."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec
from sqlalchemy import bindparam, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.vocabulary import Field
from app.store.database.portions import oldest
from app.store.database.row_sets import insert_given, row_set
from app.store.tables.callbacks import provider_callbacks
from app.store.tables.core import attempts


class ExpectedCallback(msgspec.Struct, frozen=True, kw_only=True):
    """A post that a vendor may make, for one attempt; `token_digest` is that of the token in the URL."""

    token_digest: bytes
    cascade_id: UUID
    provider: str
    field: Field
    created_at: datetime
    expires_at: datetime


class StoredCallback(msgspec.Struct, frozen=True, kw_only=True):
    """The callback of an attempt; `body` is None until the vendor has posted."""

    body: bytes | None
    expires_at: datetime


# It is repeated when the answer to its COMMIT was lost.
_ANNOUNCE = insert_given(provider_callbacks, ExpectedCallback.__struct_fields__).on_conflict_do_nothing()
_READ = select(provider_callbacks).where(provider_callbacks.c.token_digest == func.any(bindparam("digests")))


async def announce(connection: AsyncConnection, new: Sequence[ExpectedCallback]) -> None:
    """Accept these posts from now on."""
    if new:
        rows = [msgspec.structs.asdict(one) for one in new]
        await connection.execute(_ANNOUNCE, row_set(rows))


async def keep(
    connection: AsyncConnection, token_digest: bytes, *, provider: str, body: bytes, now: datetime
) -> UUID | None:
    """Store the body that a vendor posts, once; an attempt that was given up becomes due for the next recovery.

    Returns:
        The cascade that it is for; None when this vendor was not asked for it, or it came already, or too late.
    """
    posted = await connection.execute(
        update(provider_callbacks)
        .where(
            provider_callbacks.c.token_digest == token_digest,
            provider_callbacks.c.provider == provider,
            provider_callbacks.c.body.is_(None),
            provider_callbacks.c.expires_at > now,
        )
        .values(body=body, received_at=now)
        .returning(provider_callbacks.c.cascade_id, provider_callbacks.c.provider, provider_callbacks.c.field)
    )
    row = posted.one_or_none()
    if row is None:
        return None
    await connection.execute(
        update(attempts)
        .where(
            attempts.c.cascade_id == row.cascade_id,
            attempts.c.provider == row.provider,
            attempts.c.field == row.field,
            attempts.c.late_result_due_at > now,
        )
        .values(late_result_due_at=now)
    )
    cascade_id: UUID = row.cascade_id
    return cascade_id


async def read(connection: AsyncConnection, digests: Sequence[bytes]) -> dict[bytes, StoredCallback]:
    """Read what was posted."""
    found = await connection.execute(_READ, {"digests": list(digests)})
    return {
        bytes(row.token_digest): StoredCallback(
            body=bytes(row.body) if row.body is not None else None, expires_at=row.expires_at
        )
        for row in found
    }


async def expire(connection: AsyncConnection, now: datetime, limit: int = 1000) -> int:
    """Delete callbacks that are over, whether they were posted or not; returns how many."""
    over = oldest(provider_callbacks, lambda c: c.expires_at < now, by="expires_at", limit=limit)
    result = await connection.execute(delete(provider_callbacks).where(over))
    return result.rowcount
