"""Receive a batch: its rows are stored unseen, portion by portion, and accepted all together in one transaction."""

import asyncio
from collections.abc import Sequence
from functools import partial
from uuid import UUID

import msgspec
import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.accounts.pricing import EntryKind, price
from app.domain.errors import FieldError, IdempotencyInFlightError, InvalidInputError, NotEnoughCreditsError
from app.domain.order.waterfall import lifetime
from app.domain.runs import batch as limits
from app.domain.runs.batch import RowError, row_errors
from app.domain.runs.file_reading import FileReading
from app.domain.runs.job import JobKind, JobStatus, JobView
from app.domain.runs.lookup_options import LookupOptions
from app.domain.runs.warnings import MAX_WARNINGS, bounded
from app.domain.vocabulary import Lane
from app.domain.waterfall.cache_policy import fresh_since
from app.services import Services
from app.store.accounts import ledger
from app.store.runs import batches, idempotency_keys, jobs
from app.usecases.accounts.authenticate import Principal
from app.usecases.accounts.credit_caps import CreditCaps
from app.usecases.batches.portions import RowsToRead, portions
from app.usecases.batches.row_allowance import check_test_rows
from app.usecases.batches.stop_at_quote import tie_to_quote
from app.usecases.runs.submission import Idempotency

log = structlog.get_logger()


class NewBatch(msgspec.Struct, frozen=True, kw_only=True):
    """The checked options of a batch.

    Attributes:
        strict: Whether a single bad row refuses all; a row from which anything would be dropped is a bad one.
        warnings: Of the request.
    """

    principal: Principal
    options: LookupOptions = LookupOptions()
    strict: bool = False
    warnings: tuple[str, ...] = ()
    idempotency: Idempotency | None = None


class UploadedBatch(msgspec.Struct, frozen=True, kw_only=True):
    """An accepted batch.

    Attributes:
        errors: What is wrong with its first bad rows.
        look_ups: How many people the cache does not answer for.
        reading: What was read of its file; None where another process accepted it.
    """

    batch: JobView
    errors: tuple[RowError, ...]
    look_ups: int
    reading: FileReading | None = None


