"""Asks one provider one question as its declaration says; whatever a vendor does comes back as a value."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from decimal import Decimal
from typing import Protocol

import httpx
import msgspec

from app.domain.answer import ZERO, Answer, Failed, Trouble
from app.domain.attempt import Offer
from app.domain.contact import Contact, Field
from app.domain.run import Mode
from app.providers.conclusion import Result, conclude, cost
from app.providers.exchange import Lost, send, send_safely
from app.providers.polling import Ticket, delays, read_ticket
from app.providers.purse import Purse, look_into
from app.providers.registry import Entry, Registry
from app.providers.reply import Reply
from app.providers.request import build, inputs
from app.providers.spec import Poll, Request, Route, Rule, Verdict
from app.providers.verdict import failed, rule

__all__ = ["Asked", "Client", "Clock", "Purse", "Ticket"]

MOST_FAULTS = 5  # of looks in a row, before an asynchronous look-up is given up
_GO_ON = frozenset({Verdict.PENDING, Verdict.RATE_LIMITED, Verdict.SERVER_ERROR})


class Clock(Protocol):
    """The time, as far as asking needs it."""

    def now(self) -> datetime:
        """Return the time in UTC."""
        ...

    def monotonic(self) -> float:
        """Return seconds of a clock that never goes back."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        ...


class Asked(msgspec.Struct, frozen=True, kw_only=True):
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


class _Call(msgspec.Struct, kw_only=True):
    """One asking under way; `deadline` is a time of the event loop, `status` the last one seen."""

    entry: Entry
    route: Route
    template: Request
    contact: Contact
    values: dict[str, str]
    fields: frozenset[Field]
    deadline: float
    status: int | None = None


class _PatienceEnded(Exception):  # noqa: N818 - it is no error, it is the time
    """The time that the provider was given is over."""


@asynccontextmanager
async def _within(deadline: float) -> AsyncIterator[None]:
    try:
        async with asyncio.timeout_at(deadline):
            yield
    except TimeoutError:
        raise _PatienceEnded from None


class Client:
    """The interpreter of provider declarations; one for each process."""

    def __init__(self, *, http: httpx.AsyncClient, registry: Registry, clock: Clock) -> None:
        """Keep what asking needs."""
        self._http = http
        self._registry = registry
        self._clock = clock

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
    ) -> Asked:
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

        Returns:
            The answer; nothing that a vendor does raises.
        """
        started = self._clock.monotonic()
        entry = self._registry.entry(offer.provider)
        route = entry.route(offer.field, offer.route) if entry else None
        if entry is None or route is None or entry.spec.mode is not mode or entry.unusable:
            reason = (entry.unusable if entry else None) or "the provider has no such way of asking in this mode"
            refused = Result(answer=Failed(trouble=Trouble.BAD_REQUEST, reason=reason))
            return self._asked(refused, ZERO, started)
        bought = frozenset({offer.field, *offer.also})
        template = route.both if route.both is not None and bought <= fields else None
        call = _Call(
            entry=entry,
            route=route,
            template=template or route.request,
            contact=contact,
            values=inputs(contact, email),
            fields=bought if template else frozenset({offer.field}),
            deadline=asyncio.get_running_loop().time() + patience,
        )
        try:
            result = await self._look_up(call, ticket, save_ticket)
        except _PatienceEnded:
            trouble = Failed(trouble=Trouble.TIMEOUT, reason=f"no answer within {patience:g} s")
            result = Result(answer=trouble, status=call.status)
        return self._asked(result, cost(entry, route, result), started)

    async def check(self, provider: str) -> Purse:
        """Make a provider's free account call; it tells a wrong key as well.

        Raises:
            KeyError: When there is no such provider.
        """
        entry = self._registry.entry(provider)
        if entry is None:
            raise KeyError(provider)
        return await look_into(self._http, entry, self._clock.now())

    async def _look_up(self, call: _Call, ticket: Ticket | None, save: Callable[[Ticket], Awaitable[None]]) -> Result:
        poll = call.route.poll
        if ticket is None:
            reply = await self._exchange(call, call.template, call.route.verdicts, polling=False)
            if isinstance(reply, Lost):
                return Result(answer=reply.failed)
            verdict = rule(reply, call.route.verdicts)
            if verdict is not Verdict.PENDING or poll is None:
                return self._conclude(call, reply, verdict)
            ticket = read_ticket(poll, reply)
            if ticket is None:
                return self._conclude(call, reply, Verdict.MALFORMED)
            if ticket.values:
                # Outside the time limit: a ticket that was paid for is not lost to our own impatience.
                await save(ticket)
        if poll is None or set(poll.ticket) != set(ticket.values):
            trouble = Failed(trouble=Trouble.TICKET_LOST, reason="the ticket belongs to another way of asking")
            return Result(answer=trouble)
        call.values |= ticket.values
        return await self._poll(call, poll)

    async def _poll(self, call: _Call, poll: Poll) -> Result:
        table = poll.verdicts or call.route.verdicts
        faults, hint = 0, 0.0
        for delay in delays(poll, call.entry.poll_scale):
            async with _within(call.deadline):
                await self._clock.sleep(max(delay, hint))
            reply = await self._exchange(call, poll.request or call.template, table, polling=True)
            if isinstance(reply, Lost):
                verdict, trouble = Verdict.SERVER_ERROR, reply.failed
            else:
                verdict = rule(reply, table)
                if verdict not in _GO_ON:
                    return self._conclude(call, reply, verdict)
                trouble = failed(verdict, reply, call.entry.spec.waits, self._clock.now())
            # The result is paid for, so a passing fault or a full window only means to look again.
            hint = trouble.retry_after or 0.0
            faults = faults + 1 if verdict is Verdict.SERVER_ERROR else 0
            if faults == MOST_FAULTS:
                return Result(answer=trouble, status=call.status)
        raise _PatienceEnded

    async def _exchange(
        self, call: _Call, template: Request, table: tuple[Rule, ...], *, polling: bool
    ) -> Reply | Lost:
        async def once() -> Reply | Lost:
            request = build(
                template,
                base_url=call.entry.base_url,
                auth=call.entry.spec.auth,
                headers=call.entry.spec.headers,
                values=call.values,
                credentials=call.entry.credentials,
            )
            reply = await send(self._http, request, call.entry.spec.timeout)
            call.status = reply.status if isinstance(reply, Reply) else None
            return reply

        async with _within(call.deadline):
            return await send_safely(
                once,
                table,
                repeatable=call.route.repeatable and not polling,
                resends=0 if polling else call.route.resends,
                sleep=self._clock.sleep,
            )

    def _conclude(self, call: _Call, reply: Reply, verdict: Verdict) -> Result:
        return conclude(
            reply,
            verdict,
            entry=call.entry,
            route=call.route,
            fields=call.fields,
            contact=call.contact,
            now=self._clock.now(),
        )

    def _asked(self, result: Result, cost_usd: Decimal, started: float) -> Asked:
        return Asked(
            answer=result.answer,
            also=result.also,
            cost_usd=cost_usd,
            http_status=result.status,
            latency_ms=round((self._clock.monotonic() - started) * 1000),
        )
