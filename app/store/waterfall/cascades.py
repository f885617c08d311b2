"""Insert, find, lease and end cascades.

Four strengths of row lock keep apart (PostgreSQL manual, 13.3.2): joining a cascade takes KEY SHARE, beginning a call
takes SHARE, leasing it or renewing the lease takes NO KEY UPDATE, which excludes SHARE, and ending it takes UPDATE,
which waits for all of them and makes them look again.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Double, Row, bindparam, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.contacts.contact import Contact
from app.domain.order.waterfall import Waterfall
from app.domain.runs.run import before
from app.domain.vocabulary import EnrichmentType, Lane, Mode, RunStatus
from app.domain.waterfall.asked_before import AskedBefore, Restriction
from app.domain.waterfall.attempt import Skip
from app.domain.waterfall.feedback import WrongValue
from app.store.database.queries import SqlQuery, nothing, run, run_together
from app.store.database.row_sets import given, insert_given, row_set
from app.store.tables.core import cascades, runs
from app.store.waterfall.feedback import has_wrong_values, read_wrong, wrong_values

DuplicateKey = tuple[UUID, str, bytes, str]


class NewCascade(msgspec.Struct, frozen=True, kw_only=True):
    """A cascade to be inserted.

    Attributes:
        asked_before: Providers that earlier look-ups asked, so that this one does not.
        paid_at: When the look-up ended that this one completes at no charge; None where it completes none.
        waterfall: The rules that hold; None is the published order, tier by tier.
        budget_id: The quoted job or batch whose budget it counts against.
    """

    id: UUID
    account_id: UUID
    mode: Mode
    type: EnrichmentType
    fingerprint: bytes
    lane: Lane
    contact: Contact
    only_providers: tuple[str, ...] | None
    max_cost_usd: Decimal | None
    created_at: datetime
    asked_before: tuple[AskedBefore, ...] = ()
    paid_at: datetime | None = None
    waterfall: Waterfall | None = None
    budget_id: UUID | None = None


class OpenCascade(msgspec.Struct, frozen=True, kw_only=True):
    """A cascade in flight, and what it is allowed to ask."""

    id: UUID
    allows: Restriction


class LeasedCascade(msgspec.Struct, frozen=True, kw_only=True):
    """A cascade that this process holds the lease of.

    Attributes:
        fencing_token: Rises with each lease; every later write carries it.
        leases: How many leases there were, this one included.
        asked_before: Providers that earlier look-ups asked, so that this one does not.
        paid_at: When the look-up ended that this one completes at no charge; None where it completes none.
        wrong_values: Values that were reported as wrong for this contact before it was leased.
        has_wrong_values: Whether its account had reported any value as wrong by then.
        waterfall: The rules that hold; None is the published order, tier by tier.
        budget_id: The quoted job or batch whose budget it counts against.
    """

    id: UUID
    account_id: UUID
    mode: Mode
    type: EnrichmentType
    lane: Lane
    contact: Contact
    only_providers: tuple[str, ...] | None
    max_cost_usd: Decimal | None
    fencing_token: int
    leases: int
    created_at: datetime
    asked_before: tuple[AskedBefore, ...] = ()
    paid_at: datetime | None = None
    wrong_values: tuple[WrongValue, ...] = ()
    has_wrong_values: bool = False
    waterfall: Waterfall | None = None
    budget_id: UUID | None = None


_ADD = insert_given(cascades, NewCascade.__struct_fields__)
_IN_FLIGHT = (
    select(
        cascades.c.id,
        cascades.c.account_id,
        cascades.c.mode,
        cascades.c.fingerprint,
        cascades.c.type,
        cascades.c.only_providers,
        cascades.c.max_cost_usd,
        cascades.c.budget_id,
    )
    .where(
        cascades.c.open,
        cascades.c.account_id == func.any(bindparam("accounts")),
        cascades.c.fingerprint == func.any(bindparam("fingerprints")),
    )
    .order_by(cascades.c.id)
    .with_for_update(read=True, key_share=True)
)
_MINE = (
    select(cascades.c.id, cascades.c.fencing_token)
    .where(cascades.c.id == func.any(bindparam("ids")), cascades.c.open)
    .order_by(cascades.c.id)
    .with_for_update()
)
_CLOSED = given(cascades, ("id", "skipped"))
_CLOSE = (
    update(cascades)
    # The ids by themselves: only then the planner takes the index while the tables are new.
    .where(cascades.c.id == func.any(bindparam("ids")), cascades.c.id == _CLOSED.c.id)
    .values(open=False, ended_at=bindparam("now"), lease_owner=None, lease_until=None, skipped=_CLOSED.c.skipped)
)


def adding(new: Sequence[NewCascade]) -> list[SqlQuery[None]]:
    """Return the query that inserts cascades, if there are any."""
    return [SqlQuery(_ADD, row_set([msgspec.structs.asdict(c) for c in new]), nothing)] if new else []


async def add(connection: AsyncConnection, new: Sequence[NewCascade]) -> None:
    """Insert cascades.

    Raises:
        IntegrityError: When a duplicate is in flight, which the account's lock rules out.
    """
    await run_together(connection, *adding(new))


def in_flight(keys: Iterable[DuplicateKey]) -> SqlQuery[dict[DuplicateKey, OpenCascade]]:
    """Find the cascades in flight for these duplicates, and keep them from ending until this transaction commits."""
    wanted = set(keys)

    def read(rows: Sequence[Any]) -> dict[DuplicateKey, OpenCascade]:
        found = {
            (r.account_id, r.mode, bytes(r.fingerprint), r.type): OpenCascade(
                id=r.id,
                allows=Restriction(
                    only_providers=_names(r.only_providers), max_cost_usd=r.max_cost_usd, budget_id=r.budget_id
                ),
            )
            for r in rows
        }
        return {key: cascade for key, cascade in found.items() if key in wanted}

    accounts, fingerprints = {key[0] for key in wanted}, {key[2] for key in wanted}
    return SqlQuery(_IN_FLIGHT, {"accounts": list(accounts), "fingerprints": list(fingerprints)}, read)


def _names(only: list[str] | None) -> tuple[str, ...] | None:
    return None if only is None else tuple(only)


_COLUMNS = (
    cascades.c.id,
    cascades.c.account_id,
    cascades.c.mode,
    cascades.c.type,
    cascades.c.lane,
    cascades.c.contact,
    cascades.c.only_providers,
    cascades.c.max_cost_usd,
    cascades.c.fencing_token,
    cascades.c.leases,
    cascades.c.created_at,
    cascades.c.asked_before,
    cascades.c.paid_at,
    wrong_values(cascades).label("wrong_values"),
    has_wrong_values(cascades).label("has_wrong_values"),
    cascades.c.waterfall,
    cascades.c.budget_id,
)


# Built once: to build a statement costs as much as to execute it.
_FREE = (
    select(cascades.c.id)
    .where(
        cascades.c.id == func.any(bindparam("ids")),
        cascades.c.open,
        or_(cascades.c.lease_until.is_(None), cascades.c.lease_until < func.now()),
    )
    .order_by(cascades.c.id)
    .with_for_update(skip_locked=True, key_share=True)
    .cte("free")
)
_LEASE = (
    update(cascades)
    .where(cascades.c.id == _FREE.c.id)
    .values(
        lease_owner=bindparam("owner"),
        lease_until=func.now() + func.make_interval(0, 0, 0, 0, 0, 0, bindparam("seconds", type_=Double)),
        fencing_token=cascades.c.fencing_token + 1,
        leases=cascades.c.leases + 1,
    )
    .returning(*_COLUMNS)
    .cte("leased")
)
# The waiting runs of the cascades that are leased start with them. The ids by themselves: only then the planner takes
# the index while the tables are new.
_START = (
    update(runs)
    .where(
        runs.c.cascade_id == func.any(bindparam("ids")),
        runs.c.cascade_id == _LEASE.c.id,
        runs.c.status == func.any(bindparam("states")),
    )
    .values(status=RunStatus.PROCESSING.value, started_at=func.clock_timestamp())
    .cte("started")
)
_LEASE_AND_START = select(_LEASE).add_cte(_START)
_WAITING = [state.value for state in before(RunStatus.PROCESSING)]


async def lease(
    connection: AsyncConnection, ids: Sequence[UUID], *, owner: str, lease_seconds: float
) -> list[LeasedCascade]:
    """Lease those that are open and not leased, by the database's clock, and start their runs: in one statement."""
    values = {"ids": list(ids), "owner": owner, "seconds": lease_seconds, "states": _WAITING}
    return await run(connection, SqlQuery(_LEASE_AND_START, values, lambda rows: [_leased(row) for row in rows]))


