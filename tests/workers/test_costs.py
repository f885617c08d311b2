"""What a run costs: round trips to PostgreSQL and Redis, counted on their way; time would depend on the machine."""

import asyncio
from contextlib import AsyncExitStack

from aiohttp.web import Request

from app.domain.contacts.contact import Contact
from app.domain.vocabulary import ResultStatus
from tests.play.proxy import before_postgres, before_redis
from tests.workers.conftest import OpenHouse, ids, within
from tests.workers.vendors import vendor

RUNS = 4
# The first two miss, the third finds.
PROVIDERS = ("sandbox-duo", "sandbox-moody", "sandbox-mail")
EVERYTHING = {
    "status": "no_match",
    "ok": True,
    "hits": [],
    "verdict": "deliverable",
    "score": 95,
}
# Of a run by itself, which shares no transaction, and of each of twenty that begin together: to PostgreSQL, to Redis.
BOUNDS = (42, 9, 4, 1)


def answer(request: Request) -> dict[str, object]:
    """Answer as each of the three expects."""
    return {**EVERYTHING, "email": f"jane.smith@{request.query.get('domain')}"}


async def test_a_run_of_three_calls_costs_few_round_trips(open_house: OpenHouse) -> None:
    async with AsyncExitStack() as stack:
        _, sandbox = await stack.enter_async_context(vendor(answer=answer))
        house = await open_house(sandbox_url=sandbox.base_url)
        database, through_database = await stack.enter_async_context(before_postgres(house.settings))
        redis, through_redis = await stack.enter_async_context(before_redis(house.settings))
        runner = await house.runner(
            heartbeat=False, database_url=through_database.database_url, redis_url=through_redis.redis_url
        )

        async def look_up(first: int, count: int) -> None:
            runs = [
                await house.accept(
                    Contact(first_name="Jane", last_name="Smith", company_domain=f"acme-{first + number}.example"),
                    principal=house.tester,
                    only_providers=PROVIDERS,
                )
                for number in range(count)
            ]
            await runner.accept([cascade for run in runs for cascade in ids(run)])
            async with within(20):
                ended = await asyncio.gather(*(house.ended(run) for run in runs))
            assert {run.result_status for run in ended} == {ResultStatus.FOUND}

        # Statements are prepared, scripts loaded, and what is read now and then is known.
        await look_up(0, 1)
        await look_up(1, 20)
        before = database.sent, redis.sent
        for number in range(RUNS):
            await look_up(100 + number, 1)
        alone = database.sent, redis.sent
        await look_up(200, 20)
        together = database.sent, redis.sent

    costs = [(alone[i] - before[i]) / RUNS for i in (0, 1)] + [(together[i] - alone[i]) / 20 for i in (0, 1)]
    assert all(cost <= bound for cost, bound in zip(costs, BOUNDS, strict=True)), (costs, BOUNDS)
