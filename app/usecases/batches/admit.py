"""Admit a portion of a batch: its rows become runs, and its hold becomes charges, in one transaction."""

from collections.abc import Sequence
from contextlib import suppress
from decimal import Decimal
from uuid import UUID

import msgspec
import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from app.broker import QUEUE_WEBHOOKS
from app.domain.accounts.owner import Owner
from app.domain.accounts.pricing import EntryKind
from app.domain.errors import AlreadyEndedError, UnknownIdError
from app.domain.order.waterfall import lifetime
from app.domain.planning.quote_terms import QuotedJob, QuoteLimit
from app.domain.runs.batch import CACHE_MARGIN, MAX_DUPLICATES, BatchOptions
from app.domain.runs.batch_view import options_of
from app.domain.runs.job import JobView
from app.domain.runs.lookup_options import LookupOptions
from app.domain.waterfall.cache_policy import fresh_since
from app.metrics import RUNS_ACCEPTED
from app.redis.notifications import publish
from app.services import Services
from app.store.accounts import keys, ledger, suspensions
from app.store.runs import batch_rows, batches, quotes
from app.store.runs.batch_rows import Portion, WaitingRow
from app.usecases.accounts.authenticate import Principal
from app.usecases.batches.cancel import cancel_batch
from app.usecases.batches.stop_at_quote import REST_SECONDS, stop_batch, within_quote
from app.usecases.runs.acceptance import start_acceptance
from app.usecases.runs.submission import AcceptanceKind, Decision, Submission, SubmissionGroup
from app.usecases.waterfall.finished_runs import EnqueuedWebhooks, enqueue_webhooks

MOST_TWINS = 2 * MAX_DUPLICATES

log = structlog.get_logger()


class AdmittedRows(msgspec.Struct, frozen=True, kw_only=True):
    """The result of a portion.

    Attributes:
        rows: How many rows were admitted.
        last: Position of the last one in input order, from which the next portion goes on.
    """

    rows: int
    last: int


async def admit_batch(services: Services, batch_id: UUID, *, after: int, limit: int) -> AdmittedRows | None:
    """Admit the next rows of a batch and notify the workers.

    Args:
        services: The process's.
        batch_id: The batch.
        after: Position up to which all rows are known to be admitted; -1 when nothing is known.
        limit: At most so many rows, and those that give the same contacts again.

    Returns:
        None when nothing could be admitted: the batch has ended, the account is suspended, or it cannot pay for more
        than was held.
    """
    async with services.engine.begin() as connection:
        found = await batches.get(connection, batch_id)
        if found is None or found.ended:
            return None
        revoked = await keys.revoked_of(connection, [found.key_id])
    if revoked:
        # What a revoked key began spends no more.
        log.info("batch.key_revoked", job_id=str(batch_id))
        with suppress(AlreadyEndedError, UnknownIdError):
            await cancel_batch(services, Owner(found.account_id, found.mode), batch_id)
        return None
    async with services.engine.begin() as connection:
        # First of all: cancelling or admitting this batch waits here.
        balance = (await ledger.lock(connection, [found.account_id]))[found.account_id]
        batch = await batches.get(connection, batch_id)
        if batch is None or batch.ended or await suspensions.read(connection, batch.account_id) is not None:
            return None
        rows, last = await _rows(connection, services, batch, after, limit)
        if not rows:
            return None
        if quoted := await quotes.of_job(connection, batch.id):
            within = await within_quote(connection, quoted, rows, last, options_of(batch).price)
            rows, last = within.rows, within.last
        if quoted and (quoted.reached or not rows):
            done = await _end_rest(connection, services, batch, quoted)
            rows = []
        else:
            done = await _admit(connection, services, batch, rows, balance, quoted=quoted)
    if done is None:
        return None
    decisions, webhooks = done
    await _notify(services, batch, decisions, webhooks)
    return AdmittedRows(rows=len(rows), last=last)


