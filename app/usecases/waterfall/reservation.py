"""Reserve and settle what attempts cost against caps and quotes, while the rows of both are locked."""

from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.accounts.spend_cap import EVERYBODY, SpendCap, counted, reached
from app.domain.planning.quote_terms import QuotedJob, QuoteLimit
from app.domain.waterfall.answer import ZERO
from app.store.accounts import spend_caps
from app.store.runs import quotes
from app.store.waterfall import attempts
from app.store.waterfall.attempts import NewAttempt, Place


class CapReachedSkip(Exception):  # noqa: N818 - not an error: the cascade goes on with another provider
    """A cap leaves no room for a call; the sentence says which, and until when."""

    @property
    def stops(self) -> str | None:
        """The sentence that ends the cascade, if nobody else is asked either."""
        return None


class QuoteReachedSkip(CapReachedSkip):
    """The quote of the call's list leaves no room for it, and the cascade ends."""

    @property
    def stops(self) -> str | None:
        """The sentence."""
        return str(self)


class RoomAwaited(CapReachedSkip):
    """The quote leaves no room now, but calls under way may give some back."""


class Reservation:
    """The amounts that attempts reserve.

    Attributes:
        refused: Attempts for which there is no room, each with the reason.
        stopped: Lists that have reached their quote.
    """

    def __init__(
        self, caps: Sequence[SpendCap], quoted: Mapping[UUID, QuotedJob], spending: Sequence[NewAttempt]
    ) -> None:
        """Reserve one after the other."""
        self._before, self._quoted, self._spending = caps, quoted, spending
        self.refused: dict[Place, CapReachedSkip] = {}
        self.stopped: dict[UUID, QuoteReachedSkip] = {}
        after, lists = caps, dict(quoted)
        for one in spending:
            cap, job = reached(after, *_terms(one), one.started_at), _job(lists, one)
            if cap:
                self.refused[one.place] = CapReachedSkip(cap.sentence(one.started_at))
            elif job and (job.reached or not job.has_room(one.worst_usd or ZERO)):
                self.refused[one.place] = RoomAwaited()
            else:
                after = counted(after, *_terms(one), one.started_at)
                if job:
                    lists[job.job_id] = job.spending(one.worst_usd or ZERO)

    async def stop(self, connection: AsyncConnection) -> None:
        """Stop the lists whose calls would not fit even if nothing of what is under way is charged."""
        waiting = [one for one in self._spending if isinstance(self.refused.get(one.place), RoomAwaited)]
        for job in {job.job_id: job for one in waiting if (job := _job(self._quoted, one))}.values():
            mine = [one for one in waiting if one.budget_id == job.job_id]
            coming_back = await quotes.under_way(connection, job.job_id)
            if job.reached or not all(job.has_room(one.worst_usd or ZERO, coming_back=coming_back) for one in mine):
                await quotes.stop(connection, job.job_id, QuoteLimit.USD)
                self.stopped[job.job_id] = QuoteReachedSkip(job.sentence(job.reached or QuoteLimit.USD))
                self.refused |= {one.place: self.stopped[job.job_id] for one in mine}

    async def write(self, connection: AsyncConnection, begun: Collection[Place]) -> None:
        """Write what was reserved for the attempts that have begun."""
        after, lists = self._before, dict(self._quoted)
        held = [one for one in self._reserving() if one.place in begun]
        for one in held:
            after = counted(after, *_terms(one), one.started_at)
            if job := _job(lists, one):
                lists[job.job_id] = job.spending(one.worst_usd or ZERO)
        await spend_caps.write(connection, self._before, after)
        await quotes.write(connection, self._quoted, lists)
        await attempts.hold(connection, {one.place: one.worst_usd or ZERO for one in held})

    def _reserving(self) -> list[NewAttempt]:
        return [one for one in self._spending if one.place not in self.refused]


class SettledAmounts:
    """The amounts that calls did cost in the end.

    Attributes:
        amounts: What counts of attempts so far, in USD.
    """

    def __init__(
        self, caps: Sequence[SpendCap], quoted: Mapping[UUID, QuotedJob], amounts: Mapping[Place, Decimal]
    ) -> None:
        """Keep what was read."""
        self.amounts = amounts
        self._before, self._quoted = caps, quoted
        self._after, self._lists = caps, dict(quoted)

    def count(self, one: NewAttempt, more: Decimal) -> None:
        """Count so much more for an attempt, or, below zero, less."""
        self._after = counted(self._after, one.account_id or EVERYBODY, one.provider, more, one.started_at)
        if job := _job(self._lists, one):
            self._lists[job.job_id] = job.spending(more)

    async def write(self, connection: AsyncConnection, amounts: Mapping[Place, Decimal]) -> None:
        """Write what counts, and what counts of these attempts."""
        await spend_caps.write(connection, self._before, self._after)
        await quotes.write(connection, self._quoted, self._lists)
        await attempts.hold(connection, amounts)


def _terms(one: NewAttempt) -> tuple[UUID, str, Decimal]:
    return one.account_id or EVERYBODY, one.provider, one.worst_usd or ZERO


def _job(quoted: Mapping[UUID, QuotedJob], one: NewAttempt) -> QuotedJob | None:
    return quoted.get(one.budget_id) if one.budget_id else None
