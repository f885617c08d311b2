"""Endpoints: what an account may ask for when it wants every event at a URL, and which events that means."""

import re
from collections.abc import Collection
from datetime import datetime
from uuid import UUID

import msgspec

from app.domain.webhooks.delivery import Event

MAX_ENDPOINTS = 20
MAX_DESCRIPTION = 500
MAX_HEADERS = 20
MAX_HEADER_NAME = 100
MAX_HEADER_VALUE = 1000

DISABLED = "the endpoint is disabled"
DISABLED_BY_HAND = "disabled by its account"
DELETED = "the endpoint was deleted"
WAITS_FOR_ITS_RATE = "the endpoint takes only so many tries a second, and others come first"

# An endpoint that names no events gets these: each run, job and batch once, and no alarms.
BY_DEFAULT = frozenset(Event) - {Event.CONTACT, Event.PING, Event.DISABLED}
# A ping goes to the endpoint that is tested, whatever it listens to.
SUBSCRIBABLE = tuple(event for event in Event if event is not Event.PING)

# RFC 9110, section 5.6.2: a token.
_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+", re.ASCII)
# RFC 9110, section 5.5, less what receivers read in different ways: obsolete bytes above ASCII, blanks at the ends.
_VALUE = re.compile(r"[!-~](?:[ -~\t]*[!-~])?", re.ASCII)
# What we say ourselves, and what belongs to one connection (RFC 9110, section 7.6.1).
OUR_HEADERS = frozenset(
    {"accept-encoding", "connection", "expect", "host", "http2-settings", "keep-alive", "te", "trailer"}
    | {"transfer-encoding", "upgrade", "user-agent", "x-leadmodule-event"}
)
OUR_FAMILIES = ("content-", "proxy-", "webhook-")


class Endpoint(msgspec.Struct, frozen=True, kw_only=True):
    """Where an account wants its events. Times are UTC.

    Attributes:
        events: What it listens to; none means `BY_DEFAULT`.
        encrypted_headers: Its custom headers, encrypted; None without any.
        disabled_reason: Why it is disabled, a sentence for people.
        failing_since: Since when there were only failures.
        rate_limit: Tries a second that it takes at most; None for as many as there are.
    """

    id: UUID
    account_id: UUID
    url: str
    events: tuple[str, ...]
    description: str
    enabled: bool
    encrypted_headers: bytes | None
    disabled_reason: str | None
    disabled_at: datetime | None
    failing_since: datetime | None
    created_at: datetime
    updated_at: datetime
    rate_limit: int | None = None

    def wants(self, event: str) -> bool:
        """Tell whether it listens to an event."""
        return event in (self.events or BY_DEFAULT)


def header_problem(name: str, value: object) -> str | None:
    """Say what is wrong with a custom header; None when it may be sent."""
    folded = name.lower()
    if len(name) > MAX_HEADER_NAME or not _NAME.fullmatch(name):
        return f"is not the name of a header: letters, digits and hyphens, at most {MAX_HEADER_NAME}"
    if folded in OUR_HEADERS or folded.startswith(OUR_FAMILIES):
        return "is a header that deliveries set themselves; choose another name"
    if not isinstance(value, str):
        return "must be a string"
    if len(value) > MAX_HEADER_VALUE or not _VALUE.fullmatch(value):
        return (
            f"must have 1 to {MAX_HEADER_VALUE} printable ASCII characters, without blanks at either end and without "
            "line breaks"
        )
    return None


def twice(names: Collection[str]) -> list[str]:
    """List the names of headers that differ from an earlier one by case alone."""
    seen: set[str] = set()
    return [name for name in names if name.lower() in seen or seen.add(name.lower())]  # type: ignore[func-returns-value]
