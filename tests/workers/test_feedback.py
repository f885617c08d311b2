"""A value that was reported as wrong is never served, joined or accepted again: only the other providers are asked."""

from typing import cast

import msgspec
import pytest
from sqlalchemy import text

from app.domain.contacts.contact import Contact
from app.domain.runs.view import RunView
from app.domain.vocabulary import EnrichmentType, ResultStatus
from app.domain.waterfall.feedback import FeedbackOutcome
from app.usecases.accounts.manage_plans import ManagePlans
from app.usecases.runs.feedback import FeedbackItem, FeedbackTaken, give_feedback
from app.usecases.waterfall import wrong_values
from tests.usecases.ledgers import violations
from tests.workers.conftest import JANE, OpenHouse, ids, within
from tests.workers.test_completion import DATAGMA_FOUND, LINKED, Two, two
from tests.workers.vendors import hunter_found, vendor

# Datagma is asked first, and gives the address that turns out wrong.
ELSE = {"data": hunter_found()["data"] | {"email": "j.smith@acme.example"}}


async def report(both: Two, run: RunView, outcome: FeedbackOutcome = FeedbackOutcome.BOUNCED) -> FeedbackTaken:
    [taken] = await give_feedback(both.house.services, run.owner, [FeedbackItem(run_id=run.id, outcome=outcome)])
    assert not taken.problem
    return taken


def email(run: RunView) -> str | None:
    return run.result.email.value if run.result and run.result.email else None


async def test_a_duplicate_of_what_bounced_asks_the_others_at_no_charge(open_house: OpenHouse) -> None:
    async with two(open_house) as both:
        both.datagma.answer, both.hunter.answer = DATAGMA_FOUND, ELSE
        first = await both.run()
        assert (email(first), both.calls()) == ("jane.smith@acme.example", (0, 1))
        assert await report(both, first, FeedbackOutcome.DELIVERED)
        assert (await both.run()).cached
        await report(both, first)
        second = await both.run()
        assert (email(second), second.credits_used, both.calls()) == ("j.smith@acme.example", 0, (1, 1))
        third = await both.run()
        assert (third.cached, email(third)) == (True, "j.smith@acme.example")


async def test_the_same_value_of_another_provider_is_not_accepted(open_house: OpenHouse) -> None:
    async with two(open_house) as both:
        both.datagma.answer, both.hunter.answer = DATAGMA_FOUND, hunter_found()
        await report(both, await both.run())
        second = await both.run()
        assert (second.result_status, both.calls()) == (ResultStatus.NOT_FOUND, (1, 1))
        lines = await both.house.watch.attempts(second.owner, second.id)
        told = {line.provider: line.reason or "" for line in lines if line.provider in {"hunter", "datagma"}}
        assert told["datagma"].startswith("asked before: rejected on ")
        assert told["hunter"].endswith("says bounced of this value")
        refreshed = await both.run(force_refresh=True)
        assert (refreshed.result_status, both.calls()) == (ResultStatus.NOT_FOUND, (2, 2))


async def test_a_look_up_under_way_when_its_value_bounces_gives_it_to_nobody(open_house: OpenHouse) -> None:
    async with two(open_house) as both:
        both.datagma.answer = DATAGMA_FOUND
        first = await both.run()
        both.datagma.hold.clear()
        refreshed = await both.house.accept(force_refresh=True)
        async with within(30):
            # Let go of the first look-up's signal; the second stands for the call that is held.
            await both.datagma.entered.acquire()
            await (await both.house.runner()).accept(ids(refreshed))
            await both.datagma.entered.acquire()
        await report(both, first)
        joined = await both.house.accept()
        assert joined.cascade_id == refreshed.cascade_id
        both.datagma.hold.set()
        ended = [await both.house.ended(run) for run in (refreshed, joined)]
        assert [(run.result_status, email(run)) for run in ended] == [(ResultStatus.NOT_FOUND, None)] * 2


