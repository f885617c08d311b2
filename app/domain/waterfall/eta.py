"""Estimates: the time until look-ups end, from measured durations."""

import math
from collections.abc import Sequence

import msgspec

# Below so many measured look-ups the estimate also uses the timeout of the lane.
MIN_SAMPLES = 20
# The share of the lane's timeout that an unmeasured look-up is assumed to take.
UNMEASURED_SHARE = 0.4


class Durations(msgspec.Struct, frozen=True, kw_only=True):
    """Measured durations, and the load of the lane.

    Attributes:
        seconds: Durations of finished look-ups of the kind, in any order.
        ahead: Look-ups of the lane that already wait or run.
        at_once: How many of them run concurrently.
        patience: The timeout of one provider in the lane, in seconds.
    """

    seconds: Sequence[float]
    ahead: int
    at_once: int
    patience: float


def estimate_seconds(count: int, pace: Durations) -> int:
    """Return the estimated seconds until the last of `count` look-ups ends, if they are submitted now.

    They run concurrently, so the slowest decides: of n look-ups about the quantile n / (n + 1) of the measured
    durations. Look-ups that wait first take rounds of average length (Little's law: throughput is concurrency divided
    by duration).

    Returns:
        Whole seconds, at least 1; 0 when `count` is 0.
    """
    if count <= 0:
        return 0
    known = sorted(pace.seconds)
    while len(known) < MIN_SAMPLES:
        known.append(pace.patience * UNMEASURED_SHARE)
    known.sort()
    slowest = known[min(len(known) - 1, math.ceil(len(known) * count / (count + 1)) - 1)]
    average = sum(known) / len(known)
    queued = max(0, pace.ahead + count - pace.at_once)
    return max(1, math.ceil(slowest + queued * average / pace.at_once))
