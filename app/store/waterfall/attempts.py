"""Store attempts: before the call and again after it, both with the lease's fencing token."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Row, bindparam, case, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.runs.view import AttemptView
from app.domain.vocabulary import Field, Tier
from app.domain.waterfall.answer import ZERO, Answer, Trouble
from app.domain.waterfall.asked_before import AskedBefore
from app.domain.waterfall.attempt import Attempt, Expectation, Outcome, outcome_of
from app.domain.waterfall.late_results import POLL_DELAYS, LateResult, reason_with_late_result
from app.store.database.queries import SqlQuery, nothing, run, run_together
from app.store.database.row_sets import given, insert_given, row_set
from app.store.tables.core import attempts, cascades

Place = tuple[UUID, str, str]


class NewAttempt(msgspec.Struct, frozen=True, kw_only=True):
    """An attempt about to be made; `missed_before` keeps later statistics honest.

    Attributes:
        account_id: Against whose caps it counts; None where it costs nothing.
        budget_id: The quoted job or batch against whose budget it counts.
        worst_usd: The most that it can cost; None where nothing is reserved for it.
        expected: Why it comes now.
    """

    cascade_id: UUID
    fencing_token: int
    provider: str
    field: Field
    tier: Tier
    route: str
    position: int
    missed_before: tuple[str, ...]
    started_at: datetime
    account_id: UUID | None = None
    budget_id: UUID | None = None
    worst_usd: Decimal | None = None
    expected: Expectation | None = None

    @property
    def place(self) -> Place:
        """The attempt's key."""
        return (self.cascade_id, self.provider, self.field)


class AttemptEnd(msgspec.Struct, frozen=True, kw_only=True):
    """How an attempt ended; `beginning` says which.

    Attributes:
        late_result_due_at: When to look for its result again, should it have a ticket.
    """

    beginning: NewAttempt
    attempt: Attempt
    ended_at: datetime
    late_result_due_at: datetime | None = None


class StoredAttempt(msgspec.Struct, frozen=True, kw_only=True):
    """An attempt as an earlier lease left it: answered, or begun and perhaps with a ticket."""

    provider: str
    field: Field
    tier: Tier
    route: str
    position: int
    attempt: Attempt | None
    ticket: dict[str, str] | None


_KEY = ("cascade_id", "provider", "field")
_BEGUN = (*_KEY, "position", "tier", "route", "fencing_token", "missed_before", "started_at", "expected")
_OUTCOME = ("outcome", "reason", "answer", "http_status", "latency_ms", "cost_usd", "ended_at")

