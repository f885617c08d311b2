"""What the end of runs owes to endpoints, in the transaction that ends them."""

from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Row, select

from app.services import Services
from app.store.tables.webhooks import deliveries
from app.usecases.batches.admit import admit_batch
from app.usecases.runs.cancel import cancel_run
from app.usecases.runs.submit import Submit
from app.usecases.webhooks.manage_endpoints import EndpointChange, ManageEndpoints
from tests.play.worker import FOUND, NOBODY, TROUBLE
from tests.usecases.conftest import MakePrincipal, Paying
from tests.usecases.people import end, jane, submit_one
from tests.usecases.test_jobs import runs_of, submit_job
from tests.usecases.uploads import end_all, person, receive

URL = "https://hook.example/x"


async def subscribe(paying: Paying, **wanted: Any) -> UUID:
    made = await ManageEndpoints(paying.services).create(
        paying.principal.owner, EndpointChange(**{"url": URL, **wanted})
    )
    return made.endpoint.id


async def owed(services: Services) -> list[Row[Any]]:
    async with services.engine.connect() as connection:
        return list((await connection.execute(select(deliveries).order_by(deliveries.c.id))).all())


async def test_every_end_of_a_run_is_owed_to_every_endpoint_that_listens(paying: Paying) -> None:
    everything = await subscribe(paying)
    failures = await subscribe(paying, events=("enrichment.failed",))
    submit = Submit(paying.services)
    runs = [await submit_one(submit, jane(paying.principal, number)) for number in range(4)]
    for run, conclusion in zip(runs, (FOUND, NOBODY, TROUBLE), strict=False):
        await end(paying.services, run, conclusion)
    await cancel_run(paying.services, paying.principal.owner, runs[3].run.id)
    found = [(row.run_id, row.event, row.endpoint_id) for row in await owed(paying.services)]
    assert sorted(found, key=str) == sorted(
        [
            (runs[0].run.id, "enrichment.completed", everything),
            (runs[1].run.id, "enrichment.completed", everything),
            (runs[2].run.id, "enrichment.failed", everything),
            (runs[2].run.id, "enrichment.failed", failures),
            (runs[3].run.id, "enrichment.cancelled", everything),
        ],
        key=str,
    )


async def test_joined_and_cached_runs_are_told_as_well(paying: Paying) -> None:
    await subscribe(paying)
    submit = Submit(paying.services)
    first = await submit_one(submit, jane(paying.principal))
    joined = await submit_one(submit, jane(paying.principal))
    await end(paying.services, first, FOUND)
    cached = await submit_one(submit, jane(paying.principal))
    assert cached.run.cached
    assert {row.run_id for row in await owed(paying.services)} == {one.run.id for one in (first, joined, cached)}


async def test_the_same_url_named_by_a_request_is_told_twice_and_each_gets_the_run(paying: Paying) -> None:
    endpoint = await subscribe(paying)
    run = await submit_one(Submit(paying.services), jane(paying.principal, webhook_url=URL))
    await end(paying.services, run, FOUND)
    rows = await owed(paying.services)
    assert sorted((row.endpoint_id, row.url) for row in rows if row.endpoint_id) == [(endpoint, URL)]
    assert [row.url for row in rows if row.endpoint_id is None] == [URL]
    assert {msgspec.json.decode(row.body)["runId"] for row in rows} == {str(run.run.id)}


async def test_a_disabled_endpoint_keeps_what_it_misses(paying: Paying) -> None:
    await subscribe(paying, enabled=False)
    run = await submit_one(Submit(paying.services), jane(paying.principal))
    await end(paying.services, run, FOUND)
    [row] = await owed(paying.services)
    assert (row.state, row.reason, row.due_at) == ("failed", "the endpoint is disabled", None)
    assert row.ended_at == row.created_at
    assert row.body


async def test_endpoints_hear_of_their_own_account_alone(paying: Paying, make_principal: MakePrincipal) -> None:
    await subscribe(paying)
    other = await make_principal(account="other")
    run = await submit_one(Submit(paying.services), jane(other))
    await end(paying.services, run, FOUND)
    assert await owed(paying.services) == []


async def test_a_job_is_told_whole_and_contact_by_contact_to_those_who_listen(paying: Paying) -> None:
    everything = await subscribe(paying)
    contacts = await subscribe(paying, events=("contact.completed",))
    job = await submit_job(paying.services, paying.principal, [0, 1])
    for run in await runs_of(paying.services, job.job.id):
        await end(paying.services, run, FOUND)
    rows = await owed(paying.services)
    assert {row.job_id for row in rows} == {job.job.id}
    told = sorted((row.event, row.endpoint_id) for row in rows)
    assert told == [
        *[("contact.completed", contacts)] * 2,
        *[("enrichment.completed", everything)] * 2,
        ("job.completed", everything),
    ]


async def test_of_a_batch_an_endpoint_is_told_the_end_and_not_every_row(paying: Paying) -> None:
    await subscribe(paying)
    services = paying.services
    received = await receive(services, paying.principal, map(person, range(3)))
    await admit_batch(services, received.batch.id, after=-1, limit=10)
    assert await end_all(services) == 3
    assert [(row.event, row.job_id) for row in await owed(services)] == [("batch.completed", received.batch.id)]
