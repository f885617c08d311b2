"""One look-up at one provider: the first call, the ticket, and the looks until there is a result."""

from collections.abc import Awaitable, Callable, Sequence
from functools import partial

import httpx

from app.domain.waterfall.answer import Failed, Trouble
from app.domain.waterfall.callback_token import callback_url
from app.domain.waterfall.provider_limits import GateClosed, GateKey, GateOpen, GateWait, Limit
from app.providers.client.call import Call, PatienceEnded, within
from app.providers.client.caller import Caller, CallerClock
from app.providers.client.conclusion import CallResult, conclude
from app.providers.client.http_exchange import NoResponse, send_safely
from app.providers.client.interpret import failed, rule
from app.providers.client.polling import (
    CALLBACK,
    NoPost,
    Ticket,
    can_be_looked_at,
    delays,
    fits,
    read_ticket,
    unwrapped,
)
from app.providers.client.together import Name, PollCache, SharedPolls
from app.providers.declaration.response import VendorResponse, read_response
from app.providers.declaration.retry_after import read_retry_after
from app.providers.declaration.spec import Poll, RequestTemplate, SharedList, Verdict, VerdictRule

MOST_FAULTS = 5  # of looks in a row, before an asynchronous look-up is given up
LIST_SECONDS = 15.0
_GO_ON = frozenset({Verdict.PENDING, Verdict.RATE_LIMITED, Verdict.SERVER_ERROR})

Enter = Callable[[GateKey, Sequence[Limit]], Awaitable[GateOpen | GateWait | GateClosed]]


