"""Admit a portion of a batch: its rows become runs, and its hold becomes charges, in one transaction."""

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

import msgspec
import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.accounts.pricing import EntryKind
from app.domain.runs.batch import CACHE_MARGIN, MAX_DUPLICATES, BatchOptions
from app.domain.runs.batch_view import options_of
from app.domain.runs.job import JobView
from app.domain.runs.lookup_options import LookupOptions
from app.domain.waterfall.cache_policy import fresh_since
from app.metrics import RUNS_ACCEPTED
from app.redis.notifications import publish
from app.services import Services
from app.store.accounts import ledger
from app.store.runs import batch_rows, batches
from app.store.runs.batch_rows import Portion, WaitingRow
from app.usecases.accounts.authenticate import Principal
from app.usecases.runs.acceptance import Acceptance, Decision
from app.usecases.runs.submission import AcceptanceKind, Submission, SubmissionGroup
from app.usecases.waterfall.finished_runs import EnqueuedWebhooks

MOST_TWINS = 2 * MAX_DUPLICATES

log = structlog.get_logger()


class AdmittedRows(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a portion.

    Attributes:
        rows: How many rows were admitted.
        last: Position of the last one in input order, from which the next portion goes on.
    """

    rows: int
    last: int


class AdmitBatch:
    """Admits portions; a batch is admitted by one process at a time, and a portion never twice.

    The account's lock orders everything that is decided here; the lease of the batch only saves work.
    """

    def __init__(self, services: Services) -> None:
        """Use the process's services."""
        self._services = services
        self._lifetime = timedelta(days=services.settings.cache_days)

    async def __call__(self, batch_id: UUID, *, after: int, limit: int) -> AdmittedRows | None:
        """Admit the next rows of a batch and tell the workers.

        Args:
            batch_id: The batch.
            after: Position up to which all rows are known to be admitted; -1 when nothing is known.
            limit: At most so many rows, and those that give the same contacts again.

        Returns:
            None when nothing could be admitted: the batch has ended, or the account cannot pay for more than was held.
        """
        async with self._services.engine.begin() as connection:
            found = await batches.get(connection, batch_id)
            if found is None or found.ended:
                return None
            # First of all: whoever cancels or admits this batch waits here.
            balance = (await ledger.lock(connection, [found.account_id]))[found.account_id]
            batch = await batches.get(connection, batch_id)
            if batch is None or batch.ended:
                return None
            rows, last = await self._rows(connection, batch, after, limit)
            if not rows:
                return None
            done = await self._admit(connection, batch, rows, balance)
        if done is None:
            return None
        verdicts, owed = done
        await self._tell(batch, verdicts, owed)
        return AdmittedRows(rows=len(rows), last=last)

    async def _rows(
        self, connection: AsyncConnection, batch: JobView, after: int, limit: int
    ) -> tuple[Sequence[WaitingRow], int]:
        """Choose the rows of a portion; answers them with the position up to which none is left out.

        Rows that give the same contacts come along, so that each is looked up once whatever it comes to.
        """
        options = options_of(batch)
        portion = Portion(
            job_id=batch.id,
            account_id=batch.account_id,
            mode=batch.mode.value,
            kind=batch.type,
            since=fresh_since(batch.created_at, self._lifetime) + CACHE_MARGIN,
            until=batch.created_at,
            cached=not options.force_refresh,
            after=after,
            limit=limit,
        )
        rows = await batch_rows.following(connection, portion)
        if not rows:
            return [], after
        last = rows[-1].position
        if options.duplicates:
            later = msgspec.structs.replace(portion, after=last, limit=MOST_TWINS)
            more = await batch_rows.twins(connection, later, [row.fingerprint for row in rows])
            if len(more) == MOST_TWINS:
                # More than a transaction should carry: the first contact alone, with all that give it.
                last = rows[0].position
                same = msgspec.structs.replace(portion, after=last, limit=MAX_DUPLICATES)
                rows, more = rows[:1], await batch_rows.twins(connection, same, [rows[0].fingerprint])
            rows += more
        return rows, last

    async def _admit(
        self, connection: AsyncConnection, batch: JobView, rows: Sequence[WaitingRow], balance: int
    ) -> tuple[Sequence[Decision], EnqueuedWebhooks] | None:
        """Charge the rows after they gave back what was held for them: once a contact, none where the cache answered.

        What is charged though nothing was held for it, because its cached answer has grown too old meanwhile, the
        account pays as it is.
        """
        options = options_of(batch)
        submissions = [self._submission(batch, options, row) for row in rows]
        accepting = await Acceptance.prepare(connection, submissions, self._services, self._lifetime)
        required, _ = accepting.bill(submissions)
        share = min(
            batch.reserved_credits, options.price * len({row.fingerprint for row in rows if not row.was_answered})
        )
        if required > balance + share:
            log.warning("batch.short_of_credits", job_id=str(batch.id), required=required, available=balance)
            return None
        verdicts = accepting.take(SubmissionGroup(submissions=tuple(submissions)))
        if batch.admitted + len(rows) == batch.total - batch.rejected:
            share = batch.reserved_credits
        if share:
            await ledger.append(connection, [self._release(batch, share)], self._services.now())
        await batch_rows.tie(
            connection, batch.id, {row.position: one.run.id for row, one in zip(rows, verdicts, strict=True)}
        )
        # Before the runs are written: of those that the cache answers, the last one may complete the batch.
        await batches.admit(connection, batch.id, admitted=len(rows), reserved_credits=batch.reserved_credits - share)
        return verdicts, await accepting.write(connection)

    def _submission(self, batch: JobView, options: BatchOptions, row: WaitingRow) -> Submission:
        principal = Principal(
            account_id=batch.account_id,
            key_id=batch.key_id,
            plan=batch.plan,
            mode=batch.mode,
            rate_limit=self._services.settings.rate_limit,
        )
        return Submission(
            principal=principal,
            contact=row.contact,
            options=LookupOptions(
                type=batch.type,
                only_providers=options.providers,
                max_cost_usd=Decimal(str(options.max_cost_usd)) if options.max_cost_usd is not None else None,
            ),
            # What was looked up for this batch answers its other rows, also where a refresh is forced.
            answers_since=batch.created_at if options.force_refresh else None,
            agreed_price=options.price,
            lane=batch.lane,
            job_id=batch.id,
        )

    def _release(self, batch: JobView, amount: int) -> ledger.LedgerEntry:
        return ledger.LedgerEntry(
            id=self._services.new_id(),
            account_id=batch.account_id,
            run_id=self._services.new_id(),
            job_id=batch.id,
            kind=EntryKind.RELEASE,
            amount=amount,
        )

    async def _tell(self, batch: JobView, verdicts: Sequence[Decision], owed: EnqueuedWebhooks) -> None:
        """Tell the workers, the dispatchers and those who wait, after the commit."""
        broker = self._services.broker
        broker.kick([verdict.kick for verdict in verdicts if verdict.kick], batch.lane)
        broker.kick_deliveries(owed.deliveries)
        for how in AcceptanceKind:
            count = sum(verdict.how is how for verdict in verdicts)
            RUNS_ACCEPTED.labels(batch.mode.value, how.value).inc(count)
        await publish(self._services.redis, owed.jobs)
