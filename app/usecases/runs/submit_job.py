"""Accept a job: many contacts through the same use case as a single one, in one transaction."""

from itertools import repeat
from typing import Any

import msgspec
import structlog

from app.domain.contacts.contact import Contact
from app.domain.errors import UnavailableError
from app.domain.runs.job import JobKind, JobStatus, JobView, lane_for, tallies
from app.domain.runs.lookup_options import LookupOptions
from app.services import Services
from app.usecases.accounts.authenticate import Principal
from app.usecases.runs.submission import AcceptanceKind, Accepted, Idempotency, Submission
from app.usecases.runs.submit import Submit
from app.usecases.waterfall.estimate import EstimateDuration

log = structlog.get_logger()


class NewJob(msgspec.Struct, frozen=True, kw_only=True):
    """A job as a client submitted it, checked and normalised.

    Attributes:
        given: Each contact as the client wrote it.
        options: Of each contact; URL and metadata are those of the job.
        webhook_events: Events that are wanted besides the one at the end.
        of_each: Warnings of each contact; empty where none has any.
        warnings: Of the job, those of its contacts included.
    """

    principal: Principal
    contacts: tuple[Contact, ...]
    given: tuple[dict[str, Any], ...]
    options: LookupOptions = LookupOptions()
    webhook_events: tuple[str, ...] = ()
    of_each: tuple[tuple[str, ...], ...] = ()
    warnings: tuple[str, ...] = ()
    idempotency: Idempotency | None = None


class AcceptedJob(msgspec.Struct, frozen=True, kw_only=True):
    """An accepted job, completed already when every contact was answered from the cache."""

    job: JobView
    estimated_seconds: int


class SubmitJob:
    """Accepts jobs."""

    def __init__(self, services: Services, submit: Submit, estimate: EstimateDuration) -> None:
        """Use the process's own submit and estimate."""
        self._services = services
        self._submit = submit
        self.estimates = estimate

    async def __call__(self, new: NewJob) -> AcceptedJob:
        """Accept all contacts of a job or none.

        When this returns, the job and its runs are committed. A contact that was given twice is one look-up, which is
        charged once.

        Raises:
            NotEnoughCreditsError: The balance does not cover all of them; nothing was charged.
            UnavailableError: The database cannot be reached; nothing was accepted or charged.
        """
        job = self._job(new)
        # First with all contacts: once it is accepted, a failure must not look as if it were not.
        at_most = await self.estimate(job, len(new.contacts))
        # The end of each run is not posted: that of the job is.
        options = msgspec.structs.replace(new.options, webhook_url=None)
        submissions = tuple(
            Submission(
                principal=new.principal,
                contact=contact,
                options=options,
                warnings=warnings,
                lane=job.lane,
                job_id=job.id,
            )
            for contact, warnings in zip(new.contacts, new.of_each or repeat(()), strict=False)
        )
        accepted = await self._submit(submissions, job=job, given=new.given, idempotency=new.idempotency)
        ended = tallies(one.run for one in accepted if one.run.ended).get(job.id)
        if ended:
            status = JobStatus.COMPLETED if ended.done == job.total else job.status
            job = msgspec.structs.replace(job, status=status, **msgspec.structs.asdict(ended))
        try:
            seconds = await self.estimate(job, _fresh(accepted))
        except UnavailableError as error:
            log.warning("job.estimate_failed", job_id=str(job.id), code=error.code)
            seconds = at_most
        return AcceptedJob(job=job, estimated_seconds=seconds)

    async def estimate(self, job: JobView, contacts: int) -> int:
        """Estimate in how many whole seconds so many look-ups of a job will have ended.

        Raises:
            UnavailableError: The database cannot be reached.
        """
        return await self.estimates(mode=job.mode, kind=job.type, lane=job.lane, count=contacts)

    def _job(self, new: NewJob) -> JobView:
        return JobView(
            id=self._services.new_id(),
            account_id=new.principal.account_id,
            key_id=new.principal.key_id,
            plan=new.principal.plan,
            mode=new.principal.mode,
            kind=JobKind.JOB,
            type=new.options.type,
            lane=lane_for(len(new.contacts)),
            status=JobStatus.PROCESSING,
            total=len(new.contacts),
            metadata=new.options.metadata,
            webhook_url=new.options.webhook_url,
            webhook_events=new.webhook_events,
            warnings=new.warnings,
            created_at=self._services.now(),
        )


def _fresh(accepted: list[Accepted]) -> int:
    """Count the look-ups to wait for; those that were joined are under way and together count as one."""
    new = sum(one.how is AcceptanceKind.NEW for one in accepted)
    return new + any(one.how is AcceptanceKind.JOINED for one in accepted) * (new == 0)
