"""A bound of CPU time for one call, so that slow algorithms end as failures and a loaded machine does not matter."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class TooSlowError(AssertionError):
    """The call used up its CPU time."""


@contextmanager
def cpu_seconds(most: float) -> Iterator[None]:
    """Fail when the block takes more CPU time than `most` seconds; regular expressions are interrupted as well."""

    def end(_number: int, _frame: FrameType | None) -> None:
        raise TooSlowError(f"more than {most} s of CPU time")

    before = signal.signal(signal.SIGVTALRM, end)
    signal.setitimer(signal.ITIMER_VIRTUAL, most)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)