_ended_rows = insert_given(attempts, (*_BEGUN, *_OUTCOME, "late_result_due_at"))
# One statement checks the fencing token and begins. SHARE keeps the next lease (NO KEY UPDATE) out until this commits:
# the next worker then reads the attempt, and a worker whose lease was taken over begins nothing.
_HELD = (
    select(cascades.c.id, cascades.c.fencing_token)
    .where(cascades.c.id == func.any(bindparam("ids")), cascades.c.open)
    .order_by(cascades.c.id)
    .with_for_update(read=True)
    .cte("held")
)
_NEW = given(attempts, _BEGUN)
_FIRST = insert(attempts).from_select(
    list(_BEGUN),
    select(*(_NEW.c[name] for name in _BEGUN)).where(
        _HELD.c.id == _NEW.c.cascade_id, _HELD.c.fencing_token == _NEW.c.fencing_token
    ),
)
# Only the same lease may begin again, because the answer to its COMMIT was lost; an attempt of an earlier lease is
# taken over by `resume`, never overtaken here.
_BEGIN = _FIRST.on_conflict_do_update(
    index_elements=_KEY,
    set_={"route": _FIRST.excluded.route},
    where=attempts.c.outcome.is_(None) & (attempts.c.fencing_token == _FIRST.excluded.fencing_token),
).returning(*(attempts.c[name] for name in _KEY))
_END = _ended_rows.on_conflict_do_update(
    index_elements=_KEY,
    set_={name: _ended_rows.excluded[name] for name in _OUTCOME}
    | {"late_result_due_at": case((attempts.c.ticket.is_not(None), _ended_rows.excluded.late_result_due_at))},
    # The end of a cascade closes its open attempts as interrupted; the answer of a call under way then still counts.
    where=(attempts.c.fencing_token == _ended_rows.excluded.fencing_token)
    & attempts.c.late_result.is_(None)
    & (attempts.c.outcome.is_(None) | (attempts.c.answer["trouble"].astext == Trouble.INTERRUPTED.value)),
).returning(*(attempts.c[name] for name in _KEY))
_OVER = select(cascades.c.id).where(cascades.c.id == func.any(bindparam("ids")), ~cascades.c.open)
_HOLDERS = given(attempts, ("cascade_id", "fencing_token"))
_TAKE_OVER = (
    update(attempts)
    .where(
        attempts.c.cascade_id == func.any(bindparam("ids")),
        attempts.c.cascade_id == _HOLDERS.c.cascade_id,
        attempts.c.fencing_token < _HOLDERS.c.fencing_token,
        attempts.c.outcome.is_(None),
    )
    .values(fencing_token=_HOLDERS.c.fencing_token)
)
_TICKETS = given(attempts, (*_KEY, "fencing_token", "ticket"))
_SAVE_TICKETS = (
    update(attempts)
    .where(
        # The ids by themselves: only then the planner takes the index while the tables are new.
        attempts.c.cascade_id == func.any(bindparam("ids")),
        *(attempts.c[name] == _TICKETS.c[name] for name in (*_KEY, "fencing_token")),
    )
    .values(
        ticket=_TICKETS.c.ticket,
        # The cascade ended meanwhile: the call is paid for, so its result is collected late.
        late_result_due_at=case(
            (attempts.c.outcome.is_not(None), func.now() + func.make_interval(0, 0, 0, 0, 0, 0, POLL_DELAYS[0])),
            else_=attempts.c.late_result_due_at,
        ),
    )
    .returning(*(attempts.c[name] for name in _KEY))
)


_HELD_ROWS = given(attempts, (*_KEY, "held_usd"))
_HOLD = (
    update(attempts)
    .where(attempts.c.cascade_id == func.any(bindparam("ids")), *(attempts.c[n] == _HELD_ROWS.c[n] for n in _KEY))
    .values(held_usd=_HELD_ROWS.c.held_usd)
)


async def begin(connection: AsyncConnection, new: Sequence[NewAttempt], *, commits: bool = False) -> set[Place]:
    """Write that calls are about to be made, for cascades that are open and ours.

    The lock on the cascade makes this and a cancellation see each other: either the call is known to the cancellation,
    or the call is not made.

    Args:
        connection: In a transaction.
        new: The attempts.
        commits: Whether this ends the transaction.

    Returns:
        The places that may be called; the others were cancelled, taken over, or answered meanwhile.
    """
    begun = {b.place: _begun(b) for b in new}
    values = row_set(begun.values()) | {"ids": [place[0] for place in begun]}
    return await run(connection, SqlQuery(_BEGIN, values, _places), commits=commits)


def _places(rows: Sequence[Any]) -> set[Place]:
    return {(row.cascade_id, row.provider, row.field) for row in rows}


def _begun(b: NewAttempt) -> dict[str, Any]:
    return {
        "cascade_id": b.cascade_id,
        "provider": b.provider,
        "field": b.field,
        "position": b.position,
        "tier": b.tier,
        "route": b.route,
        "fencing_token": b.fencing_token,
        "missed_before": b.missed_before,
        "started_at": b.started_at,
        "expected": b.expected,
    }