class UploadBatch:
    """Receives batches."""

    def __init__(self, services: Services) -> None:
        """Use the process's services."""
        self._services = services

    async def __call__(self, new: NewBatch, rows: RowsToRead) -> UploadedBatch:
        """Store all rows and accept the good ones, or keep nothing.

        Raises:
            InvalidInputError: Too many rows, no good one, a bad one where none is allowed, or another list's quote.
            AccountLimitError: A test key has stored too many rows today.
            NotEnoughCreditsError: The balance does not cover what the rows may cost.
            IdempotencyInFlightError: The same upload was accepted meanwhile.
            UnavailableError: The database cannot be reached; nothing was accepted.
        """
        batch = self._begun(new)
        try:
            async with self._services.write() as connection:
                await check_test_rows(self._services, connection, new.principal, 1)
                await jobs.add(connection, [batch])
            stored = await self._store(batch, rows, new)
            return await self._accept(new, rows, stored)
        except BaseException:
            await asyncio.shield(self._discard(batch.id))
            raise

    def _begun(self, new: NewBatch) -> JobView:
        return JobView(
            id=self._services.new_id(),
            account_id=new.principal.account_id,
            key_id=new.principal.key_id,
            plan=new.principal.plan,
            mode=new.principal.mode,
            kind=JobKind.BATCH,
            type=new.options.type,
            lane=Lane.BULK,
            status=JobStatus.RECEIVING,
            total=0,
            metadata=new.options.metadata,
            webhook_url=new.options.webhook_url,
            created_at=self._services.now(),
        )

    async def _store(self, batch: JobView, rows: RowsToRead, new: NewBatch) -> tuple[JobView, list[RowError]]:
        """Store the rows; answers the batch with its counts, and what is wrong with the first bad rows."""
        total = rejected = 0
        errors: list[RowError] = []
        warnings, more = list(new.warnings), 0
        async for portion in portions(rows, batch.id, strict=new.strict):
            total += len(portion)
            for row in portion:
                rejected += row.problem is not None
                if row.problem and len(errors) < limits.MAX_REPORTED_ERRORS:
                    errors += row_errors(row.position, row.problem)[: limits.MAX_REPORTED_ERRORS - len(errors)]
            said = [f"row {row.position + 1}: {warning}" for row in portion for warning in row.warnings]
            room = MAX_WARNINGS - len(warnings)
            warnings, more = [*warnings, *said[:room]], more + len(said[room:])
            if total > limits.MAX_ROWS:
                problem = FieldError(field="", message=f"a batch holds at most {limits.MAX_ROWS} rows; send several")
                raise InvalidInputError([problem])
            # Where nothing will be kept, the rest is only counted.
            if not (new.strict and rejected):
                async with self._services.write() as connection:
                    await jobs.add_rows(connection, portion)
        if rejected == total or (new.strict and rejected):
            raise _nothing_kept(total, rejected, errors)
        batch = msgspec.structs.replace(batch, total=total, rejected=rejected, done=rejected)
        warnings = [*rows.reading().warnings, *warnings]
        return msgspec.structs.replace(batch, warnings=bounded(warnings, more=more)), errors

    async def _accept(self, new: NewBatch, rows: RowsToRead, stored: tuple[JobView, list[RowError]]) -> UploadedBatch:
        batch, errors = stored
        now = self._services.now()
        async with self._services.write(partial(batches.was_accepted, job_id=batch.id)) as connection:
            # Locked until the commit, as by everything that spends.
            balance = (await ledger.lock(connection, [batch.account_id]))[batch.account_id]
            await check_test_rows(self._services, connection, new.principal, batch.total)
            held = new.idempotency
            if held and not await idempotency_keys.held(connection, [(held.record, held.held_until)]):
                raise IdempotencyInFlightError
            unit = price((await ledger.plans(connection))[batch.plan], batch.mode, batch.type)
            need = await batches.need(
                connection,
                batch.id,
                account_id=batch.account_id,
                mode=batch.mode,
                kind=batch.type,
                since=fresh_since(now, lifetime(new.options.waterfall, self._services.settings.cache_days))
                + limits.CACHE_MARGIN,
                until=now,
                cached=not new.options.force_refresh,
            )
            if need.most > limits.MAX_DUPLICATES:
                batch = await self._refuse_crowds(connection, batch)
            reserved_credits = unit * need.unanswered
            if reserved_credits > balance:
                raise NotEnoughCreditsError(required=reserved_credits, available=balance)
            caps = await CreditCaps.read(connection, [batch.account_id], now)
            if capped := caps.refusal(batch.account_id, reserved_credits):
                raise capped
            options = msgspec.structs.replace(
                rows.options(),
                providers=new.options.only_providers,
                max_cost_usd=float(new.options.max_cost_usd) if new.options.max_cost_usd is not None else None,
                force_refresh=new.options.force_refresh,
                waterfall=new.options.waterfall,
                price=unit,
                duplicates=need.people < need.rows,
            )
            batch = msgspec.structs.replace(
                batch,
                status=JobStatus.PROCESSING,
                reserved_credits=reserved_credits,
                options=msgspec.to_builtins(options),
                columns=rows.columns(),
                created_at=now,
            )
            if reserved_credits:
                await ledger.append(connection, [self._hold(batch)], now)
            await batches.accept(connection, batch)
            good = stored[0].total - stored[0].rejected  # copies of one contact that are too many were quoted, too
            await tie_to_quote(connection, batch, new.options, now, contacts=good)
            if held:
                await idempotency_keys.bind(connection, [(held.record, batch.id)])
        # No cascade has this id: it wakes the batch feeder of the worker that gets it.
        self._services.broker.notify(Lane.BULK, [batch.id])
        return UploadedBatch(batch=batch, errors=tuple(errors), look_ups=need.unanswered, reading=rows.reading())

    async def _refuse_crowds(self, connection: AsyncConnection, batch: JobView) -> JobView:
        message = f"gives the same contact as {limits.MAX_DUPLICATES} rows before it, which is as often as a batch may"
        problem = [{"field": "", "message": message}]
        more = batch.rejected + await batches.refuse_crowds(connection, batch.id, limits.MAX_DUPLICATES, problem)
        return msgspec.structs.replace(batch, rejected=more, done=more)

    def _hold(self, batch: JobView) -> ledger.LedgerEntry:
        return ledger.LedgerEntry(
            id=self._services.new_id(),
            account_id=batch.account_id,
            run_id=self._services.new_id(),
            job_id=batch.id,
            kind=EntryKind.HOLD,
            amount=-batch.reserved_credits,
        )

    async def _discard(self, job_id: UUID) -> None:
        """Delete what was stored; what cannot be deleted now the workers find in an hour."""
        try:
            async with self._services.engine.begin() as connection:
                await batches.discard(connection, job_id)
        except (SQLAlchemyError, OSError) as error:
            log.warning("batch.discard_failed", job_id=str(job_id), error=type(error).__name__)


def _nothing_kept(total: int, rejected: int, errors: Sequence[RowError]) -> InvalidInputError:
    if not total:
        return InvalidInputError([FieldError(field="", message="there is no row in it; a batch needs at least one")])
    problems = [FieldError(field=_place(error), message=error.message) for error in errors]
    first = f"{problems[0].field} {problems[0].message}"
    sentence = f"{rejected} of {total} rows are bad, so nothing was kept; the first: {first}"
    return InvalidInputError(problems, sentence, more=rejected - len({error.row for error in errors}))


def _place(error: RowError) -> str:
    where = f"row {error.row}" + (f" (line {error.line})" if error.line else "")
    return f"{where}: {error.field}" if error.field else where
