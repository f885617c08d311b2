"""Verdict tables: the meaning of an answer, line by line."""

from enum import StrEnum
from typing import Literal

import msgspec

from app.providers.declaration.messages import Path
from app.providers.declaration.words import check_words

VerdictName = Literal[
    "answer",
    "miss",
    "pending",
    "auth_error",
    "out_of_credits",
    "rate_limited",
    "bad_request",
    "server_error",
    "malformed",
    "ticket_lost",
    "given_up",
]
# `missing`: no such member; `absent`: missing, null or empty. Only these two hold for a body that is no JSON object or
# list: `nothing`, a body without a byte; `text`, a body that is no JSON, as the vendor documents it.
Test = Literal["present", "absent", "missing", "nothing", "text", "object", "list", "true", "false"]


class Verdict(StrEnum):
    """The meaning of an answer."""

    ANSWER = "answer"
    MISS = "miss"
    PENDING = "pending"
    AUTH_ERROR = "auth_error"
    OUT_OF_CREDITS = "out_of_credits"
    RATE_LIMITED = "rate_limited"
    BAD_REQUEST = "bad_request"
    SERVER_ERROR = "server_error"
    MALFORMED = "malformed"
    TICKET_LOST = "ticket_lost"
    GIVEN_UP = "given_up"


class VerdictRule(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a verdict table; the first line whose conditions all hold decides.

    Attributes:
        statuses: HTTP statuses it speaks about; empty for any.
        path: Where to read; without one, `like` searches the text of the whole body.
        test: A test of the value there.
        among: Texts or numbers that it may equal; texts without regard to case.
        like: A regular expression that its text contains, without regard to case; objects and lists as JSON.
    """

    then: Verdict
    statuses: frozenset[int] = frozenset()
    path: Path | None = None
    test: Test | None = None
    among: tuple[str | int, ...] = ()
    like: str | None = None


def on(
    status: int | tuple[int, ...] | None,
    then: VerdictName,
    path: Path | None = None,
    test: Test | None = None,
    *,
    among: tuple[str | int, ...] = (),
    like: str | None = None,
) -> VerdictRule:
    """Declare one line of a verdict table; see `VerdictRule`."""
    check_words([then], VerdictName, "verdict")
    check_words([test], Test, "test of a value")
    statuses = () if status is None else (status,) if isinstance(status, int) else status
    return VerdictRule(then=Verdict(then), statuses=frozenset(statuses), path=path, test=test, among=among, like=like)
