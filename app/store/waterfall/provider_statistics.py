"""Count what providers answer; what was counted fades with time and with newer answers."""

from collections.abc import Mapping
from datetime import datetime

import msgspec
from sqlalchemy import bindparam, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.order.cells import Cell, Counts, RouteKey
from app.domain.vocabulary import Field, Mode
from app.store.database.lock_wait import run_in_turn
from app.store.database.queries import SqlQuery, nothing
from app.store.database.row_sets import row_set
from app.store.tables.order import provider_statistics

# After so many days, or so many newer answers, an answer counts half as much.
HALF_LIFE_DAYS, HALF_LIFE_ANSWERS = 60.0, 1000.0
# The last answers of a cell, apart from the others. Where their rate is further from that of the older answers than
# chance explains, in standard errors, the provider has changed, and the older answers are forgotten. Fewer than `FEW`
# on either side show nothing.
RECENT_HALF_LIFE_ANSWERS, FEW, CHANGED_ERRORS = 60.0, 20.0, 4.0
_COUNTS = Counts.__struct_fields__
_CELL = ("mode", "provider", "field", "route", "segment", "missed")
_FADING = {
    "days": HALF_LIFE_DAYS,
    "answers": HALF_LIFE_ANSWERS,
    "recent": RECENT_HALF_LIFE_ANSWERS,
    "few": FEW,
    "errors": CHANGED_ERRORS,
}
# Step by step, so that each is computed once (`OFFSET 0` keeps PostgreSQL from writing each step out wherever it is
# used, which made a row cost four times as much): the counts with what is new, their older part faded; Pearson's test
# of two rates; the part of the counts that stays, which is the recent one where the provider has changed. PostgreSQL
# may compute both sides of a condition, so that neither divides by zero.
_COUNT = text("""
INSERT INTO provider_statistics AS old (
  mode, provider, field, route, segment, missed, asked, returned, accepted, risky, failed, cost_usd, seconds,
  recent_asked, recent_returned, updated_at)
SELECT mode, provider, field, route, segment, missed, asked, returned, accepted, risky, failed, cost_usd, seconds,
  asked, returned, updated_at
FROM json_populate_recordset(NULL::provider_statistics, CAST(:rows AS json))
ON CONFLICT (mode, provider, field, route, segment, missed) DO UPDATE SET
  (asked, returned, accepted, risky, failed, cost_usd, seconds, recent_asked, recent_returned, updated_at) = (
    SELECT asked * of_calls, returned * of_values, accepted * of_values, risky * of_values, failed * of_calls,
      cost_usd * of_calls, seconds * of_calls, recent_asked, recent_returned,
      greatest(old.updated_at, excluded.updated_at)
    FROM (SELECT
      greatest(extract(epoch FROM excluded.updated_at - old.updated_at), 0) / 86400 / CAST(:days AS float) AS aged,
      excluded.asked + excluded.failed AS newer OFFSET 0) AS age
    CROSS JOIN LATERAL (SELECT
      power(0.5, aged + newer / CAST(:answers AS float)) AS kept,
      power(0.5, aged + newer / CAST(:recent AS float)) AS kept_lately OFFSET 0) AS fading
    CROSS JOIN LATERAL (SELECT
      old.asked * kept + excluded.asked AS asked,
      old.returned * kept + excluded.returned AS returned,
      old.accepted * kept + excluded.accepted AS accepted,
      old.risky * kept + excluded.risky AS risky,
      old.failed * kept + excluded.failed AS failed,
      old.cost_usd * kept + excluded.cost_usd AS cost_usd,
      old.seconds * kept + excluded.seconds AS seconds,
      old.recent_asked * kept_lately + excluded.asked AS recent_asked,
      old.recent_returned * kept_lately + excluded.returned AS recent_returned OFFSET 0) AS sums
    CROSS JOIN LATERAL (SELECT
      (returned + 1) / (asked + 2) AS rate,
      greatest(recent_asked, 1) AS recent_tries,
      greatest(asked - recent_asked, 1) AS older_tries OFFSET 0) AS tries
    CROSS JOIN LATERAL (SELECT
      least(recent_asked, asked - recent_asked) >= CAST(:few AS float)
      AND power(recent_returned / recent_tries - (returned - recent_returned) / older_tries, 2)
        > power(CAST(:errors AS float), 2) * rate * (1 - rate) * (1 / recent_tries + 1 / older_tries) AS changed
    OFFSET 0) AS test
    CROSS JOIN LATERAL (SELECT
      CASE WHEN changed THEN recent_returned / greatest(returned, 1e-9) ELSE 1 END AS of_values,
      CASE WHEN changed THEN recent_asked / greatest(asked, 1e-9) ELSE 1 END AS of_calls OFFSET 0) AS parts
  )
""")
_READ = select(provider_statistics).where(provider_statistics.c.mode == bindparam("mode"))


async def add(
    connection: AsyncConnection, observed: Mapping[tuple[Mode, Cell], Counts], now: datetime, *, commits: bool = False
) -> None:
    """Count answers; the rows are locked in the order of their keys, until the transaction commits.

    Args:
        connection: In a transaction.
        observed: What providers have answered.
        now: The time, in UTC.
        commits: Whether this ends the transaction where there is anything to count.
    """
    rows = {(mode.value, *_texts(cell)): counts for (mode, cell), counts in observed.items()}
    if rows:
        written = [
            dict(zip(_CELL, key, strict=True)) | msgspec.structs.asdict(rows[key]) | {"updated_at": now}
            for key in sorted(rows)
        ]
        await run_in_turn(connection, SqlQuery(_COUNT, row_set(written) | _FADING, nothing), commits=commits)


async def read(connection: AsyncConnection, mode: Mode) -> dict[Cell, Counts]:
    """Read everything that was counted in a mode, as it stood when it was counted last."""
    rows = await connection.execute(_READ, {"mode": mode.value})
    return {
        Cell(
            RouteKey(row.provider, Field(row.field), row.route),
            row.segment,
            frozenset(row.missed.split(",")) if row.missed else frozenset(),
        ): Counts(**{name: getattr(row, name) for name in _COUNTS})
        for row in rows
    }


def _texts(cell: Cell) -> tuple[str, ...]:
    key = cell.key
    return key.provider, key.field.value, key.route, cell.segment, ",".join(sorted(cell.missed))
