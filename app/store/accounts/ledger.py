"""Append credit entries to the ledger, keep the balances that they add up to, and read and set the plans."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import bindparam, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.accounts.pricing import PLANS, EntryKind, Plan
from app.domain.vocabulary import ResultStatus
from app.store.accounts import spend_caps
from app.store.database.queries import SqlQuery, nothing, run, run_together
from app.store.database.row_sets import insert_given, row_set
from app.store.tables.core import accounts, credit_entries, plan_overrides


class LedgerEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the ledger; `amount` is signed: charges and holds are negative.

    Attributes:
        run_id: What it is for: a run, or a portion of a batch; None for a grant.
        job_id: The batch, of holds and releases.
    """

    id: UUID
    account_id: UUID
    run_id: UUID | None
    job_id: UUID | None = None
    kind: EntryKind
    amount: int


class StatementLine(msgspec.Struct, frozen=True, kw_only=True):
    """One entry as an account reads it."""

    id: UUID
    at: datetime
    kind: EntryKind
    amount: int
    run_id: UUID | None
    job_id: UUID | None


_LOCK = (
    select(accounts.c.id, accounts.c.balance)
    .where(accounts.c.id == func.any(bindparam("ids")))
    .order_by(accounts.c.id)
    .with_for_update(key_share=True)
)
_APPEND = insert_given(credit_entries, (*LedgerEntry.__struct_fields__, "created_at"))
_MOVE = (
    update(accounts)
    .where(accounts.c.id == bindparam("account"))
    .values(
        earned=accounts.c.earned + bindparam("more_earned"),
        spent=accounts.c.spent + bindparam("more_spent"),
        balance=accounts.c.balance + bindparam("more_earned") - bindparam("more_spent"),
    )
)


async def lock(connection: AsyncConnection, account_ids: Iterable[UUID]) -> dict[UUID, int]:
    """Lock accounts, always in the same order, and read their balances.

    The lock is where an account's submissions, cancellations and refunds line up.
    """
    return await run(connection, locking(account_ids))


def locking(account_ids: Iterable[UUID]) -> SqlQuery[dict[UUID, int]]:
    """Return the query of `lock`."""
    return SqlQuery(_LOCK, {"ids": list(set(account_ids))}, lambda rows: {row.id: row.balance for row in rows})


async def append(
    connection: AsyncConnection, entries: Sequence[LedgerEntry], now: datetime, *, first: Sequence[SqlQuery[None]] = ()
) -> None:
    """Write entries and move the balances of accounts that are locked.

    Args:
        connection: In the transaction that has locked the accounts.
        entries: What to write.
        now: The time in UTC.
        first: What is written before, in the same round trip, such as the runs that are charged.

    Raises:
        IntegrityError: When a run would be charged or refunded twice, or a balance would fall below zero.
    """
    moved: dict[UUID, tuple[int, int]] = {}
    for entry in entries:
        earned, spent = moved.get(entry.account_id, (0, 0))
        granted = entry.amount if entry.kind is EntryKind.GRANT else 0
        used = 0 if entry.kind is EntryKind.GRANT else -entry.amount
        moved[entry.account_id] = (earned + granted, spent + used)
    new = [SqlQuery(_APPEND, row_set([msgspec.structs.asdict(e) | {"created_at": now} for e in entries]), nothing)]
    moves = [
        SqlQuery(_MOVE, {"account": account_id, "more_earned": earned, "more_spent": spent}, nothing)
        for account_id, (earned, spent) in sorted(moved.items())
    ]
    charged = {account_id: spent for account_id, (_, spent) in moved.items() if spent}
    if not charged:
        await run_together(connection, *first, *(new if entries else ()), *moves)
        return
    *_, caps = await run_together(connection, *first, *new, *moves, spend_caps.in_credits(charged))
    await spend_caps.charge(connection, caps, charged, now)


async def totals(connection: AsyncConnection, account_id: UUID) -> tuple[int, int, int] | None:
    """Read an account's balance, and the credits that it earned and spent; None when there is no such account."""
    a = accounts.c
    row = (await connection.execute(select(a.balance, a.earned, a.spent).where(a.id == account_id))).first()
    return (row.balance, row.earned, row.spent) if row else None


async def statement(
    connection: AsyncConnection, account_id: UUID, *, before: UUID | None, limit: int
) -> list[StatementLine]:
    """Read the newest entries of an account, or those before one; an empty list when there are none."""
    e = credit_entries.c
    chosen = (
        select(e.id, e.created_at.label("at"), e.kind, e.amount, e.run_id, e.job_id)
        .where(e.account_id == account_id)
        .order_by(e.id.desc())
        .limit(limit)
    )
    rows = await connection.execute(chosen if before is None else chosen.where(e.id < before))
    return [
        StatementLine(
            id=row.id, at=row.at, kind=EntryKind(row.kind), amount=row.amount, run_id=row.run_id, job_id=row.job_id
        )
        for row in rows
    ]


async def balances(connection: AsyncConnection, name: str | None) -> Sequence[tuple[str, int, int, int]]:
    """Read name, balance, earned and spent credits of all accounts by name, or of the one of a name."""
    a = accounts.c
    statement = select(a.name, a.balance, a.earned, a.spent).order_by(a.name)
    rows = await connection.execute(statement if name is None else statement.where(a.name == name))
    return [(row.name, row.balance, row.earned, row.spent) for row in rows]


async def plans(connection: AsyncConnection) -> Mapping[str, Plan]:
    """Read the plans: the published ones, where the operator did not set other prices or refunds."""
    return await run(connection, PRICING)


def _with_overrides(rows: Sequence[Any]) -> Mapping[str, Plan]:
    return PLANS | {
        row.plan: Plan(
            name=row.plan,
            prefix=PLANS[row.plan].prefix,
            email=row.email,
            phone=row.phone,
            all=row.all_fields,
            refunds=frozenset(ResultStatus(r) for r in row.refunds),
            refund_bounces=row.refund_bounces,
        )
        for row in rows
        if row.plan in PLANS
    }


PRICING: SqlQuery[Mapping[str, Plan]] = SqlQuery(select(plan_overrides), {}, _with_overrides)
"""The query of `plans`."""


async def set_plan(connection: AsyncConnection, plan: Plan) -> None:
    """Store the prices and refunds of a plan in place of the published ones."""
    values = {
        "email": plan.email,
        "phone": plan.phone,
        "all_fields": plan.all,
        "refunds": sorted(r.value for r in plan.refunds),
        "refund_bounces": plan.refund_bounces,
    }
    await connection.execute(
        insert(plan_overrides)
        .values(plan=plan.name, **values)
        .on_conflict_do_update(index_elements=["plan"], set_=values)
    )
