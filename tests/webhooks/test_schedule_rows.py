"""The rows that are the schedule: owed once, claimed in turns, recorded under a lease."""

from typing import Any

import msgspec

from app.context import Services
from app.domain.delivery import DeliveryState
from app.store.deliveries import NewDelivery, Tried, add, claim, record
from app.store.delivery_tables import deliveries
from tests.webhooks.conftest import Box, SetClock


async def test_accounts_take_turns_and_within_one_its_receivers(services: Services, box: Box) -> None:
    loud, quiet = await box.account(), await box.account()
    for host in ("a", "b"):
        await box.owe(f"https://{host}.example/", account_id=loud, count=5)
    await box.owe("https://a.example/", account_id=quiet, count=2)
    async with services.engine.begin() as connection:
        claimed = await claim(
            connection,
            now=services.now(),
            owner="me",
            lease_seconds=30,
            limit=5,
            per_host=2,
            per_account=4,
            busy={("b.example", loud): 1},
        )
    assert sorted((one.account_id == loud, one.host) for one in claimed) == [
        (False, "a.example"),
        (False, "a.example"),
        (True, "a.example"),
        (True, "a.example"),
        (True, "b.example"),
    ]


async def test_a_try_is_recorded_only_under_the_lease_it_was_made_with(
    services: Services, box: Box, clock: SetClock
) -> None:
    [delivery] = await box.owe("https://hooks.example.com/")
    everything: dict[str, Any] = {"limit": 9, "per_host": 9, "per_account": 9, "busy": {}}
    async with services.engine.begin() as connection:
        [mine] = await claim(connection, now=clock.now(), owner="same", lease_seconds=0, **everything)
    async with services.engine.begin() as connection:
        [theirs] = await claim(connection, now=clock.now(), owner="same", lease_seconds=30, **everything)
    tried = Tried(
        claimed=mine,
        state=DeliveryState.FAILED,
        due_at=None,
        started_at=clock.now(),
        ended_at=clock.now(),
        latency_ms=1,
        http_status=410,
        error="the receiver answered 410",
        answer=None,
    )
    async with services.engine.begin() as connection:
        assert await record(connection, [tried]) == [False]
    assert ((await box.row(delivery)).state, await box.tries(delivery)) == ("pending", [])
    async with services.engine.begin() as connection:
        assert await record(connection, [msgspec.structs.replace(tried, claimed=theirs)]) == [True]
    assert ((await box.row(delivery)).state, len(await box.tries(delivery))) == ("failed", 1)


async def test_an_event_that_is_owed_already_is_not_owed_twice(services: Services, box: Box) -> None:
    account, run = await box.account(), services.new_id()
    for _ in range(2):
        new = NewDelivery(
            id=services.new_id(),
            account_id=account,
            run_id=run,
            event="enrichment.completed",
            url="https://hooks.example.com/a",
            body=b"{}",
            due_at=services.now(),
        )
        async with services.engine.begin() as connection:
            await add(connection, [new, msgspec.structs.replace(new, id=services.new_id())], services.now())
    async with services.engine.connect() as connection:
        rows = (await connection.execute(deliveries.select())).all()
    assert [(row.host, row.run_id) for row in rows] == [("hooks.example.com", run)]
