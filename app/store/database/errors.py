"""Database errors: retry the transaction, report the database as unavailable, or raise."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from app.domain.errors import UnavailableError

_RETRIABLE = {"40001", "40P01"}  # serialization_failure, deadlock_detected (PostgreSQL, Appendix A)


def is_retriable(error: BaseException) -> bool:
    """Return whether the database asks us to run the transaction again."""
    return isinstance(error, DBAPIError) and getattr(error.orig, "sqlstate", None) in _RETRIABLE


def is_away(error: BaseException) -> bool:
    """Return whether the database could not be reached, or ended the connection."""
    if isinstance(error, PoolTimeoutError | OSError):
        return True
    if isinstance(error, DBAPIError) and error.connection_invalidated:
        return True
    state = getattr(getattr(error, "orig", None), "sqlstate", None)
    return isinstance(error, OperationalError) and (state is None or state[:2] in {"08", "57", "53"})


@contextmanager
def reaching_the_database() -> Iterator[None]:
    """Turn the errors of an unreachable database into one; other errors pass.

    Raises:
        UnavailableError: The database cannot be reached; nothing was stored.
    """
    try:
        yield
    except Exception as error:
        if is_away(error):
            raise UnavailableError("database") from error
        raise
