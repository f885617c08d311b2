"""Jobs: accepted whole, charged once a person, counted as their runs end, reported once."""

import asyncio
import json
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, text

from app.domain.errors import AlreadyEndedError, NotEnoughCreditsError, UnknownIdError
from app.domain.runs.job import JobStatus
from app.domain.vocabulary import EnrichmentType, Lane
from app.services import Services
from app.store.runs import jobs as job_store
from app.store.runs import runs as run_store
from app.store.tables.core import cascades, runs
from app.store.tables.jobs import job_rows, jobs
from app.store.tables.webhooks import deliveries
from app.store.waterfall import cascades as cascade_store
from app.usecases.accounts.authenticate import Principal
from app.usecases.accounts.balance import read_balance
from app.usecases.runs.cancel import cancel_job, cancel_run
from app.usecases.runs.submission import AcceptanceKind, Accepted
from app.usecases.runs.submit import Submit
from app.usecases.runs.submit_job import AcceptedJob, NewJob, SubmitJob
from app.usecases.waterfall.ended_cascade import EndedCascade
from app.usecases.waterfall.estimate import EstimateDuration
from app.usecases.waterfall.finish_cascade import FinishCascade
from tests.kept import KeptServices
from tests.play.worker import FOUND, NOBODY
from tests.usecases.conftest import MakePrincipal, Paying
from tests.usecases.ledgers import violations
from tests.usecases.people import count, end, jane, split_options, submit_one

HOOK = "https://receiver.example/hook"


async def submit_job(services: Services, principal: Principal, numbers: list[int], **more: Any) -> AcceptedJob:
    """Submit a job of people; the same number is the same person, as in `jane`."""
    contacts = tuple(jane(principal, number).contact for number in numbers)
    given = tuple({"first_name": c.first_name, "last_name": c.last_name, "domain": c.company_domain} for c in contacts)
    submit = SubmitJob(services, Submit(services), EstimateDuration(services))
    return await submit(NewJob(principal=principal, contacts=contacts, given=given, **split_options(more)))


async def runs_of(services: Services, job_id: UUID) -> list[Accepted]:
    """The runs of a job, in the order of its contacts."""
    async with services.engine.connect() as connection:
        order = await job_store.rows(connection, job_id)
        found = await run_store.by_ids(connection, [row.run_id for row in order if row.run_id])
    return [Accepted(run=found[row.run_id], how=AcceptanceKind.NEW) for row in order if row.run_id]


async def read_job(services: Services, accepted: AcceptedJob) -> Any:
    async with services.engine.connect() as connection:
        return await job_store.get(connection, accepted.job.owner, accepted.job.id)


async def told(services: Services) -> list[tuple[str, dict[str, Any]]]:
    """Every delivery that is owed: its event and its body."""
    async with services.engine.connect() as connection:
        rows = await connection.execute(select(deliveries.c.event, deliveries.c.body).order_by(deliveries.c.id))
        return [(row.event, json.loads(bytes(row.body))) for row in rows]


@pytest.fixture
async def more_services(kept: KeptServices) -> list[Services]:
    """Three further processes on the same database."""
    return [await kept.take() for _ in range(3)]


async def test_duplicates_inside_a_job_are_one_look_up_and_all_are_answered(paying: Paying) -> None:
    accepted = await submit_job(paying.services, paying.principal, [1, 2, 1, 1])
    assert (await read_balance(paying.services, paying.principal.owner)).total_spent == 2
    assert await count(paying.services, cascades) == 2
    first, second, *_ = await runs_of(paying.services, accepted.job.id)
    await end(paying.services, first, FOUND)
    job = await read_job(paying.services, accepted)
    assert (job.status, job.done, job.emails_found, job.phones_found) == (JobStatus.PROCESSING, 3, 3, 0)
    await end(paying.services, second, NOBODY)
    job = await read_job(paying.services, accepted)
    assert (job.status, job.done, job.emails_found) == (JobStatus.COMPLETED, 4, 3)
    assert await violations(paying.services) == []


async def test_cached_and_joined_contacts_cost_nothing_and_are_answered(paying: Paying) -> None:
    services, principal = paying.services, paying.principal
    submit = Submit(services)
    await end(services, await submit_one(submit, jane(principal, 1)), FOUND)
    flying = await submit_one(submit, jane(principal, 2))
    accepted = await submit_job(services, principal, [1, 2], webhook_url=HOOK)
    assert (accepted.job.status, accepted.job.done, accepted.job.emails_found) == (JobStatus.PROCESSING, 1, 1)
    assert (await read_balance(services, principal.owner)).total_spent == 2
    await end(services, flying, FOUND)
    assert (await read_job(services, accepted)).status is JobStatus.COMPLETED
    assert [event for event, _ in await told(services)] == ["job.completed"]
    assert await violations(services) == []


