"""Store what clients report about values, and read the values that turned out wrong."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import ColumnElement, ScalarSelect, Table, and_, exists, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.vocabulary import Field, Mode
from app.domain.waterfall.feedback import DEAD, FeedbackOutcome, WrongValue
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


def wrong_values(of: Table, *values: ColumnElement[str]) -> ScalarSelect[Any]:
    """Select the wrong values of the contact of each row of a table that has account, mode and fingerprint.

    Args:
        of: The table.
        values: Of the row: those that are wrong for each contact are selected as well.
    """
    f = feedback.c
    one = func.jsonb_build_object(
        *(part for name in ("field", "value", "provider", "outcome") for part in (name, f[name])), "at", f.created_at
    )
    about = or_(f.fingerprint == of.c.fingerprint, *([and_(f.value.in_(values), _IS_DEAD)] if values else []))
    mine = and_(f.account_id == of.c.account_id, about, f.mode == of.c.mode, f.wrong)
    return select(func.jsonb_agg(one)).where(mine).correlate(of).scalar_subquery()


def has_wrong_values(of: Table) -> ColumnElement[bool]:
    """Select whether the account of each row of a table has reported any value as wrong."""
    f = feedback.c
    return exists().where(f.account_id == of.c.account_id, f.wrong).correlate(of)


def read_wrong(value: object) -> tuple[WrongValue, ...]:
    """Read a value that `wrong_values` has selected."""
    return msgspec.convert(value or [], tuple[WrongValue, ...])


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
    values: Iterable[str] = (),
) -> dict[tuple[UUID, str, bytes | str], list[WrongValue]]:
    """Read wrong values by account, mode and fingerprint of the contact, or value where it is wrong for each contact.

    Args:
        connection: Of the caller's transaction.
        account_ids: The accounts.
        fingerprints: The contacts.
        values: Read those that are wrong for each contact.
    """
    f = feedback.c
    wanted = list(set(values))
    about = or_(f.fingerprint == func.any(list(set(fingerprints))), and_(f.value == func.any(wanted), _IS_DEAD))
    rows = await connection.execute(
        select(f.account_id, f.mode, f.fingerprint, f.field, f.value, f.provider, f.outcome, f.created_at).where(
            f.account_id == func.any(list(set(account_ids))), about, f.wrong
        )
    )
    found: dict[tuple[UUID, str, bytes | str], list[WrongValue]] = {}
    for row in rows:
        one = WrongValue(
            field=Field(row.field),
            value=row.value,
            provider=row.provider,
            outcome=FeedbackOutcome(row.outcome),
            at=row.created_at,
        )
        found.setdefault((row.account_id, row.mode, bytes(row.fingerprint)), []).append(one)
        if one.outcome in DEAD:
            found.setdefault((row.account_id, row.mode, one.value), []).append(one)
    return found


async def of_run(connection: AsyncConnection, run_id: UUID) -> list[tuple[FeedbackOutcome, Field, datetime]]:
    """Read what was said about a run, the oldest first."""
    f = feedback.c
    rows = await connection.execute(
        select(f.outcome, f.field, f.created_at).where(f.run_id == run_id).order_by(f.created_at, f.field, f.outcome)
    )
    return [(FeedbackOutcome(row.outcome), Field(row.field), row.created_at) for row in rows]
