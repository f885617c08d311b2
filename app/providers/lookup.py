"""One look-up at one provider: the first call, the ticket, and the looks until there is a result."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from functools import partial

import msgspec

from app.domain.answer import Failed, Trouble
from app.domain.contact import Contact, Field
from app.domain.pacing import Closed, GateKey, Limit, Open, Wait
from app.providers.caller import Caller, Clock
from app.providers.conclusion import Result, conclude
from app.providers.entry import Entry
from app.providers.exchange import Lost, send_safely
from app.providers.polling import Ticket, delays, read_ticket
from app.providers.reply import Reply
from app.providers.spec import Many, Poll, Request, Route, Rule, Verdict
from app.providers.together import Name, Together
from app.providers.verdict import failed, rule
from app.providers.waits import wait_of

MOST_FAULTS = 5  # of looks in a row, before an asynchronous look-up is given up
LIST_SECONDS = 15.0
_GO_ON = frozenset({Verdict.PENDING, Verdict.RATE_LIMITED, Verdict.SERVER_ERROR})

Enter = Callable[[GateKey, Sequence[Limit]], Awaitable[Open | Wait | Closed]]


class Call(msgspec.Struct, kw_only=True):
    """One asking under way.

    Attributes:
        values: What templates may use.
        fields: That are bought.
        deadline: A time of the event loop.
        looks: Limits of polling, and the gate they are counted at.
        status: The last one seen.
    """

    entry: Entry
    route: Route
    template: Request
    contact: Contact
    values: dict[str, str]
    fields: frozenset[Field]
    deadline: float
    looks: tuple[Limit, ...] = ()
    gate: GateKey
    status: int | None = None


class PatienceEnded(Exception):  # noqa: N818 - it is no error, it is the time
    """The time that the provider was given is over."""


@asynccontextmanager
async def _within(deadline: float) -> AsyncIterator[None]:
    try:
        async with asyncio.timeout_at(deadline):
            yield
    except TimeoutError:
        raise PatienceEnded from None


class LookUp:
    """Makes look-ups."""

    def __init__(self, caller: Caller, clock: Clock, enter: Enter | None) -> None:
        """Keep what looking up needs; without `enter` nothing paces the looks."""
        self._caller = caller
        self._clock = clock
        self._enter = enter
        self._together = Together(clock)

    async def run(self, call: Call, ticket: Ticket | None, save: Callable[[Ticket], Awaitable[None]]) -> Result:
        """Look up, or only go on polling where there is a ticket.

        Raises:
            PatienceEnded: When the call's time is over.
        """
        poll, fresh = call.route.poll, ticket is None
        if ticket is None:
            reply = await self._exchange(call, call.template, call.route.verdicts, polling=False)
            if isinstance(reply, Lost):
                return Result(answer=reply.failed, status=reply.status)
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
        with self._together.waiting(_shared(call, poll)):
            return await self._poll(call, poll, young=poll.young if fresh else 0)

    async def _poll(self, call: Call, poll: Poll, young: int) -> Result:
        table = poll.verdicts or call.route.verdicts
        faults, hint = 0, 0.0
        for number, delay in enumerate(delays(poll, call.entry.poll_scale)):
            async with _within(call.deadline):
                asleep = self._clock.monotonic()
                await self._clock.sleep(max(delay, hint))
            reply = await self._look(call, poll, asleep)
            if isinstance(reply, Lost):
                verdict, trouble, hint = Verdict.SERVER_ERROR, reply.failed, 0.0
            else:
                verdict = rule(reply, table)
                if verdict is Verdict.TICKET_LOST and number < young:
                    verdict = Verdict.PENDING
                if verdict not in _GO_ON:
                    return self._conclude(call, reply, verdict, polled=True)
                waits = poll.waits if verdict is Verdict.PENDING else call.entry.spec.waits
                trouble = failed(verdict, reply, waits, self._clock.now())
                hint = wait_of(reply, waits, self._clock.now()) or 0.0
            # The result is paid for, so a passing fault or a full window only means to look again.
            faults = faults + 1 if verdict is Verdict.SERVER_ERROR else 0
            if faults == MOST_FAULTS:
                return Result(answer=trouble, status=call.status)
        raise PatienceEnded

    async def _look(self, call: Call, poll: Poll, since: float) -> Reply | Lost:
        """Look once, together with others where the vendor has a list."""
        table = poll.verdicts or call.route.verdicts
        async with _within(call.deadline):
            if poll.many is not None:
                (ticket,) = (call.values[part] for part in poll.ticket)
                reply = await self._together.look(
                    _shared(call, poll), poll.many, ticket, since, partial(self._read, call, poll.many)
                )
                if reply is not None:
                    call.status = reply.status
                    return reply
            await self._pace(call)
        return await self._exchange(call, poll.request or call.template, table, polling=True)

    async def _read(self, call: Call, many: Many) -> Reply | Lost:
        await self._pace(call)
        return await self._caller.call(call.entry, many.request, call.entry.values, LIST_SECONDS)

    async def _pace(self, call: Call) -> None:
        """Wait until one more look fits the limits; the result is paid for, so a closed gate does not stop it."""
        while self._enter is not None and call.looks:
            allowed = await self._enter(call.gate, call.looks)
            if not isinstance(allowed, Wait):
                return
            await self._clock.sleep(allowed.seconds)

    async def _exchange(self, call: Call, template: Request, table: tuple[Rule, ...], *, polling: bool) -> Reply | Lost:
        async def once() -> Reply | Lost:
            reply = await self._caller.call(call.entry, template, call.values, call.entry.spec.timeout)
            call.status = reply.status
            return reply

        async with _within(call.deadline):
            return await send_safely(
                once,
                table,
                repeatable=call.route.repeatable and not polling,
                resends=0 if polling else call.route.resends,
                sleep=self._clock.sleep,
                backoff=call.route.backoff,
            )

    def _conclude(self, call: Call, reply: Reply, verdict: Verdict, *, polled: bool = False) -> Result:
        return conclude(
            reply,
            verdict,
            entry=call.entry,
            route=call.route,
            fields=call.fields,
            contact=call.contact,
            now=self._clock.now(),
            polled=polled,
        )


def _shared(call: Call, poll: Poll) -> Name:
    return call.entry.spec.slug, call.entry.credential, (poll.request or call.template).path
