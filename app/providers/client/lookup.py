"""Look-ups: the call, the ticket, and the polls until there is a result; of one task, or of two."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from functools import partial
from http import HTTPStatus
from types import TracebackType
from typing import Any

import msgspec

from app.clock import Clock
from app.domain.contacts.company_domain import read_domain
from app.domain.contacts.contact import Contact
from app.domain.vocabulary import Field
from app.domain.waterfall.answer import Failed, Miss, Trouble
from app.domain.waterfall.callback_token import callback_url
from app.domain.waterfall.provider_limits import GateClosed, GateKey, GateOpen, GateWait, Limit
from app.providers.client.http_exchange import Caller, NoResponse, send_safely
from app.providers.client.interpret import REASONS, CallResult, conclude, failed, rule
from app.providers.client.polling import (
    CALLBACK,
    CallbackSource,
    NoPost,
    PollCache,
    PollName,
    SharedPolls,
    Ticket,
    can_be_polled,
    delays,
    fits,
    read_parts,
    read_ticket,
    unwrapped,
)
from app.providers.client.verification import with_verdict
from app.providers.declaration.finder import Route
from app.providers.declaration.messages import NoValue, RequestTemplate, VendorResponse, look, read_response
from app.providers.declaration.polling import FirstTask, Poll, SharedList
from app.providers.declaration.retry_after import read_retry_after
from app.providers.declaration.values import Values
from app.providers.declaration.verdicts import Verdict, VerdictRule
from app.providers.setup.configured_route import ConfiguredRoute

MOST_FAULTS = 5  # of polls in a row, before an asynchronous look-up is given up
LIST_SECONDS = 15.0
_GO_ON = frozenset({Verdict.PENDING, Verdict.RATE_LIMITED, Verdict.SERVER_ERROR})

Enter = Callable[[GateKey, Sequence[Limit]], Awaitable[GateOpen | GateWait | GateClosed]]
Save = Callable[[Ticket], Awaitable[None]]


class Call(msgspec.Struct, kw_only=True):
    """One call under way.

    Attributes:
        route: The declaration of the task: the offer's own, or that of the task before it.
        inputs: The values that templates may use.
        values: Where the values of each bought field are in the answer.
        deadline: A time of the event loop.
        callbacks: Where the vendor posts, where it does.
        once: Poll once and at once, and wait for nothing.
        status: The last one seen.
    """

    offer: ConfiguredRoute
    route: Route
    template: RequestTemplate
    contact: Contact
    inputs: dict[str, str]
    values: dict[Field, Values]
    deadline: float
    callbacks: CallbackSource | None = None
    once: bool = False
    status: int | None = None


class OutOfTimeError(Exception):
    """The time limit of the call is over."""


class within:  # noqa: N801 - reads as a word where it is used
    """Bound a block by a time of the event loop.

    Raises:
        OutOfTimeError: When it comes.
    """

    def __init__(self, deadline: float) -> None:
        """Bound by `deadline`."""
        self._limit = asyncio.timeout_at(deadline)

    async def __aenter__(self) -> None:
        """Begin."""
        await self._limit.__aenter__()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End, with an error of our own where the time has come."""
        try:
            await self._limit.__aexit__(kind, error, trace)
        except TimeoutError:
            raise OutOfTimeError from None
        if isinstance(error, TimeoutError):
            raise OutOfTimeError from None


