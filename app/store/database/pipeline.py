"""Statements that share a round trip: written to the server at once, BEGIN before them, and waited for once.

psycopg sends each statement of its pipelines by itself, and waits for the answer to BEGIN before the first. Here the
same connection, cursors, prepared statements and checks of answers do without both. For that this module names parts
of psycopg that are not public; pyproject.toml bounds its version.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from psycopg import AsyncCursor, AsyncPipeline
from psycopg.abc import PQGen
from psycopg.adapt import Transformer
from psycopg.generators import send
from psycopg.rows import RowMaker, namedtuple_row
from sqlalchemy import Dialect
from sqlalchemy.sql.elements import ClauseElement
from sqlalchemy.types import TypeDecorator

from app.store.database.connection import BoundedConnection, BoundedDialect

_DIALECT: Dialect = BoundedDialect()  # type: ignore[no-untyped-call] # SQLAlchemy's has no types


class TranslatedStatement:
    """A statement in the driver's words, and how its rows are made.

    Attributes:
        text: Of the statement.
        values: Those that stand in it.
    """

    def __init__(self, statement: ClauseElement) -> None:
        """Translate a statement."""
        compiled = statement.compile(dialect=_DIALECT)
        self.text, self.values = str(compiled).encode(), compiled.params
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


async def exchange(
    driver: BoundedConnection,
    statements: Sequence[tuple[TranslatedStatement, Mapping[str, Any]]],
    *,
    begins: bool,
    commits: bool = False,
) -> list[list[Any]]:
    """Run statements in their order, and return the rows of each.

    Args:
        driver: The connection.
        statements: Each with its parameters.
        begins: Whether a transaction is begun before them.
        commits: Whether it is committed behind them; where one of them fails, the server skips that.

    Raises:
        psycopg.Error: Of the first statement that fails; those behind it were not run.
    """
    started = [(_cursor_of(driver, statement), statement.text, values) for statement, values in statements]
    async with driver.lock:
        if begins or commits or len(statements) > 1:
            pipeline = driver._pipeline = AsyncPipeline(driver)
            try:
                await driver.wait(_together(driver, pipeline, started, begins=begins, commits=commits))
            except BaseException:
                if driver.autocommit:
                    # The server has skipped what follows a failure, statements to prepare among it; psycopg counts them
                    # as prepared until a ROLLBACK, which never comes here.
                    driver._prepared.clear()
                raise
            finally:
                driver._pipeline = None
        else:
            await driver.wait(_alone(driver, started[0]))
    found = []
    for (statement, _), (cursor, _, _) in zip(statements, started, strict=True):
        result = cursor.pgresult
        found.append(await cursor.fetchall() if result and result.nfields else [])
        # The cursor is kept with the connection, the answer is not.
        cursor._reset()
        cursor._tx.set_pgresult(None, set_loaders=False)
        driver.cursors[statement] = cursor
    return found


def _cursor_of(driver: BoundedConnection, statement: TranslatedStatement) -> AsyncCursor[Any]:
    """Return the connection's cursor for a statement: making one, with its table of types, costs as much as its use."""
    kept = driver.cursors.pop(statement, None)
    if kept is not None:
        return kept
    cursor = driver.cursor(row_factory=statement.row_factory)
    cursor._tx = Transformer(cursor)
    return cursor


_Started = tuple[AsyncCursor[Any], bytes, Mapping[str, Any]]


def _alone(driver: BoundedConnection, started: _Started) -> PQGen[None]:
    cursor, text, values = started
    driver._check_connection_ok()
    yield from cursor._maybe_prepare_gen(cursor._convert_query(text, values))
    yield from driver._prepared.maintain_gen(driver)


def _together(
    driver: BoundedConnection, pipeline: AsyncPipeline, started: Sequence[_Started], *, begins: bool, commits: bool
) -> PQGen[None]:
    driver._check_connection_ok()
    yield from pipeline._enter_gen()
    try:
        try:
            # Before the statements: what is forgotten here must not be what they prepare.
            yield from driver._prepared.maintain_gen(driver)
            if begins:
                yield from driver.begin_gen()
            for cursor, text, values in started:
                yield from cursor._maybe_prepare_gen(cursor._convert_query(text, values))
            if commits:
                yield from driver._exec_command(b"COMMIT")
        finally:
            # Also where a parameter cannot be written: psycopg counts the statements before it as prepared.
            pipeline._enqueue_sync()
            while pipeline.command_queue:
                pipeline.command_queue.popleft()()
            yield from send(driver.pgconn)
            yield from pipeline._fetch_gen(flush=False)
    except BaseException as error:
        pipeline._exit(error)
        raise
    pipeline._exit(None)
