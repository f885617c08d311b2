"""Cancel a run: it ends at once, and its cascade with it unless other runs wait for the same answer."""

from datetime import datetime
from uuid import UUID

import msgspec
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from app.context import Services
from app.domain.attempt import Skip
from app.domain.contact import FIELDS_OF
from app.domain.credits import Kind
from app.domain.errors import AlreadyEnded, UnknownId
from app.domain.run import RunStatus
from app.domain.view import RunView
from app.domain.waterfall import leftovers, make_plan
from app.live.wakeups import publish
from app.metrics import RUNS_ENDED
from app.store import attempts, cascades, ledger, runs
from app.store.faults import reaching_the_database
from app.store.tables import cascades as cascades_table
from app.usecases.owe import Owe, Owed


class Cancel:
    """Cancels runs."""

    def __init__(self, services: Services) -> None:
        """Use the process's services."""
        self._services = services
        self._owe = Owe(services)

    async def __call__(self, account_id: UUID, run_id: UUID) -> RunView:
        """End a run as cancelled.

        The charge comes back if no provider was called yet. When other runs wait for the same cascade it goes on for
        them; a charge not yet used then moves to the oldest of them, because its look-up is no longer a duplicate
        of one that somebody paid for.

        Raises:
            UnknownId: The account has no such run.
            AlreadyEnded: The run has ended.
            Unavailable: The database cannot be reached.
        """
        with reaching_the_database():
            async with self._services.engine.begin() as connection:
                run, owed = await self._cancel(connection, account_id, run_id)
        RUNS_ENDED.labels(run.mode.value, run.status.value, "").inc()
        self._services.broker.kick_deliveries(owed.deliveries)
        await publish(self._services.redis, [run.id, *owed.jobs])
        return run

    async def _cancel(self, connection: AsyncConnection, account_id: UUID, run_id: UUID) -> tuple[RunView, Owed]:
        now = self._services.now()
        # Account, cascade, runs: the order of locks that every transaction keeps.
        await ledger.lock(connection, [account_id])
        found = (await runs.by_ids(connection, [run_id])).get(run_id)
        if found is None or found.account_id != account_id:
            raise UnknownId("run")
        if found.ended or found.cascade_id is None:
            raise AlreadyEnded(found.status.value)
        await connection.execute(
            select(cascades_table.c.id).where(cascades_table.c.id == found.cascade_id).with_for_update()
        )
        living = await runs.living(connection, [found.cascade_id])
        mine = next((run for run in living if run.id == run_id), None)
        if mine is None:
            raise AlreadyEnded((await runs.by_ids(connection, [run_id]))[run_id].status.value)
        others = [run for run in living if run.id != run_id]
        asked = await attempts.were_asked(connection, found.cascade_id)
        refund = 0 if asked else mine.credits_used
        if refund:
            await self._give_back(connection, mine, others, now=now)
        if not others:
            skips = await self._unasked(connection, found.cascade_id, mine)
            await cascades.close(connection, [(found.cascade_id, skips)], now)
        ended = msgspec.structs.replace(
            mine, status=RunStatus.CANCELLED, ended_at=now, credits_used=mine.credits_used - refund
        )
        await runs.end(connection, [ended])
        return ended, await self._owe(connection, [ended], now)

    async def _unasked(self, connection: AsyncConnection, cascade_id: UUID, run: RunView) -> list[Skip]:
        """List the providers that will not be asked any more, so that the run can explain itself."""
        calls = await attempts.views(connection, cascade_id)
        called = {(view.provider, view.field) for view in calls}
        offers = self._services.registry.offers(run.mode)
        plans = [make_plan(field, offers) for field in FIELDS_OF[run.type]]
        return [
            skip
            for plan in plans
            for skip in leftovers(plan, (), (), "the run was cancelled")
            if (skip.provider, skip.field) not in called
        ]

    async def _give_back(
        self, connection: AsyncConnection, mine: RunView, others: list[RunView], *, now: datetime
    ) -> None:
        entries = [self._entry(mine, Kind.REFUND, mine.credits_used)]
        if others:
            heir = others[0]
            entries.append(self._entry(heir, Kind.CHARGE, -mine.credits_used))
            await runs.bill(connection, heir.id, mine.credits_used)
        await ledger.append(connection, entries, now)

    def _entry(self, run: RunView, kind: Kind, amount: int) -> ledger.Entry:
        return ledger.Entry(
            id=self._services.new_id(), account_id=run.account_id, run_id=run.id, kind=kind, amount=amount
        )
