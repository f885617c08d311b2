"""Read jobs: now, when they end, with their contacts, and page by page."""

from collections.abc import Sequence
from decimal import Decimal
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.accounts.owner import Owner
from app.domain.errors import UnknownIdError
from app.domain.runs.job import JobKind, JobView
from app.domain.runs.job_row import RowView
from app.domain.runs.run_filter import RunFilter
from app.redis.notifications import Notifications
from app.services import Services
from app.store.accounts import keys
from app.store.database.group_commit import GroupCommit
from app.store.runs import job_list, jobs
from app.usecases.runs.read import wait_until_ended


class JobWithRows(msgspec.Struct, frozen=True, kw_only=True):
    """A job; with its contacts and what the providers charged for them once it has ended."""

    job: JobView
    rows: tuple[RowView, ...] = ()
    cost_usd: Decimal = Decimal(0)


class ReadJobs:
    """Reads jobs; concurrent reads of one process share a query."""

    def __init__(self, services: Services, notifications: Notifications) -> None:
        """Prepare the group."""
        self._services = services
        self._notifications = notifications
        self._read: GroupCommit[UUID, JobView | None] = GroupCommit(
            services.engine, self._by_ids, what="read_jobs", reads=True
        )

    async def get(self, owner: Owner, job_id: UUID) -> JobView:
        """Read one job, without its contacts.

        Raises:
            UnknownIdError: The account has neither a run nor a job of this id; batches have a collection of their own.
            UnavailableError: The database cannot be reached.
        """
        job = await self._read(job_id)
        if job is None or job.owner != owner or job.kind is not JobKind.JOB:
            raise UnknownIdError("run or job")
        return job

    async def wait(self, owner: Owner, job_id: UUID, seconds: float) -> JobView:
        """Read one job when it has ended, or as it is after `seconds`; holds no connection meanwhile.

        Raises:
            UnknownIdError: As `get`.
            UnavailableError: The database cannot be reached.
        """

        async def read() -> JobView:
            return await self.get(owner, job_id)

        return await wait_until_ended(read, self._notifications, job_id, seconds, self._services.clock)

    async def show(self, job: JobView) -> JobWithRows:
        """Read what is shown of a job.

        Raises:
            UnavailableError: The database cannot be reached.
        """
        if not job.ended:
            return JobWithRows(job=job)
        async with self._services.read() as connection:
            rows = await jobs.rows(connection, job.id)
            return JobWithRows(job=job, rows=tuple(rows), cost_usd=await jobs.cost(connection, job.id))

    async def page(self, owner: Owner, wanted: RunFilter, *, limit: int, before: UUID | None) -> Sequence[JobView]:
        """Read a page of an account's jobs, newest first, older than `before`.

        Raises:
            UnavailableError: The database cannot be reached.
        """
        async with self._services.read() as connection:
            key_ids = None if wanted.key is None else await keys.matching(connection, owner, wanted.key)
            return await job_list.page(
                connection, owner, JobKind.JOB, wanted, key_ids=key_ids, before_id=before, limit=limit
            )

    async def _by_ids(self, connection: AsyncConnection, ids: Sequence[UUID]) -> list[JobView | None]:
        found = await jobs.by_ids(connection, ids)
        return [found.get(job_id) for job_id in ids]
