"""Pagination of collections: pages, the opaque cursor between them, and filter parameters."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import datetime
from enum import StrEnum
from typing import TypeVar
from uuid import UUID

from app.api.http.json_body import Query
from app.dialects.timestamp import NO_TIME, read_time

DEFAULT_LIMIT = 50
MAX_LIMIT = 100
_VERSION = b"\x01"
CURSOR_LENGTH = 23
NO_ID = "must be an id (a UUID)"

Choice = TypeVar("Choice", bound=StrEnum)


def limit_of(query: Query) -> int:
    """Read the parameter ``limit``: how many a page shows."""
    return query.whole("limit", 1, MAX_LIMIT) or DEFAULT_LIMIT


def write_cursor(last: UUID) -> str:
    """Write a cursor: URL-safe base64 of a version and the id of the last one shown, opaque to clients."""
    return urlsafe_b64encode(_VERSION + last.bytes).decode().rstrip("=")


def read_cursor(text: str) -> UUID | None:
    """Read a cursor; None when it is not one of ours."""
    if len(text) != CURSOR_LENGTH or not text.isascii():
        return None
    try:
        raw = urlsafe_b64decode(text + "=")
    except ValueError:
        return None
    return UUID(bytes=raw[1:]) if raw[:1] == _VERSION and write_cursor(UUID(bytes=raw[1:])) == text else None


def cursor_of(query: Query) -> UUID | None:
    """Read the parameter ``cursor``: the id of the last one that was shown."""
    text = query.text("cursor")
    if text is None:
        return None
    before = read_cursor(text)
    if before is None:
        query.wrong("cursor", "is not a cursor of this collection; send it as the page before gave it")
    return before


def id_of(query: Query, name: str) -> UUID | None:
    """Read an id."""
    text = query.text(name)
    try:
        return UUID(text) if text else None
    except ValueError:
        query.wrong(name, NO_ID)
        return None


def choice_of(query: Query, name: str, choices: type[Choice]) -> Choice | None:
    """Read one word of several."""
    text = query.text(name)
    if text is not None and text not in set(choices):
        query.wrong(name, f"must be one of {', '.join(choices)}")
        return None
    return choices(text) if text else None


def time_of(query: Query, name: str) -> datetime | None:
    """Read a time."""
    text = query.text(name)
    # A "+" that was not percent-encoded arrives as a blank.
    value = read_time(text.replace(" ", "+") if "T" in text else text) if text else None
    if text and value is None:
        query.wrong(name, NO_TIME)
    return value
