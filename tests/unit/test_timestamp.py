"""Times in bodies and queries: with their offset, in UTC, and none that Python or PostgreSQL cannot hold."""

from app.dialects.timestamp import read_time
from tests.rows import each_row


@each_row(
    ("text", "read"),
    [
        ("2026-01-31T12:00:00Z", "2026-01-31T12:00:00+00:00"),
        ("2026-01-31T12:00:00+02:00", "2026-01-31T10:00:00+00:00"),
        ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00+00:00"),
        ("9999-12-31T23:59:59.999999Z", "9999-12-31T23:59:59.999999+00:00"),
        ("9999-12-31T23:59:59+23:59", "9999-12-31T00:00:59+00:00"),
        *((text, None) for text in ("9999-12-31T23:59:59-23:59", "0001-01-01T00:00:00+00:01", "2026-01-31", "x", "")),
    ],
)
def test_a_time_is_read_in_utc_or_none(text: str, read: str | None) -> None:
    value = read_time(text)
    assert (value.isoformat() if value else None) == read
