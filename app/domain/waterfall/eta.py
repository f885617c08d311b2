"""How long something will take, told from how long the like of it took."""

import math
from collections.abc import Sequence

import msgspec

# Below so many measured look-ups the estimate leans on what the lane lets a look-up take.
ENOUGH = 20
# Of what a lane allows, what an unknown look-up is assumed to take.
UNKNOWN_SHARE = 0.4


class Durations(msgspec.Struct, frozen=True, kw_only=True):
    """What was seen of late.

    Attributes:
        seconds: How long finished look-ups of the kind took, from their start to their end, in any order.
        ahead: Look-ups of the lane that wait or run already.
        at_once: How many of them run side by side.
        patience: Seconds that one provider may hold a look-up of the lane.
    """

    seconds: Sequence[float]
    ahead: int
    at_once: int
    patience: float


def estimate_seconds(count: int, pace: Durations) -> int:
    """Estimate when the last of `count` look-ups has ended, if they are submitted now.

    They run side by side, so their time is that of the slowest of them: of n look-ups about the quantile n / (n + 1)
    of what was measured. What waits before them, and what of them finds no room at first, takes turns of average
    length (Little's law: so many at once leave at so many a second).

    Returns:
        Whole seconds, at least 1 where anything is to be done; 0 where nothing is.
    """
    if count <= 0:
        return 0
    known = sorted(pace.seconds)
    while len(known) < ENOUGH:
        known.append(pace.patience * UNKNOWN_SHARE)
    known.sort()
    slowest = known[min(len(known) - 1, math.ceil(len(known) * count / (count + 1)) - 1)]
    average = sum(known) / len(known)
    queued = max(0, pace.ahead + count - pace.at_once)
    return max(1, math.ceil(slowest + queued * average / pace.at_once))
