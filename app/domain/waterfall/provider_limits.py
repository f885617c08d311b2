"""How fast a provider may be asked: the words that the catalogue, the gate and the cascade share."""

import msgspec

from app.domain.vocabulary import Field


class Limit(msgspec.Struct, frozen=True, kw_only=True):
    """At most `calls` in any `seconds`.

    Attributes:
        shared: Counted over all routes of the provider together, not for one route.
        pool: Counted over those routes of the provider whose limits name the same pool.
    """

    calls: int
    seconds: float
    shared: bool = False
    pool: str | None = None


class ConcurrencyLimit(msgspec.Struct, frozen=True, kw_only=True):
    """A call under way where only so many may be at once; `name` tells which calls are counted together."""

    name: str
    at_once: int


class GateKey(msgspec.Struct, frozen=True, kw_only=True):
    """Which gate: one way of asking one provider with one key.

    Attributes:
        credential: Short digest of the key in use, so that a changed key finds an open gate.
        closes_for: Seconds that a refused key or an empty purse keeps the gate closed unless somebody reopens it; 0 for
            providers whose gate never closes, whatever they answer.
    """

    provider: str
    field: Field
    route: str
    credential: str
    closes_for: float


class GateOpen(msgspec.Struct, frozen=True, kw_only=True):
    """Ask now; the call has been counted."""


class GateWait(msgspec.Struct, frozen=True, kw_only=True):
    """Come again in so many seconds; nothing was counted."""

    seconds: float
    reason: str = "its rate limit leaves no room"


class GateClosed(msgspec.Struct, frozen=True, kw_only=True):
    """Do not ask: the key was refused, or the balance is used up."""

    reason: str


class GateState(msgspec.Struct, frozen=True, kw_only=True):
    """One gate that is not open.

    Attributes:
        seconds: Until it opens by itself.
        paused: It waits out a rate limit; otherwise it is closed and wants a look.
    """

    provider: str
    field: Field
    reason: str
    seconds: float
    paused: bool
