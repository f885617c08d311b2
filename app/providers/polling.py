"""Tickets of asynchronous vendors, and when to look."""

from collections.abc import Iterator

import msgspec

from app.providers.reply import Reply, look
from app.providers.spec import Poll

LONGEST_PART = 500
LARGEST_BITS = 128


class Ticket(msgspec.Struct, frozen=True, kw_only=True):
    """What a vendor gave us to ask for the result later; it can be stored as JSON."""

    values: dict[str, str]


def read_ticket(poll: Poll, reply: Reply) -> Ticket | None:
    """Read the ticket from the first answer; None where a part of it is missing or cannot be one."""
    values: dict[str, str] = {}
    for name, path in poll.ticket.items():
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
    return Ticket(values=values)


def delays(poll: Poll, scale: float) -> Iterator[float]:
    """Give the seconds to wait before each look, without end; the run's patience ends it."""
    for delay in poll.first:
        yield delay * scale
    while True:
        yield poll.every * scale
