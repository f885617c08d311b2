"""After a takeover what is paid for comes first, and a run that ends leaves no call open."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from app.domain.runs.view import RunView
from app.domain.vocabulary import ResultStatus, RunStatus
from app.domain.waterfall.attempt import Outcome
from app.settings.settings import ProviderSettings
from app.usecases.runs.cancel import cancel_run
from app.usecases.waterfall.collect_late_results import CollectLateResults
from tests.play.clock import AheadClock
from tests.usecases.ledgers import violations
from tests.workers.conftest import House, OpenHouse, ids, within
from tests.workers.vendors import DROPCONTACT_FOUND, DROPCONTACT_PENDING, HUNTER_MISS, Vendor, vendor

BOUGHT = "POST /v1/enrich/all"
POLLED = "GET /v1/enrich/all/r1"
ORDER = ("hunter", "dropcontact")


def working(request: Any) -> Any:
    """Dropcontact while it works."""
    started = {"success": True, "error": False, "request_id": "r1", "credits_left": 9}
    return started if request.method == "POST" else DROPCONTACT_PENDING


def done(request: Any) -> Any:
    """Dropcontact when it has finished."""
    return working(request) if request.method == "POST" else DROPCONTACT_FOUND


async def lost_with_a_ticket(house: House, drop: Vendor, **more: Any) -> RunView:
    """A run whose worker is lost while it polls for what it bought."""
    run = await house.accept(**more)
    await (await house.runner(heartbeat=False)).accept(ids(run))
    async with within(60):
        while POLLED not in drop.asked:
            await drop.entered.acquire()
    await house.lapse(run)
    return run


async def test_c25_a_ticket_is_polled_on_before_a_provider_that_is_now_earlier(open_house: OpenHouse) -> None:
    async with vendor(answer=working) as (drop, dropcontact), vendor(answer=HUNTER_MISS) as (hunter, other):
        house = await open_house({"dropcontact": dropcontact})
        run = await lost_with_a_ticket(house, drop, only_providers=ORDER)
        drop.answer = done
        following = await house.runner(providers={"dropcontact": dropcontact, "hunter": other})
        await following.accept(ids(run))
        ended = await house.ended(run)
        assert ended.result_status is ResultStatus.FOUND
        assert drop.asked.count(BOUGHT) == 1
        assert hunter.asked == []
        assert await violations(house.services) == []


@pytest.mark.parametrize(
    "now", [pytest.param({}, id="no key"), pytest.param({"dropcontact": ProviderSettings(enabled=False)}, id="off")]
)
async def test_c25_a_ticket_nobody_can_poll_for_makes_a_miss_degraded_and_is_collected_late(
    open_house: OpenHouse, now: dict[str, ProviderSettings]
) -> None:
    async with vendor(answer=working) as (drop, dropcontact), vendor(answer=HUNTER_MISS) as (_, other):
        house = await open_house({"dropcontact": dropcontact})
        run = await lost_with_a_ticket(house, drop, only_providers=ORDER)
        await (await house.runner(providers={"hunter": other, **now})).accept(ids(run))
        ended = await house.ended(run)
        assert (ended.result_status, ended.degraded) == (ResultStatus.NOT_FOUND, True)
        assert await violations(house.services) == []
        drop.answer = done
        assert await collected(house)
        assert drop.asked.count(BOUGHT) == 1
        assert (await house.accept()).result_status is ResultStatus.FOUND


async def test_c25_a_run_given_up_leaves_its_ticket_to_be_collected_late(open_house: OpenHouse) -> None:
    async with vendor(answer=working) as (drop, dropcontact):
        house = await open_house({"dropcontact": dropcontact}, max_leases=1)
        run = await lost_with_a_ticket(house, drop)
        await (await house.runner()).accept(ids(run))
        ended = await house.ended(run)
        assert (ended.status, ended.credits_used) == (RunStatus.FAILED, 0)
        assert await violations(house.services) == []
        drop.answer = done
        assert await collected(house)
        assert drop.asked.count(BOUGHT) == 1


async def test_c25_a_cancelled_run_has_no_open_call_whether_or_not_its_worker_lives(open_house: OpenHouse) -> None:
    async with vendor(answer=working) as (drop, dropcontact):
        house = await open_house({"dropcontact": dropcontact})
        run = await lost_with_a_ticket(house, drop)
        await cancel_run(house.services, run.owner, run.id)
        [line] = [x for x in await house.watch.attempts(run.owner, run.id) if x.route]
        assert line.outcome is Outcome.ERROR
        assert await violations(house.services) == []
        async with house.services.engine.connect() as connection:
            assert await connection.scalar(text("SELECT late_result_due_at > now() FROM attempts"))


@pytest.mark.parametrize("ticket", ["NULL", """'{"id": "r1"}'"""])
async def test_c25_the_database_itself_closes_what_an_ended_cascade_left_open(
    open_house: OpenHouse, ticket: str
) -> None:
    house = await open_house()
    run = await house.accept()
    begun = f"""
        INSERT INTO attempts (cascade_id, provider, field, position, tier, route, fencing_token, ticket, started_at)
        VALUES (:id, 'hunter', 'email', 0, 'T3', 'domain', 1, {ticket}, now())
    """  # noqa: S608 - from the table above
    async with house.services.engine.begin() as connection:
        await connection.execute(text(begun), {"id": run.cascade_id})
        await connection.execute(text("UPDATE cascades SET open = false, ended_at = now()"))
        found = (
            await connection.execute(text("SELECT outcome, ended_at, late_result_due_at - ended_at FROM attempts"))
        ).one()
    assert found[0] == "error"
    assert found[1] is not None
    assert found[2] == (None if ticket == "NULL" else timedelta(seconds=15))


async def collected(house: House) -> int:
    """Collect late results, a minute from now."""
    services = type(house.services)(
        **{name: getattr(house.services, name) for name in house.services.__struct_fields__}
        | {"clock": AheadClock(timedelta(minutes=1))}
    )
    return await CollectLateResults(services)()
