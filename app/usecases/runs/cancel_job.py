"""Cancel a job: what has not ended of it ends at once, each run as if it were cancelled by itself."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.errors import AlreadyEndedError, UnknownIdError
from app.domain.runs.job import JobKind
from app.domain.runs.view import RunView
from app.store.runs import jobs, runs
from app.usecases.runs.cancel import Cancel


class CancelJob:
    """Cancels jobs."""

    def __init__(self, cancel: Cancel) -> None:
        """Use what cancels runs."""
        self._cancel = cancel

    async def __call__(self, account_id: UUID, job_id: UUID) -> None:
        """End what has not ended of a job, which is completed by it.

        Raises:
            UnknownId: The account has neither a run nor a job of this id.
            AlreadyEnded: The job is completed.
            Unavailable: The database cannot be reached.
        """

        async def choose(connection: AsyncConnection) -> Sequence[RunView]:
            job = await jobs.get(connection, account_id, job_id)
            if job is None or job.kind is not JobKind.JOB:
                raise UnknownIdError("run or job")
            if job.ended:
                raise AlreadyEndedError(job.status.value, what="job")
            return await runs.living_of_job(connection, job_id)

        await self._cancel.together(account_id, choose)
