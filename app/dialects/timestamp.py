"""Times in bodies: read with their offset, written in UTC with milliseconds (RFC 3339)."""

from datetime import UTC, datetime
from typing import Annotated

from msgspec import Meta

# Characters; a time with microseconds and an offset has half of them.
MAX_TIME = 64
NO_TIME = "must be a time with its offset (RFC 3339), such as 2026-01-31T12:00:00Z"

# Text, because msgspec writes microseconds where `app.domain.runs.view.timestamp` writes milliseconds.
Timestamp = Annotated[str, Meta(extra_json_schema={"format": "date-time"})]


def read_time(text: str) -> datetime | None:
    """Read a time with its offset (RFC 3339); return it in UTC, or None when it is none.

    An offset may lead out of the years that Python and its driver for PostgreSQL know, 1 to 9999: that is none either.
    """
    try:
        value = datetime.fromisoformat(text)
        return value.astimezone(UTC) if value.tzinfo else None
    except (ValueError, OverflowError):
        return None
