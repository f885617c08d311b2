"""Tickets of asynchronous vendors, where they post results, and when to look."""

from collections.abc import Iterator, Mapping
from enum import Enum
from typing import Protocol

import msgspec

from app.providers.client.http_exchange import NoResponse
from app.providers.declaration.response import Path, VendorResponse, look, step
from app.providers.declaration.spec import Poll

LONGEST_PART = 500
LARGEST_BITS = 128
CALLBACK = "callback"  # the part of a ticket that stands for a URL at which a vendor posts
UNTIL_POSTED = 60.0


class Ticket(msgspec.Struct, frozen=True, kw_only=True):
    """What a vendor gave us to ask for the result later; it can be stored as JSON."""

    values: dict[str, str]


class NoPost(Enum):
    """What is there instead of a posted result."""

    NONE_YET = "the vendor has not posted yet"
    GONE = "the vendor may not post any more"


class CallbackSource(Protocol):
    """Where the vendor of one attempt posts its result."""

    async def open(self, seconds: float) -> tuple[str, str]:
        """Accept one post for so many seconds, and store the attempt's ticket, so that a crash starts nothing twice.

        Returns:
            The token of the URL, which only the vendor may know, and the part of the ticket that stands for it.
        """
        ...

    async def wait(self, part: str, seconds: float) -> bytes | NoPost:
        """Return what was posted as soon as it is there, or why there is nothing after so many seconds."""
        ...


def read_ticket(poll: Poll, reply: VendorResponse) -> Ticket | None:
    """Read the ticket from the first answer; None where a part of it is missing or cannot be one."""
    values = read_parts(poll.ticket, reply)
    return None if values is None else Ticket(values=values)


def read_parts(paths: Mapping[str, Path], reply: VendorResponse) -> dict[str, str] | None:
    """Read what later requests need; None where a part is missing or cannot be one."""
    values: dict[str, str] = {}
    for name, path in paths.items():
        part = look(reply, path)
        if isinstance(part, bool) or not isinstance(part, str | int):
            return None
        if isinstance(part, int) and part.bit_length() > LARGEST_BITS:
            return None
        text = str(part)
        # It goes into a path: a part that is only dots would lead elsewhere.
        if not text.strip(". ") or len(text) > LONGEST_PART or not text.isprintable():
            return None
        values[name] = text
    return values


def delays(poll: Poll, scale: float) -> Iterator[float]:
    """Give the seconds to wait before each look, without end; the run's patience ends it."""
    for delay in poll.first:
        yield delay * scale
    while True:
        yield (UNTIL_POSTED if poll.every is None else poll.every) * scale


def fits(poll: Poll, ticket: Ticket) -> bool:
    """Tell whether a ticket is of this way of asking; a call cut off before its answer has only the callback's part."""
    parts = set(ticket.values) - {CALLBACK}
    return parts == set(poll.ticket) or (CALLBACK in ticket.values and not parts)


def can_be_looked_at(poll: Poll, ticket: Ticket) -> bool:
    """Tell whether the vendor can be asked, so that one need not only wait for its post."""
    return poll.every is not None and set(poll.ticket) <= set(ticket.values)


def unwrapped(reply: VendorResponse | NoResponse, poll: Poll) -> VendorResponse | NoResponse:
    """Take the result out of a look's answer, where it is wrapped and there already."""
    inner = step(reply.body, poll.inside) if poll.inside and isinstance(reply, VendorResponse) else None
    return msgspec.structs.replace(reply, body=inner) if isinstance(inner, dict) else reply
