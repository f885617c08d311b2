"""Submit a list by its quote, and stop it at the quote's upper bounds: the other rows end and cost nothing."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.accounts.owner import Owner
from app.domain.errors import FieldError, InvalidInputError
from app.domain.planning.quote_terms import QUOTE_DAYS, QuotedJob, QuoteLimit, stopping_at
from app.domain.runs.job import JobStatus, JobView
from app.domain.runs.lookup_options import LookupOptions
from app.store.runs import batch_rows, batches, quotes
from app.store.runs.batch_rows import WaitingRow

# A batch that waits for refunds is looked at again after so many seconds.
REST_SECONDS = 1.0


async def tie_to_quote(
    connection: AsyncConnection, job: JobView, options: LookupOptions, now: datetime, *, contacts: int
) -> QuotedJob | None:
    """Note by which quote a job or batch is submitted, and where it is stopped; None where it names none.

    Args:
        connection: In the transaction that accepts the job.
        job: As it is accepted.
        options: They name the quote.
        now: The present.
        contacts: The rows that hold a contact.

    Raises:
        InvalidInputError: The account has no such quote, or it is that of another list.
    """
    if options.quote_id is None:
        return None
    owner = Owner(job.account_id, job.mode)
    quote = await quotes.get(connection, owner, options.quote_id, now - timedelta(days=QUOTE_DAYS))
    if quote is None:
        raise _refusal(f"is no quote of the last {QUOTE_DAYS} days; quote the list again")
    if (quote.contacts, quote.type) != (contacts, job.type):
        raise _refusal(f"is the quote of {quote.contacts} contacts for {quote.type.value}; quote this list")
    usd, credits_ = stopping_at(quote.terms) if options.stop_at_quote else (None, None)
    quoted = QuotedJob(job_id=job.id, terms=quote.terms, limit_usd=usd, limit_credits=credits_)
    await quotes.tie(connection, owner, quoted, now)
    return quoted


def _refusal(message: str) -> InvalidInputError:
    return InvalidInputError([FieldError(field="quote_id", message=message)])


class RowsWithinQuote(msgspec.Struct, frozen=True, kw_only=True):
    """The rows of a portion that the limit in credits leaves room for.

    Attributes:
        last: Position up to which no row is left out.
    """

    rows: Sequence[WaitingRow]
    last: int


async def within_quote(
    connection: AsyncConnection, quoted: QuotedJob, rows: Sequence[WaitingRow], last: int, price: int
) -> RowsWithinQuote:
    """Leave out the rows of contacts whose look-ups the limit in credits leaves no room for.

    What the batch was charged, refunds given back, stands still, because the account is locked.
    """
    if quoted.limit_credits is None or not price:
        return RowsWithinQuote(rows=rows, last=last)
    room = max(0, quoted.limit_credits - await batches.credits_used(connection, quoted.job_id)) // price
    fresh = dict.fromkeys(row.fingerprint for row in rows if not row.was_answered)
    dropped = set(list(fresh)[room:])
    kept = [row for row in rows if row.fingerprint not in dropped]
    first = min((row.position for row in rows if row.fingerprint in dropped), default=last + 1)
    return RowsWithinQuote(rows=kept, last=min(last, first - 1))


async def stop_batch(
    connection: AsyncConnection, batch: JobView, quoted: QuotedJob, limit: QuoteLimit, now: datetime
) -> JobView:
    """End the rows that have no run, each with the reason; their credits are no longer reserved.

    Returns:
        The batch, which has ended where nothing of it is under way.
    """
    sentence = quoted.sentence(limit)
    await quotes.stop(connection, batch.id, limit)
    problem = [{"field": "", "message": f"not asked: {sentence}"}]
    left = await batch_rows.end_waiting(connection, batch.id, problem)
    warning = f"{sentence}: {left} rows were not asked and cost nothing"
    done = batch.done + left
    stopped = msgspec.structs.replace(
        batch,
        rejected=batch.rejected + left,
        done=done,
        reserved_credits=0,
        warnings=(*batch.warnings, warning),
        status=JobStatus.COMPLETED if done >= batch.total else batch.status,
        ended_at=now if done >= batch.total else None,
    )
    await batches.end_rows(connection, stopped)
    return stopped
