"""Make one attempt: through the provider's gate, stored before and after, repeated after short throttles."""

import asyncio
from collections.abc import Sequence
from contextlib import ExitStack

import msgspec

from app.background import side_by_side
from app.domain.vocabulary import Lane, Mode
from app.domain.waterfall.answer import ZERO, Failed, Miss, Rejected, Trouble
from app.domain.waterfall.attempt import SWITCHED_OFF, Attempt
from app.domain.waterfall.feedback import WrongValue, unless_wrong
from app.domain.waterfall.provider_limits import GateClosed, GateKey, GateOpen, GateWait, Limit
from app.providers.client.client import AttemptResult, ProviderClient, Ticket
from app.providers.setup.configured_route import ConfiguredRoute
from app.redis.provider_concurrency import ProviderConcurrency
from app.redis.provider_gate import ProviderGate
from app.redis.provider_gate_queue import GateQueues
from app.redis.shared_poll_cache import SharedPollCache
from app.services import Services
from app.store.waterfall.attempts import NewAttempt
from app.usecases.planning.cascade_state import CascadeState, CheaperElsewhere, Plan, is_next, rested
from app.usecases.planning.foreseen_waits import ForeseenWaits
from app.usecases.waterfall.await_callback import CallbackListener
from app.usecases.waterfall.record_attempt import RecordAttempt
from app.usecases.waterfall.reservation import CapReachedSkip
from app.usecases.waterfall.wrong_values import reported_as_wrong

# A provider that throttles is called again when its pause is over, but not for ever.
MOST_CALLS = 3
FULL = "the provider allows no more calls at once"

__all__ = ["CascadeState", "CheaperElsewhere", "MakeAttempt", "Plan", "rested"]