async def _end_rest(
    connection: AsyncConnection, services: Services, batch: JobView, quoted: QuotedJob
) -> tuple[Sequence[Decision], EnqueuedWebhooks] | None:
    """Stop a batch at its quote; where only credits lack that runs under way may give back, wait for them."""
    if not quoted.reached and batch.admitted > batch.done - batch.rejected:
        await batches.rest(connection, batch.id, REST_SECONDS)
        return None
    now = services.now()
    if batch.reserved_credits:
        await ledger.append(connection, [_release(services, batch, batch.reserved_credits)], now)
    # The runs that end at the same time wait for the row: its counts must stand still.
    stopped = await stop_batch(
        connection, await batches.locked(connection, batch.id), quoted, quoted.reached or QuoteLimit.CREDITS, now
    )
    log.info("batch.stopped_at_quote", job_id=str(batch.id), rejected=stopped.rejected)
    closed = [stopped] if stopped.ended else []
    return [], await enqueue_webhooks(connection, services, [], now, closed)


async def _rows(
    connection: AsyncConnection, services: Services, batch: JobView, after: int, limit: int
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
        since=fresh_since(batch.created_at, lifetime(options.waterfall, services.settings.cache_days)) + CACHE_MARGIN,
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
    connection: AsyncConnection,
    services: Services,
    batch: JobView,
    rows: Sequence[WaitingRow],
    balance: int,
    *,
    quoted: QuotedJob | None,
) -> tuple[Sequence[Decision], EnqueuedWebhooks] | None:
    """Charge the rows after they gave back what was held for them: once a contact, none where the cache answered.

    What is charged though nothing was held for it, because its cached answer has grown too old meanwhile, the
    account pays as it is.
    """
    options = options_of(batch)
    budget_id = quoted.job_id if quoted and quoted.limit_usd is not None else None
    submissions = [_submission(services, batch, options, row, budget_id) for row in rows]
    acceptance = await start_acceptance(connection, submissions, services)
    required, _ = acceptance.bill(submissions)
    share = min(batch.reserved_credits, options.price * len({row.fingerprint for row in rows if not row.was_answered}))
    if required > balance + share:
        log.warning("batch.short_of_credits", job_id=str(batch.id), required=required, available=balance)
        return None
    decisions = acceptance.accept(SubmissionGroup(submissions=tuple(submissions)))
    if batch.admitted + len(rows) == batch.total - batch.rejected:
        share = batch.reserved_credits
    if share:
        await ledger.append(connection, [_release(services, batch, share)], services.now())
    await batch_rows.tie(
        connection, batch.id, {row.position: one.run.id for row, one in zip(rows, decisions, strict=True)}
    )
    # Before the runs are written: of those that the cache answers, the last one may complete the batch.
    await batches.admit(connection, batch.id, admitted=len(rows), reserved_credits=batch.reserved_credits - share)
    return decisions, (await acceptance.write(connection)).webhooks


def _submission(
    services: Services, batch: JobView, options: BatchOptions, row: WaitingRow, budget_id: UUID | None
) -> Submission:
    principal = Principal(
        account_id=batch.account_id,
        key_id=batch.key_id,
        plan=batch.plan,
        mode=batch.mode,
        rate_limit=services.settings.rate_limit,
    )
    return Submission(
        principal=principal,
        contact=row.contact,
        options=LookupOptions(
            type=batch.type,
            only_providers=options.providers,
            max_cost_usd=Decimal(str(options.max_cost_usd)) if options.max_cost_usd is not None else None,
            waterfall=options.waterfall,
        ),
        warnings=row.warnings,
        # What was looked up for this batch answers its other rows, also where a refresh is forced.
        answers_since=batch.created_at if options.force_refresh else None,
        agreed_price=options.price,
        lane=batch.lane,
        job_id=batch.id,
        budget_id=budget_id,
    )


def _release(services: Services, batch: JobView, amount: int) -> ledger.LedgerEntry:
    return ledger.LedgerEntry(
        id=services.new_id(),
        account_id=batch.account_id,
        run_id=services.new_id(),
        job_id=batch.id,
        kind=EntryKind.RELEASE,
        amount=amount,
    )


async def _notify(
    services: Services, batch: JobView, decisions: Sequence[Decision], webhooks: EnqueuedWebhooks
) -> None:
    """Notify the workers, the dispatchers and waiting clients, after the commit."""
    broker = services.broker
    if new := [d.new_cascade for d in decisions if d.new_cascade]:
        broker.notify(batch.lane, new)
    if webhooks.deliveries:
        broker.notify(QUEUE_WEBHOOKS, webhooks.deliveries)
    for how in AcceptanceKind:
        count = sum(decision.how is how for decision in decisions)
        RUNS_ACCEPTED.labels(batch.mode.value, how.value).inc(count)
    await publish(services.redis, webhooks.jobs)