async def test_a_job_that_the_cache_answers_is_completed_at_once_and_told_of(paying: Paying) -> None:
    await end(paying.services, await submit_one(Submit(paying.services), jane(paying.principal, 1)), FOUND)
    accepted = await submit_job(paying.services, paying.principal, [1, 1], webhook_url=HOOK)
    assert (accepted.job.status, accepted.estimated_seconds) == (JobStatus.COMPLETED, 0)
    assert (await read_job(paying.services, accepted)).done == 2
    ((event, body),) = await told(paying.services)
    assert (event, body["status"], len(body["contacts"])) == ("job.completed", "completed", 2)
    assert await violations(paying.services) == []


async def test_a_job_is_refused_whole_when_the_credits_do_not_cover_it(
    services: Services, make_principal: MakePrincipal
) -> None:
    principal = await make_principal(plan="leadsonar", amount=17)
    with pytest.raises(NotEnoughCreditsError) as refusal:
        await submit_job(services, principal, [1, 2, 3], type=EnrichmentType.ALL)
    assert (refusal.value.required, refusal.value.available) == (18, 17)
    for table in (jobs, job_rows, runs, cascades):
        assert await count(services, table) == 0
    await submit_job(services, principal, [1, 2, 2, 1], type=EnrichmentType.ALL)
    assert (await read_balance(services, principal.owner)).balance == 5
    assert await violations(services) == []


@pytest.mark.parametrize(
    ("contacts", "lane"), [pytest.param(10, Lane.INTERACTIVE, id="ten"), pytest.param(11, Lane.BULK, id="eleven")]
)
async def test_a_job_above_ten_contacts_goes_to_the_bulk_lane(paying: Paying, contacts: int, lane: Lane) -> None:
    accepted = await submit_job(paying.services, paying.principal, list(range(contacts)))
    assert accepted.job.lane is lane
    async with paying.services.engine.connect() as connection:
        assert set(await connection.scalars(select(cascades.c.lane))) == {lane.value}


async def test_jobs_never_join_another_accounts_look_ups(services: Services, make_principal: MakePrincipal) -> None:
    ours, theirs = await make_principal(account="acme"), await make_principal(account="globex")
    first = await submit_job(services, ours, [1])
    second = await submit_job(services, theirs, [1])
    assert await count(services, cascades) == 2
    (run,) = await runs_of(services, first.job.id)
    await end(services, run, FOUND)
    assert (await read_job(services, first)).status is JobStatus.COMPLETED
    assert (await read_job(services, second)).status is JobStatus.PROCESSING
    assert (await submit_job(services, theirs, [1])).job.status is JobStatus.PROCESSING
    assert [(await read_balance(services, p.owner)).total_spent for p in (ours, theirs)] == [1, 1]
    assert await violations(services) == []


async def test_many_workers_ending_its_runs_at_once_complete_a_job_once(
    paying: Paying, more_services: list[Services]
) -> None:
    wanted = {"webhook_url": HOOK, "webhook_events": ("contact.completed",)}
    accepted = await submit_job(paying.services, paying.principal, [*range(30), 7, 8], **wanted)
    other = await submit_job(paying.services, paying.principal, [*range(20, 40)], webhook_url=HOOK)
    ours, theirs = [await runs_of(paying.services, one.job.id) for one in (accepted, other)]
    # Each cascade once; the two jobs share ten of them.
    ending = list({one.run.cascade_id for one in (*ours, *theirs) if one.run.cascade_id})
    async with paying.services.engine.begin() as connection:
        leased = await cascade_store.lease(connection, ending, owner="all", lease_seconds=60)
    assert len(leased) == 40
    finish = [FinishCascade(services) for services in more_services * 3]
    ends = [EndedCascade(leased=one, conclusion=FOUND, skips=(), asked=True) for one in leased]
    done = await asyncio.gather(*(finish[i % len(finish)](one) for i, one in enumerate(ends)))
    assert all(done)
    for one, total in ((accepted, 32), (other, 20)):
        job = await read_job(paying.services, one)
        assert (job.status, job.done, job.emails_found) == (JobStatus.COMPLETED, total, total)
    events = await told(paying.services)
    told_ends = [body for event, body in events if event == "job.completed"]
    assert sorted(body["id"] for body in told_ends) == sorted(str(one.job.id) for one in (accepted, other))
    assert all(c["email"] for body in told_ends for c in body["contacts"])
    contacts = [body for event, body in events if event == "contact.completed"]
    assert sorted(body["index"] for body in contacts) == list(range(32))
    assert {body["job_id"] for body in contacts} == {str(accepted.job.id)}
    assert await violations(paying.services) == []