class Lookup:
    """Makes look-ups of one task."""

    def __init__(self, caller: Caller, clock: Clock, enter: Enter | None, polls: PollCache | None) -> None:
        """Start without polls; without `enter` nothing limits them, without `polls` processes share none."""
        self._caller = caller
        self._clock = clock
        self._enter = enter
        self._shared = SharedPolls(clock, polls)

    async def run(self, call: Call, ticket: Ticket | None, save: Save) -> CallResult:
        """Look up, or only go on polling where there is a ticket.

        Raises:
            OutOfTimeError: When the time limit is over.
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
                # Outside the time limit: a ticket that was paid for is not lost to it.
                await save(ticket)
        if poll is None or not fits(poll, ticket):
            trouble = Failed(trouble=Trouble.TICKET_LOST, reason="the ticket belongs to another way of asking")
            return CallResult(answer=trouble)
        call.inputs |= ticket.values
        with self._shared.waiting(_poll_name(call, poll)):
            return await self._poll(call, poll, ticket, grace=poll.grace if fresh else 0)

    async def _open(self, call: Call) -> dict[str, str] | None:
        """Make the URL at which the vendor posts, where it does; its part of the ticket is stored before the call."""
        poll = call.route.poll
        if poll is None or not poll.callback:
            return {}
        public_url = call.offer.configured.public_url
        if call.callbacks is None or public_url is None:
            return None
        token, part = await call.callbacks.open(poll.callback)
        call.inputs |= {"callback_url": callback_url(public_url, call.offer.provider, token)}
        return {CALLBACK: part}

    async def _poll(self, call: Call, poll: Poll, ticket: Ticket, grace: int) -> CallResult:
        table, configured = poll.verdicts or call.route.verdicts, call.offer.configured
        polling = can_be_polled(poll, ticket)
        faults, hint = 0, 0.0
        for number, delay in enumerate((0.0,) if call.once else delays(poll, configured.poll_scale)):
            async with within(call.deadline):
                since = self._clock.monotonic()
                posted = await self._wait(call, ticket, max(delay, hint))
            if posted is NoPost.GONE and not polling:
                trouble = Failed(trouble=Trouble.TICKET_LOST, reason="the provider has not posted the result")
                return CallResult(answer=trouble, status=call.status)
            if isinstance(posted, bytes):
                result = read_response(HTTPStatus.OK, {}, posted)
                if not polling or rule(result, table) not in _GO_ON:
                    return self._conclude(call, result, rule(result, table))
                # The post was not the end, so the result is polled from now on.
                ticket = Ticket(values=ticket.values | {CALLBACK: ""})
            elif not polling:
                continue
            reply = unwrapped(await self._request(call, poll, since), poll)
            if isinstance(reply, NoResponse):
                verdict, trouble, hint = Verdict.SERVER_ERROR, reply.failed, 0.0
            else:
                verdict = rule(reply, table)
                if verdict is Verdict.TICKET_LOST and number < grace:
                    verdict = Verdict.PENDING
                if verdict not in _GO_ON:
                    return self._conclude(call, reply, verdict)
                waits = poll.waits if verdict is Verdict.PENDING else configured.spec.waits
                trouble = failed(verdict, reply, waits, self._clock.now())
                hint = read_retry_after(reply, waits, self._clock.now()) or 0.0
            # The result is paid for, so after a passing fault or a full window it is polled again.
            faults = faults + 1 if verdict is Verdict.SERVER_ERROR else 0
            if faults == MOST_FAULTS:
                return CallResult(answer=trouble, status=call.status)
        raise OutOfTimeError

    async def _wait(self, call: Call, ticket: Ticket, seconds: float) -> bytes | NoPost:
        """Wait until the next poll, or until the vendor has posted the result."""
        if ticket.values.get(CALLBACK) and call.callbacks is not None:
            posted = await call.callbacks.wait(ticket.values[CALLBACK], seconds)
            if posted is not NoPost.GONE:
                return posted
        await self._clock.sleep(seconds)
        return NoPost.GONE

    async def _request(self, call: Call, poll: Poll, since: float) -> VendorResponse | NoResponse:
        """Poll once, together with other look-ups where the vendor has a list."""
        table = poll.verdicts or call.route.verdicts
        async with within(call.deadline):
            if poll.shared is not None:
                (ticket,) = (call.inputs[part] for part in poll.ticket)
                fetch = partial(self._fetch, call, poll.shared)
                reply = await self._shared.poll(_poll_name(call, poll), poll.shared, ticket, since, fetch)
                if reply is not None:
                    call.status = reply.status
                    return reply
            await self.pace(call)
        return await self._exchange(call, poll.request or call.template, table, polling=True)

    async def _fetch(self, call: Call, shared: SharedList) -> VendorResponse | NoResponse:
        await self.pace(call)
        return await self._caller.call(call.offer.configured, shared.request, {}, LIST_SECONDS)

    async def pace(self, call: Call) -> None:
        """Wait until one more poll fits the limits; the result is paid for, so a closed gate does not stop it.

        Raises:
            OutOfTimeError: There is no room now, and the call may not wait; or its time is over.
        """
        while self._enter is not None and call.offer.poll_limits:
            # `within` cancels once; a cancellation that meets a read of Redis' answer has been seen to be lost in it.
            if asyncio.get_running_loop().time() >= call.deadline:
                raise OutOfTimeError
            allowed = await self._enter(call.offer.poll_gate, call.offer.poll_limits)
            if call.once and not isinstance(allowed, GateOpen):
                raise OutOfTimeError
            if not isinstance(allowed, GateWait):
                return
            await self._clock.sleep(allowed.seconds)

    async def _exchange(
        self, call: Call, template: RequestTemplate, table: tuple[VerdictRule, ...], *, polling: bool
    ) -> VendorResponse | NoResponse:
        async def once() -> VendorResponse | NoResponse:
            configured = call.offer.configured
            # The deadline of the call is a limit already; where it comes first, a second one would only cost.
            seconds = configured.spec.timeout
            if seconds is not None and seconds >= call.deadline - asyncio.get_running_loop().time():
                seconds = None
            reply = await self._caller.call(configured, template, call.inputs, seconds)
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

    def _conclude(self, call: Call, reply: VendorResponse, verdict: Verdict) -> CallResult:
        result = conclude(
            reply,
            verdict,
            offer=call.offer,
            charge=call.route.charged,
            values=call.values,
            contact=call.contact,
            now=self._clock.now,
        )
        if call.offer.field is not Field.VERIFY:
            return result
        return with_verdict(result, reply, call.values[Field.VERIFY], call.inputs["email"])


def _poll_name(call: Call, poll: Poll) -> PollName:
    return call.offer.provider, call.offer.configured.credential, (poll.request or call.template).path


class TwoStepLookup:
    """Makes look-ups of one task or of two.

    Of two tasks the ticket of the first is stored before it is polled, the inputs that it gave before the second is
    started, and the second's ticket before that is polled. So a worker that takes over goes on where the other one
    stopped. Only where the second task may have been started, and its ticket was never stored, does the look-up end, as
    it may have been billed.
    """

    def __init__(self, look_up: Lookup, clock: Clock) -> None:
        """Use `look_up` for single tasks."""
        self._look_up = look_up
        self._clock = clock

    def run(self, call: Call, ticket: Ticket | None, save: Save) -> Coroutine[Any, Any, CallResult]:
        """Look up, or go on where there is a ticket.

        Raises:
            OutOfTimeError: When the time limit is over.
        """
        before = call.route.before
        if before is None:
            return self._look_up.run(call, ticket, save)
        return self._both(call, before, ticket, save)

    async def _both(self, call: Call, before: FirstTask, ticket: Ticket | None, save: Save) -> CallResult:
        kept = ticket.values if ticket else {}
        if before.gives.keys() <= kept.keys():
            own = {name: value for name, value in kept.items() if name not in before.gives}
            given = {name: kept[name] for name in before.gives}
            if not own:
                cut = "nothing was heard of the second task's start; not started again, it may have been billed"
                return CallResult(answer=Failed(trouble=Trouble.INTERRUPTED, reason=cut), passed=True)
            return await self._second(call, given, Ticket(values=own), save)
        first, latest = _first(call, before), [ticket]

        async def keep(made: Ticket) -> None:
            latest[0] = made
            await save(made)

        try:
            result = await self._look_up.run(first, ticket, keep)
        finally:
            call.status = first.status
        if result.reply is None:
            return result
        gave = _given(call, before, result.reply)
        if not isinstance(gave, dict):
            return CallResult(answer=gave, passed=True, status=result.status)
        return await self._start(call, gave, latest[0], save)

    async def _start(self, call: Call, given: dict[str, str], first: Ticket | None, save: Save) -> CallResult:
        """Start the second task; a throttled start is repeated, as the first task is paid for."""
        poll = call.route.poll
        while not call.once:
            async with within(call.deadline):
                await self._look_up.pace(call)
            await save(Ticket(values=given))
            result = await self._second(call, given, None, save)
            throttled = isinstance(result.answer, Failed) and result.answer.trouble is Trouble.RATE_LIMITED
            if not throttled or not isinstance(result.answer, Failed):
                return result
            if first is not None:
                await save(first)  # it was not started, so a worker that takes over may start it
            async with within(call.deadline):
                pause = (poll.every if poll and poll.every else 1.0) * call.offer.configured.poll_scale
                await self._clock.sleep(max(result.answer.retry_after or 0.0, pause))
        raise OutOfTimeError

    async def _second(self, call: Call, given: dict[str, str], ticket: Ticket | None, save: Save) -> CallResult:
        call.inputs |= given
        if call.contact.company_domain is None:
            # So that an address elsewhere is known from one at the company that the vendor itself named.
            domain = read_domain(given.get("company_domain", "")).domain
            call.contact = msgspec.structs.replace(call.contact, company_domain=domain)

        async def keep(made: Ticket) -> None:
            await save(Ticket(values=given | made.values))

        return msgspec.structs.replace(await self._look_up.run(call, ticket, keep), passed=True)


def _first(call: Call, before: FirstTask) -> Call:
    """Make the first task's call; no value is read from its answer."""
    route: Route = msgspec.structs.replace(
        call.route,
        request=before.request,
        verdicts=before.verdicts,
        poll=before.poll,
        charged=None,
        before=None,
        both=None,
    )
    nothing = dict.fromkeys(call.values, Values(at=()))
    made: Call = msgspec.structs.replace(
        call, route=route, template=before.request, inputs=dict(call.inputs), values=nothing
    )
    return made


def _given(call: Call, before: FirstTask, reply: VendorResponse) -> dict[str, str] | Miss | Failed:
    """Read the inputs of the second task; a missing one is a miss, and one of another type is malformed."""
    known = {name: call.inputs[name] for name in before.gives if name in call.inputs}
    wanted = {name: path for name, path in before.gives.items() if name not in known}
    if any(look(reply, path) in (NoValue.MISSING, None, "") for path in wanted.values()):
        return Miss()
    read = read_parts(wanted, reply)
    if read is None:
        return Failed(trouble=Trouble.MALFORMED, reason=REASONS[Verdict.MALFORMED])
    return known | read
