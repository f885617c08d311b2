"""Keep spending within the caps: reserve the most that a call can cost before it, settle what it did cost after it."""

import asyncio
from collections.abc import Mapping, Sequence
from decimal import Decimal
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.accounts.spend_cap import (
    ALL_PROVIDERS,
    EVERYBODY,
    CapKey,
    CapPeriod,
    CapSetter,
    CapUnit,
    SpendCap,
    reached,
)
from app.domain.errors import UnavailableError
from app.domain.planning.quote_terms import QuotedJob
from app.domain.waterfall.answer import ZERO, Failed, Trouble
from app.domain.waterfall.attempt import Attempt
from app.services import Services
from app.settings.settings import Settings
from app.store.accounts import spend_caps
from app.store.runs import quotes
from app.store.waterfall import attempts
from app.store.waterfall.attempts import AttemptEnd, NewAttempt, Place
from app.usecases.waterfall.reservation import QuoteReachedSkip, Reservation, SettledAmounts

# A new cap is in force after this many seconds at most.
REFRESH_SECONDS = 1.0
MOST_STOPPED = 10_000
Locked = tuple[Sequence[SpendCap], Mapping[UUID, QuotedJob], Mapping[Place, Decimal]]
# After these the vendor may charge though it gave no answer, so that the reserved amount goes on counting.
_UNCERTAIN = (Trouble.TIMEOUT, Trouble.INTERRUPTED)


class SpendGate:
    """Reserves and settles; installations without caps pay one small read a second for it."""

    def __init__(self, services: Services) -> None:
        """Use the process's services."""
        self._services = services
        self._caps: Sequence[SpendCap] = ()
        self._fresh_until = float("-inf")
        self._lock = asyncio.Lock()
        self._of_settings = caps_of(services.settings)
        # Jobs that this process has seen stopped; only so that nothing waits without need.
        self._stopped: dict[UUID, QuoteReachedSkip] = {}

    def stopped(self, budget_id: UUID) -> str | None:
        """Return why nothing is asked any more for a job or batch, as far as this process knows."""
        skip = self._stopped.get(budget_id)
        return str(skip) if skip else None

    async def refusal(self, account_id: UUID, provider: str, worst_usd: Decimal) -> str | None:
        """Return why a call is not made, from what was known a second ago, so that no call waits without need."""
        try:
            caps, now = await self._known(), self._services.now()
        except UnavailableError:
            # The transaction that begins the attempt asks again, and waits for the database.
            return None
        cap = reached(caps, account_id, provider, worst_usd, now)
        return cap.sentence(now) if cap else None

    async def reserve(self, connection: AsyncConnection, new: Sequence[NewAttempt]) -> "Reservation | None":
        """Lock the caps of attempts about to be made, and reserve as far as they allow; None where none is in force."""
        spending = [one for one in new if one.account_id and one.worst_usd is not None]
        known = {cap.key: cap.amount for cap in await self._known(connection)} if spending else {}
        if not known and not self._of_settings:
            spending = [one for one in spending if one.budget_id]
        if not spending:
            return None
        caps, quoted, held = await self._locked(connection, spending)
        # At the first call of a process, and where another amount was set since.
        if unset := {key: amount for key, amount in self._of_settings.items() if known.get(key) != amount}:
            for key, amount in unset.items():
                await spend_caps.put(connection, key, amount, self._services.now())
            caps, quoted, held = await self._locked(connection, spending)
        # Begun already: the answer to its COMMIT was lost.
        reservation = Reservation(caps, quoted, [one for one in spending if one.place not in held])
        await reservation.stop(connection)
        if len(self._stopped) > MOST_STOPPED:
            self._stopped.clear()
        self._stopped |= reservation.stopped
        return reservation

    async def settle(self, connection: AsyncConnection, endings: Sequence[AttemptEnd]) -> None:
        """Count what calls did cost instead of what was reserved; before the attempts themselves are written."""
        mine = [one for one in endings if one.beginning.account_id]
        if mine and not (self._of_settings or await self._known(connection)):
            mine = [one for one in mine if one.beginning.budget_id]
        if not mine:
            return
        held = SettledAmounts(*await self._locked(connection, [one.beginning for one in mine]))
        amounts: dict[Place, Decimal] = {}
        for one in mine:
            beginning, before = one.beginning, held.amounts.get(one.beginning.place, ZERO)
            amount = _cost(one.attempt, before)
            if beginning.place in held.amounts or amount:
                held.count(beginning, amount - before)
                amounts[beginning.place] = amount
        await held.write(connection, amounts)

    async def settle_late(
        self, connection: AsyncConnection, beginning: NewAttempt, cost_usd: Decimal, *, before_usd: Decimal
    ) -> None:
        """Count what a look-up did cost in the end, whose result came late; `before_usd` is what it did cost so far."""
        budget_id = await quotes.budget_of(connection, beginning.cascade_id)
        if beginning.account_id is None or not (budget_id or await self._known(connection)):
            return
        beginning = msgspec.structs.replace(beginning, budget_id=budget_id)
        held = SettledAmounts(*await self._locked(connection, [beginning]))
        held.count(beginning, cost_usd - held.amounts.get(beginning.place, before_usd))
        await held.write(connection, {beginning.place: cost_usd})

    @staticmethod
    async def _locked(connection: AsyncConnection, spending: Sequence[NewAttempt]) -> Locked:
        """Lock caps, quotes and attempts, in the order that every transaction keeps."""
        caps = await spend_caps.lock(connection, {one.account_id for one in spending if one.account_id}, CapUnit.USD)
        budgets = {one.budget_id for one in spending if one.budget_id}
        quoted = await quotes.lock(connection, budgets) if budgets else {}
        return caps, quoted, await attempts.held(connection, [one.cascade_id for one in spending])

    async def _known(self, connection: AsyncConnection | None = None) -> Sequence[SpendCap]:
        """Return the caps in USD as they were within the last second; a transaction reads by its own connection."""
        monotonic = self._services.clock.monotonic
        if connection is not None and monotonic() >= self._fresh_until:
            self._caps = await spend_caps.of_unit(connection, CapUnit.USD)
            self._fresh_until = monotonic() + REFRESH_SECONDS
        elif monotonic() >= self._fresh_until:
            async with self._lock:
                if monotonic() >= self._fresh_until:
                    async with self._services.read() as reading:
                        self._caps = await spend_caps.of_unit(reading, CapUnit.USD)
                    self._fresh_until = monotonic() + REFRESH_SECONDS
        return self._caps


def caps_of(settings: Settings) -> dict[CapKey, Decimal]:
    """Return the caps in USD that the settings name, of all accounts together."""
    named = [(ALL_PROVIDERS, settings.cap_usd_day, settings.cap_usd_month)]
    named += [(slug, own.cap_usd_day, own.cap_usd_month) for slug, own in settings.providers.items()]
    return {
        CapKey(EVERYBODY, provider, period, CapUnit.USD, CapSetter.OPERATOR): amount
        for provider, day, month in named
        for period, amount in ((CapPeriod.DAY, day), (CapPeriod.MONTH, month))
        if amount is not None
    }


def _cost(attempt: Attempt, held: Decimal) -> Decimal:
    uncertain = isinstance(attempt.answer, Failed) and attempt.answer.trouble in _UNCERTAIN
    return max(attempt.cost_usd, held) if uncertain else attempt.cost_usd
