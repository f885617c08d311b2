"""Ids as times: a UUIDv7 begins with the time at which it was made, so an index of ids serves as one of times."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

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


def _moved(moment: datetime, by: timedelta) -> datetime:
    """Move a time, which a client may have chosen at either end of the calendar."""
    try:
        return moment + by
    except OverflowError:
        return moment
