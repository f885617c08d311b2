"""What follows from the end of runs: deliveries that are owed, and jobs that move on or are completed by it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from app.context import Services
from app.domain.delivery import Event, event_body, event_for
from app.domain.job import JobKind, JobView, tallies
from app.domain.job_view import contact_json, job_json
from app.domain.view import RunView, run_json
from app.store import deliveries, jobs
from app.store.deliveries import NewDelivery


class Owed(msgspec.Struct, frozen=True, kw_only=True):
    """What to tell after the commit: the dispatchers of deliveries, and those who wait of jobs that have ended."""

    deliveries: tuple[UUID, ...] = ()
    jobs: tuple[UUID, ...] = ()


class Owe:
    """Writes what the end of runs brings with it, in the transaction that ends them."""

    def __init__(self, services: Services) -> None:
        """Use the process's services."""
        self._services = services

    async def __call__(self, connection: AsyncConnection, ended: Sequence[RunView], now: datetime) -> Owed:
        """Owe the events of runs that have just ended, and count them in their jobs.

        Args:
            connection: In the transaction that ended the runs; jobs are the last rows that a transaction locks.
            ended: The runs in their terminal state.
            now: When they ended, in UTC.
        """
        owing = [self._of_run(run, now) for run in ended if run.webhook_url]
        moved = {job.id: job for job in await jobs.advance(connection, tallies(ended), now)}
        completed = [job for job in moved.values() if job.ended_at == now]
        owing += await self._of_contacts(connection, ended, moved, now)
        for job in completed:
            owing += await self._of_job(connection, job, now)
        await deliveries.add(connection, owing, now)
        return Owed(deliveries=tuple(one.id for one in owing), jobs=tuple(job.id for job in completed))

    def _of_run(self, run: RunView, now: datetime) -> NewDelivery:
        event = event_for(run.status)
        return self._new(run.account_id, event, run.webhook_url or "", run_json(run), now, run_id=run.id)

    async def _of_contacts(
        self, connection: AsyncConnection, ended: Sequence[RunView], moved: dict[UUID, JobView], now: datetime
    ) -> list[NewDelivery]:
        """Owe an event for each contact where the job asks for them."""
        asked = {job.id: job for job in moved.values() if job.webhook_url and Event.CONTACT.value in job.webhook_events}
        wanted = {run.id: run for run in ended if run.job_id in asked}
        if not wanted:
            return []
        owing = []
        for run_id, row in (await jobs.positions(connection, wanted)).items():
            run = wanted[run_id]
            whole = msgspec.structs.replace(
                row,
                status=run.status.value,
                result_status=run.result_status.value if run.result_status else None,
                result=run.result,
            )
            body = {"job_id": str(run.job_id), "index": row.position, **contact_json(whole)}
            job = asked[run.job_id] if run.job_id else None
            if job and job.webhook_url:
                owing.append(
                    self._new(
                        run.account_id, Event.CONTACT, job.webhook_url, body, now, run_id=run.id, job_id=run.job_id
                    )
                )
        return owing

    async def _of_job(self, connection: AsyncConnection, job: JobView, now: datetime) -> list[NewDelivery]:
        if not job.webhook_url or job.kind is not JobKind.JOB:
            return []
        rows, cost = await jobs.rows(connection, job.id), await jobs.cost(connection, job.id)
        return [self._new(job.account_id, Event.JOB, job.webhook_url, job_json(job, rows, cost), now, job_id=job.id)]

    def _new(
        self,
        account_id: UUID,
        event: Event,
        url: str,
        body: dict[str, Any],
        now: datetime,
        *,
        run_id: UUID | None = None,
        job_id: UUID | None = None,
    ) -> NewDelivery:
        """Freeze an event for a URL."""
        return NewDelivery(
            id=self._services.new_id(),
            account_id=account_id,
            run_id=run_id,
            job_id=job_id,
            event=event,
            url=url,
            body=event_body(event, now, body),
            due_at=now,
        )
