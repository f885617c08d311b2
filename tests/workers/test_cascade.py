"""Cascades as workers run them: stop on hit, keep what was answered, never ask twice, give back what is owed."""

import asyncio

import msgspec
import pytest
from structlog.testing import capture_logs

from app.domain.contacts.contact import Contact
from app.domain.vocabulary import EnrichmentType, ResultStatus, RunStatus
from app.domain.waterfall.attempt import Outcome
from app.usecases.accounts.balance import read_balance
from app.usecases.runs.cancel import cancel_run
from tests.usecases.ledgers import violations
from tests.workers.conftest import JANE, OpenHouse, ids, within
from tests.workers.vendors import HUNTER_MISS, hunter_found, vendor

LINKED = msgspec.structs.replace(JANE, linkedin_url="https://www.linkedin.com/in/jane-smith")


async def test_a_verified_hit_ends_the_run_and_the_rest_is_skipped(open_house: OpenHouse) -> None:
    async with vendor(answer=hunter_found()) as (hunter, settings):
        house = await open_house({"hunter": settings})
        run = await house.accept()
        await (await house.runner()).accept(ids(run))
        ended = await house.ended(run)
        assert (ended.status, ended.result_status) == (RunStatus.COMPLETED, ResultStatus.FOUND)
        assert ended.result.email.value == "jane.smith@acme.example"
        assert ended.result.email.provider == "hunter"
        assert ended.started_at is not None
        assert len(hunter.asked) == 1
        outcomes = dict(await house.outcomes(run))
        assert outcomes.pop("hunter") == "hit"
        assert set(outcomes.values()) == {"skipped"}
        assert await violations(house.services) == []


async def test_a_risky_answer_is_kept_and_the_next_provider_asked(open_house: OpenHouse) -> None:
    async with (
        vendor(answer=hunter_found("accept_all")) as (_, hunter),
        vendor(answer={"success": False, "error": False, "data": None}) as (drop, dropcontact),
    ):
        drop.answer = lambda request: (
            {"success": True, "error": False, "request_id": "r1", "credits_left": 9}
            if request.method == "POST"
            else {"success": True, "error": False, "data": [{}]}
        )
        house = await open_house({"hunter": hunter, "dropcontact": dropcontact})
        run = await house.accept(only_providers=("hunter", "dropcontact"))
        await (await house.runner()).accept(ids(run))
        ended = await house.ended(run)
        assert ended.result_status is ResultStatus.FOUND
        assert ended.result.email.status.value == "risky"
        assert await house.outcomes(run) == [("hunter", "hit"), ("dropcontact", "miss")]


async def test_without_any_key_a_live_run_fails_and_is_refunded_and_the_log_names_the_settings_once(
    open_house: OpenHouse,
) -> None:
    house = await open_house()
    run = await house.accept()
    with capture_logs() as logged:
        await (await house.runner()).accept(ids(run))
        ended = await house.ended(run)
    assert (ended.status, ended.result_status) == (RunStatus.FAILED, ResultStatus.ERROR)
    assert ended.error.code == "no_provider_configured"
    assert "LEADRUN" not in ended.error.message
    (line,) = [line for line in logged if line["event"] == "run.no_provider_configured"]
    assert (line["log_level"], line["run_ids"]) == ("warning", [str(run.id)])
    assert "LEADRUN_PROVIDER_HUNTER_API_KEY" in line["set_one_of"]
    assert ended.credits_used == 0
    assert (await read_balance(house.services, run.owner)).balance == 100
    assert await violations(house.services) == []


@pytest.mark.parametrize("status", [401, 429, 500])
async def test_a_provider_that_fails_makes_an_error_never_a_miss(open_house: OpenHouse, status: int) -> None:
    async with vendor(answer={"errors": [{"id": "x", "details": "made up"}]}, status=status) as (_, settings):
        house = await open_house({"hunter": settings})
        run = await house.accept()
        await (await house.runner()).accept(ids(run))
        ended = await house.ended(run)
        assert (ended.status, ended.result_status) == (RunStatus.FAILED, ResultStatus.ERROR)
        assert ended.credits_used == 1
        assert await violations(house.services) == []


