"""Warnings: sentences about parts of a request that were ignored, stored and shown with what was accepted."""

from collections.abc import Sequence
from itertools import accumulate

MAX_WARNINGS = 50
MAX_BYTES = 16 * 1024


def bounded(warnings: Sequence[str], *, more: int = 0) -> tuple[str, ...]:
    """Keep the first warnings, at most `MAX_WARNINGS` and `MAX_BYTES` in all; the last one counts those left out.

    Args:
        warnings: Sentences.
        more: How many there are besides, of which none is kept.
    """
    count = len(warnings) + more
    sizes = accumulate(len(warning.encode()) for warning in warnings[:MAX_WARNINGS])
    kept = sum(size <= MAX_BYTES - len(_left(count)) for size in sizes)
    if kept == count:
        return tuple(warnings)
    kept = min(kept, MAX_WARNINGS - 1)
    return (*warnings[:kept], _left(count - kept))


def _left(count: int) -> str:
    return f"and {count} more warnings"
