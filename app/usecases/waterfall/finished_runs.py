"""Enqueue the webhooks of runs that have ended, and count the runs in their jobs, which the last one completes."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from app.dialects.leadmodule.response import run_body
from app.dialects.leadsonar.response import contact_body, job_body
from app.dialects.leadsonar.schemas import ContactPlaceBody
from app.domain.runs.batch import MAX_REPORTED_ERRORS
from app.domain.runs.batch_view import batch_json
from app.domain.runs.job import NO_COSTS, JobKind, JobView, tallies
from app.domain.runs.view import RunView
from app.domain.webhooks.delivery import Event, event_for
from app.services import Services
from app.store.runs import batch_rows, batches, jobs
from app.store.webhooks import deliveries
from app.usecases.webhooks.fan_out import AccountEvent, FanOut


class EnqueuedWebhooks(msgspec.Struct, frozen=True, kw_only=True):
    """The notifications to send after the commit: new deliveries that are due, and jobs that have ended."""

    deliveries: tuple[UUID, ...] = ()
    jobs: tuple[UUID, ...] = ()


async def enqueue_webhooks(
    connection: AsyncConnection,
    services: Services,
    ended: Sequence[RunView],
    now: datetime,
    closed: Sequence[JobView] = (),
    *,
    costs: Mapping[UUID, Decimal] = NO_COSTS,
) -> EnqueuedWebhooks:
    """Enqueue the webhooks of runs that have just ended, and count the runs in their jobs.

    Args:
        connection: In the transaction that ended the runs; jobs are the last rows that a transaction locks.
        services: The process's.
        ended: The runs in their terminal state.
        now: When they ended, in UTC.
        closed: Jobs that were ended in this transaction by hand, not by the end of their last run.
        costs: What providers charged for the cascades that have ended with the runs, in USD.
    """
    spent = await jobs.costs_of_jobs(connection, costs)
    if not ended and not closed and not spent:
        return EnqueuedWebhooks()
    owners = {run.owner for run in ended} | {job.owner for job in closed}
    fan_out = await FanOut.read(connection, services, owners)
    moved = {job.id: job for job in (*closed, *await jobs.advance(connection, tallies(ended, spent), now))}
    # The runs of a batch have no webhooks of their own: one event reports the batch when its last run has ended.
    batches_moved = {job.id for job in moved.values() if job.kind is JobKind.BATCH}
    events = [
        _of_run(run)
        for run in ended
        if run.job_id not in batches_moved and (run.webhook_url or fan_out.listens(run.owner, event_for(run.status)))
    ]
    # A job that only pays has ended before, or goes on.
    ending = {run.job_id for run in ended} | {job.id for job in closed}
    completed = [job for job in moved.values() if job.ended_at == now and job.id in ending]
    events += await _of_contacts(connection, ended, moved, fan_out)
    for job in completed:
        events += await _of_job(connection, job, fan_out)
    new = fan_out.deliveries(events, now)
    await deliveries.add(connection, new, now)
    due = tuple(one.id for one in new if one.due_at)
    return EnqueuedWebhooks(deliveries=due, jobs=tuple(job.id for job in completed))


async def _of_contacts(
    connection: AsyncConnection, ended: Sequence[RunView], moved: dict[UUID, JobView], fan_out: FanOut
) -> list[AccountEvent]:
    """Return an event for each contact whose job, or an endpoint of whose account, wants one."""
    asked = {
        job.id: job
        for job in moved.values()
        if job.kind is JobKind.JOB and (_named(job) or fan_out.listens(job.owner, Event.CONTACT))
    }
    wanted = {run.id: (run, asked[run.job_id]) for run in ended if run.job_id in asked}
    if not wanted:
        return []
    events = []
    for run_id, row in (await jobs.positions(connection, wanted)).items():
        run, job = wanted[run_id]
        whole = msgspec.structs.replace(
            row,
            status=run.status.value,
            result_status=run.result_status.value if run.result_status else None,
            result=run.result,
        )
        events.append(
            AccountEvent(
                owner=run.owner,
                event=Event.CONTACT,
                parts=(ContactPlaceBody(job_id=job.id, index=row.position), contact_body(whole, job.mode)),
                url=_named(job),
                run_id=run.id,
                job_id=job.id,
            )
        )
    return events


async def _of_job(connection: AsyncConnection, job: JobView, fan_out: FanOut) -> list[AccountEvent]:
    event = Event.JOB if job.kind is JobKind.JOB else Event.BATCH
    if not (job.webhook_url or fan_out.listens(job.owner, event)):
        return []
    if job.kind is JobKind.BATCH:
        errors = await batch_rows.errors(connection, job.id, MAX_REPORTED_ERRORS) if job.rejected else []
        used = await batches.credits_used(connection, job.id)
        parts: msgspec.Struct | dict[str, Any] = batch_json(job, errors, credits_used=used)
    else:
        parts = job_body(job, await jobs.rows(connection, job.id), await jobs.cost(connection, job.id))
    return [AccountEvent(owner=job.owner, event=event, parts=(parts,), url=job.webhook_url, job_id=job.id)]


def _of_run(run: RunView) -> AccountEvent:
    return AccountEvent(
        owner=run.owner,
        event=event_for(run.status),
        parts=(run_body(run),),
        url=run.webhook_url,
        run_id=run.id,
        job_id=run.job_id,
    )


def _named(job: JobView) -> str | None:
    """Return the URL that a job named for events of its contacts, if any."""
    return job.webhook_url if Event.CONTACT.value in job.webhook_events else None
