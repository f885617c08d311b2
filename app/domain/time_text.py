"""Times as texts."""

from datetime import UTC, datetime


def timestamp(value: datetime | None) -> str | None:
    """Write a time as ISO 8601 in UTC with milliseconds; None stays None."""
    return None if value is None else time_text(value)


def time_text(value: datetime) -> str:
    """Write a time as ISO 8601 in UTC with milliseconds."""
    return value.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
