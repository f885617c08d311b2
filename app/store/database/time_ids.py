"""Ids as times: a UUIDv7 begins with the time at which it was made, so an index of ids serves as one of times."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, Uuid, and_, bindparam

# Ids may be ahead of `created_at`, or behind it, by the clocks of two processes and by a clock that was set back.
SLACK = timedelta(hours=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LAST = (1 << 48) - 1


def first_id(moment: datetime) -> UUID:
    """Return the least UUIDv7 of a time (RFC 9562, section 5.7): its milliseconds in the first 48 bits."""
    return UUID(int=min(max(0, (moment - _EPOCH) // timedelta(milliseconds=1)), _LAST) << 80)


def since(moment: datetime) -> UUID:
    """Return the least id that a row of this time or later may have."""
    return first_id(_moved(moment, -SLACK))


def until(moment: datetime) -> UUID:
    """Return the least id that no row of this time or earlier may have."""
    return first_id(_moved(moment, SLACK))


def between(column: ColumnElement[UUID], first: datetime, last: datetime) -> ColumnElement[bool]:
    """Return the condition that an id may be of a row from a time up to another.

    The bounds are written into the statement, so that it is planned for them: a plan for any times, which PostgreSQL
    keeps after some executions, expects so few rows that it reads all others again for each.
    """
    low, high = (bindparam(None, one, Uuid(), literal_execute=True) for one in (since(first), until(last)))
    return and_(column >= low, column < high)


def _moved(moment: datetime, by: timedelta) -> datetime:
    """Move a time, which a client may have chosen at either end of the calendar."""
    try:
        return moment + by
    except OverflowError:
        return moment
