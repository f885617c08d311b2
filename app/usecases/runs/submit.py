"""Accept contacts: each is answered from the cache, joins a cascade in flight, or is charged and starts one."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.errors import NotEnoughCredits, Refusal
from app.domain.vocabulary import Lane
from app.metrics import RUNS_ACCEPTED
from app.services import Services
from app.store.database.group_commit import GroupCommit
from app.usecases.runs.acceptance import Accepting, Verdict
from app.usecases.runs.submission import Accepted, Order, Submission
from app.usecases.waterfall.finished_runs import Owed


class Acceptance(msgspec.Struct, frozen=True, kw_only=True):
    """What became of an order, and whom to tell after the commit."""

    verdicts: tuple[Verdict, ...]
    owed: Owed
    forwarded: tuple[UUID, ...] = ()


class Submit:
    """Accepts submissions; concurrent requests of one process share a transaction."""

    def __init__(self, services: Services) -> None:
        """Prepare the group."""
        self._services = services
        self._lifetime = timedelta(days=services.settings.cache_days)
        self._group: GroupCommit[Order, Acceptance] = GroupCommit(services.engine, self._accept, what="submit")

    async def __call__(self, submissions: Sequence[Submission]) -> list[Accepted]:
        """Accept all of them or none; see `order`."""
        return await self.order(Order(submissions=tuple(submissions)))

    async def order(self, order: Order) -> list[Accepted]:
        """Accept all submissions of an order or none.

        When this returns, the runs are committed; the workers are told afterwards.

        Raises:
            NotEnoughCredits: The balance does not cover all of them; nothing was charged.
            Unavailable: The database cannot be reached; nothing was accepted or charged.
        """
        acceptance = await self._group(order)
        verdicts = acceptance.verdicts
        for lane in Lane:
            self._services.broker.kick([v.kick for v in verdicts if v.kick and v.lane is lane], lane)
        self._services.broker.kick(acceptance.forwarded, Lane.INTERACTIVE)
        self._services.broker.kick_deliveries(acceptance.owed.deliveries)
        for verdict in verdicts:
            RUNS_ACCEPTED.labels(verdict.run.mode.value, verdict.how.value).inc()
        return [Accepted(run=v.run, how=v.how) for v in verdicts]

    async def _accept(self, connection: AsyncConnection, orders: Sequence[Order]) -> list[Acceptance | Refusal]:
        everything = [submission for order in orders for submission in order.submissions]
        accepting = await Accepting.prepare(connection, everything, self._services, self._lifetime)
        outcomes: list[tuple[Verdict, ...] | Refusal] = []
        for order in orders:
            required, available = accepting.bill(order.submissions)
            if required > available:
                outcomes.append(NotEnoughCredits(required=required, available=available))
            else:
                outcomes.append(accepting.take(order))
        owed = await accepting.write(connection)
        forwarded = await accepting.bring_forward(connection)
        # Whichever order comes first tells of all that is owed: it is the same hint.
        shares = iter([(owed, tuple(forwarded))])
        acceptances: list[Acceptance | Refusal] = []
        for one in outcomes:
            if isinstance(one, Refusal):
                acceptances.append(one)
            else:
                following, moved = next(shares, (Owed(), ()))
                acceptances.append(Acceptance(verdicts=one, owed=following, forwarded=moved))
        return acceptances
