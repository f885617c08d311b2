"""Read batches: one with its progress, page by page, and the rows of one with their outcomes."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from uuid import UUID

import msgspec

from app.domain.accounts.owner import Owner
from app.domain.errors import UnknownIdError
from app.domain.runs.batch import EVERY_ROW, MAX_REPORTED_ERRORS, RowError, RowFilter, RowOutcome
from app.domain.runs.job import JobKind, JobView
from app.domain.runs.run_filter import EVERY, RunFilter
from app.services import Services
from app.store.accounts import keys
from app.store.runs import batch_rows, batches, job_list

# What is read, written and sent at once: so little that nobody else waits for it.
PAGE = 250
PAGE_BYTES = 256 * 1024


class BatchProgress(msgspec.Struct, frozen=True, kw_only=True):
    """A batch, the errors of its first rejected rows, and the credits of its runs."""

    batch: JobView
    errors: tuple[RowError, ...]
    credits_used: int


class ReadBatches:
    """Reads batches; one whose upload is not accepted yet does not exist."""

    def __init__(self, services: Services) -> None:
        """Use the process's services."""
        self._services = services

    async def get(self, owner: Owner, batch_id: UUID) -> JobView:
        """Read one batch.

        Raises:
            UnknownIdError: The account has no such batch.
            UnavailableError: The database cannot be reached.
        """
        async with self._services.read() as connection:
            batch = await batches.get(connection, batch_id, owner)
        if batch is None:
            raise UnknownIdError("batch")
        return batch

    async def progress(self, owner: Owner, batch_id: UUID) -> BatchProgress:
        """Read one batch whole.

        Raises:
            UnknownIdError: The account has no such batch.
            UnavailableError: The database cannot be reached.
        """
        batch = await self.get(owner, batch_id)
        async with self._services.read() as connection:
            errors = await batch_rows.errors(connection, batch_id, MAX_REPORTED_ERRORS) if batch.rejected else []
            used = await batches.credits_used(connection, batch_id)
        return BatchProgress(batch=batch, errors=tuple(errors), credits_used=used)

    async def looks(self, owner: Owner, batch_id: UUID, *, seconds: float) -> AsyncIterator[JobView]:
        """Look at a batch at once and every `seconds`, the last time when it has ended; holds no connection meanwhile.

        Raises:
            UnknownIdError: The account has no such batch.
            UnavailableError: The database cannot be reached.
        """
        while True:
            batch = await self.get(owner, batch_id)
            yield batch
            if batch.ended:
                return
            await asyncio.sleep(seconds)

    async def page(
        self, owner: Owner, wanted: RunFilter = EVERY, *, before: UUID | None, limit: int
    ) -> Sequence[JobView]:
        """Read a page of an account's batches, newest first, older than `before`.

        Raises:
            UnavailableError: The database cannot be reached.
        """
        async with self._services.read() as connection:
            key_ids = None if wanted.key is None else await keys.matching(connection, owner, wanted.key)
            return await job_list.page(
                connection, owner, JobKind.BATCH, wanted, key_ids=key_ids, before_id=before, limit=limit
            )

    async def rows(
        self, batch: JobView, wanted: RowFilter = EVERY_ROW, *, after: int, limit: int
    ) -> tuple[list[RowOutcome], bool]:
        """Read the next rows of a batch in input order, behind a position, and whether more follow.

        Raises:
            UnavailableError: The database cannot be reached.
        """
        async with self._services.read() as connection:
            found = await batch_rows.fates(connection, batch, wanted, after=after, limit=limit + 1, size=PAGE_BYTES)
            if len(found) > limit:
                return found[:limit], True
            # Fewer are read where rows are long, too.
            last = found[-1].position if found else batch.total
            more = last + 1 < batch.total and await batch_rows.fates(
                connection, batch, wanted, after=last, limit=1, size=PAGE_BYTES
            )
        return found, bool(more)

    async def fates(self, batch: JobView, wanted: RowFilter = EVERY_ROW) -> AsyncIterator[list[RowOutcome]]:
        """Read the rows of a batch in input order, page by page; holds no connection between pages.

        Raises:
            UnavailableError: The database cannot be reached.
        """
        after = -1
        while True:
            async with self._services.read() as connection:
                page = await batch_rows.fates(connection, batch, wanted, after=after, limit=PAGE, size=PAGE_BYTES)
            if not page:
                return
            yield page
            after = page[-1].position