async def held(connection: AsyncConnection, cascade_ids: Iterable[UUID]) -> dict[Place, Decimal]:
    """Lock and read what counts against caps of the attempts of cascades."""
    a = attempts.c
    rows = await connection.execute(
        select(a.cascade_id, a.provider, a.field, a.held_usd)
        .where(a.cascade_id == func.any(list(set(cascade_ids))), a.held_usd.is_not(None))
        .order_by(a.cascade_id, a.provider, a.field)
        .with_for_update()
    )
    return {(row.cascade_id, row.provider, row.field): row.held_usd for row in rows}


async def hold(connection: AsyncConnection, amounts: Mapping[Place, Decimal]) -> None:
    """Write what counts of attempts against caps, in USD."""
    if amounts:
        rows = [dict(zip(_KEY, place, strict=True), held_usd=amount) for place, amount in amounts.items()]
        await connection.execute(_HOLD, row_set(rows) | {"ids": list({place[0] for place in amounts})})


async def end(
    connection: AsyncConnection, endings: Sequence[AttemptEnd], *, commits: bool = False
) -> dict[UUID, Decimal]:
    """Write how calls ended; a row that another lease took over is left alone.

    Recorded even when the cascade was cancelled meanwhile, because the call was made and may have cost something.

    Args:
        connection: In a transaction.
        endings: The ends.
        commits: Whether this ends the transaction where no call has cost anything: then nothing is to be added up.

    Returns:
        What the calls have cost whose cascade had ended before, in USD by cascade.
    """
    ended: dict[Place, dict[str, Any]] = {}
    # In the order of the key, as everywhere; whole numbers compare faster than UUIDs.
    for ending in sorted(endings, key=lambda e: (e.beginning.cascade_id.int, e.beginning.provider, e.beginning.field)):
        outcome, reason = outcome_of(ending.attempt.field, ending.attempt.answer)
        row = _begun(ending.beginning) | {
            "outcome": outcome,
            "reason": reason,
            "answer": ending.attempt.answer,
            "http_status": ending.attempt.http_status,
            "latency_ms": ending.attempt.latency_ms,
            "cost_usd": ending.attempt.cost_usd,
            "ended_at": ending.ended_at,
            "late_result_due_at": ending.late_result_due_at,
        }
        # The first outcome stays, as it would in the table.
        ended.setdefault(ending.beginning.place, row)
    paid = [place for place, row in ended.items() if row["cost_usd"]]
    if not paid:
        await run(connection, SqlQuery(_END, row_set(ended.values()), nothing), commits=commits)
        return {}
    # A statement of its own, so that it sees the end that the first one may have waited for.
    written, over = await run_together(
        connection,
        SqlQuery(_END, row_set(ended.values()), _places),
        SqlQuery(_OVER, {"ids": [place[0] for place in paid]}, lambda rows: {row.id for row in rows}),
    )
    late: dict[UUID, Decimal] = {}
    for place in paid:
        if place in written and place[0] in over:
            late[place[0]] = late.get(place[0], ZERO) + ended[place]["cost_usd"]
    return late


async def save_tickets(connection: AsyncConnection, tickets: Sequence[tuple[NewAttempt, dict[str, str]]]) -> set[Place]:
    """Store the tickets of asynchronous vendors, so that a crash goes on polling instead of paying again.

    Returns:
        The places whose ticket was stored; the others were taken over.
    """
    saved = [_begun(b) | {"ticket": ticket} for b, ticket in tickets]
    values = row_set(saved) | {"ids": [b.cascade_id for b, _ in tickets]}
    return await run(connection, SqlQuery(_SAVE_TICKETS, values, _places))


async def resume(connection: AsyncConnection, held: Sequence[tuple[UUID, int]]) -> dict[UUID, list[StoredAttempt]]:
    """Take over the open attempts of cascades, and read what earlier leases did.

    An earlier worker that still writes is waited for; what it writes later carries a fencing token that is over.

    Args:
        connection: In a transaction.
        held: The cascades with the fencing tokens of their leases.
    """
    taken = [{"cascade_id": cascade_id, "fencing_token": fencing_token} for cascade_id, fencing_token in held]
    await connection.execute(_TAKE_OVER, row_set(taken) | {"ids": [cascade_id for cascade_id, _ in held]})
    return await stored(connection, [cascade_id for cascade_id, _ in held])