class Lookup:
    """Makes look-ups."""

    def __init__(self, caller: Caller, clock: CallerClock, enter: Enter | None, board: PollCache | None = None) -> None:
        """Keep what looking up needs; without `enter` nothing paces the looks, without `board` they are not shared."""
        self._caller = caller
        self._clock = clock
        self._enter = enter
        self._together = SharedPolls(clock, board)

    async def run(self, call: Call, ticket: Ticket | None, save: Callable[[Ticket], Awaitable[None]]) -> CallResult:
        """Look up, or only go on polling where there is a ticket.

        Raises:
            PatienceEnded: When the call's time is over.
        """
        poll, fresh = call.route.poll, ticket is None
        if ticket is None:
            opened = await self._open(call)
            if opened is None:
                nowhere = Failed(trouble=Trouble.BAD_REQUEST, reason="there is nowhere to post the result to")
                return CallResult(answer=nowhere)
            reply = await self._exchange(call, call.template, call.route.verdicts, polling=False)
            if isinstance(reply, NoResponse):
                return CallResult(answer=reply.failed, status=reply.status)
            verdict = rule(reply, call.route.verdicts)
            if verdict is not Verdict.PENDING or poll is None:
                return self._conclude(call, reply, verdict)
            given = read_ticket(poll, reply)
            if given is None and not opened:
                return self._conclude(call, reply, Verdict.MALFORMED)
            ticket = Ticket(values=opened | (given.values if given else {}))
            if given and given.values:
                # Outside the time limit: a ticket that was paid for is not lost to our own impatience.
                await save(ticket)
        if poll is None or not fits(poll, ticket):
            trouble = Failed(trouble=Trouble.TICKET_LOST, reason="the ticket belongs to another way of asking")
            return CallResult(answer=trouble)
        call.values |= ticket.values
        with self._together.waiting(_shared(call, poll)):
            return await self._poll(call, poll, ticket, young=poll.young if fresh else 0)

    async def _open(self, call: Call) -> dict[str, str] | None:
        """Make the URL at which the vendor posts, where it does; its part of the ticket is stored before the call."""
        poll = call.route.poll
        if poll is None or not poll.callback:
            return {}
        if call.mailbox is None:
            return None
        token, part = await call.mailbox.open(poll.callback)
        url = callback_url(call.entry.values["public_url"], call.entry.spec.slug, token)
        call.values |= {"callback_url": url}
        return {CALLBACK: part}

    async def _poll(self, call: Call, poll: Poll, ticket: Ticket, young: int) -> CallResult:
        table = poll.verdicts or call.route.verdicts
        looking = can_be_looked_at(poll, ticket)
        faults, hint = 0, 0.0
        for number, delay in enumerate((0.0,) if call.once else delays(poll, call.entry.poll_scale)):
            async with within(call.deadline):
                asleep = self._clock.monotonic()
                posted = await self._rest(call, ticket, max(delay, hint))
            if posted is NoPost.GONE and not looking:
                trouble = Failed(trouble=Trouble.TICKET_LOST, reason="the provider has not posted the result")
                return CallResult(answer=trouble, status=call.status)
            if isinstance(posted, bytes):
                told = read_response(httpx.codes.OK, {}, posted)
                if not looking or rule(told, table) not in _GO_ON:
                    return self._conclude(call, told, rule(told, table), polled=True)
                # What was posted is not the end, so it is looked for from now on.
                ticket = Ticket(values=ticket.values | {CALLBACK: ""})
            elif not looking:
                continue
            reply = unwrapped(await self._look(call, poll, asleep), poll)
            if isinstance(reply, NoResponse):
                verdict, trouble, hint = Verdict.SERVER_ERROR, reply.failed, 0.0
            else:
                verdict = rule(reply, table)
                if verdict is Verdict.TICKET_LOST and number < young:
                    verdict = Verdict.PENDING
                if verdict not in _GO_ON:
                    return self._conclude(call, reply, verdict, polled=True)
                waits = poll.waits if verdict is Verdict.PENDING else call.entry.spec.waits
                trouble = failed(verdict, reply, waits, self._clock.now())
                hint = read_retry_after(reply, waits, self._clock.now()) or 0.0
            # The result is paid for, so a passing fault or a full window only means to look again.
            faults = faults + 1 if verdict is Verdict.SERVER_ERROR else 0
            if faults == MOST_FAULTS:
                return CallResult(answer=trouble, status=call.status)
        raise PatienceEnded

    async def _rest(self, call: Call, ticket: Ticket, seconds: float) -> bytes | NoPost:
        """Wait until the next look, or until the vendor has posted the result."""
        if ticket.values.get(CALLBACK) and call.mailbox is not None:
            posted = await call.mailbox.wait(ticket.values[CALLBACK], seconds)
            if posted is not NoPost.GONE:
                return posted
        await self._clock.sleep(seconds)
        return NoPost.GONE

    async def _look(self, call: Call, poll: Poll, since: float) -> VendorResponse | NoResponse:
        """Look once, together with others where the vendor has a list."""
        table = poll.verdicts or call.route.verdicts
        async with within(call.deadline):
            if poll.many is not None:
                (ticket,) = (call.values[part] for part in poll.ticket)
                reply = await self._together.look(
                    _shared(call, poll), poll.many, ticket, since, partial(self._read, call, poll.many)
                )
                if reply is not None:
                    call.status = reply.status
                    return reply
            await self.pace(call)
        return await self._exchange(call, poll.request or call.template, table, polling=True)

    async def _read(self, call: Call, many: SharedList) -> VendorResponse | NoResponse:
        await self.pace(call)
        return await self._caller.call(call.entry, many.request, call.entry.values, LIST_SECONDS)

    async def pace(self, call: Call) -> None:
        """Wait until one more look fits the limits; the result is paid for, so a closed gate does not stop it.

        Raises:
            PatienceEnded: There is no room now, and nothing is to be waited for.
        """
        while self._enter is not None and call.looks:
            allowed = await self._enter(call.gate, call.looks)
            if call.once and not isinstance(allowed, GateOpen):
                raise PatienceEnded
            if not isinstance(allowed, GateWait):
                return
            await self._clock.sleep(allowed.seconds)

    async def _exchange(
        self, call: Call, template: RequestTemplate, table: tuple[VerdictRule, ...], *, polling: bool
    ) -> VendorResponse | NoResponse:
        async def once() -> VendorResponse | NoResponse:
            reply = await self._caller.call(call.entry, template, call.values, call.entry.spec.timeout)
            call.status = reply.status
            return reply

        async with within(call.deadline):
            return await send_safely(
                once,
                table,
                repeatable=call.route.repeatable and not polling,
                resends=0 if polling else call.route.resends,
                sleep=self._clock.sleep,
                backoff=call.route.backoff,
            )

    def _conclude(self, call: Call, reply: VendorResponse, verdict: Verdict, *, polled: bool = False) -> CallResult:
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
