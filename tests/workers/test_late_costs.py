"""What a result cost that came too late for its run: in its attempt, in its job's total and in the metric, once."""

import asyncio
from decimal import Decimal

from prometheus_client import REGISTRY

from app.dialects.leadmodule.response import attempt_body
from app.dialects.leadsonar.response import job_body
from app.domain.runs.view import RunView
from app.redis.notifications import Notifications
from app.store.runs import jobs
from app.store.tables.core import attempts
from app.usecases.runs.read_jobs import JobWithRows, ReadJobs
from app.usecases.runs.submit_job import NewJob, SubmitJob
from app.usecases.waterfall.collect_late_results import CollectLateResults
from app.usecases.waterfall.estimate import EstimateDuration
from tests.workers.conftest import JANE, House, OpenHouse, ids, within
from tests.workers.test_late_results import NOBODY, answer_with, collect, slow
from tests.workers.vendors import DROPCONTACT_FOUND

PRICE = 0.174  # of what Dropcontact finds; what it does not find is free


async def submit(house: House) -> JobWithRows:
    """Submit a job of one person."""
    given = ({"first_name": "Jane", "last_name": "Smith", "domain": "acme.example"},)
    make = SubmitJob(house.services, house.submit, EstimateDuration(house.services))
    made = await make(NewJob(principal=house.principal, contacts=(JANE,), given=given))
    return await show(house, JobWithRows(job=made.job))


async def show(house: House, shown: JobWithRows) -> JobWithRows:
    """Read what the owner of a job sees now."""
    watch = ReadJobs(house.services, Notifications(house.services.redis))
    return await watch.show(await watch.get(house.principal.owner, shown.job.id))


async def run_of(house: House, shown: JobWithRows) -> RunView:
    async with house.services.engine.connect() as connection:
        (run_id,) = [row.run_id for row in await jobs.rows(connection, shown.job.id) if row.run_id]
    return await house.watch.get(house.principal.owner, run_id)


async def told(house: House, shown: JobWithRows) -> tuple[float, list[float]]:
    """What a job cost, and what its attempts cost."""
    now = await show(house, shown)
    lines = await house.watch.attempts(house.principal.owner, (await run_of(house, shown)).id)
    asked = [attempt_body(line).cost_usd for line in lines if line.outcome != "skipped"]
    meta = job_body(now.job, now.rows, now.cost_usd).meta
    assert meta
    # Counted as runs end, and read of the attempts: the same.
    assert float(now.job.cost_usd) == meta.total_cost_usd
    return meta.total_cost_usd, asked


def spent() -> Decimal:
    """What the metric says."""
    labels = {"provider": "dropcontact", "field": "email"}
    return round(Decimal(REGISTRY.get_sample_value("leadrun_provider_spend_usd_total", labels) or 0), 6)


async def ended(house: House) -> tuple[JobWithRows, JobWithRows]:
    """Two jobs for the same person that ended while Dropcontact still worked; the second has joined the first."""
    first, second = await submit(house), await submit(house)
    run = await run_of(house, first)
    await (await house.runner()).accept(ids(run))
    await house.ended(run)
    await house.ended(await run_of(house, second))
    return first, second


async def test_what_came_too_late_is_in_the_jobs_total_once(open_house: OpenHouse) -> None:
    async with slow() as (drop, settings):
        house, before = await open_house({"dropcontact": settings}, provider_timeout_seconds=1.0), spent()
        first, second = await ended(house)
        assert await told(house, first) == (0, [0])
        answer_with(drop, DROPCONTACT_FOUND)
        assert await collect(house, 3) == 1
        assert await asyncio.gather(*(CollectLateResults(house.services)() for _ in range(3))) == [0, 0, 0]
        assert await told(house, first) == (PRICE, [PRICE])
        # It was spent for the job that began the look-up; one that only joined pays nothing, as with any other cost.
        assert await told(house, second) == (0, [PRICE])
        assert spent() - before == Decimal("0.174")
        assert await submit(house)  # answered by the cache
        assert spent() - before == Decimal("0.174")


async def test_what_is_free_costs_nothing_later_either(open_house: OpenHouse) -> None:
    async with slow() as (drop, settings):
        house, before = await open_house({"dropcontact": settings}, provider_timeout_seconds=1.0), spent()
        first, _ = await ended(house)
        answer_with(drop, NOBODY)
        assert await collect(house) == 1
        assert await told(house, first) == (0, [0])
        assert spent() == before


async def test_a_look_that_was_taken_over_is_not_counted_a_second_time(open_house: OpenHouse) -> None:
    async with slow() as (drop, settings):
        house, before = await open_house({"dropcontact": settings}, provider_timeout_seconds=1.0), spent()
        first, _ = await ended(house)
        answer_with(drop, DROPCONTACT_FOUND)
        drop.hold.clear()
        while not drop.entered.locked():
            await drop.entered.acquire()  # what was asked so far
        looking = []
        for _ in range(2):
            async with house.services.engine.begin() as connection:
                # As if nobody had heard of the worker that looks.
                await connection.execute(attempts.update().values(late_result_due_at=house.services.now()))
            looking.append(asyncio.create_task(CollectLateResults(house.services)()))
            async with within(60):
                await drop.entered.acquire()
        drop.hold.set()
        assert sum(await asyncio.gather(*looking)) == 1
        assert await told(house, first) == (PRICE, [PRICE])
        assert spent() - before == Decimal("0.174")
