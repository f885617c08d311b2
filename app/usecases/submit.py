"""Accept contacts: each is answered from the cache, joins a cascade in flight, or is charged and starts one."""

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from app.context import Services
from app.domain.errors import NotEnoughCredits, Refusal
from app.domain.run import Lane
from app.metrics import RUNS_ACCEPTED
from app.store.groupcommit import GroupCommit
from app.usecases.accept import Accepting, Verdict
from app.usecases.submission import Accepted, Submission

Batch = tuple[Submission, ...]


class Submit:
    """Accepts submissions; concurrent requests of one process share a transaction."""

    def __init__(self, services: Services) -> None:
        """Prepare the group."""
        self._services = services
        self._lifetime = timedelta(days=services.settings.cache_days)
        self._group: GroupCommit[Batch, tuple[Verdict, ...]] = GroupCommit(services.engine, self._accept, what="submit")

    async def __call__(self, submissions: Sequence[Submission]) -> list[Accepted]:
        """Accept all of them or none.

        When this returns, the runs are committed; the workers are told afterwards.

        Raises:
            NotEnoughCredits: The balance does not cover all of them; nothing was charged.
            Unavailable: The database cannot be reached; nothing was accepted or charged.
        """
        verdicts = await self._group(tuple(submissions))
        for lane in Lane:
            self._services.broker.kick([v.kick for v in verdicts if v.kick and v.lane is lane], lane)
        self._services.broker.kick_deliveries([v.delivery for v in verdicts if v.delivery])
        for verdict in verdicts:
            RUNS_ACCEPTED.labels(verdict.run.mode.value, verdict.how.value).inc()
        return [Accepted(run=v.run, how=v.how) for v in verdicts]

    async def _accept(
        self, connection: AsyncConnection, batches: Sequence[Batch]
    ) -> list[tuple[Verdict, ...] | Refusal]:
        everything = [submission for batch in batches for submission in batch]
        accepting = await Accepting.prepare(connection, everything, self._services, self._lifetime)
        outcomes: list[tuple[Verdict, ...] | Refusal] = []
        for batch in batches:
            required, available = accepting.bill(batch)
            if required > available:
                outcomes.append(NotEnoughCredits(required=required, available=available))
            else:
                outcomes.append(tuple(accepting.take(submission) for submission in batch))
        await accepting.write(connection)
        return outcomes
