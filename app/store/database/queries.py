"""Queries that are sent together: several statements share a round trip (PostgreSQL's pipeline mode, libpq 34.5).

The server still runs them one after the other, each with what the ones before have done and locked. SQLAlchemy writes
the statements, once each; its layers for executing them cost a group commit more than the database does.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any, Generic, NamedTuple, TypeVar, cast

import psycopg
from psycopg.pq import TransactionStatus
from sqlalchemy import Executable
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.elements import ClauseElement

from app.store.database.connection import BoundedConnection
from app.store.database.errors import ends_the_connection
from app.store.database.pipeline import TranslatedStatement, exchange

T = TypeVar("T")

# An option of an engine whose transactions must not be done twice: a lost COMMIT of theirs is looked up.
LOOKS_UP_COMMITS = "looks_up_commits"


class SqlQuery(NamedTuple, Generic[T]):
    """A statement, its parameters as the driver takes them, and what is made of its rows.

    Attributes:
        statement: Made once, as it is translated once; its values are all parameters.
        read: Takes the rows, with the columns by name.
    """

    statement: Executable
    parameters: Mapping[str, Any]
    read: Callable[[Sequence[Any]], T]


async def driver_of(connection: AsyncConnection) -> BoundedConnection:
    """Return the driver's connection; SQLAlchemy is awaited only where it has to connect again."""
    known = connection.sync_connection
    if known is None or known.closed or known.invalidated:
        driver = (await connection.get_raw_connection()).driver_connection
    else:
        driver = known.connection.driver_connection
    return cast("BoundedConnection", driver)


async def run(connection: AsyncConnection, query: SqlQuery[T], *, commits: bool = False) -> T:
    """Run one query."""
    result: T = (await run_together(connection, query, commits=commits))[0]
    return result


async def run_together(connection: AsyncConnection, *queries: SqlQuery[Any], commits: bool = False) -> list[Any]:
    """Run queries in their order, in one round trip; returns what each makes of its rows.

    Args:
        connection: In a transaction, or not.
        queries: The queries.
        commits: Whether they end their transaction, in the same round trip. Only for what may be done twice: a
            connection that breaks meanwhile leaves open whether it was.

    Raises:
        DBAPIError: Of the first statement that fails; those behind it were not run.
        TypeError: They would commit what must not be done twice.
    """
    if commits and connection.engine.get_execution_options().get(LOOKS_UP_COMMITS):
        raise TypeError("what looks up whether it was committed does not commit with its statements")
    if not queries:
        return []
    driver = await driver_of(connection)
    if not driver.autocommit and not connection.in_transaction():
        await connection.begin()  # as a statement by SQLAlchemy would, so that its COMMIT knows of something to commit
    try:
        begins = not driver.autocommit and driver.pgconn.transaction_status == TransactionStatus.IDLE
        statements = []
        for query in queries:
            translated = _translated(query.statement)
            statements.append((translated, {**translated.values, **query.parameters}))
        found = await exchange(driver, statements, begins=begins, commits=commits and not driver.autocommit)
    except psycopg.Error as error:
        lost = driver.closed or ends_the_connection(error)
        if lost:
            # As SQLAlchemy does: the others of the pool lead to the same server.
            await connection.invalidate(error)
            await connection.engine.dispose()
        raise DBAPIError.instance(None, None, error, psycopg.Error, connection_invalidated=lost) from error
    return [query.read(rows) for query, rows in zip(queries, found, strict=True)]


@cache
def _translated(statement: ClauseElement) -> TranslatedStatement:
    return TranslatedStatement(statement)


def nothing(_rows: Sequence[Any]) -> None:
    """Make nothing of the rows of a statement that only writes."""