async def stored(connection: AsyncConnection, cascade_ids: Sequence[UUID]) -> dict[UUID, list[StoredAttempt]]:
    """Read the attempts of cascades, the oldest first."""
    rows = await connection.execute(
        select(attempts).where(attempts.c.cascade_id.in_(cascade_ids)).order_by(attempts.c.started_at)
    )
    found: dict[UUID, list[StoredAttempt]] = {}
    for row in rows:
        found.setdefault(row.cascade_id, []).append(
            StoredAttempt(
                provider=row.provider,
                field=Field(row.field),
                tier=Tier(row.tier),
                route=row.route,
                position=row.position,
                attempt=_attempt(row) if row.outcome else None,
                ticket=row.ticket,
            )
        )
    return found


def _attempt(row: Row[Any]) -> Attempt:
    return Attempt(
        provider=row.provider,
        tier=Tier(row.tier),
        field=Field(row.field),
        route=row.route,
        answer=msgspec.convert(row.answer, Answer),
        cost_usd=row.cost_usd,
        latency_ms=row.latency_ms,
        http_status=row.http_status,
    )


async def asked(connection: AsyncConnection, cascade_ids: Iterable[UUID]) -> dict[UUID, Decimal]:
    """Return those of these cascades that called any provider, and what that has cost so far, in USD."""
    called = (
        select(attempts.c.cascade_id, func.sum(attempts.c.cost_usd).label("cost"))
        .where(attempts.c.cascade_id == func.any(list(cascade_ids)))
        .group_by(attempts.c.cascade_id)
    )
    return {row.cascade_id: row.cost for row in await connection.execute(called)}


async def awaited(connection: AsyncConnection, cascade_ids: Sequence[UUID]) -> dict[UUID, list[AskedBefore]]:
    """Read the look-ups of ended cascades that were given up and whose paid results are still collected."""
    if not cascade_ids:
        return {}
    columns = (attempts.c.cascade_id, attempts.c.provider, attempts.c.field, attempts.c.cost_usd, attempts.c.ended_at)
    rows = await connection.execute(
        select(*columns).where(
            attempts.c.cascade_id.in_(cascade_ids),
            attempts.c.ticket.is_not(None),
            attempts.c.late_result_due_at.is_not(None),
        )
    )
    found: dict[UUID, list[AskedBefore]] = {}
    for row in rows:
        one = AskedBefore(
            provider=row.provider,
            field=Field(row.field),
            outcome=Outcome.TIMEOUT,
            cost_usd=row.cost_usd,
            at=row.ended_at,
        )
        found.setdefault(row.cascade_id, []).append(one)
    return found


async def list_views(connection: AsyncConnection, cascade_id: UUID) -> list[AttemptView]:
    """Read the calls of a cascade in the order in which they began; what a late result cost is part of its call."""
    rows = await connection.execute(
        select(attempts).where(attempts.c.cascade_id == cascade_id).order_by(attempts.c.started_at, attempts.c.position)
    )
    return [
        AttemptView(
            provider=row.provider,
            tier=Tier(row.tier),
            field=Field(row.field),
            route=row.route,
            outcome=Outcome(row.outcome) if row.outcome else None,
            reason=reason_with_late_result(row.reason, Field(row.field), late),
            latency_ms=row.latency_ms,
            cost_usd=(row.cost_usd or ZERO) + (late.cost_usd if late else ZERO),
            http_status=row.http_status,
            started_at=row.started_at,
            ended_at=row.ended_at,
            missed_before=tuple(row.missed_before),
            expected=msgspec.convert(row.expected, Expectation | None),
        )
        for row in rows
        for late in [msgspec.convert(row.late_result, LateResult | None)]
    ]
