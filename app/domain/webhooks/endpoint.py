"""Endpoints: the events and custom headers that an account may choose for a URL."""

import re
from collections.abc import Collection
from datetime import datetime
from uuid import UUID

import msgspec

from app.domain.accounts.owner import Owner
from app.domain.vocabulary import Mode
from app.domain.webhooks.delivery import Event

MAX_ENDPOINTS = 20
MAX_DESCRIPTION = 500
MAX_HEADERS = 20
MAX_HEADER_NAME = 100
MAX_HEADER_VALUE = 1000

DISABLED = "the endpoint is disabled"
DISABLED_BY_HAND = "disabled by its account"
DELETED = "the endpoint was deleted"
WAITS_FOR_ITS_RATE = "the rate limit of the endpoint is used up, and other deliveries come first"

# The events of an endpoint that names none: each run, job and batch once, and no alarms.
BY_DEFAULT = frozenset(Event) - {Event.CONTACT, Event.PING, Event.DISABLED}
# A ping goes to the tested endpoint, whatever events it chose.
SUBSCRIBABLE = tuple(event for event in Event if event is not Event.PING)

# RFC 9110, section 5.6.2: a token.
_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+", re.ASCII)
# RFC 9110, section 5.5, without the parts that receivers read differently: bytes above ASCII, blanks at the ends.
_VALUE = re.compile(r"[!-~](?:[ -~\t]*[!-~])?", re.ASCII)
# Headers that deliveries set, and those of one connection (RFC 9110, section 7.6.1).
OUR_HEADERS = frozenset(
    {"accept-encoding", "connection", "expect", "host", "http2-settings", "keep-alive", "te", "trailer"}
    | {"transfer-encoding", "upgrade", "user-agent", "x-leadmodule-event"}
)
OUR_FAMILIES = ("content-", "proxy-", "webhook-")


class Endpoint(msgspec.Struct, frozen=True, kw_only=True):
    """A URL that an account registered for events. Times are UTC.

    Attributes:
        events: The chosen events; empty means `BY_DEFAULT`.
        encrypted_headers: Its custom headers, encrypted; None without any.
        disabled_reason: Why it is disabled, in a sentence.
        failing_since: The first failure after the last success.
        rate_limit: Attempts a second at most; None for no limit.
        key_id: The key that made it; None where that is not known.
    """

    id: UUID
    account_id: UUID
    mode: Mode
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
    key_id: UUID | None = None

    @property
    def owner(self) -> Owner:
        """The account in the mode whose events it gets."""
        return Owner(self.account_id, self.mode)

    def wants(self, event: str) -> bool:
        """Return whether it chose an event."""
        return event in (self.events or BY_DEFAULT)


def header_problem(name: str, value: object) -> str | None:
    """Return the fault of a custom header; None when it may be sent."""
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


def duplicate_names(names: Collection[str]) -> list[str]:
    """Return the names of headers that differ from an earlier one only by case."""
    seen: set[str] = set()
    return [name for name in names if name.lower() in seen or seen.add(name.lower())]  # type: ignore[func-returns-value]
