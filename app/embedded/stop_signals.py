"""Stop signals (Ctrl-C, SIGTERM, SIGHUP), noted by a handler and raised by every wait."""

import signal
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from threading import Thread
from types import FrameType
from typing import TypeVar

# A terminal that closes sends SIGHUP.
_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
PAUSE = 0.02
T = TypeVar("T")


class StopRequested(Exception):  # noqa: N818 - a request, not an error
    """A stop signal has arrived."""


class StopSignals:
    """Whether a stop signal has arrived.

    The handlers only note it, so that no child is started and then forgotten; the waits raise `StopRequested`.
    """

    def __init__(self) -> None:
        """Begin without one."""
        self.stop = False

    @contextmanager
    def handled(self) -> Iterator[None]:
        """Handle the signals inside the block; the handlers of before come back after it."""
        before = {number: signal.signal(number, self._note) for number in _SIGNALS}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def pause(self, seconds: float) -> None:
        """Wait some seconds.

        Raises:
            StopRequested: When a stop signal has arrived.
        """
        if self.stop:
            raise StopRequested
        time.sleep(seconds)
        if self.stop:
            raise StopRequested

    def run_in_background(self, work: Callable[[], T]) -> T:
        """Run work in a thread, so that the main thread still takes signals; return its result or raise its error.

        Args:
            work: Starts no processes: these would end with its thread.

        Raises:
            StopRequested: When a stop signal has arrived; the thread does not keep the process alive.
        """
        result: Future[T] = Future()

        def run() -> None:
            try:
                result.set_result(work())
            except BaseException as error:  # noqa: BLE001 - raised again by the thread that waits
                result.set_exception(error)

        Thread(target=run, daemon=True).start()
        while not result.done():
            self.pause(PAUSE)
        return result.result()

    def _note(self, _: int, __: FrameType | None) -> None:
        self.stop = True
