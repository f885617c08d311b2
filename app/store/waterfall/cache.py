"""Finished look-ups that answer duplicates."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import bindparam, case, cast, func, select, text, update
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.vocabulary import EnrichmentType, Mode
from app.domain.waterfall.asked_before import AskedBefore
from app.domain.waterfall.feedback import asked_for_wrong, without_wrong
from app.domain.waterfall.result import Result
from app.store.database.queries import SqlQuery, nothing
from app.store.database.row_sets import insert_given, row_set
from app.store.tables.core import cache_entries
from app.store.waterfall.feedback import dead_values, read_wrong, wrong_values


class CacheEntry(msgspec.Struct, frozen=True, kw_only=True):
    """The result of a look-up, and its run.

    Attributes:
        ended_at: Of the look-up; where it completed another at no charge and found nothing, of that one.
        asked_before: Providers that answered without a usable value.
        paid: Whether the look-up was charged, so that completing it costs nothing.
    """

    account_id: UUID
    mode: Mode
    fingerprint: bytes
    type: EnrichmentType
    run_id: UUID
    result: Result
    degraded: bool
    ended_at: datetime
    asked_before: tuple[AskedBefore, ...] = ()
    paid: bool = True


Person = tuple[UUID, str, bytes]
# A call of the class takes ten times as long.
_KINDS, _MODES = {one.value: one for one in EnrichmentType}, {one.value: one for one in Mode}

# By their places in the table: the index leads to the oldest, and nothing else is read.
EXPIRE = text("""
DELETE FROM cache_entries WHERE ended_at < :before AND ctid = ANY(ARRAY(
  SELECT ctid FROM cache_entries WHERE ended_at < :before ORDER BY ended_at LIMIT :limit FOR UPDATE SKIP LOCKED))
""")

_RESULT = cache_entries.c.result
# The number of a switchboard is one for all whose extensions it has.
_VALUES = (
    _RESULT["email"]["value"].astext,
    case((_RESULT["phone"]["phone_extension"].astext.is_(None), _RESULT["phone"]["value"].astext)),
)
_FIND = (
    select(
        cache_entries,
        wrong_values(cache_entries).label("wrong_values"),
        dead_values(cache_entries, *_VALUES).label("dead_values"),
    )
    .where(
        cache_entries.c.account_id == func.any(bindparam("accounts")),
        cache_entries.c.fingerprint == func.any(bindparam("fingerprints")),
        cache_entries.c.mode == func.any(bindparam("modes")),
        cache_entries.c.ended_at > bindparam("since"),
    )
    .order_by(cache_entries.c.ended_at.desc())
)
_new = insert_given(cache_entries, CacheEntry.__struct_fields__)
_PUT = _new.on_conflict_do_update(
    index_elements=["account_id", "mode", "fingerprint", "type"],
    set_={name: _new.excluded[name] for name in ("run_id", "result", "degraded", "ended_at", "asked_before", "paid")},
)


def find(people: Iterable[Person], since: datetime) -> list[SqlQuery[dict[Person, list[CacheEntry]]]]:
    """Read the entries of these (account, mode, fingerprint) that ended after `since`, newest first.

    A value that was reported as wrong is a miss of its provider.
    """
    wanted = set(people)
    if not wanted:
        return []
    accounts, modes, fingerprints = (list(set(part)) for part in zip(*wanted, strict=True))
    parameters = {"accounts": accounts, "modes": list(map(str, modes)), "fingerprints": fingerprints, "since": since}
    return [SqlQuery(_FIND, parameters, partial(_entries, wanted))]


def _entries(wanted: set[Person], rows: Sequence[Any]) -> dict[Person, list[CacheEntry]]:
    found: dict[Person, list[CacheEntry]] = {}
    for row in rows:
        person = (row.account_id, row.mode, bytes(row.fingerprint))
        if person not in wanted:
            continue
        wrong, dead = read_wrong(row.wrong_values), read_wrong(row.dead_values)
        kind = _KINDS[row.type]
        result = msgspec.convert(row.result, Result)
        entry = CacheEntry(
            account_id=row.account_id,
            mode=_MODES[row.mode],
            fingerprint=person[2],
            type=kind,
            run_id=row.run_id,
            result=without_wrong(result, (*wrong, *dead), kind),
            degraded=row.degraded,
            ended_at=row.ended_at,
            # msgspec remembers how Structs are read, and looks through all other types each time.
            asked_before=tuple([msgspec.convert(one, AskedBefore) for one in row.asked_before])
            + asked_for_wrong(wrong, dead, result, kind),
            paid=row.paid,
        )
        found.setdefault(person, []).append(entry)
    return found


def putting(entries: Sequence[CacheEntry]) -> list[SqlQuery[None]]:
    """Return the query that writes entries, replacing older ones of the same duplicate, if there are any."""
    # No two are of the same duplicate: their cascades were in flight together.
    new = [msgspec.structs.asdict(e) for e in entries]
    return [SqlQuery(_PUT, row_set(new), nothing)] if new else []


async def mark_unpaid(connection: AsyncConnection, account_id: UUID, mode: Mode, fingerprint: bytes) -> None:
    """Note that the charge of a contact's look-up was given back, so that completing it is charged."""
    c = cache_entries.c
    mine = (c.account_id == account_id, c.mode == mode.value, c.fingerprint == fingerprint)
    await connection.execute(update(cache_entries).where(*mine).values(paid=False))


async def add_asked(connection: AsyncConnection, looked_up: CacheEntry) -> None:
    """Add providers that answered after their look-up had ended, unless that of a newer look-up has replaced it."""
    c = cache_entries.c
    new = cast(msgspec.to_builtins(looked_up.asked_before), JSONB)
    await connection.execute(
        update(cache_entries)
        .where(
            c.account_id == looked_up.account_id,
            c.mode == looked_up.mode.value,
            c.fingerprint == looked_up.fingerprint,
            c.type == looked_up.type.value,
            c.ended_at <= looked_up.ended_at,
        )
        .values(asked_before=c.asked_before.op("||")(new))
    )


async def expire(connection: AsyncConnection, before: datetime, limit: int) -> int:
    """Delete entries that ended before a time, the oldest first; returns how many."""
    return (await connection.execute(EXPIRE, {"before": before, "limit": limit})).rowcount
