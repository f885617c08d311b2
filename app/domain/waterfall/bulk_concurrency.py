"""Bulk concurrency: how many bulk cascades a worker process runs at once (AIMD on the lag of its event loop)."""

# Seconds of lag above which the process, or its machine, is overloaded: the limit falls by a fifth.
OVERLOAD_LAG = 0.006
DECREASE_FACTOR = 0.8
# Seconds of lag below which the process has time to spare: the limit rises.
IDLE_LAG = 0.003
INCREASE = 2
# Seconds of lag at which leases may be lost: the limit falls even without interactive load.
STARVATION_LAG = 1.0
# Without interactive load the limit rises by a tenth each time: from the first value to the last in two seconds.
FAST_INCREASE_DIVISOR = 10
# Bulk work never stops, whatever the load.
MIN_LIMIT = 20
INITIAL_LIMIT = 50


def next_limit(limit: int, lag: float, maximum: int, *, interactive_load: bool) -> int:
    """Return the next limit of bulk cascades, from the last lag of the event loop.

    Additive increase and multiplicative decrease (AIMD), as TCP shares a line (RFC 5681, section 3.1). Cascades that
    wait for slow providers cost nothing, so the limit rises to `maximum` with them. With quick providers the processor
    is the bound, and the limit settles where single look-ups still get their share.

    Args:
        limit: The limit now.
        lag: Seconds by which a timer fired too late.
        maximum: The upper bound of the limit.
        interactive_load: Whether single look-ups run; without them nothing has to yield.

    Returns:
        The new limit, at least 20 or `maximum`, whichever is less.
    """
    if lag > (OVERLOAD_LAG if interactive_load else STARVATION_LAG):
        limit = int(limit * DECREASE_FACTOR)
    elif not interactive_load:
        limit += max(1, limit // FAST_INCREASE_DIVISOR)
    elif lag < IDLE_LAG:
        limit += INCREASE
    return max(min(MIN_LIMIT, maximum), min(limit, maximum))
