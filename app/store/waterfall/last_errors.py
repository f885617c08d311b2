"""Read what went wrong lately in cascades of all accounts: among the newest ones, however many there are."""

from datetime import datetime

import msgspec
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.waterfall.attempt import Outcome
from app.store.tables.core import accounts, attempts, cascades

# Errors have no index, which every attempt would pay for; so many rows are read in the order of the primary key.
MOST_READ = 2_000
MOST_SHOWN = 20


class FailedAttempt(msgspec.Struct, frozen=True, kw_only=True):
    """An attempt that ended in an error."""

    provider: str
    field: str
    reason: str
    http_status: int | None
    account: str
    mode: str
    ended_at: datetime


class LostCascade(msgspec.Struct, frozen=True, kw_only=True):
    """A cascade over which so many workers were lost that it was given up."""

    account: str
    mode: str
    leases: int
    ended_at: datetime


async def failed_attempts(connection: AsyncConnection) -> list[FailedAttempt]:
    """Read the last attempts that ended in an error, the newest first, of the newest `MOST_READ` attempts."""
    a = attempts.c
    newest = (
        select(a.cascade_id, a.provider, a.field, a.outcome, a.reason, a.http_status, a.ended_at)
        .order_by(a.cascade_id.desc())
        .limit(MOST_READ)
        .subquery()
    )
    n = newest.c
    last = (
        select(newest).where(n.outcome == Outcome.ERROR.value).order_by(n.ended_at.desc()).limit(MOST_SHOWN).subquery()
    ).c
    shown = (last.provider, last.field, func.coalesce(last.reason, "").label("reason"), last.http_status, last.ended_at)
    rows = await connection.execute(
        select(*shown, accounts.c.name.label("account"), cascades.c.mode)
        .join(cascades, cascades.c.id == last.cascade_id)
        .join(accounts, accounts.c.id == cascades.c.account_id)
        .order_by(last.ended_at.desc())
    )
    return [FailedAttempt(**row) for row in rows.mappings()]


async def lost_cascades(connection: AsyncConnection, max_leases: int) -> list[LostCascade]:
    """Read the last cascades that were given up because workers were lost, of the newest `MOST_READ` cascades."""
    c = cascades.c
    newest = (select(c.account_id, c.mode, c.leases, c.ended_at).order_by(c.id.desc()).limit(MOST_READ).subquery()).c
    rows = await connection.execute(
        select(newest.mode, newest.leases, newest.ended_at, accounts.c.name.label("account"))
        .join(accounts, accounts.c.id == newest.account_id)
        .where(newest.leases > max_leases, newest.ended_at.is_not(None))
        .order_by(newest.ended_at.desc())
        .limit(MOST_SHOWN)
    )
    return [LostCascade(**row) for row in rows.mappings()]