class MakeAttempt:
    """Makes attempts."""

    def __init__(self, services: Services, record: RecordAttempt) -> None:
        """Prepare one client and one gate for the process."""
        self._services = services
        self._record = record
        self._gate = ProviderGate(services.redis)
        self._queues = GateQueues(self._gate, services.clock.monotonic, services.clock.sleep)
        self.foreseen_wait = ForeseenWaits(services.clock.monotonic)
        self._callbacks = CallbackListener(services, record)
        self._concurrency = ProviderConcurrency(services.redis, services.clock.sleep)
        self._client = ProviderClient(
            http=services.http,
            clock=services.clock,
            enter=self._enter_for_poll,
            polls=SharedPollCache(services.redis, services.name, services.clock.monotonic),
        )

    async def __call__(self, offer: ConfiguredRoute, plan: Plan, progress: CascadeState) -> None:
        """Call the provider and add the result to the cascade: an attempt for each answered field, or a skip.

        Raises:
            LeaseLostError: Before the call, when the cascade was cancelled or taken over.
            CheaperElsewhere: It would have to wait, and another provider is worth more than that.
        """
        settings, clock = self._services.settings, self._services.clock
        interactive = progress.leased.lane is Lane.INTERACTIVE
        patience = settings.provider_timeout_seconds if interactive else settings.bulk_provider_timeout_seconds
        until = clock.monotonic() + patience
        beginnings: list[NewAttempt] = []
        asked: AttemptResult | None = None
        # A call of a worker that was lost is paid for, so neither gate nor limit stops the polls for its result.
        earlier = progress.open.get((offer.provider, offer.field))
        resumed = earlier is not None and earlier.ticket is not None
        slot = None if resumed else offer.concurrency
        for _ in range(MOST_CALLS):
            new = not beginnings
            closed = None if resumed else await self._wait_for_gate(offer, plan, progress, until, new=new)
            resumed = False
            limit = None if closed else slot
            holder = str(self._services.new_id()) if limit else ""
            async with self._concurrency.taken(limit, holder, until - clock.monotonic()) as free:
                closed = closed if free else FULL
                if closed and not beginnings:
                    if earlier is None:
                        progress.skipped.append(rested(offer, closed))
                    return
                if closed:
                    break
                if not beginnings:
                    try:
                        beginnings = await self._begin(offer, plan, progress, paid=earlier is not None)
                    except CapReachedSkip as capped:
                        progress.skipped.append(rested(offer, str(capped)))
                        progress.stopped = capped.stops or progress.stopped
                        return
                asked = await self._call(offer, progress, beginnings[0], until - clock.monotonic())
            if not isinstance(asked.answer, Failed):
                await self._gate.praise(offer.gate)
                break
            await self._gate.punish(offer.gate, asked.answer, answered=asked.http_status is not None)
            if asked.answer.trouble is not Trouble.RATE_LIMITED:
                break
        if asked is not None:
            await self._keep(beginnings, progress, asked)

    async def _begin(
        self, offer: ConfiguredRoute, plan: Plan, progress: CascadeState, *, paid: bool
    ) -> list[NewAttempt]:
        """Store that the call is about to be made, and reserve what it can cost.

        Raises:
            CapReachedSkip: A cap leaves no room for it.
        """
        first, *others = self._beginnings(offer, plan, progress)
        if progress.leased.mode is Mode.LIVE:
            worst = None if paid else offer.worst(progress.fields)
            leased = progress.leased
            first = msgspec.structs.replace(
                first, account_id=leased.account_id, budget_id=leased.budget_id, worst_usd=worst
            )
        await self._record.begin(first)
        await side_by_side([self._record.begin(one) for one in others])
        return [first, *others]

    async def _wait_for_gate(
        self, offer: ConfiguredRoute, plan: Plan, progress: CascadeState, until: float, *, new: bool
    ) -> str | None:
        """Wait until the gate is open; return why it does not open in time, or why a new call is not made at all."""
        leased, counted, registry = progress.leased, ExitStack(), self._services.registry
        if registry.is_switched_off(offer.provider):
            return SWITCHED_OFF
        if new and leased.mode is Mode.LIVE:
            worst = offer.worst(progress.fields)
            spend = self._record.spend
            if leased.budget_id and (stopped := spend.stopped(leased.budget_id)):
                progress.stopped = stopped
                return stopped
            if capped := await spend.refusal(leased.account_id, offer.provider, worst):
                return capped

        def consider(verdict: GateWait) -> None:
            counted.close()
            self.foreseen_wait.note(offer, verdict)
            if new and not is_next(offer, plan, progress):
                raise CheaperElsewhere
            counted.enter_context(self.foreseen_wait.waiting(offer))

        with counted:
            verdict = await self._queues.enter(offer.gate, offer.limits, leased.lane, until, consider)
        if isinstance(verdict, GateClosed):
            return verdict.reason
        if registry.is_switched_off(offer.provider):
            # While the call waited.
            return SWITCHED_OFF
        return f"{verdict.reason} for another {verdict.seconds:.0f} s" if isinstance(verdict, GateWait) else None

    async def _enter_for_poll(self, key: GateKey, limits: Sequence[Limit]) -> GateOpen | GateWait | GateClosed:
        """Wait in the same way for a poll; its call ends the wait when its time is over."""
        return await self._queues.enter(key, limits, Lane.INTERACTIVE, float("inf"))

    def _beginnings(self, offer: ConfiguredRoute, plan: Plan, progress: CascadeState) -> list[NewAttempt]:
        """Make an attempt for every field that the call will answer, so that a crash repeats it for none of them."""
        asked = {a.field for a in progress.attempts if a.provider == offer.provider}
        others = (offer.also & progress.fields) - asked if offer.also <= progress.fields else frozenset()
        missed = {
            f: tuple(a.provider for a in progress.attempts if a.field is f and isinstance(a.answer, Miss | Rejected))
            for f in (offer.field, *others)
        }
        expected = plan.ranking.expect(offer, plan.missed(progress.attempts)) if plan.ranking else progress.expected
        return [
            NewAttempt(
                cascade_id=progress.leased.id,
                fencing_token=progress.leased.fencing_token,
                provider=offer.provider,
                field=f,
                tier=offer.tier,
                route=offer.route,
                position=next((i for i, r in enumerate(plan.providers) if r[0].provider == offer.provider), 0),
                missed_before=missed[f],
                started_at=self._services.now(),
                # A call that answers both fields stands where the first one put it.
                expected=expected if f is offer.field else None,
            )
            for f in missed
        ]

    async def _call(
        self, offer: ConfiguredRoute, progress: CascadeState, beginning: NewAttempt, patience: float
    ) -> AttemptResult:
        earlier = progress.open.pop((offer.provider, offer.field), None)
        known = earlier.ticket if earlier else None

        async def save(ticket: Ticket) -> None:
            await self._record.ticket(beginning, ticket.values)

        return await self._client.ask(
            offer,
            progress.leased.contact,
            progress.inputs,
            mode=progress.leased.mode,
            patience=max(patience, 0.001),
            ticket=Ticket(values=known) if known is not None else None,
            save_ticket=save,
            fields=progress.fields,
            callbacks=self._callbacks.of(beginning),
        )

    async def _keep(self, beginnings: list[NewAttempt], progress: CascadeState, asked: AttemptResult) -> None:
        """Store the result for every field of the call, without values that were reported as wrong."""
        try:
            wrong = await reported_as_wrong(self._services, progress.leased, (asked.answer, *asked.also.values()))
        except asyncio.CancelledError:
            # The run's time is over, but this is paid for; the end of the cascade asks for reports again.
            await self._store(beginnings, progress, asked, progress.leased.wrong_values)
            raise
        await self._store(beginnings, progress, asked, wrong)

    async def _store(
        self,
        beginnings: list[NewAttempt],
        progress: CascadeState,
        asked: AttemptResult,
        wrong: Sequence[WrongValue],
    ) -> None:
        """Store what a call came to for each field; it was paid once, so the first field alone has its cost."""
        silent = Failed(trouble=Trouble.MALFORMED, reason="the answer said nothing about it")
        whole = asked.answer if isinstance(asked.answer, Failed) else silent
        endings = []
        for number, beginning in enumerate(beginnings):
            answer = asked.also.get(beginning.field, whole) if number else asked.answer
            attempt = Attempt(
                provider=beginning.provider,
                tier=beginning.tier,
                field=beginning.field,
                route=beginning.route,
                answer=unless_wrong(beginning.field, answer, wrong),
                cost_usd=ZERO if number else asked.cost_usd,
                latency_ms=asked.latency_ms,
                http_status=asked.http_status,
            )
            endings.append(self._record.end(beginning, attempt))
            progress.attempts.append(attempt)
            progress.open.pop((attempt.provider, attempt.field), None)
        await side_by_side(endings)
