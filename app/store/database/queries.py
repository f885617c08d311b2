"""Queries that are sent together: several statements share a round trip (PostgreSQL's pipeline mode, libpq 34.5).

The server still runs them one after the other, each with what the ones before have done and locked. SQLAlchemy writes
the statements, once each; its layers for executing them cost a group commit more than the database does.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from functools import cache
from typing import Any, Generic, NamedTuple, TypeVar

import psycopg
from psycopg import AsyncCursor
from psycopg.pq import TransactionStatus
from psycopg.rows import RowMaker, namedtuple_row
from sqlalchemy import Dialect, Executable
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.elements import ClauseElement
from sqlalchemy.types import TypeDecorator

from app.store.database.connection import BoundedDialect
from app.store.database.errors import ends_the_connection

T = TypeVar("T")
_DIALECT: Dialect = BoundedDialect()  # type: ignore[no-untyped-call] # SQLAlchemy's has no types


class SqlQuery(NamedTuple, Generic[T]):
    """A statement, its parameters as the driver takes them, and what is made of its rows.

    Attributes:
        statement: Made once, as it is translated once; its values are all parameters.
        read: Takes the rows, with the columns by name.
    """

    statement: Executable
    parameters: Mapping[str, Any]
    read: Callable[[Sequence[Any]], T]


async def run(connection: AsyncConnection, query: SqlQuery[T]) -> T:
    """Run one query."""
    result: T = (await run_together(connection, query))[0]
    return result


async def run_together(connection: AsyncConnection, *queries: SqlQuery[Any]) -> list[Any]:
    """Run queries in their order, in one round trip; returns what each makes of its rows.

    Raises:
        DBAPIError: Of the first statement that fails; those behind it were not run.
    """
    driver: Any = (await connection.get_raw_connection()).driver_connection
    if not driver.autocommit and not connection.in_transaction():
        await connection.begin()  # as a statement by SQLAlchemy would, so that its COMMIT knows of something to commit
    try:
        begins = not driver.autocommit and driver.info.transaction_status == TransactionStatus.IDLE
        async with driver.pipeline() if begins or len(queries) > 1 else nullcontext():
            cursors = []
            for query in queries:
                translated = _translated(query.statement)
                cursor = driver.cursor(row_factory=translated.row_factory)
                cursors.append(cursor)
                await cursor.execute(translated.text, {**translated.values, **query.parameters})
        found = [await cursor.fetchall() if cursor.pgresult.nfields else [] for cursor in cursors]
    except psycopg.Error as error:
        lost = driver.closed or ends_the_connection(error)
        if lost:
            # As SQLAlchemy does: the others of the pool lead to the same server.
            await connection.invalidate(error)
            await connection.engine.dispose()
        raise DBAPIError.instance(None, None, error, psycopg.Error, connection_invalidated=lost) from error
    return [query.read(rows) for query, rows in zip(queries, found, strict=True)]


class _Translated:
    """A statement in the driver's words, and how its rows are made.

    Attributes:
        text: Of the statement.
        values: Those that stand in it.
    """

    def __init__(self, statement: ClauseElement) -> None:
        """Translate a statement."""
        compiled = statement.compile(dialect=_DIALECT)
        self.text, self.values = str(compiled), compiled.params
        columns = getattr(statement, "exported_columns", ())
        # Columns whose types are our own; the values of all others are the driver's.
        self._own = [(i, column.type) for i, column in enumerate(columns) if isinstance(column.type, TypeDecorator)]
        self._make: RowMaker[Any] | None = None

    def row_factory(self, cursor: AsyncCursor[Any]) -> RowMaker[Any]:
        """Make rows with the columns by name; the columns of a statement are always the same."""
        if self._make is not None:
            return self._make
        plain = namedtuple_row(cursor)
        make = self._decorated(plain) if self._own else plain
        if cursor.pgresult and cursor.pgresult.nfields:
            self._make = make
        return make

    def _decorated(self, plain: RowMaker[Any]) -> RowMaker[Any]:
        def make(values: Sequence[Any]) -> Any:  # noqa: ANN401 - a row
            made = list(values)
            for i, kind in self._own:
                made[i] = kind.process_result_value(made[i], _DIALECT)
            return plain(made)

        return make


@cache
def _translated(statement: ClauseElement) -> _Translated:
    return _Translated(statement)


def nothing(_rows: Sequence[Any]) -> None:
    """Make nothing of the rows of a statement that only writes."""
