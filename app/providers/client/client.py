"""The client of all providers: one call as its declaration says; nothing that a vendor does raises."""

import asyncio
from collections.abc import Mapping
from decimal import Decimal

import msgspec

from app.clock import Clock
from app.domain.contacts.contact import Contact
from app.domain.vocabulary import Field, Mode
from app.domain.waterfall.answer import ZERO, Answer, Failed, Trouble
from app.providers.client.balance import ProviderBalance, read_balance
from app.providers.client.http_exchange import Caller, HttpExchange
from app.providers.client.interpret import CallResult, cost
from app.providers.client.lookup import Call, Enter, Lookup, OutOfTimeError, Save, TwoStepLookup
from app.providers.client.polling import CallbackSource, PollCache, Ticket
from app.providers.setup.configured_provider import ConfiguredProvider
from app.providers.setup.configured_route import ConfiguredRoute

__all__ = ["AttemptResult", "ProviderBalance", "ProviderClient", "Ticket"]


class AttemptResult(msgspec.Struct, frozen=True, kw_only=True):
    """The result of one call.

    Attributes:
        answer: For the offer's own field.
        also: Other fields that the same paid call answered.
        cost_usd: The vendor's charge, in USD.
        http_status: Of the last HTTP answer, if there was one.
        latency_ms: Milliseconds from the first byte sent to the verdict.
    """

    answer: Answer
    also: dict[Field, Answer] = {}
    cost_usd: Decimal
    http_status: int | None
    latency_ms: int


async def _keep(_: Ticket) -> None:
    """Leave the stored ticket as it is."""


class ProviderClient:
    """The interpreter of provider declarations; one for each process."""

    def __init__(
        self, *, http: HttpExchange, clock: Clock, enter: Enter | None = None, polls: PollCache | None = None
    ) -> None:
        """Start without tokens and polls.

        Args:
            http: The process's client.
            clock: The time.
            enter: Enters the gate at which polls are counted; None counts none.
            polls: Shares answers to polls with other processes; None shares them in this one only.
        """
        self._clock = clock
        self._caller = Caller(http, clock)
        self._look_up = TwoStepLookup(Lookup(self._caller, clock, enter, polls), clock)

    async def ask(
        self,
        offer: ConfiguredRoute,
        contact: Contact,
        inputs: Mapping[str, str],
        *,
        mode: Mode,
        patience: float,
        ticket: Ticket | None,
        save_ticket: Save,
        fields: frozenset[Field],
        callbacks: CallbackSource | None = None,
    ) -> AttemptResult:
        """Call a provider.

        Args:
            offer: The route.
            contact: The contact, against which values are checked.
            inputs: The contact's known inputs, with an e-mail address found meanwhile.
            mode: Of the run; a provider of the other mode is never called.
            patience: Seconds in all.
            ticket: Of an earlier call that was interrupted; then it is only polled.
            save_ticket: Awaited before the first poll; an exception of it is raised here.
            fields: The wanted fields of the run; a call that buys both is made only when both are among them.
            callbacks: Where the vendor posts the result, for routes by which it does.

        Returns:
            The answer; nothing that a vendor does raises.
        """
        started = asyncio.get_running_loop().time()
        call = _prepare(offer, contact, inputs, mode=mode, deadline=started + patience, fields=fields)
        if isinstance(call, Failed):
            return _result(CallResult(answer=call), ZERO, started)
        call.callbacks = callbacks
        try:
            result = await self._look_up.run(call, ticket, save_ticket)
        except OutOfTimeError:
            trouble = Failed(trouble=Trouble.TIMEOUT, reason=f"no answer within {patience:g} s")
            result = CallResult(answer=trouble, status=call.status)
        return _result(result, cost(offer, result, frozenset(call.values)), started)

    async def poll_again(
        self,
        offer: ConfiguredRoute,
        contact: Contact,
        inputs: Mapping[str, str],
        *,
        mode: Mode,
        patience: float,
        ticket: Ticket,
        fields: frozenset[Field],
        callbacks: CallbackSource,
    ) -> AttemptResult | None:
        """Poll once for the result of a call that was given up; nothing is bought.

        Args:
            offer: The route that was called.
            contact: The contact.
            inputs: The contact's known inputs.
            mode: Of the run.
            patience: Seconds that the poll may take.
            ticket: Of the call.
            fields: The wanted fields of the run.
            callbacks: Where the vendor may have posted the result.

        Returns:
            The answer, or None while there is none, or no room for a poll.
        """
        started = asyncio.get_running_loop().time()
        call = _prepare(offer, contact, inputs, mode=mode, deadline=started + patience, fields=fields)
        if isinstance(call, Failed):
            return _result(CallResult(answer=call), ZERO, started)
        call.callbacks, call.once = callbacks, True
        try:
            result = await self._look_up.run(call, ticket, _keep)
        except OutOfTimeError:
            return None
        return _result(result, cost(offer, result, frozenset(call.values)), started)

    async def check(self, entry: ConfiguredProvider) -> ProviderBalance:
        """Make a provider's free account call; a wrong key is a trouble of it."""
        return await read_balance(self._caller, entry, self._clock.now())


def _prepare(
    offer: ConfiguredRoute,
    contact: Contact,
    inputs: Mapping[str, str],
    *,
    mode: Mode,
    deadline: float,
    fields: frozenset[Field],
) -> Call | Failed:
    """Prepare a call, or say why the route cannot be called."""
    if offer.unusable or offer.configured.spec.mode is not mode:
        reason = offer.unusable or "the provider has no such way of asking in this mode"
        return Failed(trouble=Trouble.BAD_REQUEST, reason=reason)
    route = offer.declared
    both = route.both if {offer.field, *offer.also} <= fields else None
    return Call(
        offer=offer,
        route=route,
        template=both or route.request,
        contact=contact,
        inputs=dict(inputs),
        values=offer.values if both else {offer.field: offer.values[offer.field]},
        deadline=deadline,
    )


def _result(result: CallResult, cost_usd: Decimal, started: float) -> AttemptResult:
    return AttemptResult(
        answer=result.answer,
        also=result.also,
        cost_usd=cost_usd,
        http_status=result.status,
        latency_ms=round((asyncio.get_running_loop().time() - started) * 1000),
    )
