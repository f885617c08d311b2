"""API keys and their accounts in the database."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import ColumnElement, Interval, Row, Select, bindparam, exists, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.accounts.account_name import check_account_name
from app.domain.accounts.api_key import DISPLAY_LENGTH
from app.domain.accounts.key_terms import KeyTerms
from app.domain.accounts.owner import Owner
from app.domain.vocabulary import Mode
from app.store.tables.core import accounts, api_keys
from app.store.tables.order import waterfalls


class NewApiKey(msgspec.Struct, frozen=True, kw_only=True):
    """A key to be inserted; only the digest of its text is stored."""

    id: UUID
    account_id: UUID
    digest: bytes
    display: str
    plan: str
    mode: Mode
    terms: KeyTerms
    created_at: datetime


_TERMS = KeyTerms.__struct_fields__
_HAS_WATERFALLS = (
    exists().where(waterfalls.c.account_id == api_keys.c.account_id, waterfalls.c.mode == api_keys.c.mode)
).label("has_waterfalls")
_OF_ACCOUNT = select(api_keys, accounts.c.name.label("account"), accounts.c.suspension).join(
    accounts, accounts.c.id == api_keys.c.account_id
)
_K = api_keys.c
_IS_STALE = or_(_K.last_used_at.is_(None), _K.last_used_at < func.now() - bindparam("used_every", type_=Interval))
_SUSPENSION = select(accounts.c.suspension).where(accounts.c.id == _K.account_id).scalar_subquery().label("suspension")
_VALID: Select[Any] = select(
    *(_K[name] for name in ("id", "account_id", "digest", "plan", "mode", *_TERMS)),
    _HAS_WATERFALLS,
    _SUSPENSION,
    _IS_STALE.label("is_stale"),
).where(
    _K.digest == func.any(bindparam("digests")),
    or_(_K.revoked_at.is_(None), _K.revoked_at > func.now()),
    or_(_K.expires_at.is_(None), _K.expires_at > func.now()),
)
# A key whose row is locked is in use just now, and nobody waits for it.
_FREE = select(_K.id).where(_K.id == func.any(bindparam("ids")), _IS_STALE)
_USED = (
    update(api_keys)
    .where(_K.id.in_(_FREE.with_for_update(skip_locked=True, key_share=True)))
    .values(last_used_at=func.now())
)


async def valid(connection: AsyncConnection, digests: Sequence[bytes], used_every: timedelta) -> Sequence[Row[Any]]:
    """Read the keys of these digests that are neither revoked nor expired, by the database's clock.

    Their time of last use is written at most once in `used_every`.
    """
    rows: Sequence[Row[Any]] = (
        await connection.execute(_VALID, {"digests": list(digests), "used_every": used_every})
    ).all()
    stale = [row.id for row in rows if row.is_stale]
    if stale:
        await connection.execute(_USED, {"ids": stale, "used_every": used_every})
    return rows


async def add(connection: AsyncConnection, key: NewApiKey) -> None:
    """Insert a key."""
    values = msgspec.structs.asdict(key)
    terms = values.pop("terms")
    await connection.execute(insert(api_keys).values(**values | {"mode": key.mode.value} | _columns(terms)))


async def page(connection: AsyncConnection, account: str | None) -> Sequence[Row[Any]]:
    """Read all keys, or those of the account of a name, with the account's name; the newest first."""
    statement = _OF_ACCOUNT.order_by(api_keys.c.id.desc())
    if account:
        statement = statement.where(accounts.c.name == account)
    return (await connection.execute(statement)).all()


async def matching(connection: AsyncConnection, owner: Owner, key: str) -> list[UUID]:
    """Read the ids of the owner's keys that have an id, or whose text begins so; revoked ones included."""
    k = api_keys.c
    mine = select(k.id).where(*_owned(owner))
    try:
        return list(await connection.scalars(mine.where(k.id == UUID(key))))
    except ValueError:
        begins = k.display.startswith(key[:DISPLAY_LENGTH], autoescape=True)
        return list(await connection.scalars(mine.where(begins).order_by(k.id.desc())))


async def of_owner(connection: AsyncConnection, owner: Owner, most: int) -> Sequence[Row[Any]]:
    """Read the keys of an owner, the newest first, with the account's name."""
    return (
        await connection.execute(_OF_ACCOUNT.where(*_owned(owner)).order_by(api_keys.c.id.desc()).limit(most))
    ).all()


async def displayed_as(connection: AsyncConnection, owner: Owner, display: str) -> Row[Any] | None:
    """Read an owner's key that is shown so and not revoked."""
    k = api_keys.c
    return (
        await connection.execute(_OF_ACCOUNT.where(*_owned(owner), k.display == display, k.revoked_at.is_(None)))
    ).first()


async def newest_plan(connection: AsyncConnection, account_id: UUID) -> str | None:
    """Read the plan of an account's newest key that is not revoked."""
    k = api_keys.c
    mine = select(k.plan).where(k.account_id == account_id, k.revoked_at.is_(None))
    plan: str | None = await connection.scalar(mine.order_by(k.id.desc()).limit(1))
    return plan


async def count(connection: AsyncConnection, account_id: UUID) -> int:
    """Count the keys of an account that are not revoked."""
    mine = select(func.count()).where(api_keys.c.account_id == account_id, api_keys.c.revoked_at.is_(None))
    return await connection.scalar(mine) or 0


