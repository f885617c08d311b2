"""Read runs: now, when they end, attempt by attempt, and page by page."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Protocol, TypeVar
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from app.clock import Clock
from app.domain.accounts.owner import Owner
from app.domain.errors import UnknownIdError
from app.domain.order.waterfall import TIERS, Waterfall
from app.domain.runs.run_filter import RunFilter
from app.domain.runs.view import AttemptView, RunView, SharedRun
from app.redis.notifications import Notifications
from app.services import Services
from app.store.accounts import keys
from app.store.database.group_commit import GroupCommit
from app.store.runs import run_list, runs, shared_runs
from app.store.waterfall import attempts, cascades


class HasEnd(Protocol):
    """A run or job."""

    @property
    def ended(self) -> bool:
        """Whether nothing more will happen to it."""
        ...


View = TypeVar("View", bound=HasEnd)


async def wait_until_ended(
    read: Callable[[], Awaitable[View]], notifications: Notifications, watched: UUID, seconds: float, clock: Clock
) -> View:
    """Read something when it has ended, or as it is after `seconds`; holds no connection meanwhile.

    Args:
        read: Reads it.
        notifications: Of its end.
        watched: Its id.
        seconds: At most so many.
        clock: What they are measured with.
    """
    until = clock.monotonic() + seconds
    with notifications.subscribe(watched) as subscription:
        while True:
            view = await read()
            left = until - clock.monotonic()
            if view.ended or left <= 0:
                return view
            await subscription.wait(left)


class ReadRuns:
    """Reads runs; concurrent reads of one process share a query."""

    def __init__(self, services: Services, notifications: Notifications) -> None:
        """Prepare the groups."""
        self._services = services
        self._notifications = notifications
        self._read: GroupCommit[UUID, RunView | None] = GroupCommit(
            services.engine, self._by_ids, what="read", reads=True
        )
        self._explain: GroupCommit[UUID, list[AttemptView]] = GroupCommit(
            services.engine, self._attempts, what="explain", reads=True
        )

    async def get(self, owner: Owner, run_id: UUID) -> RunView:
        """Read one run.

        Raises:
            UnknownIdError: The account has no such run.
            UnavailableError: The database cannot be reached.
        """
        run = await self._read(run_id)
        if run is None or run.owner != owner:
            raise UnknownIdError("run")
        return run

    async def wait(self, owner: Owner, run_id: UUID, seconds: float) -> RunView:
        """Read one run when it ends, or as it is after `seconds`; holds no connection meanwhile.

        Raises:
            UnknownIdError: The account has no such run.
            UnavailableError: The database cannot be reached.
        """

        async def read() -> RunView:
            return await self.get(owner, run_id)

        return await wait_until_ended(read, self._notifications, run_id, seconds, self._services.clock)

    async def attempts(self, owner: Owner, run_id: UUID) -> list[AttemptView]:
        """Read the cascade of a run as it happened, then the providers that were not called, with the reason.

        Raises:
            UnknownIdError: The account has no such run.
            UnavailableError: The database cannot be reached.
        """
        run = await self.get(owner, run_id)
        return await self._explain(run.cascade_id) if run.cascade_id else []

    async def shared(self, owner: Owner, run_id: UUID, *, limit: int) -> Sequence[SharedRun]:
        """Read the runs that wait for the same look-up, this one included, the oldest first.

        Raises:
            UnknownIdError: The account has no such run.
            UnavailableError: The database cannot be reached.
        """
        run = await self.get(owner, run_id)
        if run.cascade_id is None:
            return []
        async with self._services.read() as connection:
            return await shared_runs.of_cascade(connection, run.cascade_id, limit=limit)

    async def plan(self, owner: Owner, run_id: UUID) -> tuple[Waterfall, list[AttemptView]]:
        """Read the rules that a run followed, and its cascade with the reasons for the order.

        Raises:
            UnknownIdError: The account has no such run.
            UnavailableError: The database cannot be reached.
        """
        run = await self.get(owner, run_id)
        if run.cascade_id is None:
            return TIERS, []
        async with self._services.read() as connection:
            waterfall = await cascades.waterfall_of(connection, run.cascade_id)
        return waterfall or TIERS, await self._explain(run.cascade_id)

    async def events(self, owner: Owner, run_id: UUID) -> AsyncIterator[RunView | AttemptView | None]:
        """Follow a run: its attempts that have an outcome, the run whenever its status changes, ending with it.

        The two cascades of a run end their attempts in any order, so each look yields all of them again; the caller
        drops those that it has shown.

        Yields None when nothing happened for a while, so that the connection can show that it is alive.

        Raises:
            UnknownIdError: The account has no such run.
            UnavailableError: The database cannot be reached.
        """
        seen, status = 0, None
        async for run, lines in self.looks(owner, run_id, seconds=self._services.settings.recovery_seconds):
            finished = [line for line in lines if line.outcome is not None]
            if len(finished) > seen:
                for line in finished:
                    yield line
            if run.status != status:
                yield run
            elif len(finished) == seen:
                yield None
            seen, status = len(finished), run.status

    async def looks(
        self, owner: Owner, run_id: UUID, *, seconds: float
    ) -> AsyncIterator[tuple[RunView, list[AttemptView]]]:
        """Look at a run and its cascade whenever it may have changed, the last time when it has ended.

        Args:
            owner: Of the run.
            run_id: It.
            seconds: A look comes after so many at the latest.

        Raises:
            UnknownIdError: The account has no such run.
            UnavailableError: The database cannot be reached.
        """
        run = await self.get(owner, run_id)
        with self._notifications.subscribe(run.cascade_id or run.id, run.id) as subscription:
            while True:
                run = await self.get(owner, run_id)
                yield run, await self.attempts(owner, run_id)
                if run.ended:
                    return
                await subscription.wait(seconds)

    async def page(self, owner: Owner, wanted: RunFilter, *, limit: int, before: UUID | None) -> Sequence[RunView]:
        """Read a page of an owner's runs, newest first, older than `before`.

        Raises:
            UnavailableError: The database cannot be reached.
        """
        async with self._services.read() as connection:
            key_ids = None if wanted.key is None else await keys.matching(connection, owner, wanted.key)
            statement = run_list.listing(owner, wanted, key_ids=key_ids, before_id=before, limit=limit)
            return await run_list.page(connection, statement)

    async def _by_ids(self, connection: AsyncConnection, ids: Sequence[UUID]) -> list[RunView | None]:
        found = await runs.by_ids(connection, list(ids))
        return [found.get(run_id) for run_id in ids]

    async def _attempts(self, connection: AsyncConnection, ids: Sequence[UUID]) -> list[list[AttemptView]]:
        found: list[list[AttemptView]] = []
        for cascade_id in ids:
            called = await attempts.list_views(connection, cascade_id)
            skips = await cascades.skips_of(connection, cascade_id)
            found.append(
                called
                + [
                    AttemptView(
                        provider=skip.provider,
                        tier=skip.tier,
                        field=skip.field,
                        outcome=skip.outcome,
                        reason=skip.reason,
                        expected=skip.expected,
                    )
                    for skip in skips
                ]
            )
        return found
