"""Read and store the switches of providers, and the last check of each by its vendor's free call."""

from collections.abc import Mapping
from datetime import datetime

import msgspec
from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from app.store.tables.providers import provider_states


class LastCheck(msgspec.Struct, frozen=True, kw_only=True):
    """The last check of a provider.

    Attributes:
        works: Whether the vendor accepted the key.
        balance: What is left, by the names of the vendor's pools and in its own credits.
        reason: Why the key does not work, or that nothing is left.
    """

    checked_at: datetime
    works: bool
    balance: dict[str, float | str]
    reason: str | None


async def switched_off(connection: AsyncConnection) -> frozenset[str]:
    """Read the names of the providers that are switched off."""
    p = provider_states.c
    return frozenset(await connection.scalars(select(p.provider).where(p.switched_off_at.is_not(None))))


async def switch_off(connection: AsyncConnection, provider: str, now: datetime) -> bool:
    """Switch a provider off; return whether it was on."""
    p = provider_states.c
    new = insert(provider_states).values(provider=provider, switched_off_at=now)
    changed = new.on_conflict_do_update(
        index_elements=["provider"],
        set_={"switched_off_at": new.excluded.switched_off_at},
        where=p.switched_off_at.is_(None),
    )
    return (await connection.execute(changed.returning(p.provider))).first() is not None


async def switch_on(connection: AsyncConnection, provider: str) -> bool:
    """Switch a provider on; return whether it was off."""
    p = provider_states.c
    changed = update(provider_states).where(p.provider == provider, p.switched_off_at.is_not(None))
    return (await connection.execute(changed.values(switched_off_at=None))).rowcount > 0


async def keep_check(connection: AsyncConnection, provider: str, check: LastCheck) -> None:
    """Keep what a check has shown, in place of the one before."""
    values = msgspec.structs.asdict(check)
    new = insert(provider_states).values(provider=provider, **values)
    await connection.execute(new.on_conflict_do_update(index_elements=["provider"], set_=values))


async def checks(connection: AsyncConnection) -> Mapping[str, LastCheck]:
    """Read the last check of each provider that was checked, by its name."""
    p = provider_states.c
    rows = await connection.execute(
        select(p.provider, p.checked_at, p.works, p.balance, p.reason).where(p.checked_at.is_not(None))
    )
    return {
        row.provider: LastCheck(
            checked_at=row.checked_at, works=row.works, balance=row.balance or {}, reason=row.reason
        )
        for row in rows
    }
