"""Store attempts as they happen; those of one process share transactions."""

from collections.abc import Sequence
from functools import cache
from uuid import UUID

from prometheus_client import Counter, Histogram
from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.vocabulary import Field, Mode
from app.domain.waterfall.attempt import Attempt, Outcome, outcome_of
from app.domain.waterfall.late_results import first_poll
from app.metrics import ATTEMPT_SECONDS, ATTEMPTS, PROVIDER_SPEND
from app.providers.client.polling import CALLBACK
from app.services import Services
from app.store.database.group_commit import WORKER_SECONDS, GroupCommit, patiently
from app.store.runs import jobs
from app.store.waterfall import attempts, callbacks
from app.store.waterfall.attempts import AttemptEnd, NewAttempt, Place, StoredAttempt
from app.store.waterfall.callbacks import ExpectedCallback
from app.store.waterfall.cascades import LeasedCascade
from app.usecases.waterfall.reservation import CapReachedSkip, RoomAwaited
from app.usecases.waterfall.spend_gate import SpendGate

ROOM_SECONDS = 0.25


@cache
def _count(provider: str, field: Field, outcome: Outcome) -> Counter:
    """Return the metric's child; looking it up costs more than counting."""
    return ATTEMPTS.labels(provider, field.value, outcome.value)


@cache
def _seconds(provider: str, field: Field) -> Histogram:
    return ATTEMPT_SECONDS.labels(provider, field.value)


class LeaseLostError(Exception):
    """The lease of the cascade is lost; stop without a trace."""


