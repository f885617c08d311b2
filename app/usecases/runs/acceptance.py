"""The inside of a submission's transaction: read once for all, decide one by one, write once for all."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.accounts.pricing import EntryKind, Plan, price
from app.domain.contacts.contact import fingerprint
from app.domain.runs.job import JobView
from app.domain.runs.view import RunView
from app.domain.vocabulary import Lane, ResultStatus, RunStatus
from app.domain.waterfall.cache_policy import answered_by, fresh_since, project
from app.domain.waterfall.result import Result
from app.services import Services
from app.store.accounts import ledger
from app.store.runs import idempotency_keys, jobs, runs
from app.store.waterfall import cache, cascades, queue
from app.usecases.runs.submission import AcceptanceKind, Submission, SubmissionGroup
from app.usecases.waterfall.finished_runs import EnqueuedWebhooks, EnqueueWebhooks


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one submission, and whom to tell after the commit."""

    run: RunView
    how: AcceptanceKind
    lane: Lane
    kick: UUID | None = None


class Acceptance:
    """One transaction's worth of submissions.

    The accounts stay locked from the first read to the commit, so nothing that is decided here can be overtaken by
    another process.
    """

    def __init__(self, services: Services, now: datetime) -> None:
        """Start empty; `prepare` is the way in."""
        self._services = services
        self._now = now
        self._balances: dict[UUID, int] = {}
        self._plans: Mapping[str, Plan] = {}
        self._in_flight: dict[cascades.DuplicateKey, UUID] = {}
        self._cached: dict[cache.Person, list[cache.CacheEntry]] = {}
        self._prints: dict[int, bytes] = {}
        self._new_cascades: list[cascades.NewCascade] = []
        self._new_runs: list[tuple[RunView, UUID]] = []
        self._entries: list[ledger.LedgerEntry] = []
        self._awaited: list[UUID] = []
        self._jobs: list[JobView] = []
        self._rows: list[jobs.NewRow] = []
        self._records: list[tuple[UUID, str, str, UUID]] = []

    @classmethod
    async def prepare(
        cls,
        connection: AsyncConnection,
        submissions: Sequence[Submission],
        services: Services,
        lifetime: timedelta,
    ) -> "Acceptance":
        """Lock the accounts and read what the decisions need.

        Cascades in flight are read before the cache: one that ends in between is then found in the cache, never in
        neither.
        """
        self = cls(services, services.now())
        self._balances = await ledger.lock(connection, (s.principal.account_id for s in submissions))
        self._plans = await ledger.plans(connection)
        self._prints = {id(s): fingerprint(s.contact) for s in submissions}
        self._in_flight = await cascades.in_flight(connection, map(self._key, submissions))
        asked = [self._key(s)[:3] for s in submissions if not s.options.force_refresh]
        self._cached = await cache.find(connection, asked, fresh_since(self._now, lifetime))
        return self

    def bill(self, batch: Sequence[Submission]) -> tuple[int, int]:
        """Tell what a batch would cost and what its account has, both in credits."""
        fresh: dict[cascades.DuplicateKey, int] = {}
        for submission in batch:
            key = self._key(submission)
            if key not in fresh and key not in self._in_flight and self._hit(submission) is None:
                fresh[key] = self._price(submission)
        return sum(fresh.values()), self._balances.get(batch[0].principal.account_id, 0)

    def take(self, order: SubmissionGroup) -> tuple[Decision, ...]:
        """Accept an order that can be paid for."""
        verdicts = tuple(map(self._take, order.submissions))
        if order.job:
            self._jobs.append(order.job)
            self._rows += [
                jobs.NewRow(
                    job_id=order.job.id,
                    position=position,
                    given=given,
                    contact=submission.contact,
                    fingerprint=self._prints[id(submission)],
                    run_id=verdict.run.id,
                )
                for position, (given, submission, verdict) in enumerate(
                    zip(order.given, order.submissions, verdicts, strict=True)
                )
            ]
        if order.job and order.idempotency:
            record = order.idempotency
            self._records.append((order.job.key_id, record.operation, record.key, order.job.id))
        return verdicts

    def _take(self, submission: Submission) -> Decision:
        hit = self._hit(submission)
        if hit is not None:
            return self._answer(submission, *hit)
        key = self._key(submission)
        cascade_id = self._in_flight.get(key)
        if cascade_id is not None:
            run = self._add_run(submission, cascade_id=cascade_id, credits_used=0)
            if submission.lane is Lane.INTERACTIVE:
                self._awaited.append(cascade_id)
            return Decision(run=run, how=AcceptanceKind.JOINED, lane=submission.lane)
        return self._begin(submission, key)

    def _begin(self, submission: Submission, key: cascades.DuplicateKey) -> Decision:
        cost = self._price(submission)
        cascade_id = self._services.new_id()
        self._in_flight[key] = cascade_id
        self._new_cascades.append(
            cascades.NewCascade(
                id=cascade_id,
                account_id=submission.principal.account_id,
                mode=submission.principal.mode,
                type=submission.options.type,
                fingerprint=self._prints[id(submission)],
                lane=submission.lane,
                contact=submission.contact,
                only_providers=submission.options.only_providers,
                max_cost_usd=submission.options.max_cost_usd,
                created_at=self._now,
            )
        )
        run = self._add_run(submission, cascade_id=cascade_id, credits_used=cost)
        if cost:
            self._balances[run.account_id] -= cost
            self._entries.append(
                ledger.LedgerEntry(
                    id=self._services.new_id(),
                    account_id=run.account_id,
                    run_id=run.id,
                    kind=EntryKind.CHARGE,
                    amount=-cost,
                )
            )
        return Decision(run=run, how=AcceptanceKind.NEW, lane=submission.lane, kick=cascade_id)

    def _answer(
        self, submission: Submission, entry: cache.CacheEntry, status: ResultStatus, result: Result
    ) -> Decision:
        run = self._add_run(submission, entry=entry, outcome=(status, result))
        return Decision(run=run, how=AcceptanceKind.CACHED, lane=submission.lane)

    def _add_run(
        self,
        submission: Submission,
        *,
        cascade_id: UUID | None = None,
        credits_used: int = 0,
        entry: cache.CacheEntry | None = None,
        outcome: tuple[ResultStatus, Result] | None = None,
    ) -> RunView:
        run = RunView(
            id=self._services.new_id(),
            account_id=submission.principal.account_id,
            cascade_id=cascade_id,
            source_run_id=entry.run_id if entry else None,
            plan=submission.principal.plan,
            mode=submission.principal.mode,
            type=submission.options.type,
            status=RunStatus.COMPLETED if outcome else RunStatus.PENDING,
            result_status=outcome[0] if outcome else None,
            cached=outcome is not None,
            degraded=bool(entry and entry.degraded and outcome and outcome[0] is ResultStatus.NOT_FOUND),
            credits_used=credits_used,
            result=outcome[1] if outcome else None,
            error=None,
            metadata=submission.options.metadata,
            webhook_url=submission.options.webhook_url,
            created_at=self._now,
            started_at=None,
            ended_at=self._now if outcome else None,
            job_id=submission.job_id,
        )
        self._new_runs.append((run, submission.principal.key_id))
        if submission.idempotency:
            record = submission.idempotency
            self._records.append((submission.principal.key_id, record.operation, record.key, run.id))
        return run

    def _hit(self, submission: Submission) -> tuple[cache.CacheEntry, ResultStatus, Result] | None:
        """Find the newest entry that answers every field asked for."""
        if submission.options.force_refresh:
            return None
        wanted = answered_by(submission.options.type)
        for entry in self._cached.get(self._key(submission)[:3], ()):
            if submission.answers_since and entry.ended_at <= submission.answers_since:
                continue
            if entry.type in wanted and (answer := project(entry.result, submission.options.type)):
                return entry, *answer
        return None

    def _price(self, submission: Submission) -> int:
        if submission.agreed_price is not None:
            return submission.agreed_price
        principal = submission.principal
        return price(self._plans[principal.plan], principal.mode, submission.options.type)

    def _key(self, submission: Submission) -> cascades.DuplicateKey:
        principal = submission.principal
        return (
            principal.account_id,
            principal.mode.value,
            self._prints[id(submission)],
            submission.options.type.value,
        )

    async def bring_forward(self, connection: AsyncConnection) -> list[UUID]:
        """Move what single look-ups have joined out of the bulk lane; returns the cascades that were moved."""
        return await queue.bring_forward(connection, self._awaited) if self._awaited else []

    async def write(self, connection: AsyncConnection) -> EnqueuedWebhooks:
        """Write everything that was accepted, and what follows for the runs that are answered already."""
        await cascades.add(connection, self._new_cascades)
        await runs.add(connection, self._new_runs)
        await ledger.append(connection, self._entries, self._now)
        await jobs.add(connection, self._jobs)
        await jobs.add_rows(connection, self._rows)
        await idempotency_keys.bind(connection, self._records)
        return await EnqueueWebhooks(self._services)(
            connection, [run for run, _ in self._new_runs if run.ended], self._now
        )
