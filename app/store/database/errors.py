"""Database errors: retry the transaction, report the database as unavailable, or raise."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from app.domain.errors import OutcomeUnknownError, UnavailableError

# SQLSTATEs: PostgreSQL, Appendix A. serialization_failure, deadlock_detected:
_RETRIABLE = {"40001", "40P01"}
# read_only_sql_transaction: after a failover the connection leads to what is now a standby.
_READ_ONLY = "25006"
_BUSY = "55P03"  # lock_not_available
# invalid_sql_statement_name, duplicate_prepared_statement: a pooler took the session of a plan that we keep away.
_LOST_PLANS = {"26000", "42P05"}
# feature_not_supported, and PostgreSQL's routine that reports it of a kept plan whose columns have other types now; its
# messages are translated, its routines are not.
_UNSUPPORTED, _STALE_PLAN = "0A000", "RevalidateCachedQuery"
# A changed password, a role or a database that was taken away (authorization, catalog name): a pooler in between
# reports them of a statement, for it logs in when it needs a session.
_LOCKED_OUT = {"28", "3D"}
# Classes: connection exceptions, insufficient resources (too many connections, disk full), operator intervention
# (shutdown, cancelled statement), system errors. Then: a transaction that was idle, took too long or outlived what it
# reads (snapshot too old), an unknown COMMIT.
_AWAY_CLASSES = {"08", "53", "57", "58", *_LOCKED_OUT}
_AWAY = {_READ_ONLY, _BUSY, "25P03", "25P04", "40003", "72000", *_RETRIABLE, *_LOST_PLANS}
# A statement that took too long or was cancelled says nothing about its connection.
_CANCELLED = "57014"


class CommitLostError(Exception):
    """The connection broke during COMMIT, so that nobody knows whether the transaction was committed."""


def sqlstate(error: BaseException) -> str | None:
    """Return the SQLSTATE of an error of SQLAlchemy or psycopg, if it has one."""
    state = getattr(error, "sqlstate", None) or getattr(getattr(error, "orig", None), "sqlstate", None)
    return state if isinstance(state, str) else None


def _is_stale_plan(error: BaseException) -> bool:
    reported = getattr(getattr(error, "orig", error), "diag", None)
    return sqlstate(error) == _UNSUPPORTED and getattr(reported, "source_function", None) == _STALE_PLAN


def is_retriable(error: BaseException) -> bool:
    """Return whether the database asks us to run the transaction again."""
    return isinstance(error, DBAPIError) and sqlstate(error) in _RETRIABLE


def was_lost(error: BaseException) -> bool:
    """Return whether the connection broke before it answered: nothing was stored, unless COMMIT went along.

    It goes along only with what may be done twice (`run_together`).
    """
    return isinstance(error, DBAPIError) and error.connection_invalidated


def is_busy(error: BaseException) -> bool:
    """Return whether another transaction held a row for too long."""
    return isinstance(error, DBAPIError) and sqlstate(error) == _BUSY


def ends_the_connection(error: BaseException) -> bool:
    """Return whether a connection that reported this is of no use any more."""
    state = sqlstate(error)
    if state is None or state == _CANCELLED:
        return False
    if state == _READ_ONLY or state in _LOST_PLANS or _is_stale_plan(error):
        return True
    return state[:2] in {"08", "57", *_LOCKED_OUT}


def is_away(error: BaseException) -> bool:
    """Return whether the database could not be reached, cannot serve us now, or ended the connection."""
    if isinstance(error, PoolTimeoutError | OSError | CommitLostError):
        return True
    if not isinstance(error, DBAPIError):
        return False
    state = sqlstate(error)
    if error.connection_invalidated or (state is None and isinstance(error, OperationalError)):
        return True
    return state is not None and (state in _AWAY or state[:2] in _AWAY_CLASSES or _is_stale_plan(error))


def unavailable(error: BaseException) -> UnavailableError:
    """Turn an error of which `is_away` is true into our own."""
    if isinstance(error, CommitLostError):
        return OutcomeUnknownError()
    if is_busy(error):
        return UnavailableError(
            "database",
            message="Another change of the same account takes too long; nothing was accepted or charged. "
            "Retry after 2 seconds.",
        )
    return UnavailableError("database")


@contextmanager
def reaching_the_database() -> Iterator[None]:
    """Turn the errors of a database that cannot serve us into one; other errors pass.

    Raises:
        UnavailableError: The database cannot be reached; nothing was stored.
        OutcomeUnknownError: The connection broke during COMMIT.
    """
    try:
        yield
    except Exception as error:
        if is_away(error):
            raise unavailable(error) from error
        raise
