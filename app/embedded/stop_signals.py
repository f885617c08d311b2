"""Stop signals (Ctrl-C, SIGTERM, SIGHUP), noted by a handler and raised by every wait."""

import os
import select
import signal
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager, suppress
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

    The handlers only note it, so that no child is started and then forgotten; the waits raise `StopRequested`. A stop
    signal and the end of a child end a wait early.
    """

    def __init__(self) -> None:
        """Begin without one."""
        self.stop = False
        self._woken, self._waker = os.pipe()
        os.set_blocking(self._woken, False)
        os.set_blocking(self._waker, False)

    @contextmanager
    def handled(self) -> Iterator[None]:
        """Handle the signals inside the block; the handlers of before come back after it."""
        before = {number: signal.signal(number, self._note) for number in _SIGNALS}
        # Python writes a byte here for each signal that has a handler.
        before[signal.SIGCHLD] = signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(self._waker, warn_on_full_buffer=False)
        try:
            yield
        finally:
            signal.set_wakeup_fd(-1)
            for number, handler in before.items():
                signal.signal(number, handler)

    def pause(self, seconds: float) -> None:
        """Wait some seconds, or until a child ends.

        Raises:
            StopRequested: When a stop signal has arrived.
        """
        if self.stop:
            raise StopRequested
        if select.select([self._woken], [], [], seconds)[0]:
            with suppress(BlockingIOError):
                os.read(self._woken, 512)
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