def _leased(row: Row[Any]) -> LeasedCascade:
    return LeasedCascade(
        id=row.id,
        account_id=row.account_id,
        mode=Mode(row.mode),
        type=EnrichmentType(row.type),
        lane=Lane(row.lane),
        contact=msgspec.convert(row.contact, Contact),
        only_providers=_names(row.only_providers),
        max_cost_usd=row.max_cost_usd,
        fencing_token=row.fencing_token,
        leases=row.leases,
        created_at=row.created_at,
        # msgspec remembers how Structs are read, and looks through all other types each time.
        asked_before=tuple([msgspec.convert(one, AskedBefore) for one in row.asked_before]),
        paid_at=row.paid_at,
        wrong_values=read_wrong(row.wrong_values),
        has_wrong_values=row.has_wrong_values,
        waterfall=None if row.waterfall is None else msgspec.convert(row.waterfall, Waterfall),
        budget_id=row.budget_id,
    )


async def keep_alive(
    connection: AsyncConnection, ids: Sequence[UUID], *, owner: str, lease_seconds: float
) -> set[UUID]:
    """Prolong the leases of this process; returns those that it still holds."""
    mine = (
        select(cascades.c.id)
        .where(cascades.c.id == func.any(list(ids)), cascades.c.open, cascades.c.lease_owner == owner)
        .order_by(cascades.c.id)
        .with_for_update(key_share=True)
        .cte("mine")
    )
    rows = await connection.execute(
        update(cascades)
        .where(cascades.c.id == mine.c.id)
        .values(lease_until=func.now() + func.make_interval(0, 0, 0, 0, 0, 0, lease_seconds))
        .returning(cascades.c.id)
    )
    return {row.id for row in rows}


