"""Does one piece of work in a thread, so that the main thread goes on hearing whoever wants to end."""

from collections.abc import Callable
from concurrent.futures import Future
from threading import Thread
from typing import TypeVar

PAUSE = 0.02
T = TypeVar("T")


def aside(work: Callable[[], T], pause: Callable[[float], None]) -> T:
    """Do the work in a thread and return its result or raise its error.

    When the wait is given up the work is left alone: its thread does not keep the process alive.

    Args:
        work: What to do; it starts no processes, which would end with its thread.
        pause: Waits some seconds; it may raise to give up.
    """
    result: Future[T] = Future()

    def run() -> None:
        try:
            result.set_result(work())
        except BaseException as error:  # noqa: BLE001 - raised again by the thread that waits
            result.set_exception(error)

    Thread(target=run, daemon=True).start()
    while not result.done():
        pause(PAUSE)
    return result.result()
