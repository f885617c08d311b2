"""Group commit: items that arrive while a transaction is under way share the next one."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from tenacity import (
    AsyncRetrying,
    retry_if_exception,
    retry_if_exception_type,
    stop_after_attempt,
    stop_after_delay,
    wait_random_exponential,
)

from app.domain.errors import RequestError, UnavailableError
from app.metrics import GROUP_COMMIT_ITEMS
from app.store.database.errors import is_away, is_retriable

Item = TypeVar("Item")
Outcome = TypeVar("Outcome")

OUTAGE_SECONDS = 60.0


class GroupCommit(Generic[Item, Outcome]):
    """Gather items and run one transaction for all that wait.

    No timer is involved unless `gather` is set: an item that finds no transaction under way starts one at once. A
    batch that fails is repeated item by item, so that one bad item cannot fail its neighbours.
    """

    def __init__(
        self,
        engine: AsyncEngine,
        work: Callable[[AsyncConnection, Sequence[Item]], Awaitable[Sequence[Outcome | RequestError]]],
        *,
        what: str,
        max_items: int = 200,
        gather: float = 0.0,
    ) -> None:
        """Prepare a group.

        Args:
            engine: Where the transactions run.
            work: Does one batch inside a transaction and returns one outcome per item, in order; a `RequestError`
                among them is raised to that item's caller only.
            what: Name in the metrics.
            max_items: Most items of one transaction.
            gather: Seconds for which each transaction waits for more items, where time matters less than the disk.
        """
        self._engine = engine
        self._work = work
        self._what = what
        self._max = max_items
        self._gather = gather
        self._waiting: list[tuple[Item, asyncio.Future[Outcome]]] = []
        self._runner: asyncio.Task[None] | None = None

    async def __call__(self, item: Item) -> Outcome:
        """Hand in one item and await its outcome.

        Raises:
            RequestError: The decision of the work about this item.
            UnavailableError: When the database cannot be reached; nothing of the item was stored.
        """
        future: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, future))
        if self._runner is None or self._runner.done():
            self._runner = asyncio.create_task(self._run(), name=f"group-commit-{self._what}")
        return await future

    async def _run(self) -> None:
        while self._waiting:
            if self._gather and len(self._waiting) < self._max:
                await asyncio.sleep(self._gather)
            batch, self._waiting = self._waiting[: self._max], self._waiting[self._max :]
            batch = [(item, future) for item, future in batch if not future.done()]
            if not batch:
                continue
            GROUP_COMMIT_ITEMS.labels(self._what).observe(len(batch))
            error = await self._settle(batch)
            if error is None:
                continue
            if len(batch) == 1 or is_away(error):
                for _, future in batch:
                    _fail(future, error)
                continue
            for one in batch:
                if (alone := await self._settle([one])) is not None:
                    _fail(one[1], alone)

    async def _settle(self, batch: Sequence[tuple[Item, asyncio.Future[Outcome]]]) -> BaseException | None:
        """Run one transaction; resolve its futures, or return what went wrong."""
        outcomes: Sequence[Outcome | RequestError] = ()
        try:
            async for attempt in AsyncRetrying(
                retry=retry_if_exception(is_retriable),
                stop=stop_after_attempt(4),
                wait=wait_random_exponential(multiplier=0.01, max=0.2),
                reraise=True,
            ):
                with attempt:
                    async with self._engine.begin() as connection:
                        outcomes = await self._work(connection, [item for item, _ in batch])
        except asyncio.CancelledError:
            for _, future in batch:
                future.cancel()
            raise
        except BaseException as error:  # noqa: BLE001 - handed to the callers, who await it
            return error
        for (_, future), outcome in zip(batch, outcomes, strict=True):
            if future.done():
                continue
            if isinstance(outcome, RequestError):
                future.set_exception(outcome)
            else:
                future.set_result(outcome)
        return None


def _fail(future: asyncio.Future[Outcome], error: BaseException) -> None:
    if future.done():
        return
    if is_away(error):
        unavailable = UnavailableError("database")
        unavailable.__cause__ = error
        future.set_exception(unavailable)
    else:
        future.set_exception(error)


async def patiently(group: GroupCommit[Item, Outcome], item: Item) -> Outcome:
    """Hand in an item that must not be lost while the database restarts, such as an answer already paid for.

    Writes carry the lease's fencing token, so one that comes late does no harm.

    Raises:
        RequestError: The decision of the work about this item.
        UnavailableError: When the database stays away for a minute.
    """
    try:
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
