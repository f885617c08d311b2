"""Run one cascade: call the providers as the domain decides, store each attempt, and end."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext, suppress

import msgspec

from app.background import side_by_side
from app.domain.order.segment import segment_of
from app.domain.planning.observations import observed
from app.domain.vocabulary import FIELDS_OF, Field, Lane, ResultStatus
from app.domain.waterfall.answer import ZERO, Failed, Trouble
from app.domain.waterfall.asked_before import asked_now, missed_before, skips_of
from app.domain.waterfall.attempt import Attempt, Skip
from app.domain.waterfall.outcome import Conclusion, RunError, conclude, cut_short
from app.domain.waterfall.policy import Stop, next_step, not_reached
from app.providers.setup.configured_route import ConfiguredRoute
from app.services import Services
from app.store.waterfall.attempts import StoredAttempt
from app.store.waterfall.cascades import LeasedCascade
from app.usecases.planning.plan_cascade import PlanCascade
from app.usecases.waterfall.attempt import CascadeState, CheaperElsewhere, MakeAttempt, Plan
from app.usecases.waterfall.ended_cascade import EndedCascade
from app.usecases.waterfall.finish_cascade import FinishCascade
from app.usecases.waterfall.notify import Notify
from app.usecases.waterfall.preflight import Preflight
from app.usecases.waterfall.record_attempt import RecordAttempt
from app.usecases.waterfall.verification.second_opinion import SecondOpinion


class CascadeHandedBack(Exception):  # noqa: N818 - not an error: the process shuts down and hands the cascade back
    """The process is shutting down; another one goes on with the cascade."""


class RunCascade:
    """Runs cascades that this process holds the lease of."""

    def __init__(
        self,
        services: Services,
        stopping: Callable[[], bool],
        turn: Callable[[Lane], AbstractAsyncContextManager[object]] = lambda _: nullcontext(),
    ) -> None:
        """Prepare.

        Args:
            services: The process's.
            stopping: Returns whether the process shuts down; no new call begins then.
            turn: Waited for and held during each call of a lane.
        """
        self._services = services
        self._stopping = stopping
        self._turn = turn
        self._record = RecordAttempt(services)
        self._finish = FinishCascade(services)
        self._ask = MakeAttempt(services, self._record)
        self._plan = PlanCascade(services, self._ask.foreseen_wait)
        self._second_opinion = SecondOpinion(services, self._record, self._ask, turn, stopping)
        self._announce = Notify(services.redis)
        self._preflight = Preflight(services)

    async def __call__(self, leased: LeasedCascade) -> None:
        """Run a cascade to its end, or as far as the lease goes.

        Raises:
            LeaseLostError: When it was cancelled, or another worker took it over.
            CascadeHandedBack: When the process shuts down; what was answered so far is stored.
            Unavailable: When the database is unreachable; recovery takes the cascade up again.
        """
        progress = await self._resume(leased)
        plans = await self._plan(leased, await self._preflight.mail_family(progress))
        progress.skipped += skips_of(plans, leased.asked_before)
        if leased.leases > self._services.settings.max_leases:
            await self._give_up(leased, progress, plans)
            return
        self._preflight(progress, plans)
        stops = await self._run(leased, progress, plans)
        if progress.released:
            raise CascadeHandedBack
        skips = list(progress.skipped)
        for plan in plans:
            skips += not_reached(plan, progress.attempts, progress.skipped, stops[plan.field])
        self._plan.settle(leased, plans, progress.attempts)
        before = missed_before(leased.asked_before)
        conclusion = conclude(plans, progress.attempts, progress.skipped, before, progress.refused)
        seen = observed(progress.attempts, leased.asked_before, segment_of(leased.contact, progress.mail_family))
        await self._finish(msgspec.structs.replace(self._ended(progress, conclusion, skips), observed=seen))

    def _ended(self, progress: CascadeState, conclusion: Conclusion, skips: Sequence[Skip]) -> EndedCascade:
        return EndedCascade(
            leased=progress.leased,
            conclusion=cut_short(conclusion, progress.stopped),
            skips=tuple(skips),
            asked=bool(progress.attempts),
            stopped=progress.stopped is not None,
            answered=asked_now(progress.attempts, self._services.now()),
            failed=any(isinstance(one.answer, Failed) for one in progress.attempts),
            cost_usd=sum((one.cost_usd for one in progress.attempts), ZERO),
        )

    async def _run(self, leased: LeasedCascade, progress: CascadeState, plans: list[Plan]) -> dict[Field, str]:
        """Walk the fields' cascades side by side; returns why each stopped."""
        stops = {plan.field: "the time for the run was over" for plan in plans}
        settings, interactive = self._services.settings, leased.lane is Lane.INTERACTIVE
        deadline = settings.run_timeout_seconds if interactive else settings.bulk_run_timeout_seconds
        try:
            async with asyncio.timeout(deadline) as limit:
                # What is paid for comes first, for all fields: a call may answer several.
                if progress.open:
                    await side_by_side([self._go_on(plan, progress) for plan in plans])
                if not progress.released:
                    await self._close(progress, "a worker was lost during the call, which could not be gone on with")
                await side_by_side([self._walk(plan, progress, stops) for plan in plans])
        except TimeoutError:
            if not limit.expired():
                raise
            await self._record_cut(progress)
        return stops

    async def _go_on(self, plan: Plan, progress: CascadeState) -> None:
        """Go on with what earlier leases began: poll for paid results, repeat calls that cost nothing more."""
        for row in [row for row in progress.open.values() if row.field is plan.field]:
            offer = self._services.registry.offer(row.provider, row.field, row.route)
            step = next_step(plan, progress.attempts, progress.inputs.keys(), progress.skipped)
            if offer is None or offer.unusable or (isinstance(step, Stop) and step.hit):
                continue
            together = progress.lock(offer.provider) if self._is_shared(offer, progress) else nullcontext()
            async with together, self._turn(progress.leased.lane):
                if self._stopping():
                    progress.released = True
                    return
                # The other field's call may have answered this one, too.
                if (row.provider, row.field) in progress.open:
                    await self._ask(offer, plan, progress)
            self._announce.soon([progress.leased.id])

    async def _walk(self, plan: Plan, progress: CascadeState, stops: dict[Field, str]) -> None:
        try:
            while not progress.released:
                await self._second_opinion(plan, progress)
                step = await self._next(plan, progress)
                if isinstance(step, Stop):
                    stops[plan.field] = step.reason
                    return
                if isinstance(step, Skip):
                    progress.skipped.append(step)
                elif self._stopping():
                    # The other field's call may be under way; it ends and is stored before the cascade is handed back.
                    progress.released = True
                else:
                    await self._take(step, plan, progress)
        finally:
            if plan.field is Field.EMAIL:
                progress.email_over.set()

    async def _take(self, offer: ConfiguredRoute, plan: Plan, progress: CascadeState) -> None:
        if not self._is_shared(offer, progress):
            await self._in_turn(offer, plan, progress)
            return
        async with progress.lock(offer.provider):
            # A call that answers both fields may have answered this one while we waited for it.
            if next_step(plan, progress.attempts, progress.inputs.keys(), progress.skipped) is offer:
                # Behind the lock, so that no call waits for it while it holds a turn.
                await self._in_turn(offer, plan, progress)

    async def _in_turn(self, offer: ConfiguredRoute, plan: Plan, progress: CascadeState) -> None:
        async with self._turn(progress.leased.lane):
            if self._stopping():
                # It may have been long until our turn came.
                progress.released = True
                return
            with suppress(CheaperElsewhere):
                await self._ask(offer, plan, progress)
        self._announce.soon([progress.leased.id])

    async def _next(self, plan: Plan, progress: CascadeState) -> ConfiguredRoute | Skip | Stop:
        """Decide the next step; a provider that only lacks the e-mail waits for that cascade's end."""
        if progress.stopped:
            return Stop(reason=progress.stopped)
        step = next_step(plan, progress.attempts, progress.inputs.keys(), progress.skipped)
        if isinstance(step, Skip) and not progress.email_over.is_set():
            hopeful = progress.inputs.keys() | {"email"}
            if isinstance(next_step(plan, progress.attempts, hopeful, progress.skipped), ConfiguredRoute):
                await progress.email_over.wait()
                step = next_step(plan, progress.attempts, progress.inputs.keys(), progress.skipped)
        return step

    @staticmethod
    def _is_shared(offer: ConfiguredRoute, progress: CascadeState) -> bool:
        """Return whether a call may answer another wanted field as well, so that the fields take turns."""
        return bool(offer.also) and len(progress.fields) > 1

    async def _resume(self, leased: LeasedCascade) -> CascadeState:
        """Read the attempts of earlier leases: answers are kept, tickets polled on, cut calls not paid again."""
        progress = CascadeState(leased=leased, fields=frozenset(FIELDS_OF[leased.type]))
        if leased.fencing_token == 1:
            return progress
        offers = {(o.provider, o.field, o.route): o for o in self._services.registry.offers(leased.mode)}
        for row in await self._record.resume(leased):
            offer = offers.get((row.provider, row.field, row.route))
            if row.attempt:
                progress.attempts.append(row.attempt)
            elif row.ticket is not None or (offer and offer.repeatable):
                progress.open[row.provider, row.field] = row
            else:
                reason = "a worker was lost during the call; not asked again, it may have been billed"
                await self._cut(progress, row, reason)
        return progress

    async def _record_cut(self, progress: CascadeState) -> None:
        """Close the attempts that the run's deadline cut off."""
        rows = [row for row in await self._record.resume(progress.leased) if row.attempt is None]
        progress.open = {(row.provider, row.field): row for row in rows}
        await self._close(progress, "the time for the run was over", Trouble.TIMEOUT)

    async def _close(self, progress: CascadeState, reason: str, trouble: Trouble = Trouble.INTERRUPTED) -> None:
        """Close what is still open, for a run that ends has no open attempt; results are collected late."""
        for row in progress.open.values():
            await self._cut(progress, row, reason, trouble)
        progress.open = {}

    async def _cut(
        self, progress: CascadeState, row: StoredAttempt, reason: str, trouble: Trouble = Trouble.INTERRUPTED
    ) -> None:
        attempt = Attempt(
            provider=row.provider,
            tier=row.tier,
            field=row.field,
            route=row.route,
            answer=Failed(trouble=trouble, reason=reason),
        )
        await self._record.interrupted(progress.leased, row, attempt)
        progress.attempts.append(attempt)

    async def _give_up(self, leased: LeasedCascade, progress: CascadeState, plans: list[Plan]) -> None:
        await self._close(progress, "workers were lost over this run")
        conclusion = conclude(plans, progress.attempts, (), missed_before(leased.asked_before))
        if conclusion.status is ResultStatus.ERROR:
            conclusion = Conclusion(
                status=ResultStatus.ERROR,
                error=RunError(
                    code="worker_lost",
                    message=f"{leased.leases - 1} workers were lost over this run; it was given up and refunded.",
                ),
            )
        reason = "workers were lost too often over this run"
        skips = skips_of(plans, leased.asked_before)
        skips += [s for plan in plans for s in not_reached(plan, progress.attempts, skips, reason)]
        await self._finish(msgspec.structs.replace(self._ended(progress, conclusion, skips), our_fault=True))
