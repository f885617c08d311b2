"""Look-ups of two tasks: the first one's answer gives what the second one's request needs."""

from collections.abc import Awaitable, Callable

import msgspec

from app.domain.waterfall.answer import Failed, Miss, Trouble
from app.providers.client.call import Call, PatienceEnded, within
from app.providers.client.caller import CallerClock
from app.providers.client.conclusion import CallResult
from app.providers.client.interpret import REASONS
from app.providers.client.lookup import Lookup
from app.providers.client.polling import Ticket, read_parts
from app.providers.declaration.response import NoValue, VendorResponse, look
from app.providers.declaration.spec import FirstTask, Route, Verdict
from app.providers.declaration.values import Values

Save = Callable[[Ticket], Awaitable[None]]


class TwoStepLookup:
    """Makes look-ups, of one task or of two.

    Of two tasks the ticket of the first is stored before it is looked at, what it gave before the second is started,
    and the second's ticket before that is looked at. So whoever takes over goes on where the other stopped; only where
    the second may have been started, and its ticket was never stored, the look-up ends, as it may have been billed.
    """

    def __init__(self, look_up: Lookup, clock: CallerClock) -> None:
        """Keep what makes single tasks."""
        self._look_up = look_up
        self._clock = clock

    async def run(self, call: Call, ticket: Ticket | None, save: Save) -> CallResult:
        """Look up, or go on where there is a ticket.

        Raises:
            PatienceEnded: When the call's time is over.
        """
        before = call.route.before
        if before is None:
            return await self._look_up.run(call, ticket, save)
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
        """Start the second task; a vendor that wants fewer requests is asked again, as the first is paid for."""
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
                await save(first)  # it was not started, so whoever takes over may do it
            async with within(call.deadline):
                pause = (poll.every if poll and poll.every else 1.0) * call.entry.poll_scale
                await self._clock.sleep(max(result.answer.retry_after or 0.0, pause))
        raise PatienceEnded

    async def _second(self, call: Call, given: dict[str, str], ticket: Ticket | None, save: Save) -> CallResult:
        call.values |= given
        if call.contact.company_domain is None:
            # So that an address elsewhere is told from one at the company that the vendor itself named.
            call.contact = msgspec.structs.replace(call.contact, company_domain=given.get("company_domain"))

        async def keep(made: Ticket) -> None:
            await save(Ticket(values=given | made.values))

        return msgspec.structs.replace(await self._look_up.run(call, ticket, keep), passed=True)


def _first(call: Call, before: FirstTask) -> Call:
    """Make the first task's call; of its answer nothing is read as a value."""
    route: Route = msgspec.structs.replace(
        call.route,
        request=before.request,
        verdicts=before.verdicts,
        values=Values(at=()),
        poll=before.poll,
        charged=None,
        before=None,
        both=None,
    )
    made: Call = msgspec.structs.replace(call, route=route, template=before.request, values=dict(call.values))
    return made


def _given(call: Call, before: FirstTask, reply: VendorResponse) -> dict[str, str] | Miss | Failed:
    """Read what the second task needs; a part that is not there is a miss, and one of another type no answer."""
    known = {name: call.values[name] for name in before.gives if name in call.values}
    wanted = {name: path for name, path in before.gives.items() if name not in known}
    if any(look(reply, path) in (NoValue.MISSING, None, "") for path in wanted.values()):
        return Miss()
    read = read_parts(wanted, reply)
    if read is None:
        return Failed(trouble=Trouble.MALFORMED, reason=REASONS[Verdict.MALFORMED])
    return known | read
