"""Cancel runs and jobs: the runs end at once, and their cascades unless other runs wait for the same answer."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from app.broker import QUEUE_WEBHOOKS
from app.domain.accounts.owner import Owner
from app.domain.accounts.pricing import EntryKind, price
from app.domain.errors import AlreadyEndedError, UnknownIdError
from app.domain.runs.job import JobKind, JobView
from app.domain.runs.view import RunView
from app.domain.vocabulary import FIELDS_OF, RunStatus
from app.domain.waterfall.attempt import Skip
from app.domain.waterfall.policy import make_plan, not_reached
from app.metrics import RUNS_ENDED
from app.redis.notifications import publish
from app.services import Services
from app.store.accounts import ledger
from app.store.database.queries import run_together
from app.store.runs import jobs, runs
from app.store.waterfall import attempts, cascades
from app.usecases.waterfall.finished_runs import EnqueuedWebhooks, enqueue_webhooks

Choose = Callable[[AsyncConnection], Awaitable[Sequence[RunView]]]
Close = Callable[[AsyncConnection, datetime], Awaitable[JobView]]


async def cancel_run(services: Services, owner: Owner, run_id: UUID) -> RunView:
    """End a run as cancelled; see `cancel_together`.

    Raises:
        UnknownIdError: The account has no such run.
        AlreadyEndedError: The run has ended.
        UnavailableError: The database cannot be reached.
    """

    async def choose(connection: AsyncConnection) -> Sequence[RunView]:
        found = (await runs.by_ids(connection, [run_id])).get(run_id)
        if found is None or found.owner != owner:
            raise UnknownIdError("run or job")
        if found.ended:
            raise AlreadyEndedError(found.status.value)
        return [found]

    cancelled = await cancel_together(services, owner, choose)
    if not cancelled:
        async with services.read() as connection:
            raise AlreadyEndedError((await runs.by_ids(connection, [run_id]))[run_id].status.value)
    return cancelled[0]


async def cancel_job(services: Services, owner: Owner, job_id: UUID) -> None:
    """End as cancelled every run of a job that has not ended, which completes the job.

    Raises:
        UnknownIdError: The account has neither a run nor a job of this id.
        AlreadyEndedError: The job is completed.
        UnavailableError: The database cannot be reached.
    """

    async def choose(connection: AsyncConnection) -> Sequence[RunView]:
        job = await jobs.get(connection, owner, job_id)
        if job is None or job.kind is not JobKind.JOB:
            raise UnknownIdError("run or job")
        if job.ended:
            raise AlreadyEndedError(job.status.value, what="job")
        return await runs.living_of_job(connection, job_id)

    await cancel_together(services, owner, choose)


async def cancel_together(
    services: Services, owner: Owner, choose: Choose, close: Close | None = None
) -> list[RunView]:
    """End runs of an account as cancelled, in one transaction.

    A charge comes back if no provider was called yet. When other runs wait for the same cascade it goes on for
    them; a charge not yet used then moves to the oldest of them, at the price of its own plan if that is less,
    because its look-up is no longer a duplicate of one that was paid for.

    Args:
        services: The process's.
        owner: Whose.
        choose: Reads the runs that are meant, once the account is locked, or refuses.
        close: Ends what they belong to, once they have ended, or refuses.

    Returns:
        Those that this call has ended, which those are not that had ended before.

    Raises:
        UnavailableError: The database cannot be reached.
    """
    cancelled: list[RunView] = []

    async def took_effect(connection: AsyncConnection) -> bool:
        await ledger.lock(connection, [owner.account_id])
        if not cancelled:
            # A batch of which no row was looked up yet: no run says that it ended.
            try:
                await choose(connection)
            except AlreadyEndedError:
                return True
            return False
        ended = await runs.by_ids(connection, [cancelled[0].id])
        return all(run.status is RunStatus.CANCELLED for run in ended.values())

    async with services.write(took_effect) as connection:
        # Account, cascades, runs: the order of locks that every transaction keeps.
        await ledger.lock(connection, [owner.account_id])
        cancelled, enqueued = await _cancel(connection, services, await choose(connection), close)
    for run in cancelled:
        RUNS_ENDED.labels(run.mode.value, run.status.value, "").inc()
    if enqueued.deliveries:
        services.broker.notify(QUEUE_WEBHOOKS, enqueued.deliveries)
    await publish(services.redis, [*(run.id for run in cancelled), *enqueued.jobs])
    return cancelled


async def _cancel(
    connection: AsyncConnection, services: Services, chosen: Sequence[RunView], close: Close | None
) -> tuple[list[RunView], EnqueuedWebhooks]:
    now, meant = services.now(), {run.id for run in chosen}
    wanted = {run.cascade_id for run in chosen if run.cascade_id and not run.ended}
    await cascades.lock(connection, wanted)
    living: dict[UUID, list[RunView]] = {}
    (found,) = await run_together(connection, runs.living(wanted))
    for run in found:
        if run.cascade_id:
            living.setdefault(run.cascade_id, []).append(run)
    asked = await attempts.asked(connection, living)
    ended: list[RunView] = []
    entries: list[ledger.LedgerEntry] = []
    closing: list[tuple[UUID, list[Skip]]] = []
    for cascade_id, waiting in living.items():
        mine = [run for run in waiting if run.id in meant]
        others = [run for run in waiting if run.id not in meant]
        refunds = {run.id: 0 if cascade_id in asked else run.credits_used for run in mine}
        for run in mine:
            if refunds[run.id]:
                entries += await _give_back(connection, services, run, others)
        if not others:
            skips = await _skips(connection, services, cascade_id, mine[0], was_asked=cascade_id in asked)
            closing.append((cascade_id, skips))
        ended += [
            msgspec.structs.replace(
                run, status=RunStatus.CANCELLED, ended_at=now, credits_used=run.credits_used - refunds[run.id]
            )
            for run in mine
        ]
    await run_together(connection, *cascades.closing(closing, now))
    # Read behind the close, which waits for answers that are being written; those that come later count themselves.
    costs = await attempts.asked(connection, [cascade_id for cascade_id, _ in closing if cascade_id in asked])
    await ledger.append(connection, entries, now)
    await run_together(connection, *runs.ending(ended))
    if close:
        # Those that `enqueue_webhooks` counts in as well: two transactions that share jobs never wait for each other.
        paying = await jobs.costs_of_jobs(connection, costs)
        await jobs.lock(connection, {*paying, *(run.job_id for run in ended if run.job_id)})
    closed = [await close(connection, now)] if close else []
    return ended, await enqueue_webhooks(connection, services, ended, now, closed, costs=costs)


async def _skips(
    connection: AsyncConnection, services: Services, cascade_id: UUID, run: RunView, *, was_asked: bool
) -> list[Skip]:
    """List the providers that will not be asked any more, so that the run can explain itself."""
    calls = await attempts.list_views(connection, cascade_id) if was_asked else []
    called = {(view.provider, view.field) for view in calls}
    offers = services.registry.offers(run.mode)
    plans = [make_plan(field, offers) for field in FIELDS_OF[run.type]]
    return [
        skip
        for plan in plans
        for skip in not_reached(plan, (), (), "the run was cancelled")
        if (skip.provider, skip.field) not in called
    ]


async def _give_back(
    connection: AsyncConnection, services: Services, mine: RunView, others: Sequence[RunView]
) -> list[ledger.LedgerEntry]:
    entries = [_entry(services, mine, EntryKind.REFUND, mine.credits_used)]
    if others:
        heir = others[0]
        # What its own key pays, which may be of the other plan; and never more than comes back, which is there.
        own = price((await ledger.plans(connection))[heir.plan], heir.mode, heir.type)
        if cost := min(own, mine.credits_used):
            entries.append(_entry(services, heir, EntryKind.CHARGE, -cost))
            await runs.bill(connection, heir.id, cost)
    return entries


def _entry(services: Services, run: RunView, kind: EntryKind, amount: int) -> ledger.LedgerEntry:
    return ledger.LedgerEntry(id=services.new_id(), account_id=run.account_id, run_id=run.id, kind=kind, amount=amount)
