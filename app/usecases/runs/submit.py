"""Accept contacts: each is answered from the cache, joins a cascade in flight, or is charged and starts one."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.errors import NotEnoughCreditsError, RequestError
from app.domain.vocabulary import Lane
from app.metrics import RUNS_ACCEPTED
from app.services import Services
from app.store.database.group_commit import GroupCommit
from app.usecases.runs.acceptance import Acceptance, Decision
from app.usecases.runs.submission import Accepted, Submission, SubmissionGroup
from app.usecases.waterfall.finished_runs import EnqueuedWebhooks


class SubmissionResult(msgspec.Struct, frozen=True, kw_only=True):
    """What became of an order, and whom to tell after the commit."""

    verdicts: tuple[Decision, ...]
    owed: EnqueuedWebhooks
    forwarded: tuple[UUID, ...] = ()


class Submit:
    """Accepts submissions; concurrent requests of one process share a transaction."""

    def __init__(self, services: Services) -> None:
        """Prepare the group."""
        self._services = services
        self._lifetime = timedelta(days=services.settings.cache_days)
        self._group: GroupCommit[SubmissionGroup, SubmissionResult] = GroupCommit(
            services.engine, self._accept, what="submit"
        )

    async def __call__(self, submissions: Sequence[Submission]) -> list[Accepted]:
        """Accept all of them or none; see `order`."""
        return await self.order(SubmissionGroup(submissions=tuple(submissions)))

    async def order(self, order: SubmissionGroup) -> list[Accepted]:
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

    async def _accept(
        self, connection: AsyncConnection, orders: Sequence[SubmissionGroup]
    ) -> list[SubmissionResult | RequestError]:
        everything = [submission for order in orders for submission in order.submissions]
        accepting = await Acceptance.prepare(connection, everything, self._services, self._lifetime)
        outcomes: list[tuple[Decision, ...] | RequestError] = []
        for order in orders:
            required, available = accepting.bill(order.submissions)
            if required > available:
                outcomes.append(NotEnoughCreditsError(required=required, available=available))
            else:
                outcomes.append(accepting.take(order))
        owed = await accepting.write(connection)
        forwarded = await accepting.bring_forward(connection)
        # Whichever order comes first tells of all that is owed: it is the same hint.
        shares = iter([(owed, tuple(forwarded))])
        acceptances: list[SubmissionResult | RequestError] = []
        for one in outcomes:
            if isinstance(one, RequestError):
                acceptances.append(one)
            else:
                following, moved = next(shares, (EnqueuedWebhooks(), ()))
                acceptances.append(SubmissionResult(verdicts=one, owed=following, forwarded=moved))
        return acceptances
