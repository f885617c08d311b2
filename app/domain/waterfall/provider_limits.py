"""Limits of providers: how many calls in how much time, how many at once, and whether calls stop altogether."""

import msgspec

from app.domain.vocabulary import Field


class Limit(msgspec.Struct, frozen=True, kw_only=True):
    """At most `calls` in any `seconds`.

    Attributes:
        shared: Counted over all routes of the provider together, not for one route.
        pool: Counted over those routes of the provider whose limits have the same pool: the path that they call.
    """

    calls: int
    seconds: float
    shared: bool = False
    pool: str | None = None


class ConcurrencyLimit(msgspec.Struct, frozen=True, kw_only=True):
    """At most `at_once` calls under way at the same time, among those that have the same `name`."""

    name: str
    at_once: int


class GateKey(msgspec.Struct, frozen=True, kw_only=True):
    """The key of one gate: one route of one provider, with one API key.

    Attributes:
        credential: Short digest of the API key in use, so that a changed key finds an open gate.
        closes_for: Seconds that a refused key or a used-up balance keeps the gate closed unless an operator reopens it;
            0 for providers whose gate never closes, whatever they answer.
    """

    provider: str
    field: Field
    route: str
    credential: str
    closes_for: float


class GateOpen(msgspec.Struct, frozen=True, kw_only=True):
    """The call may be made, and has been counted."""


class GateWait(msgspec.Struct, frozen=True, kw_only=True):
    """The call must wait so many seconds; nothing was counted."""

    seconds: float
    reason: str = "its rate limit leaves no room"


class GateClosed(msgspec.Struct, frozen=True, kw_only=True):
    """The call must not be made: the key was refused, or the balance is used up."""

    reason: str


class GateState(msgspec.Struct, frozen=True, kw_only=True):
    """One gate that is not open.

    Attributes:
        seconds: Until it opens by itself.
        paused: It waits out a rate limit; otherwise it is closed, and an operator should look at the provider.
    """

    provider: str
    field: Field
    reason: str
    seconds: float
    paused: bool
