"""End cascades: result, status, cache entry, joined runs, refund and what follows in one transaction."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from uuid import UUID

import msgspec
import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from app.broker import QUEUE_WEBHOOKS
from app.domain.accounts.pricing import EntryKind, Plan
from app.domain.contacts.fingerprint import fingerprint
from app.domain.planning.observations import summed
from app.domain.runs.run import status_for
from app.domain.runs.view import RunView
from app.domain.vocabulary import ResultStatus
from app.domain.waterfall.cache_policy import is_kept_for_duplicates
from app.domain.waterfall.result import result_of
from app.metrics import CASCADE_SECONDS, RUNS_ENDED
from app.services import Services
from app.store.accounts import ledger
from app.store.database.group_commit import WORKER_SECONDS, GroupCommit, patiently
from app.store.database.queries import run_together
from app.store.runs import runs
from app.store.waterfall import attempts, cache, cascades, provider_statistics
from app.usecases.waterfall.ended_cascade import EndedCascade
from app.usecases.waterfall.finished_runs import EnqueuedWebhooks, enqueue_webhooks
from app.usecases.waterfall.follow_up import follow_up
from app.usecases.waterfall.notify import Notify
from app.usecases.waterfall.wrong_values import conclude_unless_wrong

log = structlog.get_logger()


class FinishedRuns(msgspec.Struct, frozen=True, kw_only=True):
    """The effects of a cascade's end: the runs that ended, the cascade that goes on for others, and notifications."""

    runs: tuple[RunView, ...] = ()
    following: UUID | None = None
    enqueued: EnqueuedWebhooks = EnqueuedWebhooks()