@pytest.mark.parametrize("cached", [False, True], ids=["of the run", "of a duplicate"])
async def test_a_plan_that_refunds_bounces_gives_the_charge_back_once(open_house: OpenHouse, *, cached: bool) -> None:
    async with two(open_house) as both:
        await ManagePlans(both.house.services).change("leadmodule", refund_bounces=True)
        both.datagma.answer, both.hunter.answer = DATAGMA_FOUND, ELSE
        first = await both.run()
        duplicate = await both.run()
        assert (await both.spent(), duplicate.cached) == (1, True)
        reported = duplicate if cached else first
        assert (await report(both, reported)).credits_refunded == 1
        again = await report(both, reported)
        assert (again.repeated, again.credits_refunded) == (True, 0)
        assert (await report(both, duplicate if reported is first else first)).credits_refunded == 0
        assert await both.spent() == 0
        # The charge is back, so the next look-up is charged again.
        second = await both.run()
        assert (email(second), second.credits_used, await both.spent()) == ("j.smith@acme.example", 1, 1)


async def test_a_look_up_that_still_has_a_good_value_is_not_refunded(open_house: OpenHouse) -> None:
    async with two(open_house) as both:
        await ManagePlans(both.house.services).change("leadmodule", refund_bounces=True)
        both.hunter.answer = hunter_found()
        run = await both.run()
        item = FeedbackItem(run_id=run.id, outcome=FeedbackOutcome.DELIVERED)
        [taken] = await give_feedback(both.house.services, run.owner, [item])
        assert msgspec.structs.astuple(taken)[1:] == (taken.fields, False, 0, None, "")
        assert await both.spent() == 1


ADA = msgspec.structs.replace(JANE, first_name="Ada", last_name="Byron")
JANET = msgspec.structs.replace(JANE, first_name="Janet")
ADDRESS = Contact(email="jane.smith@acme.example")


async def test_an_address_that_bounced_is_wrong_for_whoever_it_is_found(open_house: OpenHouse) -> None:
    async with two(open_house) as both:
        both.datagma.answer, both.hunter.answer = DATAGMA_FOUND, ELSE
        first, other = await both.run(), await both.run(contact=JANET)
        assert (email(other), both.calls()) == (email(first), (0, 2))
        # That somebody has left is said of that contact alone.
        await report(both, first, FeedbackOutcome.LEFT_COMPANY)
        assert (await both.run(contact=JANET)).cached
        await report(both, first)
        again = await both.run(contact=JANET)
        assert (email(again), again.credits_used, both.calls()) == ("j.smith@acme.example", 0, (1, 2))
        # Where it is found again it is rejected, and the search goes on.
        third = await both.run(contact=msgspec.structs.replace(JANE, first_name="Jan"))
        assert (email(third), third.credits_used, both.calls()) == ("j.smith@acme.example", 1, (2, 3))
        told = {line.provider: line.reason or "" for line in await both.house.watch.attempts(third.owner, third.id)}
        assert told["datagma"].endswith("says bounced of this value")


async def test_what_bounces_while_it_is_found_for_another_contact_is_given_to_nobody(open_house: OpenHouse) -> None:
    async with two(open_house) as both:
        both.datagma.answer = DATAGMA_FOUND
        first = await both.run()
        both.datagma.hold.clear()
        other = await both.house.accept(JANET)
        async with within(30):
            await both.datagma.entered.acquire()
            await (await both.house.runner()).accept(ids(other))
            await both.datagma.entered.acquire()
        await report(both, first)
        both.datagma.hold.set()
        assert (await both.house.ended(other)).result_status is ResultStatus.NOT_FOUND


