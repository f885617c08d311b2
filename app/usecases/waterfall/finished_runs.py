"""What follows from the end of runs: deliveries that are owed, and jobs that move on or are completed by it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from app.dialects.leadmodule.response import run_body
from app.dialects.leadsonar.response import contact_body, job_body
from app.dialects.leadsonar.schemas import ContactPlaceBody
from app.domain.runs.batch import MAX_REPORTED_ERRORS
from app.domain.runs.batch_view import batch_json
from app.domain.runs.job import JobKind, JobView, tallies
from app.domain.runs.view import RunView
from app.domain.webhooks.delivery import Event, event_for
from app.services import Services
from app.store.runs import batch_rows, batches, jobs
from app.store.webhooks import deliveries
from app.usecases.webhooks.fan_out import AccountEvent, FanOut


class EnqueuedWebhooks(msgspec.Struct, frozen=True, kw_only=True):
    """What to tell after the commit: the dispatchers of deliveries, and those who wait of jobs that have ended."""

    deliveries: tuple[UUID, ...] = ()
    jobs: tuple[UUID, ...] = ()


class EnqueueWebhooks:
    """Writes what the end of runs brings with it, in the transaction that ends them."""

    def __init__(self, services: Services) -> None:
        """Use the process's services."""
        self._services = services

    async def __call__(
        self, connection: AsyncConnection, ended: Sequence[RunView], now: datetime, closed: Sequence[JobView] = ()
    ) -> EnqueuedWebhooks:
        """Owe the events of runs that have just ended, and count them in their jobs.

        Args:
            connection: In the transaction that ended the runs; jobs are the last rows that a transaction locks.
            ended: The runs in their terminal state.
            now: When they ended, in UTC.
            closed: Jobs that were ended in this transaction by hand, not by the end of their last run.
        """
        if not ended and not closed:
            return EnqueuedWebhooks()
        accounts = {run.account_id for run in ended} | {job.account_id for job in closed}
        fanout = await FanOut.read(connection, self._services, accounts)
        moved = {job.id: job for job in (*closed, *await jobs.advance(connection, tallies(ended), now))}
        # A hundred thousand rows are told of once, when the last of them has ended.
        batches_moved = {job.id for job in moved.values() if job.kind is JobKind.BATCH}
        happened = [
            _of_run(run)
            for run in ended
            if run.job_id not in batches_moved
            and (run.webhook_url or fanout.listens(run.account_id, event_for(run.status)))
        ]
        completed = [job for job in moved.values() if job.ended_at == now]
        happened += await self._of_contacts(connection, ended, moved, fanout)
        for job in completed:
            happened += await self._of_job(connection, job, fanout)
        owing = fanout.deliveries(happened, now)
        await deliveries.add(connection, owing, now)
        due = tuple(one.id for one in owing if one.due_at)
        return EnqueuedWebhooks(deliveries=due, jobs=tuple(job.id for job in completed))

    async def _of_contacts(
        self, connection: AsyncConnection, ended: Sequence[RunView], moved: dict[UUID, JobView], fanout: FanOut
    ) -> list[AccountEvent]:
        """Tell of each contact where the job asks for them, or an endpoint listens to them."""
        asked = {
            job.id: job
            for job in moved.values()
            if job.kind is JobKind.JOB and (_named(job) or fanout.listens(job.account_id, Event.CONTACT))
        }
        wanted = {run.id: (run, asked[run.job_id]) for run in ended if run.job_id in asked}
        if not wanted:
            return []
        happened = []
        for run_id, row in (await jobs.positions(connection, wanted)).items():
            run, job = wanted[run_id]
            whole = msgspec.structs.replace(
                row,
                status=run.status.value,
                result_status=run.result_status.value if run.result_status else None,
                result=run.result,
            )
            happened.append(
                AccountEvent(
                    account_id=run.account_id,
                    event=Event.CONTACT,
                    told=(ContactPlaceBody(job_id=job.id, index=row.position), contact_body(whole)),
                    url=_named(job),
                    run_id=run.id,
                    job_id=job.id,
                )
            )
        return happened

    async def _of_job(self, connection: AsyncConnection, job: JobView, fanout: FanOut) -> list[AccountEvent]:
        event = Event.JOB if job.kind is JobKind.JOB else Event.BATCH
        if not (job.webhook_url or fanout.listens(job.account_id, event)):
            return []
        if job.kind is JobKind.BATCH:
            errors = await batch_rows.errors(connection, job.id, MAX_REPORTED_ERRORS) if job.rejected else []
            used = await batches.credits_used(connection, job.id)
            told: msgspec.Struct | dict[str, Any] = batch_json(job, errors, credits_used=used)
        else:
            told = job_body(job, await jobs.rows(connection, job.id), await jobs.cost(connection, job.id))
        return [AccountEvent(account_id=job.account_id, event=event, told=(told,), url=job.webhook_url, job_id=job.id)]


def _of_run(run: RunView) -> AccountEvent:
    return AccountEvent(
        account_id=run.account_id,
        event=event_for(run.status),
        told=(run_body(run),),
        url=run.webhook_url,
        run_id=run.id,
        job_id=run.job_id,
    )


def _named(job: JobView) -> str | None:
    """Where a job wants to be told of each contact, if anywhere."""
    return job.webhook_url if Event.CONTACT.value in job.webhook_events else None
