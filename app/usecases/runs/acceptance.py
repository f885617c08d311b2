"""Accept submissions inside one transaction: read once for all, decide one by one, write once for all."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.accounts.pricing import EntryKind, price
from app.domain.contacts.fingerprint import fingerprint
from app.domain.runs.job import JobView
from app.domain.runs.view import RunView
from app.domain.vocabulary import Lane, ResultStatus, RunStatus
from app.domain.waterfall.asked_before import Restriction
from app.domain.waterfall.cache_policy import fresh_since
from app.domain.waterfall.result import Result
from app.services import Services
from app.store.accounts import ledger, spend_caps
from app.store.database.queries import run_together
from app.store.runs import idempotency_keys, jobs, runs
from app.store.runs.idempotency_keys import RecordKey
from app.store.waterfall import cache, cascades, queue
from app.usecases.accounts.credit_caps import CreditCaps
from app.usecases.runs.earlier_answers import EarlierAnswers, earlier_answers
from app.usecases.runs.submission import AcceptanceKind, Decision, Submission, SubmissionGroup, WrittenAcceptance
from app.usecases.waterfall.finished_runs import EnqueuedWebhooks, enqueue_webhooks


async def start_acceptance(
    connection: AsyncConnection, submissions: Sequence[Submission], services: Services
) -> "Acceptance":
    """Lock the accounts and read everything that the decisions need.

    Cascades in flight are read before the cache, so that one that ends in between is found in the cache.
    """
    now = services.now()
    keys = {
        id(s): (s.principal.account_id, s.principal.mode, fingerprint(s.contact), s.options.type) for s in submissions
    }
    since = fresh_since(now, timedelta(days=services.settings.cache_days))
    accounts = {s.principal.account_id for s in submissions}
    balances, plans, caps, in_flight, *cached = await run_together(
        connection,
        ledger.locking(accounts),
        ledger.PRICING,
        spend_caps.in_credits(accounts),
        cascades.in_flight(keys.values()),
        *cache.find([keys[id(s)][:3] for s in submissions if not s.options.force_refresh], since),
    )
    prices = {
        id(s): price(plans[s.principal.plan], s.principal.mode, s.options.type)
        if s.agreed_price is None
        else s.agreed_price
        for s in submissions
    }
    return Acceptance(
        services=services,
        now=now,
        balances=balances,
        caps=CreditCaps(caps, now),
        keys=keys,
        prices=prices,
        in_flight=in_flight,
        cached=cached[0] if cached else {},
        since=since,
    )


@dataclass(kw_only=True)
class Acceptance:
    """Decide about the submissions of one transaction.

    The accounts stay locked from the first read to the commit, so that no other process can overtake a decision.

    Attributes:
        keys: What makes each submission a duplicate of another, by its identity.
        prices: Credits of a fresh look-up for each submission, by its identity.
        since: Answers of providers before this time are asked for again.
        in_flight: Open cascades by the duplicates that they answer, those of this transaction included.
    """

    services: Services
    now: datetime
    balances: dict[UUID, int]
    caps: CreditCaps
    keys: Mapping[int, cascades.DuplicateKey]
    prices: Mapping[int, int]
    in_flight: dict[cascades.DuplicateKey, cascades.OpenCascade]
    cached: Mapping[cache.Person, list[cache.CacheEntry]]
    since: datetime
    _known: dict[int, EarlierAnswers] = field(default_factory=dict)
    _cascades: list[cascades.NewCascade] = field(default_factory=list)
    _runs: list[tuple[RunView, UUID]] = field(default_factory=list)
    _entries: list[ledger.LedgerEntry] = field(default_factory=list)
    _awaited: list[UUID] = field(default_factory=list)
    _jobs: list[JobView] = field(default_factory=list)
    _rows: list[jobs.NewRow] = field(default_factory=list)
    _records: list[tuple[RecordKey, UUID]] = field(default_factory=list)

    def bill(self, submissions: Sequence[Submission]) -> tuple[int, int]:
        """Return the credits that submissions cost together, and those that their account has."""
        fresh: dict[cascades.DuplicateKey, int] = {}
        for submission in submissions:
            key = self.keys[id(submission)]
            earlier = self._earlier(submission)
            if not earlier.hit and key not in fresh and key not in self.in_flight:
                fresh[key] = 0 if earlier.paid_at else self.prices[id(submission)]
        return sum(fresh.values()), self.balances.get(submissions[0].principal.account_id, 0)

    def accept(self, group: SubmissionGroup) -> tuple[Decision, ...]:
        """Accept a group that its account can pay for."""
        decisions = tuple(self._decide(submission) for submission in group.submissions)
        if group.job:
            self._add_job(group, group.job, decisions)
        return decisions

    def _decide(self, submission: Submission) -> Decision:
        """Answer a submission from the cache, join it to a cascade in flight, or start a cascade and charge it."""
        key, lane = self.keys[id(submission)], submission.lane
        earlier = self._earlier(submission)
        if earlier.hit is not None:
            return Decision(run=self._add_run(submission, hit=earlier.hit), how=AcceptanceKind.CACHED, lane=lane)
        options, allows = submission.options, submission.allows
        open_cascade = self.in_flight.get(key)
        if open_cascade is not None:
            if lane is Lane.INTERACTIVE:
                self._awaited.append(open_cascade.id)
            wants = None if open_cascade.allows.covers(allows) else allows
            run = self._add_run(submission, cascade_id=open_cascade.id, wants=wants)
            return Decision(run=run, how=AcceptanceKind.JOINED, lane=lane)
        cascade_id, cost = self.services.new_id(), 0 if earlier.paid_at else self.prices[id(submission)]
        self.in_flight[key] = cascades.OpenCascade(id=cascade_id, allows=allows)
        self._cascades.append(
            cascades.NewCascade(
                id=cascade_id,
                account_id=submission.principal.account_id,
                mode=submission.principal.mode,
                type=options.type,
                fingerprint=key[2],
                lane=lane,
                contact=submission.contact,
                only_providers=options.only_providers,
                max_cost_usd=options.max_cost_usd,
                created_at=self.now,
                asked_before=earlier.asked,
                paid_at=earlier.paid_at,
                waterfall=options.waterfall,
                budget_id=submission.budget_id,
            )
        )
        run = self._add_run(submission, cascade_id=cascade_id, cost=cost)
        return Decision(run=run, how=AcceptanceKind.NEW, lane=lane, new_cascade=cascade_id)

    def _add_run(
        self,
        submission: Submission,
        *,
        cascade_id: UUID | None = None,
        cost: int = 0,
        hit: tuple[cache.CacheEntry, ResultStatus, Result] | None = None,
        wants: Restriction | None = None,
    ) -> RunView:
        entry, status, result = hit or (None, None, None)
        principal = submission.principal
        run = RunView(
            id=self.services.new_id(),
            account_id=principal.account_id,
            cascade_id=cascade_id,
            source_run_id=entry.run_id if entry else None,
            plan=principal.plan,
            mode=principal.mode,
            type=submission.options.type,
            status=RunStatus.COMPLETED if hit else RunStatus.PENDING,
            result_status=status,
            cached=hit is not None,
            degraded=bool(entry and entry.degraded and status is ResultStatus.NOT_FOUND),
            credits_used=cost,
            result=result,
            error=None,
            metadata=submission.options.metadata,
            webhook_url=submission.options.webhook_url,
            warnings=submission.warnings,
            created_at=self.now,
            started_at=None,
            ended_at=self.now if hit else None,
            job_id=submission.job_id,
            contact=submission.contact,
            wants=wants,
        )
        self._runs.append((run, principal.key_id))
        if held := submission.idempotency:
            self._records.append((held.record, run.id))
        if cost:
            self.balances[run.account_id] -= cost
            entry_id, charge = self.services.new_id(), EntryKind.CHARGE
            self._entries.append(
                ledger.LedgerEntry(id=entry_id, account_id=run.account_id, run_id=run.id, kind=charge, amount=-cost)
            )
        return run

    def _add_job(self, group: SubmissionGroup, job: JobView, decisions: Sequence[Decision]) -> None:
        self._jobs.append(job)
        self._rows += [
            jobs.NewRow(
                job_id=job.id,
                position=position,
                given=given,
                contact=submission.contact,
                fingerprint=self.keys[id(submission)][2],
                warnings=submission.warnings,
                run_id=decision.run.id,
            )
            for position, (given, submission, decision) in enumerate(
                zip(group.given, group.submissions, decisions, strict=True)
            )
        ]
        if held := group.idempotency:
            self._records.append((held.record, job.id))

    def _earlier(self, submission: Submission) -> EarlierAnswers:
        """Return what earlier look-ups of the contact are worth: found out once, for the bill and for the decision."""
        known = self._known.get(id(submission))
        if known is None:
            entries = self.cached.get(self.keys[id(submission)][:3], ())
            known = earlier_answers(submission, entries, self.services.registry, since=self.since, now=self.now)
            self._known[id(submission)] = known
        return known

    async def write(self, connection: AsyncConnection) -> WrittenAcceptance:
        """Write everything that was accepted, and enqueue the webhooks of runs that the cache answered."""
        if new := [*cascades.adding(self._cascades), *runs.adding(self._runs)]:
            await ledger.append(connection, self._entries, self.now, first=new)
        await jobs.add(connection, self._jobs)
        await jobs.add_rows(connection, self._rows)
        await idempotency_keys.bind(connection, self._records)
        answered = [run for run, _ in self._runs if run.ended_at]
        webhooks = await enqueue_webhooks(connection, self.services, answered, self.now) if answered else None
        # A single look-up that joined a cascade of the bulk lane does not wait for that lane.
        moved = await queue.bring_forward(connection, self._awaited) if self._awaited else ()
        return WrittenAcceptance(webhooks=webhooks or EnqueuedWebhooks(), moved=tuple(moved))