@pytest.mark.parametrize(
    ("of_search", "says"), [(True, "deliverable"), (False, "deliverable"), (True, "undeliverable"), (True, "risky")]
)
async def test_a_verdict_that_a_bounce_refutes_is_served_no_more_and_each_verifier_is_paid_once(
    open_house: OpenHouse, *, of_search: bool, says: str
) -> None:
    async with (
        vendor(answer=DATAGMA_FOUND) as (_, datagma),
        vendor(answer={"result": "ok", "resultcode": 1, "error": ""}) as (cheap, millionverifier),
        vendor(answer={"status": says, "domain": {"acceptAll": "no"}}) as (dear, bouncer),
    ):
        house = await open_house({"datagma": datagma, "millionverifier": millionverifier, "bouncer": bouncer})
        runner = await house.runner()

        async def run(contact: Contact, kind: EnrichmentType) -> RunView:
            run: RunView = await house.accept(contact, type=kind)
            if not run.ended:
                await runner.accept(ids(run))
                run = await house.ended(run)
            return run

        verified, found = await run(ADDRESS, EnrichmentType.VERIFY), await run(JANE, EnrichmentType.EMAIL)
        assert email(verified) == email(found) == ADDRESS.email
        assert (await run(ADDRESS, EnrichmentType.VERIFY)).cached
        wrong = FeedbackItem(run_id=(found if of_search else verified).id, outcome=FeedbackOutcome.BOUNCED)
        [taken] = await give_feedback(house.services, found.owner, [wrong])
        assert not taken.problem

        second = await run(ADDRESS, EnrichmentType.VERIFY)
        assert (second.cached, second.credits_used, len(cheap.asked), len(dear.asked)) == (False, 0, 1, 1)
        third = await run(ADDRESS, EnrichmentType.VERIFY)
        assert (third.cached, len(cheap.asked), len(dear.asked)) == (True, 1, 1)
        status = third.result and third.result.email and third.result.email.found and third.result.email.status.value
        assert status == {"undeliverable": "invalid", "risky": "risky"}.get(says, False)
        assert third.result_status is (ResultStatus.FOUND if status else ResultStatus.NOT_FOUND)
        assert await violations(house.services) == []


@pytest.mark.parametrize(("look", "run"), [(0.2, 30.0), (30.0, 3.0)], ids=["slow", "out of time"])
async def test_a_paid_answer_is_stored_while_nobody_says_what_was_reported(
    open_house: OpenHouse, monkeypatch: pytest.MonkeyPatch, look: float, run: float
) -> None:
    monkeypatch.setattr(wrong_values, "LOOK_SECONDS", look)
    async with two(open_house, run_timeout_seconds=run, bulk_run_timeout_seconds=run) as both:
        both.datagma.answer = DATAGMA_FOUND
        await report(both, await both.run(contact=ADA), FeedbackOutcome.LEFT_COMPANY)
        both.datagma.hold.clear()
        other = await both.house.accept()
        await both.datagma.entered.acquire()
        await (await both.house.runner()).accept(ids(other))
        async with within(30), both.house.services.engine.begin() as connection:
            await both.datagma.entered.acquire()
            await connection.execute(text("LOCK TABLE feedback IN ACCESS EXCLUSIVE MODE"))
            both.datagma.hold.set()
            while ("datagma", "hit") not in (told := await both.house.outcomes(other)):
                assert ("datagma", "timeout") not in told
        ended = await both.house.ended(other)
        assert (email(ended), both.calls()) == ("jane.smith@acme.example", (0, 2))


async def test_a_switchboard_that_is_cut_off_for_one_extension_is_served_for_the_others(open_house: OpenHouse) -> None:
    async with vendor() as (lusha, settings):
        house = await open_house({"lusha": settings})
        runner = await house.runner()

        async def run(name: str) -> RunView:
            contact = msgspec.structs.replace(LINKED, first_name=name)
            run: RunView = await house.accept(contact, type=EnrichmentType.PHONE)
            if not run.ended:
                await runner.accept(ids(run))
            return cast(RunView, await house.ended(run))

        for name, extension in (("Jane", 12), ("Janet", 34)):
            phone = {"number": f"+44 20 7946 0018 ext. {extension}", "type": "direct"}
            lusha.answer = {"results": [{"phones": [phone]}]}
            found = await run(name)
            assert found.result is not None
            assert found.result.phone is not None
            assert found.result.phone.phone_extension == str(extension)
        cut_off = FeedbackItem(run_id=found.id, outcome=FeedbackOutcome.DISCONNECTED)
        [taken] = await give_feedback(house.services, found.owner, [cut_off])
        assert not taken.problem
        told = [await run(name) for name in ("Janet", "Jane", "Jan")]
        found_or_not = [(one.result_status, one.cached) for one in told]
        served = ResultStatus.FOUND
        assert found_or_not == [(ResultStatus.NOT_FOUND, True), (served, True), (served, False)]
