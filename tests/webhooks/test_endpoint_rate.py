"""An endpoint with a rate is tried so often a second over all processes, and stands in nobody's way meanwhile."""

import asyncio
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
import pytest
from sqlalchemy import update

from app.clock import SystemClock
from app.domain.webhooks.delivery import Event
from app.domain.webhooks.endpoint import WAITS_FOR_ITS_RATE
from app.services import Services
from app.store.tables.webhooks import deliveries
from app.store.webhooks import redelivery
from app.store.webhooks.leases import lease
from app.store.webhooks.signing_secrets import SecretCipher
from app.usecases.webhooks.manage_deliveries import ManageDeliveries
from app.usecases.webhooks.manage_endpoints import EndpointChange, ManageEndpoints
from tests.play.clock import SetClock
from tests.unit.test_endpoint_rate_limit import busiest
from tests.webhooks.conftest import Box, until
from tests.webhooks.receiver import Receiver, answer, listening
from tests.webhooks.subscribed import happen, subscribe
from webhooks.dispatcher import Dispatcher
from webhooks.prepare import PreparedBatch, prepare

STEP = timedelta(milliseconds=10)


async def _look(services: Services, name: str, *, per_host: int = 4) -> PreparedBatch:
    """Claim as a dispatcher does, in one transaction; what may be sent is taken as delivered at once."""
    bounds: dict[str, Any] = {"limit": 64, "per_host": per_host, "per_account": 32}
    async with services.engine.begin() as connection:
        found = await lease(connection, now=services.now(), owner=name, lease_seconds=30, busy={}, **bounds)
        done = await prepare(connection, services, SecretCipher(services.settings), found)
        ended = {"state": "delivered", "due_at": None, "lease_owner": None, "lease_until": None}
        ids = [one.delivery.id for one in done.ready]
        await connection.execute(update(deliveries).where(deliveries.c.id.in_(ids)).values(**ended))
    return done


async def _looks(services: Services) -> list[UUID]:
    """Let two dispatchers look at the same instant, until neither makes room; returns what both sent."""
    sent: list[UUID] = []
    while True:
        both = await asyncio.gather(_look(services, "one"), _look(services, "two"))
        sent += [ready.delivery.id for one in both for ready in one.ready]
        if not any(one.planned or one.ready for one in both):
            return sent


