"""The index: what an accepted value costs at one provider, and the order that makes a waterfall cheapest.

Sorting independent steps by expected cost over chance is exactly optimal (Simon & Kadane 1975). With correlated misses
the same index on the chance that is left after each miss is a 4-approximation (Munagala et al. 2005), and nothing
polynomial is better unless P = NP (Feige et al. 2002). Going on pays while a step's reservation value exceeds what is
in hand (Weitzman 1979).
"""

import math
from collections.abc import Mapping
from typing import TypeVar

import msgspec

NameT = TypeVar("NameT")
NEVER = math.inf


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One way to ask one provider, as the index sees it; prices are in USD.

    Attributes:
        call: Charged for every call.
        success: Charged where the call returns something.
        verify: Paid to a verifier for each value that is returned.
        returns: Chance (0-1) that the call returns something.
        accepts: Chance (0-1) that what is returned is accepted.
        seconds: From the decision to the answer, waiting included.
    """

    call: float = 0.0
    success: float = 0.0
    verify: float = 0.0
    returns: float
    accepts: float = 1.0
    seconds: float = 0.0

    @property
    def chance(self) -> float:
        """Chance (0-1) that the step ends the waterfall."""
        return self.returns * self.accepts

    def cost(self, second: float = 0.0) -> float:
        """Return the expected cost of the step in USD; `second` is what a second of waiting costs."""
        return self.call + self.returns * (self.success + self.verify) + second * self.seconds

    def index(self, second: float = 0.0) -> float:
        """Return the expected cost of an accepted value in USD: the lower, the earlier; infinite without a chance."""
        if self.accepts <= 0.0:
            return NEVER
        if self.returns <= 0.0:
            # Where only a success costs anything the chance cancels out, so its limit is the index.
            return NEVER if self.call or second * self.seconds else (self.success + self.verify) / self.accepts
        return self.cost(second) / self.chance


class Worth(msgspec.Struct, frozen=True, kw_only=True):
    """The worth of answers, in USD; None asks whatever it costs.

    Attributes:
        accepted: Of an accepted value.
        risky: Of a risky value that is kept in hand.
    """

    accepted: float | None = None
    risky: float = 0.0

    def pays(self, index: float, *, risky_in_hand: bool = False) -> bool:
        """Return whether a step of this index is worth taking: its reservation value exceeds what is in hand."""
        if self.accepted is None:
            return True
        return self.accepted - index > (self.risky if risky_in_hand else 0.0)


def in_order(steps: Mapping[NameT, Step], second: float = 0.0) -> list[NameT]:
    """Sort steps by their index; those of equal index stay in the order in which they are given."""
    return sorted(steps, key=lambda name: steps[name].index(second))
