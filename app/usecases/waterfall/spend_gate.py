"""Keep spending within the caps: reserve the most that a call can cost before it, settle what it did cost after it."""

import asyncio
from collections.abc import Mapping, Sequence
from decimal import Decimal
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.accounts.spend_cap import (
    ALL_PROVIDERS,
    EVERYBODY,
    CapKey,
    CapPeriod,
    CapSetter,
    CapUnit,
    SpendCap,
    counted,
    reached,
)
from app.domain.errors import UnavailableError
from app.domain.waterfall.answer import ZERO, Failed, Trouble
from app.domain.waterfall.attempt import Attempt
from app.services import Services
from app.settings.settings import Settings
from app.store.accounts import spend_caps
from app.store.waterfall import attempts
from app.store.waterfall.attempts import AttemptEnd, NewAttempt, Place

# A new cap is in force after this many seconds at most.
REFRESH_SECONDS = 1.0
# After these the vendor may charge though it gave no answer, so that the reserved amount goes on counting.
_UNCERTAIN = (Trouble.TIMEOUT, Trouble.INTERRUPTED)


class CapReachedSkip(Exception):  # noqa: N818 - not an error: the cascade goes on with another provider
    """A cap leaves no room for a call; the sentence says which, and until when."""


class SpendGate:
    """Reserves and settles; installations without caps pay one small read a second for it."""

    def __init__(self, services: Services) -> None:
        """Use the process's services."""
        self._services = services
        self._caps: Sequence[SpendCap] = ()
        self._fresh_until = float("-inf")
        self._lock = asyncio.Lock()
        self._of_settings = caps_of(services.settings)

    async def refusal(self, account_id: UUID, provider: str, worst_usd: Decimal) -> str | None:
        """Return why a call is not made, from what was known a second ago, so that no gate is waited for in vain."""
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
        if not spending:
            return None
        known = {cap.key: cap.amount for cap in await self._known(connection)}
        for key, amount in self._of_settings.items():
            # At the first call of a process, and where another amount was set since.
            if known.get(key) != amount:
                await spend_caps.put(connection, key, amount, self._services.now())
        if not known and not self._of_settings:
            return None
        caps = await spend_caps.lock(connection, {one.account_id for one in spending if one.account_id}, CapUnit.USD)
        held = await attempts.held(connection, [one.cascade_id for one in spending])
        # Begun already: the answer to its COMMIT was lost.
        return Reservation(caps, [one for one in spending if one.place not in held])

    async def settle(self, connection: AsyncConnection, endings: Sequence[AttemptEnd]) -> None:
        """Count what calls did cost instead of what was reserved; before the attempts themselves are written."""
        accounts = {one.beginning.account_id for one in endings if one.beginning.account_id}
        if not accounts or not (self._of_settings or await self._known(connection)):
            return
        before = after = await spend_caps.lock(connection, accounts, CapUnit.USD)
        held = await attempts.held(connection, [one.beginning.cascade_id for one in endings])
        amounts: dict[Place, Decimal] = {}
        for one in endings:
            beginning, amount = one.beginning, _cost(one.attempt, held.get(one.beginning.place, ZERO))
            if beginning.account_id and (beginning.place in held or amount):
                more = amount - held.get(beginning.place, ZERO)
                after = counted(after, beginning.account_id, beginning.provider, more, beginning.started_at)
                amounts[beginning.place] = amount
        await spend_caps.write(connection, before, after)
        await attempts.hold(connection, amounts)

    async def settle_late(
        self, connection: AsyncConnection, beginning: NewAttempt, cost_usd: Decimal, *, before_usd: Decimal
    ) -> None:
        """Count what a look-up did cost in the end, whose result came late; `before_usd` is what it did cost so far."""
        if beginning.account_id is None or not await self._known(connection):
            return
        before = await spend_caps.lock(connection, [beginning.account_id], CapUnit.USD)
        held = (await attempts.held(connection, [beginning.cascade_id])).get(beginning.place, before_usd)
        after = counted(before, beginning.account_id, beginning.provider, cost_usd - held, beginning.started_at)
        await spend_caps.write(connection, before, after)
        await attempts.hold(connection, {beginning.place: cost_usd})

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


class Reservation:
    """The amounts that attempts reserve in one transaction, while the rows of the caps are locked.

    Attributes:
        refused: Attempts that a cap leaves no room for, with the sentence that says so.
    """

    def __init__(self, caps: Sequence[SpendCap], spending: Sequence[NewAttempt]) -> None:
        """Reserve one after the other."""
        self._before, self._spending = caps, spending
        self.refused: dict[Place, str] = {}
        after = caps
        for one in spending:
            cap = reached(after, *_terms(one), one.started_at)
            if cap:
                self.refused[one.place] = cap.sentence(one.started_at)
            else:
                after = counted(after, *_terms(one), one.started_at)

    async def write(self, connection: AsyncConnection, begun: Mapping[Place, object] | set[Place]) -> None:
        """Write what was reserved for the attempts that have begun."""
        after = self._before
        held = [one for one in self._spending if one.place in begun and one.place not in self.refused]
        for one in held:
            after = counted(after, *_terms(one), one.started_at)
        await spend_caps.write(connection, self._before, after)
        await attempts.hold(connection, {one.place: one.worst_usd or ZERO for one in held})


def _terms(one: NewAttempt) -> tuple[UUID, str, Decimal]:
    return one.account_id or EVERYBODY, one.provider, one.worst_usd or ZERO


def _cost(attempt: Attempt, held: Decimal) -> Decimal:
    uncertain = isinstance(attempt.answer, Failed) and attempt.answer.trouble in _UNCERTAIN
    return max(attempt.cost_usd, held) if uncertain else attempt.cost_usd
