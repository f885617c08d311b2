"""Asks one provider one question as its declaration says; whatever a vendor does comes back as a value."""

import asyncio
from collections.abc import Awaitable, Callable
from decimal import Decimal

import httpx
import msgspec

from app.domain.contacts.contact import Contact
from app.domain.vocabulary import Field, Mode
from app.domain.waterfall.answer import ZERO, Answer, Failed, Trouble
from app.domain.waterfall.attempt import Offer
from app.providers.client.balance import ProviderBalance, read_balance
from app.providers.client.call import Call, PatienceEnded
from app.providers.client.caller import Caller, CallerClock
from app.providers.client.chain import TwoStepLookup
from app.providers.client.conclusion import CallResult, cost
from app.providers.client.lookup import Enter, Lookup
from app.providers.client.polling import CallbackSource, Ticket
from app.providers.client.request import inputs
from app.providers.client.together import PollCache
from app.providers.setup.registry import Registry

__all__ = ["AttemptResult", "CallerClock", "ProviderBalance", "ProviderClient", "Ticket"]


class AttemptResult(msgspec.Struct, frozen=True, kw_only=True):
    """What one asking came to.

    Attributes:
        answer: For the field that was asked.
        also: Other fields that the same paid call answered.
        cost_usd: What the vendor charges for it, in USD.
        http_status: Of the last HTTP answer, if there was one.
        latency_ms: From the first byte sent to the verdict.
    """

    answer: Answer
    also: dict[Field, Answer] = {}
    cost_usd: Decimal
    http_status: int | None
    latency_ms: int


async def _keep(_: Ticket) -> None:
    """Leave what is stored as it is."""


class ProviderClient:
    """The interpreter of provider declarations; one for each process."""

    def __init__(
        self,
        *,
        http: httpx.AsyncClient,
        registry: Registry,
        clock: CallerClock,
        enter: Enter | None = None,
        board: PollCache | None = None,
    ) -> None:
        """Keep what asking needs.

        Args:
            http: The process's client.
            registry: The providers.
            clock: The time.
            enter: The gate at which looks of asynchronous vendors are counted; None counts none.
            board: Where looks are shared with other processes; None shares them in this one only.
        """
        self._registry = registry
        self._clock = clock
        self._caller = Caller(http, clock)
        self._look_up = TwoStepLookup(Lookup(self._caller, clock, enter, board), clock)

    async def ask(
        self,
        offer: Offer,
        contact: Contact,
        *,
        email: str | None,
        mode: Mode,
        patience: float,
        ticket: Ticket | None,
        save_ticket: Callable[[Ticket], Awaitable[None]],
        fields: frozenset[Field],
        mailbox: CallbackSource | None = None,
    ) -> AttemptResult:
        """Ask.

        Args:
            offer: Which way of which provider.
            contact: Who is looked for.
            email: An address found meanwhile, for ways that need one.
            mode: Of the run; a provider of the other mode is never asked.
            patience: Seconds in all.
            ticket: Of an earlier asking that was interrupted; then it is only polled.
            save_ticket: Awaited before the first poll; what it raises is raised.
            fields: That the run wants; a call that buys both is made only when both are among them.
            mailbox: Where the vendor posts the result, for ways by which it does.

        Returns:
            The answer; nothing that a vendor does raises.
        """
        started = self._clock.monotonic()
        call = self._call(offer, contact, email=email, mode=mode, patience=patience, fields=fields)
        if isinstance(call, Failed):
            return self._asked(CallResult(answer=call), ZERO, started)
        call.mailbox = mailbox
        try:
            result = await self._look_up.run(call, ticket, save_ticket)
        except PatienceEnded:
            trouble = Failed(trouble=Trouble.TIMEOUT, reason=f"no answer within {patience:g} s")
            result = CallResult(answer=trouble, status=call.status)
        return self._asked(result, cost(call.entry, call.route, result, call.fields), started)

    async def look_again(
        self,
        offer: Offer,
        contact: Contact,
        *,
        mode: Mode,
        patience: float,
        ticket: Ticket,
        fields: frozenset[Field],
        mailbox: CallbackSource,
    ) -> AttemptResult | None:
        """Look once for the result of an asking that was given up; nothing is bought.

        Args:
            offer: The way that was asked.
            contact: Who is looked for.
            mode: Of the run.
            patience: Seconds that the look may take.
            ticket: Of the asking.
            fields: That the run wanted.
            mailbox: Where the vendor may have posted the result.

        Returns:
            The answer, or None while there is none, or no room for a look.
        """
        started = self._clock.monotonic()
        call = self._call(offer, contact, email=None, mode=mode, patience=patience, fields=fields)
        if isinstance(call, Failed):
            return self._asked(CallResult(answer=call), ZERO, started)
        call.mailbox, call.once = mailbox, True
        try:
            result = await self._look_up.run(call, ticket, _keep)
        except PatienceEnded:
            return None
        return self._asked(result, cost(call.entry, call.route, result, call.fields), started)

    def _call(
        self,
        offer: Offer,
        contact: Contact,
        *,
        email: str | None,
        mode: Mode,
        patience: float,
        fields: frozenset[Field],
    ) -> Call | Failed:
        """Prepare a call, or say why the way cannot be asked."""
        entry = self._registry.entry(offer.provider)
        route = entry.route(offer.field, offer.route) if entry else None
        if entry is None or route is None or entry.spec.mode is not mode or entry.reason(route):
            off = entry.reason(route) if entry and route else None
            reason = off or "the provider has no such way of asking in this mode"
            return Failed(trouble=Trouble.BAD_REQUEST, reason=reason)
        bought = frozenset({offer.field, *offer.also})
        template = route.both if route.both is not None and bought <= fields else None
        return Call(
            entry=entry,
            route=route,
            template=template or route.request,
            contact=contact,
            values=inputs(contact, email) | entry.values,
            fields=bought if template else frozenset({offer.field}),
            deadline=asyncio.get_running_loop().time() + patience,
            looks=self._registry.looks(offer.provider, offer.field, offer.route),
            gate=self._registry.gate_key(offer.provider, offer.field, f"{offer.route}+looks"),
        )

    async def check(self, provider: str) -> ProviderBalance:
        """Make a provider's free account call; it tells a wrong key as well.

        Raises:
            KeyError: When there is no such provider.
        """
        entry = self._registry.entry(provider)
        if entry is None:
            raise KeyError(provider)
        return await read_balance(self._caller, entry, self._clock.now())

    def _asked(self, result: CallResult, cost_usd: Decimal, started: float) -> AttemptResult:
        return AttemptResult(
            answer=result.answer,
            also=result.also,
            cost_usd=cost_usd,
            http_status=result.status,
            latency_ms=round((self._clock.monotonic() - started) * 1000),
        )
