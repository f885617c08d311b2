"""Ctrl-C and its kin, turned into one question that every wait asks."""

import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

# A terminal that closes is a wish to end as well.
_WISHES = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class StopRequested(Exception):  # noqa: N818 - a wish, not an error
    """Somebody wants leadrun to end."""


class StopSignals:
    """Whether somebody has asked to end.

    The handlers only note it, so that no child is ever started and then forgotten; the waits raise `StopRequested`.
    """

    def __init__(self) -> None:
        """Nobody has yet."""
        self.stop = False

    @contextmanager
    def heard(self) -> Iterator[None]:
        """Listen for the signals; whoever handled them before gets them back."""
        before = {number: signal.signal(number, self._note) for number in _WISHES}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def pause(self, seconds: float) -> None:
        """Wait.

        Raises:
            Stopped: When somebody has asked to end.
        """
        if self.stop:
            raise StopRequested
        time.sleep(seconds)
        if self.stop:
            raise StopRequested

    def _note(self, _: int, __: FrameType | None) -> None:
        self.stop = True
