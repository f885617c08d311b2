"""Store what clients report about values, and read the values that turned out wrong."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import (
    ColumnElement,
    FromClause,
    LargeBinary,
    ScalarSelect,
    Table,
    bindparam,
    cast,
    func,
    null,
    or_,
    select,
    true,
    union_all,
)
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.vocabulary import Field, Mode
from app.domain.waterfall.feedback import DEAD, FeedbackOutcome, WrongValue
from app.store.database.queries import SqlQuery, run
from app.store.database.row_sets import insert_given, row_set
from app.store.tables.spend import feedback

Said = tuple[UUID, str, str]


class NewFeedback(msgspec.Struct, frozen=True, kw_only=True):
    """One word about one value; `provider` is whose value it was."""

    run_id: UUID
    field: Field
    outcome: FeedbackOutcome
    account_id: UUID
    mode: Mode
    fingerprint: bytes
    provider: str
    value: str
    wrong: bool
    created_at: datetime

    @property
    def place(self) -> Said:
        """Its key."""
        return (self.run_id, self.field.value, self.outcome.value)


_KEY = ("run_id", "field", "outcome")
_ADD = (
    insert_given(feedback, NewFeedback.__struct_fields__)
    .on_conflict_do_nothing(index_elements=_KEY)
    .returning(*(feedback.c[name] for name in _KEY))
)


_IS_DEAD = or_(*(feedback.c.outcome == outcome.value for outcome in sorted(DEAD)))
_SAID = [feedback.c[n] for n in ("account_id", "mode", "field", "value", "provider", "outcome", "created_at")]
_MINE = (feedback.c.account_id == func.any(bindparam("accounts")), feedback.c.wrong)
_WRONG_OF_PEOPLE = select(*_SAID, feedback.c.fingerprint).where(
    *_MINE, feedback.c.fingerprint == func.any(bindparam("people"))
)
_ORDER = (feedback.c.account_id, feedback.c.mode, feedback.c.field, feedback.c.value)
_WRONG_VALUES = (
    select(*_SAID, cast(null(), LargeBinary).label("fingerprint"))
    .where(*_MINE, feedback.c.value == func.any(bindparam("values")), _IS_DEAD)
    .ext(distinct_on(*_ORDER))
    .order_by(*_ORDER, feedback.c.created_at)
    .subquery()
)
_WRONG = union_all(_WRONG_OF_PEOPLE, select(_WRONG_VALUES))


def wrong_values(of: Table) -> ScalarSelect[Any]:
    """Select the wrong values of the contact of each row of a table that has account, mode and fingerprint."""
    f = feedback.c
    mine = (f.account_id == of.c.account_id, f.fingerprint == of.c.fingerprint, f.mode == of.c.mode, f.wrong)
    return select(func.jsonb_agg(_one(feedback))).where(*mine).correlate(of).scalar_subquery()


def dead_values(of: Table, *values: ColumnElement[str]) -> ScalarSelect[Any]:
    """Select those of the values of each row of a table that are wrong for each contact, each as it was reported first.

    Args:
        of: The table; it has account and mode.
        values: Of the row.
    """
    f = feedback.c
    mine = (f.account_id == of.c.account_id, f.mode == of.c.mode, f.value.in_(values), _IS_DEAD, f.wrong)
    first = (
        select(feedback)
        .where(*mine)
        .ext(distinct_on(f.field, f.value))
        .order_by(f.field, f.value, f.created_at)
        .correlate(of)
        .subquery()
    )
    return select(func.jsonb_agg(_one(first))).correlate(of).scalar_subquery()


def _one(of: FromClause) -> ColumnElement[Any]:
    parts = (part for name in ("field", "value", "provider", "outcome") for part in (name, of.c[name]))
    return func.jsonb_build_object(*parts, "at", of.c.created_at)


def has_wrong_values(of: Table) -> ColumnElement[bool]:
    """Select whether the account of each row of a table has reported any value as wrong."""
    f = feedback.c
    # The order leads to the index; an account of which there is nothing would be looked for in the whole table.
    first = select(true()).where(f.account_id == of.c.account_id, f.wrong).order_by(f.fingerprint).limit(1)
    return first.correlate(of).scalar_subquery().is_not(None)


def read_wrong(value: Sequence[object] | None) -> tuple[WrongValue, ...]:
    """Read a value that `wrong_values` has selected."""
    return tuple([msgspec.convert(one, WrongValue) for one in value or ()])


async def add(connection: AsyncConnection, new: Sequence[NewFeedback]) -> set[Said]:
    """Store words about values; returns those that were not said before."""
    if not new:
        return set()
    # In one order everywhere, so that two lists do not wait for each other.
    said = {one.place: msgspec.structs.asdict(one) for one in sorted(new, key=lambda one: one.place)}
    rows = await connection.execute(_ADD, row_set(said.values()))
    return {(row.run_id, row.field, row.outcome) for row in rows}


async def wrong_of(
    connection: AsyncConnection,
    account_ids: Iterable[UUID],
    fingerprints: Iterable[bytes],
    values: Collection[str] = (),
) -> dict[tuple[UUID, str, bytes | str], list[WrongValue]]:
    """Read wrong values by account, mode and fingerprint of the contact, or value where it is wrong for each contact.

    Args:
        connection: Of the caller's transaction.
        account_ids: The accounts.
        fingerprints: The contacts.
        values: Read those that are wrong for each contact, each as it was reported first.
    """
    names = {"accounts": list(set(account_ids)), "people": list(set(fingerprints)), "values": list(set(values))}
    query: SqlQuery[list[Any]] = SqlQuery(_WRONG if values else _WRONG_OF_PEOPLE, names, list)
    found: dict[tuple[UUID, str, bytes | str], list[WrongValue]] = {}
    for row in await run(connection, query):
        one = WrongValue(
            field=Field(row.field),
            value=row.value,
            provider=row.provider,
            outcome=FeedbackOutcome(row.outcome),
            at=row.created_at,
        )
        about = one.value if row.fingerprint is None else bytes(row.fingerprint)
        found.setdefault((row.account_id, row.mode, about), []).append(one)
    return found


async def of_run(connection: AsyncConnection, run_id: UUID) -> list[tuple[FeedbackOutcome, Field, datetime]]:
    """Read what was said about a run, the oldest first."""
    f = feedback.c
    rows = await connection.execute(
        select(f.outcome, f.field, f.created_at).where(f.run_id == run_id).order_by(f.created_at, f.field, f.outcome)
    )
    return [(FeedbackOutcome(row.outcome), Field(row.field), row.created_at) for row in rows]