@pytest.mark.parametrize(("rate", "count"), [(10, 15), (40, 60)])
async def test_w7_two_dispatchers_together_keep_an_endpoint_to_its_rate(
    *, services: Services, box: Box, clock: SetClock, rate: int, count: int
) -> None:
    account = await box.account()
    await subscribe(box, account, "https://limited.example/", rate_limit=rate)
    owed = await happen(box, account, count=count // 2)
    tries: list[tuple[datetime, UUID]] = []
    began = clock.at
    while len(tries) < count:
        tries += [(clock.at, one) for one in await _looks(services)]
        assert clock.at - began < 3 * timedelta(seconds=count / rate)
        clock.at += STEP
        # More comes while others wait.
        owed += await happen(box, account) if len(owed) < count else []
    assert sorted(one for _, one in tries) == sorted(owed)
    assert busiest([at for at, _ in tries], 1) <= 1.05 * rate
    # It is not held back more than that: every look comes a little late.
    assert tries[-1][0] - began <= timedelta(seconds=1.3 * count / rate)


async def test_w7_what_waits_leaves_the_places_of_its_receiver_to_others(
    services: Services, box: Box, clock: SetClock
) -> None:
    account = await box.account()
    limited = await subscribe(box, account, "https://both.example/a", events=(Event.COMPLETED.value,), rate_limit=1)
    other = await subscribe(box, account, "https://both.example/b", events=(Event.JOB.value,))
    waiting = await happen(box, account, count=50)
    clock.forward(0.001)
    await happen(box, account, event=Event.JOB, count=8)
    first, again, third = [await _look(services, "me") for _ in range(3)]
    assert [one.delivery.endpoint_id for one in first.ready] == [limited.id]
    assert (first.planned, again.planned) == (49, 0)
    assert {one.delivery.endpoint_id for one in (*again.ready, *third.ready)} == {other.id}
    assert len(again.ready) + len(third.ready) == 8
    row = await box.row(waiting[-1])
    assert (row.reason, row.lease_owner) == (WAITS_FOR_ITS_RATE, None)
    # Planned one by one, in the order in which they became due.
    due = [(await box.row(one)).due_at for one in sorted(set(waiting) - {first.ready[0].delivery.id})]
    assert due == sorted(set(due))


async def test_w7_a_redelivery_and_a_ping_count_too(services: Services, box: Box, clock: SetClock) -> None:
    account = await box.account()
    endpoint = await subscribe(box, account, "https://limited.example/", rate_limit=2)
    [delivered] = await happen(box, account)
    assert await _looks(services) == [delivered]
    clock.forward(1)
    ping = await ManageEndpoints(services).test(account, endpoint.id)
    await ManageDeliveries(services).redeliver(account, delivered)
    assert len(await _looks(services)) == 1
    # A client that asks once more for one that waits does not lose its turn by it.
    [left] = [one for one in (ping.id, delivered) if (await box.row(one)).state == "pending"]
    turn = (await box.row(left)).due_at
    await ManageDeliveries(services).redeliver(account, left)
    assert (await box.row(left)).due_at == turn
    assert await _looks(services) == []
    clock.at = turn
    assert await _looks(services) == [left]


@pytest.mark.parametrize(("rate", "at_once"), [pytest.param(None, 12, id="none"), pytest.param(1000, 12, id="high")])
async def test_w7_a_new_rate_holds_at_once_also_for_what_waits(
    *, services: Services, box: Box, clock: SetClock, rate: int | None, at_once: int
) -> None:
    account = await box.account()
    endpoint = await subscribe(box, account, "https://limited.example/", rate_limit=1)
    owed = await happen(box, account, count=1 + at_once)
    assert len(await _looks(services)) == 1
    clock.forward(0.999)
    assert await _looks(services) == []
    clock.forward(0.001)
    changed, _ = await ManageEndpoints(services).change(account, endpoint.id, EndpointChange(rate_limit=rate))
    assert changed.endpoint.rate_limit == rate
    assert len(await _looks(services)) == at_once
    assert all([(await box.row(one)).state == "delivered" for one in owed])


async def test_w7_without_a_rate_nothing_waits_and_nothing_is_written_of_it(services: Services, box: Box) -> None:
    account = await box.account()
    endpoint = await subscribe(box, account, "https://free.example/")
    assert endpoint.rate_limit is None
    owed = await happen(box, account, count=40)
    assert (await _look(services, "me", per_host=100)).next_at == {}
    assert [(await box.row(one)).ready_at for one in owed] == [None] * 40


async def test_w7_everything_arrives_at_its_rate_without_waiting_for_the_sweep(
    services: Services, box: Box, receiver: Receiver
) -> None:
    """Two dispatchers, real time and sockets; each is called once and then wakes by itself."""
    real = msgspec.structs.replace(services, clock=SystemClock())
    receiver.default = answer(204)
    async with listening(host="127.0.0.2") as free:
        account = await box.account()
        mine = Box(real)
        await subscribe(mine, account, receiver.url, events=(Event.COMPLETED.value,), rate_limit=20)
        await subscribe(mine, account, free.url.replace("127.0.0.1", "127.0.0.2"), events=(Event.JOB.value,))
        pair = [Dispatcher(msgspec.structs.replace(real, name=name)) for name in "ab"]
        owed = await happen(mine, account, count=16)
        unlimited = await happen(mine, account, event=Event.JOB, count=16)
        began = real.now()
        await asyncio.gather(*(one.deliver_due() for one in pair))
        await free.wait_for(16)
        await until(lambda: _delivered(mine, unlimited))
        await until(lambda: _delivered(mine, owed))
        started = sorted([(await mine.tries(one))[0].started_at for one in owed])
        freely = [(await mine.tries(one))[0].started_at for one in unlimited]
        for one in pair:
            await one.drain(5)
    assert [len(receiver.requests), len(free.requests)] == [16, 16]
    for place, at in enumerate(started):
        assert at - began >= place * timedelta(seconds=1 / 20)
    assert max(freely) < started[-1]


async def test_a_plan_that_a_wrong_clock_wrote_holds_nothing_up(services: Services, box: Box, clock: SetClock) -> None:
    account = await box.account()
    endpoint = await subscribe(box, account, "https://limited.example/", rate_limit=1)
    await happen(box, account, count=2)
    clock.forward(86_400)
    assert len(await _looks(services)) == 1
    clock.forward(-86_400)
    async with services.engine.begin() as connection:
        assert len(await redelivery.unplan(connection, endpoint, services.now())) == 1
    assert len(await _looks(services)) == 1


async def _delivered(box: Box, owed: list[UUID]) -> bool:
    return all([(await box.row(one)).state == "delivered" for one in owed])
