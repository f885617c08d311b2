"""Collect results that come after a look-up was given up: paid for, too late for the run, in time for the next one."""

import asyncio
from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.vocabulary import FIELDS_OF
from app.domain.waterfall.answer import ZERO, Failed, Trouble
from app.domain.waterfall.attempt import Attempt, outcome_of
from app.domain.waterfall.late_results import LateResult, improved, is_final, next_poll, result_of_late
from app.domain.waterfall.policy import inputs
from app.domain.waterfall.provider_limits import GateOpen
from app.metrics import LATE_RESULTS, PROVIDER_SPEND
from app.providers.client.client import AttemptResult, ProviderClient, Ticket
from app.providers.setup.configured_route import ConfiguredRoute
from app.redis.provider_gate import ProviderGate
from app.redis.shared_poll_cache import SharedPollCache
from app.services import Services
from app.store.waterfall import late_results
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
        self._callbacks = CallbackListener(services, RecordAttempt(services))

    async def __call__(self) -> int:
        """Look at what is due, side by side, so that one look at a vendor's list answers many.

        Returns:
            How many were settled for good.
        """
        now = self._services.now()
        async with self._services.engine.begin() as connection:
            taken = await late_results.claim(connection, now=now, until=now + LEASE, limit=MOST_AT_ONCE)
        # All gates first: looks that begin together are one look where a vendor has a list.
        offers = [self._offer(owed) for owed in taken]
        free = await asyncio.gather(*map(self._is_open, offers))
        looked = await asyncio.gather(*map(self._collect, taken, offers, free), return_exceptions=True)
        for one in looked:
            if isinstance(one, BaseException):
                raise one  # after the others have ended; whatever was not written is taken up again
        return sum(one is True for one in looked)

    async def _collect(self, owed: PendingLateResult, offer: ConfiguredRoute | None, free: bool) -> bool:  # noqa: FBT001 - mapped
        """Look once and write what it came to; a hit goes to the cache in the same transaction."""
        asked = await self._look(offer, owed) if offer and free else None
        final = asked if asked and is_final(asked.answer) else None
        now, due = self._services.now(), None
        if offer and final is None:
            due = next_poll(owed.looks, owed.given_up_at, now, offer.configured.poll_scale)
        extra = max(ZERO, final.cost_usd - owed.cost_usd) if final else ZERO
        note = LateResult(answer=final.answer, cost_usd=extra, at=now) if final else None
        async with self._services.engine.begin() as connection:
            mine = await late_results.settle(connection, owed, due=due, late=note)
            if mine and final:
                await self._improve(connection, owed, final)
        if mine and final:
            outcome, _ = outcome_of(owed.field, final.answer)
            LATE_RESULTS.labels(owed.provider, owed.field.value, outcome.value).inc()
            PROVIDER_SPEND.labels(owed.provider, owed.field.value).inc(float(extra))
        return mine and due is None

    def _offer(self, owed: PendingLateResult) -> ConfiguredRoute | None:
        """Find the way that was asked; None when the catalogue has it no more, or the operator switched it off."""
        offer = self._services.registry.offer(owed.provider, owed.field, owed.route)
        return None if offer is None or offer.unusable or offer.configured.spec.mode is not owed.mode else offer

    async def _is_open(self, offer: ConfiguredRoute | None) -> bool:
        """Tell whether the vendor may be asked at all; counts no call."""
        if offer is None:
            return False
        return isinstance(await self._gate.enter(offer.gate, ()), GateOpen)

    async def _look(self, offer: ConfiguredRoute, owed: PendingLateResult) -> AttemptResult | None:
        """Look once; None when there is no result yet or no room for a look."""
        asked = await self._client.poll_again(
            offer,
            owed.contact,
            inputs(owed.contact),
            mode=owed.mode,
            patience=PATIENCE,
            ticket=Ticket(values=owed.ticket),
            fields=frozenset(FIELDS_OF[owed.type]),
            callbacks=self._callbacks.of(_beginning(owed)),
        )
        if asked is not None and not isinstance(asked.answer, Failed):
            await self._gate.praise(offer.gate)
        elif asked is not None and isinstance(asked.answer, Failed) and asked.answer.trouble is not Trouble.TIMEOUT:
            await self._gate.punish(offer.gate, asked.answer, answered=asked.http_status is not None)
        return asked

    async def _improve(self, connection: AsyncConnection, owed: PendingLateResult, asked: AttemptResult) -> None:
        """Let the cache answer the next duplicate with what was found, if that is better than what it holds."""
        run_id = await late_results.source(connection, owed.cascade_id)
        if run_id is None:
            return
        answers = {owed.field: asked.answer} | asked.also
        found = result_of_late(
            [
                Attempt(provider=owed.provider, tier=owed.tier, field=field, route=owed.route, answer=answer)
                for field, answer in answers.items()
            ]
        )
        held, held_at = await late_results.held(connection, owed) or (None, None)
        better = improved(held, held_at, found, owed.ended_at)
        if better is None:
            return
        await late_results.improve(
            connection,
            CacheEntry(
                account_id=owed.account_id,
                mode=owed.mode,
                fingerprint=owed.fingerprint,
                type=owed.type,
                run_id=run_id,
                result=better,
                degraded=False,
                ended_at=owed.ended_at,
            ),
        )


def _beginning(owed: PendingLateResult) -> NewAttempt:
    return NewAttempt(
        cascade_id=owed.cascade_id,
        fencing_token=owed.fencing_token,
        provider=owed.provider,
        field=owed.field,
        tier=owed.tier,
        route=owed.route,
        position=owed.position,
        missed_before=(),
        started_at=owed.given_up_at,
    )
