"""How much bulk work a process takes on: as much as leaves it breathing, more when it is calm, less when it is late."""

# A process that is this late has too much to do, or others of its machine have: it takes on a fifth less.
LATE = 0.012
SHRINK = 0.8
# One that is not later than this has time to spare: it takes on a few more.
CALM = 0.004
GROW = 5
# Never less, so that bulk work goes on whatever else does.
LEAST = 20
FIRST = 50


def breathe(limit: int, lag: float, most: int) -> int:
    """Decide how many bulk cascades a process runs at once, from how late its event loop was last.

    Additive growth and multiplicative decrease, as TCP shares a line (RFC 5681, section 3.1). Cascades that wait for
    slow providers cost nothing, so that the limit rises to `most` with them; with quick ones the processor is the
    bound, and the limit settles where single look-ups still get their turn.

    Args:
        limit: As it is.
        lag: Seconds by which a timer came too late.
        most: The most that it may become.

    Returns:
        The new limit, at least 20 or `most`, whatever is less.
    """
    if lag > LATE:
        limit = int(limit * SHRINK)
    elif lag < CALM:
        limit += GROW
    return max(min(LEAST, most), min(limit, most))