async def hand_back(connection: AsyncConnection, ids: Sequence[UUID], *, owner: str) -> None:
    """Give up leases in an orderly way, at once and without counting against the runs."""
    await connection.execute(
        update(cascades)
        .where(cascades.c.id == func.any(list(ids)), cascades.c.open, cascades.c.lease_owner == owner)
        .values(lease_owner=None, lease_until=func.now(), leases=func.greatest(cascades.c.leases - 1, 0))
    )


async def renew_lease(connection: AsyncConnection, leased: LeasedCascade, *, owner: str) -> LeasedCascade | None:
    """Renew a lease that is still the one that was leased, under another fencing token; None when it was taken over."""
    mine = (cascades.c.id == leased.id, cascades.c.open, cascades.c.fencing_token == leased.fencing_token)
    rows = await connection.execute(
        update(cascades)
        .where(*mine, cascades.c.lease_owner == owner)
        .values(fencing_token=cascades.c.fencing_token + 1)
        .returning(*_COLUMNS)
    )
    row = rows.first()
    return _leased(row) if row else None


async def lock_mine(connection: AsyncConnection, held: Iterable[tuple[UUID, int]]) -> set[UUID]:
    """Lock those of these (id, fencing_token) that are open and still ours; the others were taken over or cancelled."""
    wanted = set(held)
    return await run(
        connection,
        SqlQuery(
            _MINE,
            {"ids": [cascade_id for cascade_id, _ in wanted]},
            lambda rows: {row.id for row in rows if (row.id, row.fencing_token) in wanted},
        ),
    )


async def lock(connection: AsyncConnection, ids: Iterable[UUID]) -> None:
    """Lock cascades, leased or not, in the order that every transaction keeps."""
    wanted = select(cascades.c.id).where(cascades.c.id == func.any(list(ids))).order_by(cascades.c.id)
    await connection.execute(wanted.with_for_update())


def closing(ended: Iterable[tuple[UUID, Sequence[Skip]]], now: datetime) -> list[SqlQuery[None]]:
    """Return the query that ends cascades that are locked, with the providers that they skipped, if there are any.

    A trigger of the table closes the attempts that are still open (migration 0009).
    """
    closed = [{"id": cascade_id, "skipped": skips} for cascade_id, skips in ended]
    values = row_set(closed) | {"ids": [one["id"] for one in closed], "now": now}
    return [SqlQuery(_CLOSE, values, nothing)] if closed else []


async def ended(connection: AsyncConnection, ids: Iterable[UUID]) -> set[UUID]:
    """Return those of these cascades that have ended."""
    return set(await connection.scalars(select(cascades.c.id).where(cascades.c.id.in_(list(ids)), ~cascades.c.open)))


async def skips_of(connection: AsyncConnection, cascade_id: UUID) -> list[Skip]:
    """Read the providers that a cascade skipped, and why."""
    value = await connection.scalar(select(cascades.c.skipped).where(cascades.c.id == cascade_id))
    return [msgspec.convert(one, Skip) for one in value or ()]


async def waterfall_of(connection: AsyncConnection, cascade_id: UUID) -> Waterfall | None:
    """Read the rules of a cascade; None is the published order."""
    value = await connection.scalar(select(cascades.c.waterfall).where(cascades.c.id == cascade_id))
    return None if value is None else msgspec.convert(value, Waterfall)