async def test_cancelling_a_job_gives_back_what_was_not_used_and_harms_nobody_else(paying: Paying) -> None:
    services, principal = paying.services, paying.principal
    accepted = await submit_job(services, principal, [1, 1, 2, 3, 4], webhook_url=HOOK)
    joined = await submit_one(Submit(services), jane(principal, 2))
    run_of_1, _, _, run_of_3, run_of_4 = await runs_of(services, accepted.job.id)
    await end(services, run_of_3, FOUND)
    async with services.engine.begin() as connection:
        await connection.execute(
            text(
                "INSERT INTO attempts (cascade_id, provider, field, position, tier, route, fencing_token, started_at)"
                " VALUES (:cascade, 'hunter', 'email', 1, 'T1', 'name', 1, now())"
            ),
            {"cascade": run_of_4.run.cascade_id},
        )
    await cancel_job(services, principal.owner, accepted.job.id)
    ended = [one.run for one in await runs_of(services, accepted.job.id)]
    assert [run.status.value for run in ended] == ["cancelled"] * 3 + ["completed", "cancelled"]
    # Nobody was asked for 1; the charge for 2 moved to the run that joined; 3 was found; a provider was asked for 4.
    assert [run.credits_used for run in ended] == [0, 0, 0, 1, 1]
    assert (await read_balance(services, principal.owner)).total_spent == 3
    job = await read_job(services, accepted)
    assert (job.status, job.done, job.emails_found) == (JobStatus.COMPLETED, 5, 1)
    assert [event for event, _ in await told(services)] == ["job.completed"]
    assert not await end_of(services, run_of_1)
    assert await end(services, joined, FOUND)
    assert await violations(services) == []
    with pytest.raises(AlreadyEndedError, match="The job is already completed"):
        await cancel_job(services, principal.owner, accepted.job.id)


async def end_of(services: Services, accepted: Accepted) -> bool:
    """Whether a run's cascade is still open."""
    async with services.engine.connect() as connection:
        return bool(await connection.scalar(select(cascades.c.open).where(cascades.c.id == accepted.run.cascade_id)))


async def test_cancelling_one_run_of_a_job_counts_it(paying: Paying) -> None:
    accepted = await submit_job(paying.services, paying.principal, [1])
    (one,) = await runs_of(paying.services, accepted.job.id)
    await cancel_run(paying.services, paying.principal.owner, one.run.id)
    job = await read_job(paying.services, accepted)
    assert (job.status, job.done, job.emails_found) == (JobStatus.COMPLETED, 1, 0)
    assert await violations(paying.services) == []


async def test_cancelling_a_job_while_its_runs_end_ends_each_once(
    paying: Paying, more_services: list[Services]
) -> None:
    services, owner = paying.services, paying.principal.owner
    for _ in range(5):
        accepted = await submit_job(services, paying.principal, list(range(8)), force_refresh=True, webhook_url=HOOK)
        ending = [
            end(more_services[i % 3], one, FOUND) for i, one in enumerate(await runs_of(services, accepted.job.id))
        ]
        outcomes = await asyncio.gather(
            *ending[:4], cancel_job(more_services[0], owner, accepted.job.id), *ending[4:],
            return_exceptions=True,
        )  # fmt: skip
        # A cascade that is cancelled before it is leased cannot be ended any more; everything else is a bug.
        assert {type(outcome) for outcome in outcomes} <= {bool, type(None), AlreadyEndedError, IndexError}
        assert (await read_job(services, accepted)).status is JobStatus.COMPLETED
    assert await violations(services) == []


async def test_somebody_elses_job_cannot_be_cancelled(paying: Paying, make_principal: MakePrincipal) -> None:
    accepted = await submit_job(paying.services, paying.principal, [1])
    other = await make_principal(account="globex")
    with pytest.raises(UnknownIdError):
        await cancel_job(paying.services, other.owner, accepted.job.id)