class FinishCascade:
    """Ends cascades; those of one process that end together share a transaction."""

    def __init__(self, services: Services) -> None:
        """Prepare the group."""
        self._services = services
        self._group: GroupCommit[EndedCascade, FinishedRuns | None] = GroupCommit(
            services.engine,
            self._end,
            what="finish",
            gather=services.settings.gather_seconds,
            key=lambda ended: ended.leased.account_id,
            seconds=WORKER_SECONDS,
        )
        self._announce = Notify(services.redis)

    async def __call__(self, ended: EndedCascade) -> bool:
        """End a cascade, and notify waiting clients and the dispatchers.

        Returns:
            False when the lease was lost or the cascade cancelled meanwhile; then nothing was written.

        Raises:
            UnavailableError: The database cannot be reached.
        """
        done = await patiently(self._group, ended)
        if done is None:
            return False
        lane = ended.leased.lane
        age = self._services.now() - ended.leased.created_at
        CASCADE_SECONDS.labels(lane.value).observe(max(0.0, age.total_seconds()))
        for run in done.runs:
            result = run.result_status.value if run.result_status else ""
            RUNS_ENDED.labels(run.mode.value, run.status.value, result).inc()
        if ended.conclusion.lacking:
            ids = [str(run.id) for run in done.runs]
            log.warning("run.no_provider_configured", run_ids=ids, set_one_of=ended.conclusion.lacking)
        if done.following:
            self._services.broker.notify(lane, [done.following])
        if done.enqueued.deliveries:
            self._services.broker.notify(QUEUE_WEBHOOKS, done.enqueued.deliveries)
        await self._announce([ended.leased.id, *(run.id for run in done.runs), *done.enqueued.jobs])
        return True

    async def _end(self, connection: AsyncConnection, batch: Sequence[EndedCascade]) -> list[FinishedRuns | None]:
        now = self._services.now()
        plans = await ledger.plans(connection)
        # Accounts before cascades, as everywhere, so that no two transactions wait for each other.
        spending = [e.leased.account_id for e in batch if _may_refund(e, plans) or e.may_continue]
        if spending:
            await ledger.lock(connection, spending)
        mine = await cascades.lock_mine(connection, ((e.leased.id, e.leased.fencing_token) for e in batch))
        won = {e.leased.id: e for e in batch if e.leased.id in mine}
        kept = await conclude_unless_wrong(connection, {i: (e.leased, e.conclusion) for i, e in won.items()})
        won |= {i: msgspec.structs.replace(won[i], conclusion=conclusion) for i, conclusion in kept.items()}
        closing = cascades.closing(((i, e.skips) for i, e in won.items()), now)
        *_, living = await run_together(connection, *closing, runs.living(won))
        awaited = await attempts.awaited(connection, [i for i, e in won.items() if e.failed])
        won |= {
            cascade_id: msgspec.structs.replace(won[cascade_id], answered=(*won[cascade_id].answered, *more))
            for cascade_id, more in awaited.items()
        }
        ended, entries = self._settle(living, won, plans, now)
        following = await self._continue(connection, living, ended, won, now)
        refuted = {i for i, e in won.items() if i in kept or e.is_refuted}
        found = cache.putting(_cache_entries(ended, won, now, refuted))
        await ledger.append(connection, entries, now, first=[*runs.ending(ended), *found])
        costs = {i: e.cost_usd for i, e in won.items()}
        enqueued = await enqueue_webhooks(connection, self._services, ended, now, costs=costs)
        # Last of all, because every cascade counts in the same rows: they stay locked until the commit.
        answers = summed((end.leased.mode, end.observed) for end in won.values())
        await provider_statistics.add(connection, answers, now, commits=True)
        # The first cascade sends the notifications of all.
        first = next(iter(won), None)
        return [
            FinishedRuns(
                runs=tuple(run for run in ended if run.cascade_id == e.leased.id),
                following=following.get(e.leased.id),
                enqueued=enqueued if e.leased.id == first else EnqueuedWebhooks(),
            )
            if e.leased.id in won
            else None
            for e in batch
        ]

    def _settle(
        self,
        living: Sequence[RunView],
        won: Mapping[UUID, EndedCascade],
        plans: Mapping[str, Plan],
        now: datetime,
    ) -> tuple[list[RunView], list[ledger.LedgerEntry]]:
        """Give each run its end, and a refund where its plan gives one."""
        ended: list[RunView] = []
        entries: list[ledger.LedgerEntry] = []
        for run in living:
            end = won[run.cascade_id] if run.cascade_id else None
            if end is None or (run.wants and end.may_continue):
                continue
            conclusion = end.conclusion
            refund = run.credits_used and end.is_refunded_by(plans[run.plan])
            if refund:
                entry_id, kind, amount = self._services.new_id(), EntryKind.REFUND, run.credits_used
                entries.append(
                    ledger.LedgerEntry(id=entry_id, account_id=run.account_id, run_id=run.id, kind=kind, amount=amount)
                )
            ended.append(
                msgspec.structs.replace(
                    run,
                    status=status_for(conclusion.status),
                    result_status=conclusion.status,
                    result=None if conclusion.status is ResultStatus.ERROR else result_of(conclusion),
                    error=conclusion.error,
                    degraded=conclusion.degraded,
                    credits_used=0 if refund else run.credits_used,
                    ended_at=now,
                )
            )
        return ended, entries

    async def _continue(
        self,
        connection: AsyncConnection,
        living: Sequence[RunView],
        ended: Sequence[RunView],
        won: Mapping[UUID, EndedCascade],
        now: datetime,
    ) -> dict[UUID, UUID]:
        """Start the cascades that ask the rest for runs that allow more; returns them by the cascade that ended."""
        paid = {run.cascade_id for run in ended if run.credits_used}
        waiting = {i: [r for r in living if r.cascade_id == i and r.wants] for i, e in won.items() if e.may_continue}
        return {
            cascade_id: await follow_up(
                connection,
                self._services,
                won[cascade_id].leased,
                runs_left,
                before=won[cascade_id].known,
                paid_at=won[cascade_id].leased.paid_at or (now if cascade_id in paid else None),
            )
            for cascade_id, runs_left in waiting.items()
            if runs_left
        }


def _may_refund(ended: EndedCascade, plans: Mapping[str, Plan]) -> bool:
    return any(ended.is_refunded_by(plan) for plan in plans.values())


def _cache_entries(
    ended: Sequence[RunView], won: Mapping[UUID, EndedCascade], now: datetime, refuted: Collection[UUID]
) -> list[cache.CacheEntry]:
    """One entry a cascade that properly ended, pointing to its first run."""
    first: dict[UUID, RunView] = {}
    paid = {run.cascade_id for run in ended if run.credits_used}
    for run in ended:
        i = run.cascade_id
        if i and run.result is not None and is_kept_for_duplicates(run.result, run.type, refuted=i in refuted):
            first.setdefault(i, run)
    return [
        cache.CacheEntry(
            account_id=run.account_id,
            mode=run.mode,
            fingerprint=fingerprint(won[cascade_id].leased.contact),
            type=run.type,
            run_id=run.id,
            result=run.result,
            degraded=run.degraded,
            ended_at=(run.result_status is ResultStatus.NOT_FOUND and won[cascade_id].leased.paid_at) or now,
            asked_before=won[cascade_id].known,
            paid=won[cascade_id].leased.paid_at is not None or cascade_id in paid,
        )
        for cascade_id, run in first.items()
        if run.result is not None
    ]