async def lock(
    connection: AsyncConnection, key_id: UUID, owner: Owner | None = None, *, revoked: bool = False
) -> Row[Any] | None:
    """Lock and read a key, with the account's name; None when there is none, or it is another owner's or revoked.

    Args:
        connection: In a transaction.
        key_id: Of the key.
        owner: Its owner; any when there is none.
        revoked: Read a revoked one too.
    """
    wanted = _OF_ACCOUNT.where(api_keys.c.id == key_id)
    if not revoked:
        wanted = wanted.where(api_keys.c.revoked_at.is_(None))
    if owner:
        wanted = wanted.where(*_owned(owner))
    return (await connection.execute(wanted.with_for_update(of=api_keys))).first()


async def change(connection: AsyncConnection, key_id: UUID, terms: KeyTerms) -> None:
    """Give a key other terms."""
    await connection.execute(update(api_keys).where(api_keys.c.id == key_id).values(**_columns(terms)))


async def revoked_of(connection: AsyncConnection, ids: Iterable[UUID]) -> set[UUID]:
    """Return those of these keys that are revoked, or gone."""
    wanted = set(ids)
    k = api_keys.c
    living = or_(k.revoked_at.is_(None), k.revoked_at > func.now())
    return wanted - set(await connection.scalars(select(k.id).where(k.id.in_(wanted), living)))


async def stopped_of(connection: AsyncConnection, ids: Iterable[UUID]) -> set[UUID]:
    """Return those of these keys that are revoked or gone, or whose account is suspended."""
    wanted = set(ids)
    k = api_keys.c
    open_ones = select(k.id).join(accounts, accounts.c.id == k.account_id).where(accounts.c.suspended_at.is_(None))
    living = or_(k.revoked_at.is_(None), k.revoked_at > func.now())
    return wanted - set(await connection.scalars(open_ones.where(k.id.in_(wanted), living)))


def _owned(owner: Owner) -> tuple[ColumnElement[bool], ...]:
    return api_keys.c.account_id == owner.account_id, api_keys.c.mode == owner.mode.value


def _columns(terms: KeyTerms) -> dict[str, Any]:
    return {name: list(v) if isinstance(v := getattr(terms, name), tuple) else v for name in _TERMS}


async def expire(connection: AsyncConnection, key_id: UUID, grace: timedelta) -> None:
    """Let a key expire after a grace period, unless it expires earlier."""
    expires_at = func.least(api_keys.c.expires_at, func.now() + grace)
    await connection.execute(update(api_keys).where(api_keys.c.id == key_id).values(expires_at=expires_at))


async def revoke(connection: AsyncConnection, key_id: UUID) -> bool:
    """Revoke a key now, unless it was before; returns whether there is such a key."""
    revoked_at = func.coalesce(api_keys.c.revoked_at, func.now())
    revoked = await connection.execute(update(api_keys).where(api_keys.c.id == key_id).values(revoked_at=revoked_at))
    return revoked.rowcount > 0


async def terms_of_account(connection: AsyncConnection, account_id: UUID) -> Sequence[Any]:
    """Read the different plans and rate limits of an account's keys that are not revoked."""
    k = api_keys.c
    mine = select(k.plan, k.rate_limit).where(k.account_id == account_id, k.revoked_at.is_(None)).distinct()
    return (await connection.execute(mine)).all()


async def set_of_account(connection: AsyncConnection, account_id: UUID, **values: object) -> int:
    """Change columns of all keys of an account that are not revoked; returns how many there are."""
    k = api_keys.c
    mine = update(api_keys).where(k.account_id == account_id, k.revoked_at.is_(None)).values(**values)
    return (await connection.execute(mine)).rowcount


async def account_named(connection: AsyncConnection, name: str) -> UUID | None:
    """Read the id of the account of a name; None when there is none."""
    found: UUID | None = await connection.scalar(select(accounts.c.id).where(accounts.c.name == name))
    return found


async def account_names(connection: AsyncConnection, ids: Iterable[UUID]) -> dict[UUID, str]:
    """Read the names of accounts."""
    rows = await connection.execute(select(accounts.c.id, accounts.c.name).where(accounts.c.id.in_(list(ids))))
    return {row.id: row.name for row in rows}


async def retitle_account(connection: AsyncConnection, account_id: UUID, title: str) -> None:
    """Show an account to its people by another name, which others may have too; commands keep to the one it has."""
    await connection.execute(update(accounts).where(accounts.c.id == account_id).values(title=title))


async def revoke_all(connection: AsyncConnection, account_id: UUID) -> int:
    """Revoke every key of an account, live and test; returns how many were not revoked before."""
    k = api_keys.c
    mine = update(api_keys).where(k.account_id == account_id, k.revoked_at.is_(None)).values(revoked_at=func.now())
    return (await connection.execute(mine)).rowcount


async def add_account(connection: AsyncConnection, account_id: UUID, name: str, now: datetime) -> UUID:
    """Insert an account unless there is one of its name; returns the id of the account of that name.

    Raises:
        InvalidInputError: A new account cannot have this name.
    """
    if known := await account_named(connection, name):
        return known
    check_account_name(name)
    await connection.execute(
        insert(accounts)
        .values(id=account_id, name=name, created_at=now)
        .on_conflict_do_nothing(index_elements=["name"])
    )
    found: UUID = (await connection.execute(select(accounts.c.id).where(accounts.c.name == name))).scalar_one()
    return found
