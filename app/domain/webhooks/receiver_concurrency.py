"""Receiver concurrency: how many deliveries one receiver of an account gets at once, by how it answers."""

# A receiver that answers within so many seconds is quick; one that takes longer than so many is slow.
QUICK_SECONDS, SLOW_SECONDS = 0.5, 2.0
# A quick receiver earns up to so many times the places that each receiver begins with.
MOST_TIMES = 8


def next_places(places: int, start: int, seconds: float, *, delivered: bool, taken: int) -> int:
    """Return how many places a receiver has after an attempt.

    The places grow by one with each quick success while at least half of them are taken, which doubles them in as long
    as the receiver takes for one answer, and they are halved by a slow answer or a failure (as TCP's slow start and
    multiplicative decrease, RFC 5681, section 3.1). A quick failure takes back only what was earned: against receivers
    that fail there is the circuit breaker.

    Args:
        places: Before the attempt.
        start: The places that each receiver begins with.
        seconds: That the attempt took.
        delivered: Whether it was delivered.
        taken: How many places were taken; those that are not used are not earned.

    Returns:
        At least half of `start`, at most eight times `start`.
    """
    if seconds > SLOW_SECONDS:
        return max(1, start // 2, places // 2)
    if not delivered:
        return min(places, max(start, places // 2))
    if places < start:
        return places + 1
    if 2 * taken >= places and seconds <= QUICK_SECONDS:
        return min(places + 1, start * MOST_TIMES)
    return places