async def test_cancelling_stops_before_the_next_provider_and_keeps_the_charge_of_one_that_was_asked(
    open_house: OpenHouse,
) -> None:
    async with vendor(answer=HUNTER_MISS) as (hunter, settings), vendor(answer={}) as (drop, dropcontact):
        hunter.hold.clear()
        house = await open_house({"hunter": settings, "dropcontact": dropcontact})
        run = await house.accept(only_providers=("hunter", "dropcontact"))
        runner = await house.runner()
        await runner.accept(ids(run))
        async with within(60):
            await hunter.entered.acquire()
        cancelled = await cancel_run(house.services, run.owner, run.id)
        assert (cancelled.status, cancelled.credits_used) == (RunStatus.CANCELLED, 1)
        hunter.hold.set()
        await runner.drain(5)
        assert drop.asked == []
        outcomes = await house.outcomes(run)
        assert ("hunter", "miss") in outcomes
        assert ("dropcontact", "skipped") in outcomes
        assert await violations(house.services) == []


@pytest.mark.parametrize(
    ("kind", "answered"), [pytest.param("email", False, id="heartbeat"), pytest.param("all", True, id="other field")]
)
async def test_a_call_that_a_cancellation_cuts_off_is_told_as_one_that_may_have_been_billed(
    open_house: OpenHouse, kind: str, *, answered: bool
) -> None:
    async with vendor(answer=HUNTER_MISS) as (hunter, settings), vendor(answer={}) as (phones, lusha):
        hunter.hold.clear()
        phones.hold.clear()
        house = await open_house({"hunter": settings, "lusha": lusha}, lease_seconds=30 if answered else 0.3)
        run = await house.accept(LINKED, type=EnrichmentType(kind), only_providers=("hunter", "lusha"))
        runner = await house.runner()
        await runner.accept(ids(run))
        async with within(60):
            await hunter.entered.acquire()
            if answered:
                await phones.entered.acquire()
        await cancel_run(house.services, run.owner, run.id)
        if answered:
            hunter.hold.set()
        async with within(60):
            while any(outcome is None for _, outcome in await house.outcomes(run)):  # noqa: ASYNC110 - the rows know
                await asyncio.sleep(0.02)
        cut = "lusha" if answered else "hunter"
        line = next(x for x in await house.watch.attempts(run.owner, run.id) if x.provider == cut and x.route)
        assert line.outcome is Outcome.ERROR
        assert line.reason == "interrupted: the run ended during the call; it may have been billed"
        assert ("hunter", "miss" if answered else "error") in await house.outcomes(run)


async def test_runs_that_joined_end_with_their_cascade(open_house: OpenHouse) -> None:
    async with vendor(answer=hunter_found()) as (hunter, settings):
        house = await open_house({"hunter": settings})
        runs = [await house.accept() for _ in range(5)]
        await (await house.runner()).accept(ids(runs[0]))
        ended = [await house.ended(run) for run in runs]
        assert {r.result_status for r in ended} == {ResultStatus.FOUND}
        assert [r.credits_used for r in ended] == [1, 0, 0, 0, 0]
        assert len(hunter.asked) == 1


async def test_what_a_provider_cannot_be_asked_is_skipped_with_the_reason(open_house: OpenHouse) -> None:
    async with vendor(answer={}) as (_, settings):
        house = await open_house({"kaspr": settings})
        run = await house.accept(Contact(first_name="Jane", last_name="Smith", company_domain="acme.example"))
        await (await house.runner()).accept(ids(run))
        ended = await house.ended(run)
        assert ended.error.code == "no_provider_usable"
        assert "linkedin" in ended.error.message
        assert ended.credits_used == 0
