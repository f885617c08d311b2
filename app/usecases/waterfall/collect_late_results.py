"""Collect late results: paid for, too late for their run, in time for the next one."""

import asyncio
from datetime import timedelta

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.vocabulary import FIELDS_OF, Field, Mode
from app.domain.waterfall.answer import ZERO, Failed, Trouble
from app.domain.waterfall.asked_before import asked as asked_before
from app.domain.waterfall.attempt import Attempt, outcome_of
from app.domain.waterfall.late_results import LateResult, improved, is_final, next_poll, result_of_late
from app.domain.waterfall.policy import inputs
from app.domain.waterfall.provider_limits import GateOpen
from app.domain.waterfall.result import Result
from app.metrics import LATE_RESULTS, PROVIDER_SPEND
from app.providers.client.client import AttemptResult, ProviderClient, Ticket
from app.providers.setup.configured_route import ConfiguredRoute
from app.redis.provider_gate import ProviderGate
from app.redis.shared_poll_cache import SharedPollCache
from app.services import Services
from app.store.database.transaction import single
from app.store.runs import jobs
from app.store.waterfall import cache, late_results
from app.store.waterfall.attempts import NewAttempt
from app.store.waterfall.cache import CacheEntry
from app.store.waterfall.late_results import PendingLateResult
from app.usecases.waterfall.await_callback import CallbackListener
from app.usecases.waterfall.record_attempt import RecordAttempt

MOST_AT_ONCE = 50
PATIENCE = 20.0  # seconds of one look
LEASE = timedelta(seconds=60)


class CollectLateResults:
    """Looks again at what was given up; only free looks, and never a second for what another process looks at."""

    def __init__(self, services: Services) -> None:
        """Prepare one client and one gate."""
        self._services = services
        self._gate = ProviderGate(services.redis)
        self._client = ProviderClient(
            http=services.http,
            clock=services.clock,
            enter=self._gate.enter,
            polls=SharedPollCache(services.redis, services.name, services.clock.monotonic),
        )
        self._record = RecordAttempt(services)
        self._callbacks = CallbackListener(services, self._record)

    async def __call__(self) -> int:
        """Look at what is due, side by side, so that one look at a vendor's list answers many.

        Returns:
            How many were settled for good.
        """
        now = self._services.now()
        async with single(self._services.engine) as connection:
            taken = await late_results.lease(connection, now=now, until=now + LEASE, limit=MOST_AT_ONCE)
        # All gates first: looks that begin together are one look where a vendor has a list.
        offers = [self._offer(pending) for pending in taken]
        free = await asyncio.gather(*map(self._is_open, offers))
        looked = await asyncio.gather(*map(self._collect, taken, offers, free), return_exceptions=True)
        for one in looked:
            if isinstance(one, BaseException):
                raise one  # after the others have ended; whatever was not written is taken up again
        return sum(one is True for one in looked)

    async def _collect(self, pending: PendingLateResult, offer: ConfiguredRoute | None, free: bool) -> bool:  # noqa: FBT001 - mapped
        """Look once and write what it came to; a hit goes to the cache in the same transaction."""
        asked = await self._look(offer, pending) if offer and free else None
        final = asked if asked and is_final(asked.answer) else None
        now, due = self._services.now(), None
        if offer and final is None:
            due = next_poll(pending.looks, pending.given_up_at, now, offer.configured.poll_scale)
        extra = max(ZERO, final.cost_usd - pending.cost_usd) if final else ZERO
        note = LateResult(answer=final.answer, cost_usd=extra, at=now) if final else None
        async with self._services.engine.begin() as connection:
            if final:
                await self._record.spend.settle_late(
                    connection, _beginning(pending), max(final.cost_usd, pending.cost_usd), before_usd=pending.cost_usd
                )
            mine = await late_results.settle(connection, pending, due=due, late=note)
            if mine and final:
                await self._improve(connection, pending, final)
                if extra:
                    await jobs.add_late_costs(connection, {pending.cascade_id: extra}, now)
        if mine and final:
            outcome, _ = outcome_of(pending.field, final.answer)
            LATE_RESULTS.labels(pending.provider, pending.field.value, outcome.value).inc()
            PROVIDER_SPEND.labels(pending.provider, pending.field.value).inc(float(extra))
        return mine and due is None

    def _offer(self, pending: PendingLateResult) -> ConfiguredRoute | None:
        """Find the way that was asked; None when the catalogue has it no more, or the operator switched it off.

        A late verdict is of no use: the address that it is about may not be the contact's any more.
        """
        if pending.field is Field.VERIFY:
            return None
        offer = self._services.registry.offer(pending.provider, pending.field, pending.route)
        return None if offer is None or offer.unusable or offer.configured.spec.mode is not pending.mode else offer

    async def _is_open(self, offer: ConfiguredRoute | None) -> bool:
        """Return whether the vendor may be asked at all; counts no call."""
        if offer is None:
            return False
        return isinstance(await self._gate.enter(offer.gate, ()), GateOpen)

    async def _look(self, offer: ConfiguredRoute, pending: PendingLateResult) -> AttemptResult | None:
        """Look once; None when there is no result yet or no room for a look."""
        asked = await self._client.poll_again(
            offer,
            pending.contact,
            inputs(pending.contact),
            mode=pending.mode,
            patience=PATIENCE,
            ticket=Ticket(values=pending.ticket),
            fields=frozenset(FIELDS_OF[pending.type]),
            callbacks=self._callbacks.of(_beginning(pending)),
        )
        if asked is not None and not isinstance(asked.answer, Failed):
            await self._gate.praise(offer.gate)
        elif asked is not None and isinstance(asked.answer, Failed) and asked.answer.trouble is not Trouble.TIMEOUT:
            await self._gate.punish(offer.gate, asked.answer, answered=asked.http_status is not None)
        return asked

    async def _improve(self, connection: AsyncConnection, pending: PendingLateResult, asked: AttemptResult) -> None:
        """Let the cache answer the next duplicate with what was found, if that is better than what it holds."""
        run_id = await late_results.source(connection, pending.cascade_id)
        if run_id is None:
            return
        answers = {pending.field: asked.answer} | asked.also
        looked_up = CacheEntry(
            account_id=pending.account_id,
            mode=pending.mode,
            fingerprint=pending.fingerprint,
            type=pending.type,
            run_id=run_id,
            result=Result(),
            degraded=False,
            ended_at=pending.ended_at,
        )
        missed = [asked_before(pending.provider, f, answer, self._services.now()) for f, answer in answers.items()]
        if known := tuple(one for one in missed if one):
            await cache.add_asked(connection, msgspec.structs.replace(looked_up, asked_before=known))
        found = result_of_late(
            [
                Attempt(provider=pending.provider, tier=pending.tier, field=field, route=pending.route, answer=answer)
                for field, answer in answers.items()
            ]
        )
        held, held_at = await late_results.held(connection, pending) or (None, None)
        better = improved(held, held_at, found, pending.ended_at)
        if better is None:
            return
        await late_results.improve(connection, msgspec.structs.replace(looked_up, result=better))


def _beginning(pending: PendingLateResult) -> NewAttempt:
    return NewAttempt(
        cascade_id=pending.cascade_id,
        fencing_token=pending.fencing_token,
        provider=pending.provider,
        field=pending.field,
        tier=pending.tier,
        route=pending.route,
        position=pending.position,
        missed_before=(),
        started_at=pending.given_up_at,
        account_id=pending.account_id if pending.mode is Mode.LIVE else None,
    )
