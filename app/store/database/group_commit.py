"""Group commit: items that arrive while a transaction is under way share the next one."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Sequence
from functools import partial
from typing import Generic, TypeVar

from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from tenacity import (
    AsyncRetrying,
    retry_if_exception,
    retry_if_exception_type,
    stop_after_attempt,
    stop_after_delay,
    wait_random_exponential,
)

from app.deadlines import DeadlineWheel
from app.domain.errors import RequestError, UnavailableError
from app.metrics import GROUP_COMMIT_ITEMS
from app.store.database.connection import answer_within
from app.store.database.errors import CommitLostError, is_away, is_busy, is_retriable, unavailable, was_lost
from app.store.database.lock_wait import QUICK_LOCK_SECONDS
from app.store.database.queries import LOOKS_UP_COMMITS
from app.store.database.transaction import HeldConnection, was_committed

Item = TypeVar("Item")
Outcome = TypeVar("Outcome")

OUTAGE_SECONDS = 60.0
# A client waits for an answer; a worker that holds a paid answer has more time.
CLIENT_SECONDS = 3.5
WORKER_SECONDS = 12.0
# A transaction that takes longer holds nobody up: the next one begins meanwhile.
SLOW_SECONDS = 0.25
MOST_AT_ONCE = 3
MOST_APART = 2
_GRACE_SECONDS = 0.5
# A connection that breaks so soon was dead before, as after a restart of the server; another one is tried, once.
_STALE_SECONDS = 0.5

_Look = Callable[[Sequence[Outcome | RequestError], AsyncConnection], Awaitable[bool]]


class _Waiting(Generic[Item, Outcome]):
    """One item, and the caller who awaits its outcome."""

    __slots__ = ("at", "begun", "future", "item", "key")

    def __init__(self, item: Item, key: Hashable, loop: asyncio.AbstractEventLoop) -> None:
        self.item = item
        self.key = key
        self.at = loop.time()
        self.begun = False
        self.future: asyncio.Future[Outcome] = loop.create_future()

    def fail(self, error: BaseException) -> None:
        """Raise an error to the caller: that of an unreachable database in our own words."""
        if self.future.done():
            return
        if is_away(error):
            cause, error = error, unavailable(error)
            error.__cause__ = cause
        self.future.set_exception(error)


class GroupCommit(Generic[Item, Outcome]):
    """Gather items and run one transaction for all that wait.

    No timer is involved unless `gather` is set: an item that finds no transaction under way starts one at once. A
    batch that fails is repeated key by key, so that one bad item cannot fail its neighbours, and items whose row
    another transaction holds wait apart from the others.
    """

    def __init__(
        self,
        engine: AsyncEngine,
        work: Callable[[AsyncConnection, Sequence[Item]], Awaitable[Sequence[Outcome | RequestError]]],
        *,
        what: str,
        max_items: int = 200,
        gather: float = 0.0,
        key: Callable[[Item], Hashable] | None = None,
        committed: _Look[Outcome] | None = None,
        seconds: float = CLIENT_SECONDS,
        reads: bool = False,
    ) -> None:
        """Prepare a group.

        Args:
            engine: Where the transactions run.
            work: Does one batch inside a transaction and returns one outcome per item, in order; a `RequestError`
                among them is raised to that item's caller only.
            what: Name in the metrics.
            max_items: Most items of one transaction.
            gather: Seconds for which each transaction waits for more items, where time matters less than the disk.
            key: Names what an item may have to wait for, such as its account; None where nothing is locked.
            committed: Looks up, for the outcomes of a transaction whose COMMIT was lost, whether it took effect;
                None where a repetition does no harm.
            seconds: The longest wait for each answer of the database, and about the longest wait for an outcome.
            reads: Whether the work needs no transaction, because each of its statements may be committed by itself.
        """
        self._engine = engine
        self._work = work
        self._what = what
        self._items = GROUP_COMMIT_ITEMS.labels(what)
        self._max = max_items
        self._gather = gather
        self._key = key
        self._committed = committed
        self._seconds = seconds
        once = engine.execution_options(**{LOOKS_UP_COMMITS: True}) if committed else engine
        self._connection = partial(HeldConnection, once, reads=reads)
        self._waiting: list[_Waiting[Item, Outcome]] = []
        self._runner: asyncio.Task[None] | None = None
        self._under_way: set[asyncio.Task[None]] = set()
        self._under_way_apart: set[asyncio.Task[None]] = set()
        self._apart: dict[Hashable, list[_Waiting[Item, Outcome]]] = {}
        self._apart_slots = asyncio.Semaphore(MOST_APART)
        self._deadlines: DeadlineWheel[_Waiting[Item, Outcome]] = DeadlineWheel(seconds + _GRACE_SECONDS, self._give_up)

    def __call__(self, item: Item) -> asyncio.Future[Outcome]:
        """Hand in one item; its outcome is awaited.

        Raises:
            RequestError: The decision of the work about this item.
            UnavailableError: When the database cannot be reached; nothing of the item was stored.
            OutcomeUnknownError: When the database was lost during COMMIT.
        """
        loop = asyncio.get_running_loop()
        waiting: _Waiting[Item, Outcome] = _Waiting(item, self._key(item) if self._key else id(item), loop)
        if self._apart and waiting.key in self._apart:
            self._apart[waiting.key].append(waiting)
        else:
            self._waiting.append(waiting)
            if self._runner is None:
                self._start()
        self._deadlines.add(waiting)
        return waiting.future

    def _give_up(self, waiting: _Waiting[Item, Outcome]) -> None:
        """End a wait that nothing else has ended; what was never begun did certainly not happen."""
        waiting.fail(CommitLostError() if waiting.begun and self._committed else TimeoutError())

    def _start(self) -> None:
        """Begin to run what waits; where as many batches as may are under way, the first of them that ends does so."""
        if self._waiting and len(self._under_way) < MOST_AT_ONCE:
            self._runner = task = asyncio.create_task(self._run(), name=f"group-commit-{self._what}")
            self._under_way.add(task)
            task.add_done_callback(self._end)

    def _end(self, task: asyncio.Task[None]) -> None:
        self._under_way.discard(task)
        if self._runner is task:
            self._runner = None
        if not task.cancelled():  # as at the end of the process, when nothing is to begin any more
            self._relieve(None)

    def _relieve(self, slow: asyncio.Task[None] | None) -> None:
        """Let another task go on with what waits, unless one does already."""
        if self._runner is slow:
            self._runner = None
            self._start()

    async def _run(self) -> None:
        """Run batches one after the other, over one connection, until nothing waits or another task has taken over."""
        loop, task = asyncio.get_running_loop(), asyncio.current_task()
        async with self._connection() as held:
            while self._waiting and self._runner is task:
                if self._gather and len(self._waiting) < self._max:
                    await held.give_back()
                    await asyncio.sleep(self._gather)
                batch, self._waiting = self._waiting[: self._max], self._waiting[self._max :]
                batch = [one for one in batch if not one.future.done()]
                if not batch:
                    continue
                self._items.observe(len(batch))
                slow = loop.call_later(SLOW_SECONDS, self._relieve, task)
                try:
                    await self._commit(batch, held)
                finally:
                    slow.cancel()

    async def _commit(self, batch: Sequence[_Waiting[Item, Outcome]], held: HeldConnection) -> None:
        """Run a batch; where it fails, repeat it key by key."""
        error = await self._settle(batch, QUICK_LOCK_SECONDS, held)
        if error is None:
            return
        if not is_busy(error) and (len(batch) == 1 or is_away(error)):
            for one in batch:
                one.fail(error)
            return
        parts: dict[Hashable, list[_Waiting[Item, Outcome]]] = {}
        for one in batch:
            # Items that failed otherwise than by waiting are judged one by one.
            parts.setdefault(one.key if is_busy(error) else id(one), []).append(one)
        for part in parts.values():
            alone = await self._settle(part, QUICK_LOCK_SECONDS, held) if len(parts) > 1 else error
            if alone is not None and is_busy(alone):
                self._set_apart(part)
            elif alone is not None:
                for one in part:
                    one.fail(alone)

    def _set_apart(self, part: Sequence[_Waiting[Item, Outcome]]) -> None:
        """Let items wait for their row by themselves."""
        key = part[0].key
        if key in self._apart:
            self._apart[key].extend(part)
            return
        self._apart[key] = waiting = list(part)
        task = asyncio.create_task(self._work_apart(key, waiting), name=f"group-commit-{self._what}-apart")
        self._under_way_apart.add(task)
        task.add_done_callback(partial(self._end_apart, key, waiting))

    def _end_apart(self, key: Hashable, waiting: list[_Waiting[Item, Outcome]], task: asyncio.Task[None]) -> None:
        """Fail what waits apart for a task that was cancelled, and let what comes later go the usual way."""
        self._under_way_apart.discard(task)
        if self._apart.get(key) is waiting:
            del self._apart[key]
            for one in waiting:
                one.fail(TimeoutError())

    async def _work_apart(self, key: Hashable, waiting: list[_Waiting[Item, Outcome]]) -> None:
        loop = asyncio.get_running_loop()
        async with self._apart_slots, self._connection() as held:
            while part := [one for one in waiting if not one.future.done()]:
                waiting.clear()
                left = part[0].at + self._seconds - loop.time()
                error = await self._settle(part, max(QUICK_LOCK_SECONDS, left), held)
                if error is not None:
                    for one in part:
                        one.fail(error)
            # Before the connection is given back, which is awaited: what comes meanwhile goes the usual way.
            del self._apart[key]

    async def _settle(
        self, batch: Sequence[_Waiting[Item, Outcome]], lock_seconds: float, held: HeldConnection
    ) -> BaseException | None:
        """Run one transaction; resolve its futures, or return what went wrong."""
        for one in batch:
            one.begun = True
        try:
            outcomes = await self._transact([one.item for one in batch], lock_seconds, held)
        except asyncio.CancelledError:
            for one in batch:
                one.future.cancel()
            raise
        except BaseException as error:  # noqa: BLE001 - handed to the callers, who await it
            return error
        for one, outcome in zip(batch, outcomes, strict=True):
            self._deadlines.discard(one)
            if one.future.done():
                continue
            if isinstance(outcome, RequestError):
                one.future.set_exception(outcome)
            else:
                one.future.set_result(outcome)
        return None

    async def _transact(
        self, items: Sequence[Item], lock_seconds: float, held: HeldConnection
    ) -> Sequence[Outcome | RequestError]:
        """Run one transaction, again where the database asks for it or the connection was dead before."""
        until = asyncio.get_running_loop().time() + _STALE_SECONDS
        try:
            return await self._try(items, lock_seconds, held)
        except DBAPIError as error:
            was_dead = was_lost(error) and asyncio.get_running_loop().time() < until
            if not (was_dead or is_retriable(error)):
                raise
        async for attempt in AsyncRetrying(
            retry=retry_if_exception(is_retriable),
            stop=stop_after_attempt(3),
            wait=wait_random_exponential(multiplier=0.01, max=0.2),
            reraise=True,
        ):
            with attempt:
                return await self._try(items, lock_seconds, held)
        raise AssertionError("unreachable: tenacity raises or returns")

    async def _try(
        self, items: Sequence[Item], lock_seconds: float, held: HeldConnection
    ) -> Sequence[Outcome | RequestError]:
        """Run one transaction, and look up the truth where its COMMIT was lost."""
        outcomes: Sequence[Outcome | RequestError] = ()
        try:
            with answer_within(self._seconds):
                async with held.used(lock_seconds if self._key else None) as connection:
                    outcomes = await self._work(connection, items)
                    if len(outcomes) != len(items):
                        raise ValueError(f"{self._what}: {len(outcomes)} outcomes for {len(items)} items")
        except CommitLostError as error:
            if self._committed is None:
                raise ConnectionError from error
            took_effect = await was_committed(self._engine, partial(self._committed, outcomes))
            if took_effect is None:
                raise
            if not took_effect:
                raise ConnectionError from error
        return outcomes


async def patiently(group: GroupCommit[Item, Outcome], item: Item) -> Outcome:
    """Hand in an item that must not be lost while the database restarts, such as an answer already paid for.

    Writes carry the lease's fencing token, so one that comes late does no harm.

    Raises:
        RequestError: The decision of the work about this item.
        UnavailableError: When the database stays away for a minute.
    """
    try:  # almost always it is there, and then nothing has to count attempts
        return await group(item)
    except UnavailableError:
        pass
    async for attempt in AsyncRetrying(
        retry=retry_if_exception_type(UnavailableError),
        stop=stop_after_delay(OUTAGE_SECONDS),
        wait=wait_random_exponential(multiplier=0.05, max=1.0),
        reraise=True,
    ):
        with attempt:
            return await group(item)
    raise AssertionError("unreachable: tenacity raises or returns")
