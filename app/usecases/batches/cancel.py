"""Cancel a batch: its runs end, its other rows never get one, and the credits reserved for them come back."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.accounts.owner import Owner
from app.domain.accounts.pricing import EntryKind
from app.domain.errors import AlreadyEndedError, UnknownIdError
from app.domain.runs.job import JobStatus, JobView
from app.domain.runs.view import RunView
from app.services import Services
from app.store.accounts import ledger
from app.store.runs import batches, runs
from app.usecases.runs.cancel import cancel_together


async def cancel_batch(services: Services, owner: Owner, batch_id: UUID) -> None:
    """End a batch as cancelled, with every run of it that has not ended, in one transaction.

    Raises:
        UnknownIdError: The account has no such batch.
        AlreadyEndedError: The batch has ended.
        UnavailableError: The database cannot be reached.
    """

    async def choose(connection: AsyncConnection) -> Sequence[RunView]:
        batch = await batches.get(connection, batch_id, owner)
        if batch is None:
            raise UnknownIdError("batch")
        if batch.ended:
            raise AlreadyEndedError(batch.status.value, what="batch")
        return await runs.living_of_job(connection, batch_id)

    async def close(connection: AsyncConnection, now: datetime) -> JobView:
        before = await batches.get(connection, batch_id)
        after = await batches.cancel(connection, batch_id, now)
        if before is None or after is None:
            # Its last run has ended while this waited for it.
            raise AlreadyEndedError(JobStatus.COMPLETED.value, what="batch")
        if before.reserved_credits:
            await ledger.append(connection, [_release(services, before)], now)
        return after

    await cancel_together(services, owner, choose, close)


def _release(services: Services, batch: JobView) -> ledger.LedgerEntry:
    return ledger.LedgerEntry(
        id=services.new_id(),
        account_id=batch.account_id,
        run_id=services.new_id(),
        job_id=batch.id,
        kind=EntryKind.RELEASE,
        amount=batch.reserved_credits,
    )
