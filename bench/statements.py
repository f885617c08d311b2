"""A statement on long tables, and what PostgreSQL counts that it reads."""

import time
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from bench.long_tables import TABLES

_READ = text("""
SELECT relname, coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0) AS rows, coalesce(seq_tup_read, 0) AS scanned
FROM pg_stat_xact_user_tables WHERE coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0) > 0 ORDER BY 2 DESC
""")


class Statement(NamedTuple):
    """A list or a recurring statement.

    Attributes:
        most: Rows that it may read of all tables together.
    """

    name: str
    run: Callable[[AsyncConnection], Awaitable[Any]]
    most: int


class Read(NamedTuple):
    """The reads of a statement: seconds, and rows by table; `scanned` are those of sequential scans."""

    seconds: float
    rows: Counter[str]
    scanned: int


async def read(connection: AsyncConnection, statement: Statement) -> Read:
    """Run a statement in a transaction that is rolled back."""
    before = {row.relname: row for row in await connection.execute(_READ)}
    begun = time.perf_counter()
    await statement.run(connection)
    seconds = time.perf_counter() - begun
    rows, scanned = Counter[str](), 0
    for row in await connection.execute(_READ):
        old = before.get(row.relname)
        rows[row.relname] = row.rows - (old.rows if old else 0)
        scanned += row.scanned - (old.scanned if old else 0) if row.relname in TABLES else 0
    await connection.rollback()
    return Read(seconds, rows, scanned)