class RecordAttempt:
    """Stores the attempts of the cascades that this process runs."""

    def __init__(self, services: Services) -> None:
        """Prepare the group commits."""
        self._services = services
        self.spend = SpendGate(services)
        engine, gather, seconds = services.engine, services.settings.gather_seconds, WORKER_SECONDS
        self._begin: GroupCommit[NewAttempt, Place | CapReachedSkip | None] = GroupCommit(
            engine,
            self._begin_all,
            what="attempt_begin",
            gather=gather,
            key=lambda beginning: beginning.cascade_id,
            seconds=seconds,
        )
        self._end: GroupCommit[AttemptEnd, None] = GroupCommit(
            engine,
            self._end_all,
            what="attempt_end",
            gather=gather,
            key=lambda ending: ending.beginning.cascade_id,
            seconds=seconds,
        )
        self._ticket: GroupCommit[tuple[NewAttempt, dict[str, str]], None] = GroupCommit(
            engine, self._save_all, what="ticket", gather=gather, key=lambda one: one[0].cascade_id, seconds=seconds
        )
        self._announce: GroupCommit[tuple[NewAttempt, ExpectedCallback], Place | None] = GroupCommit(
            engine, self._announce_all, what="callback_announce", key=lambda one: one[0].cascade_id, seconds=seconds
        )
        self._read: GroupCommit[tuple[UUID, int], list[StoredAttempt]] = GroupCommit(
            engine, self._resume_all, what="attempts_read", key=lambda held: held[0], seconds=seconds
        )

    async def begin(self, beginning: NewAttempt) -> None:
        """Store that a call is about to be made.

        Raises:
            LeaseLostError: The cascade was cancelled or taken over, or the call is answered; it must not be made.
            CapReachedSkip: A cap or a quote leaves no room for what it can cost; it must not be made.
        """
        # Calls under way may give back what this one needs; nothing is reserved while it waits for them.
        while isinstance(begun := await patiently(self._begin, beginning), RoomAwaited):
            await self._services.clock.sleep(ROOM_SECONDS)
        if isinstance(begun, CapReachedSkip):
            raise begun
        if begun is None:
            raise LeaseLostError

    async def end(self, beginning: NewAttempt, attempt: Attempt, *, cut: bool = False) -> None:
        """Store the end of a call, and count it."""
        entry, now = self._services.registry.entry(attempt.provider), self._services.now()
        due = first_poll(attempt.answer, now, entry.poll_scale if entry else 1.0, cut=cut)
        if attempt.field is Field.VERIFY:
            due = None  # a late verdict is of no use: the address may not be the contact's any more
        ending = AttemptEnd(beginning=beginning, attempt=attempt, ended_at=now, late_result_due_at=due)
        await patiently(self._end, ending)
        outcome, _ = outcome_of(attempt.field, attempt.answer)
        _count(attempt.provider, attempt.field, outcome).inc()
        if attempt.latency_ms is not None:
            _seconds(attempt.provider, attempt.field).observe(attempt.latency_ms / 1000)
        if attempt.cost_usd:
            PROVIDER_SPEND.labels(attempt.provider, attempt.field.value).inc(float(attempt.cost_usd))

    async def ticket(self, beginning: NewAttempt, values: dict[str, str]) -> None:
        """Store an asynchronous vendor's ticket; when this returns it survives a crash."""
        await patiently(self._ticket, (beginning, values))

    async def announce(self, beginning: NewAttempt, announced: ExpectedCallback) -> None:
        """Store that a vendor may post a result, with its ticket; when this returns both survive a crash.

        Raises:
            LeaseLostError: The attempt was taken over; the call must not be made.
        """
        if await patiently(self._announce, (beginning, announced)) is None:
            raise LeaseLostError

    async def resume(self, leased: LeasedCascade) -> list[StoredAttempt]:
        """Take over the open attempts of a cascade; return all of them, the oldest first."""
        return await patiently(self._read, (leased.id, leased.fencing_token))

    async def interrupted(self, leased: LeasedCascade, row: StoredAttempt, attempt: Attempt) -> None:
        """Close an attempt that was begun and never ended."""
        beginning = NewAttempt(
            cascade_id=leased.id,
            fencing_token=leased.fencing_token,
            provider=row.provider,
            field=row.field,
            tier=row.tier,
            route=row.route,
            position=row.position,
            missed_before=(),
            started_at=self._services.now(),
            account_id=leased.account_id if leased.mode is Mode.LIVE else None,
            budget_id=leased.budget_id,
        )
        await self.begin(beginning)
        await self.end(beginning, attempt, cut=True)

    async def _begin_all(
        self, connection: AsyncConnection, batch: Sequence[NewAttempt]
    ) -> list[Place | CapReachedSkip | None]:
        reservation = await self.spend.reserve(connection, batch)
        refused = reservation.refused if reservation else {}
        allowed = await attempts.begin(
            connection,
            [b for b in batch if b.place not in refused] if refused else batch,
            commits=reservation is None,
        )
        if reservation:
            await reservation.write(connection, allowed)
        if len(allowed) == len(batch):
            return [b.place for b in batch]
        return [refused.get(b.place) or (b.place if b.place in allowed else None) for b in batch]

    async def _end_all(self, connection: AsyncConnection, batch: Sequence[AttemptEnd]) -> list[None]:
        await self.spend.settle(connection, batch)
        late = await attempts.end(connection, batch, commits=True)
        # Nobody adds up the cascade again that has ended meanwhile.
        await jobs.add_late_costs(connection, late, self._services.now())
        return [None] * len(batch)

    async def _save_all(
        self, connection: AsyncConnection, batch: Sequence[tuple[NewAttempt, dict[str, str]]]
    ) -> list[None]:
        await attempts.save_tickets(connection, batch)
        return [None] * len(batch)

    async def _announce_all(
        self, connection: AsyncConnection, batch: Sequence[tuple[NewAttempt, ExpectedCallback]]
    ) -> list[Place | None]:
        tickets = [(beginning, {CALLBACK: announced.token_digest.hex()}) for beginning, announced in batch]
        ours = await attempts.save_tickets(connection, tickets)
        await callbacks.announce(connection, [announced for beginning, announced in batch if beginning.place in ours])
        return [beginning.place if beginning.place in ours else None for beginning, _ in batch]

    async def _resume_all(
        self, connection: AsyncConnection, batch: Sequence[tuple[UUID, int]]
    ) -> list[list[StoredAttempt]]:
        found = await attempts.resume(connection, batch)
        return [found.get(cascade_id, []) for cascade_id, _ in batch]
