"""How much bulk work a process takes on: all it may, and while single look-ups are about what leaves it breathing."""

# A process that is this late has too much to do, or others of its machine have: it takes on a fifth less.
LATE = 0.006
SHRINK = 0.8
# One that is not later than this has time to spare: it takes on a few more.
CALM = 0.003
GROW = 2
# One that is this late hardly gets to run at all, and may lose its leases: whoever is about, it takes on less.
STARVED = 1.0
# With nobody about it takes on more as long as there is more: a tenth each time, from first to last in two seconds.
HASTE = 10
# Never less, so that bulk work goes on whatever else does.
LEAST = 20
FIRST = 50


def next_limit(limit: int, lag: float, most: int, *, beside: bool) -> int:
    """Decide how many bulk cascades a process runs at once, from how late its event loop was last.

    Additive growth and multiplicative decrease, as TCP shares a line (RFC 5681, section 3.1). Cascades that wait for
    slow providers cost nothing, so that the limit rises to `most` with them; with quick ones the processor is the
    bound, and the limit settles where single look-ups still get their turn.

    Args:
        limit: As it is.
        lag: Seconds by which a timer came too late.
        most: The most that it may become.
        beside: Whether single look-ups are about; else nobody is there to step back for.

    Returns:
        The new limit, at least 20 or `most`, whatever is less.
    """
    if lag > (LATE if beside else STARVED):
        limit = int(limit * SHRINK)
    elif not beside:
        limit += max(1, limit // HASTE)
    elif lag < CALM:
        limit += GROW
    return max(min(LEAST, most), min(limit, most))
