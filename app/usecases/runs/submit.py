"""Submit contacts: each is answered from the cache, joins a cascade in flight, or is charged and starts a cascade."""

from collections.abc import Sequence
from functools import cache, partial
from typing import Any

import msgspec
from prometheus_client import Counter
from sqlalchemy.ext.asyncio import AsyncConnection

from app.broker import QUEUE_WEBHOOKS
from app.domain.errors import IdempotencyInFlightError, NotEnoughCreditsError, RequestError
from app.domain.runs.job import JobView
from app.domain.vocabulary import Lane, Mode
from app.metrics import RUNS_ACCEPTED
from app.services import Services
from app.store.accounts import ledger
from app.store.database.group_commit import GroupCommit
from app.store.runs import idempotency_keys, runs
from app.usecases.runs.acceptance import start_acceptance
from app.usecases.runs.submission import (
    AcceptanceKind,
    Accepted,
    Decision,
    Idempotency,
    Submission,
    SubmissionGroup,
    WrittenAcceptance,
)


class SubmissionResult(msgspec.Struct, frozen=True, kw_only=True):
    """The decisions about a group, and the notifications to send after the commit."""

    decisions: tuple[Decision, ...]
    written: WrittenAcceptance = WrittenAcceptance()


class Submit:
    """Accept submissions; concurrent requests of one process share a transaction."""

    def __init__(self, services: Services) -> None:
        """Prepare the group commit."""
        self._broker = services.broker
        self._commit: GroupCommit[SubmissionGroup, SubmissionResult] = GroupCommit(
            services.engine,
            partial(_accept, services),
            what="submit",
            key=lambda group: group.submissions[0].principal.account_id,
            committed=_took_effect,
        )

    async def __call__(
        self,
        submissions: Sequence[Submission],
        *,
        job: JobView | None = None,
        given: tuple[dict[str, Any], ...] = (),
        idempotency: Idempotency | None = None,
    ) -> list[Accepted]:
        """Accept all submissions or none.

        When this returns, the runs are committed, and the workers are being notified.

        Args:
            submissions: The contacts.
            job: The job that they make, if any; its counters are those of the start.
            given: Of a job, each contact as the client wrote it.
            idempotency: The idempotency key of the job; single submissions carry their own.

        Raises:
            NotEnoughCreditsError: The balance, or a cap, does not cover all of them; nothing was charged.
            UnavailableError: The database cannot be reached; nothing was accepted or charged.
            OutcomeUnknownError: It was lost while it committed, and cannot be asked.
        """
        group = SubmissionGroup(submissions=tuple(submissions), job=job, given=given, idempotency=idempotency)
        result = await self._commit(group)
        new = [decision for decision in result.decisions if decision.new_cascade]
        for lane in {decision.lane for decision in new}:
            self._broker.notify(lane, [one.new_cascade for one in new if one.new_cascade and one.lane is lane])
        if result.written.moved:
            self._broker.notify(Lane.INTERACTIVE, result.written.moved)
        if result.written.webhooks.deliveries:
            self._broker.notify(QUEUE_WEBHOOKS, result.written.webhooks.deliveries)
        for decision in result.decisions:
            _accepted_metric(decision.run.mode, decision.how).inc()
        return [Accepted(run=decision.run, how=decision.how) for decision in result.decisions]


@cache
def _accepted_metric(mode: Mode, how: AcceptanceKind) -> Counter:
    return RUNS_ACCEPTED.labels(mode.value, how.value)


def _record(group: SubmissionGroup) -> Idempotency | None:
    return group.idempotency or group.submissions[0].idempotency


async def _took_effect(outcomes: Sequence[SubmissionResult | RequestError], connection: AsyncConnection) -> bool:
    """Return whether a transaction was committed; the lock of an account shows that it is over."""
    accepted = [one.decisions[0].run for one in outcomes if isinstance(one, SubmissionResult)]
    if not accepted:
        return True
    await ledger.lock(connection, [accepted[0].account_id])
    return bool(await runs.by_ids(connection, [accepted[0].id]))


async def _accept(
    services: Services, connection: AsyncConnection, groups: Sequence[SubmissionGroup]
) -> list[SubmissionResult | RequestError]:
    acceptance = await start_acceptance(connection, [s for group in groups for s in group.submissions], services)
    taken = [(one.record, one.held_until) for group in groups if (one := _record(group))]
    held = await idempotency_keys.held(connection, taken)
    outcomes: list[SubmissionResult | RequestError] = []
    for group in groups:
        mine = _record(group)
        if mine and mine.record not in held:
            # This one was held up for so long that a repetition took its place.
            outcomes.append(IdempotencyInFlightError())
            continue
        required, available = acceptance.bill(group.submissions)
        if required > available:
            outcomes.append(NotEnoughCreditsError(required=required, available=available))
        elif capped := acceptance.caps.refusal(group.submissions[0].principal.account_id, required):
            outcomes.append(capped)
        else:
            outcomes.append(SubmissionResult(decisions=acceptance.accept(group)))
    written = await acceptance.write(connection)
    # The first accepted group sends the notifications of all.
    for place, outcome in enumerate(outcomes):
        if isinstance(outcome, SubmissionResult):
            outcomes[place] = SubmissionResult(decisions=outcome.decisions, written=written)
            break
    return outcomes
