"""Take the steps of many contacts at once, in threads or in tasks, and give their outcomes as they finish."""

import asyncio
import queue
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Protocol, TypeVar

from leadrun._exchange import Steps
from leadrun._many import ContactList, Outcome
from leadrun._runs import R
from leadrun.errors import ConfigurationError

T = TypeVar("T")
MAX_CONCURRENCY = 500


class Perform(Protocol):
    """A driver that can be stopped between two steps."""

    def __call__(self, steps: Steps[T], stop: Callable[[], bool], /) -> T:
        """Take the steps."""
        ...


def checked(concurrency: int) -> int:
    """Check how many contacts may be under way at once.

    Raises:
        ConfigurationError: It is below 1 or above 500.
    """
    if not 1 <= concurrency <= MAX_CONCURRENCY:
        raise ConfigurationError(f"concurrency must be from 1 to {MAX_CONCURRENCY}, not {concurrency}.")
    return concurrency


def blocking(contacts: ContactList[R], perform: Perform, concurrency: int) -> Iterator[Outcome[R]]:
    """Give outcomes as they finish.

    After an error that would meet every contact no further one is begun; those under way are still given, then it is
    raised. Leaving the iterator ends it: what was submitted goes on at the server.
    """
    ended: queue.SimpleQueue[Outcome[R] | BaseException] = queue.SimpleQueue()
    stop = threading.Event()

    def take(steps: Steps[Outcome[R]]) -> None:
        try:
            ended.put(perform(steps, stop.is_set))
        except BaseException as error:  # noqa: BLE001 - it is raised again where the outcomes are read
            ended.put(error)

    under_way, waiting, first = 0, iter(contacts), None
    try:
        more = True
        while more or under_way:
            steps = next(waiting, None) if more and under_way < concurrency else None
            if steps is not None:
                # A daemon: a long poll must not hold up the end of the program.
                threading.Thread(target=take, args=(steps,), name="leadrun", daemon=True).start()
                under_way += 1
                if ended.empty():
                    continue
            elif under_way < concurrency:
                more = False
            if not under_way:
                break
            outcome = ended.get()
            under_way -= 1
            if isinstance(outcome, BaseException):
                first, more = first or outcome, False
            else:
                yield outcome
        if first:
            raise first
    finally:
        stop.set()
        contacts.close()


async def awaiting(
    contacts: ContactList[R], perform: Callable[[Steps[Outcome[R]]], Awaitable[Outcome[R]]], concurrency: int
) -> AsyncIterator[Outcome[R]]:
    """Give outcomes as they finish; as `blocking`, in tasks."""
    under_way: set[asyncio.Future[Outcome[R]]] = set()
    waiting, first = iter(contacts), None
    try:
        more = True
        while more or under_way:
            while more and len(under_way) < concurrency:
                steps = next(waiting, None)
                if steps is None:
                    more = False
                else:
                    under_way.add(asyncio.ensure_future(perform(steps)))
            if not under_way:
                break
            done, under_way = await asyncio.wait(under_way, return_when=asyncio.FIRST_COMPLETED)
            for one in done:
                if error := one.exception():
                    first, more = first or error, False
                else:
                    yield one.result()
        if first:
            raise first
    finally:
        for one in under_way:
            one.cancel()
        contacts.close()
