"""The pattern step: two known addresses of a company make the third for the price of a verification."""

from decimal import Decimal
from typing import Any

import msgspec
import pytest

from app.domain.contacts.contact import Contact
from app.domain.order.waterfall import BUILT_IN
from app.domain.vocabulary import ResultStatus
from app.domain.waterfall.feedback import FeedbackOutcome
from app.usecases.runs.feedback import FeedbackItem, give_feedback
from tests.usecases.ledgers import violations
from tests.workers.conftest import House, OpenHouse, ids
from tests.workers.vendors import vendor

VERDICTS: dict[str, dict[str, Any]] = {
    "valid": {"result": "ok", "resultcode": 1, "error": ""},
    "risky": {"result": "catch_all", "resultcode": 2, "error": ""},
    "invalid": {"result": "invalid", "resultcode": 6, "error": ""},
    "unknown": {"result": "unknown", "resultcode": 3, "error": ""},
}


def colleague(first: str, last: str) -> Contact:
    return Contact(first_name=first, last_name=last, company_domain="acme.example")


def found(request: Any) -> dict[str, Any]:
    address = f"{request.query['first_name']}.{request.query['last_name']}@acme.example".lower()
    return {"data": {"email": address, "score": 97, "verification": {"status": "valid"}}}


async def look_up(house: House, contact: Contact, **more: Any) -> Any:
    run = await house.accept(contact, **more)
    await (await house.runner()).accept(ids(run))
    return await house.ended(run)


@pytest.mark.parametrize("verdict", ["valid", "risky", "invalid", "unknown"])
async def test_the_third_person_of_a_company_costs_one_verification(open_house: OpenHouse, verdict: str) -> None:
    async with vendor(answer=found) as (finder, hunter), vendor(answer=VERDICTS[verdict]) as (verifier, checks):
        house = await open_house({"hunter": hunter, "millionverifier": checks})
        for first, last in (("Jane", "Smith"), ("Rita", "Moss")):
            assert (await look_up(house, colleague(first, last))).result.email.provider == "hunter"
        assert verifier.asked == []

        ended = await look_up(house, colleague("Zoë", "Lund"))

        email, asked = ended.result.email, await house.watch.attempts(ended.owner, ended.id)
        called = [
            (line.provider, line.field.value, line.outcome and line.outcome.value) for line in asked if line.route
        ]
        assert len(verifier.asked) == 1
        assert ended.result_status is ResultStatus.FOUND
        if verdict == "valid":
            assert (email.value, email.provider, email.status.value) == ("zoe.lund@acme.example", "pattern", "valid")
            assert sum(line.cost_usd for line in asked) == Decimal("0.0037")
            assert set(called) == {("pattern", "email", "hit"), ("millionverifier", "verify", "hit")}
            assert len(finder.asked) == 2
        else:
            # A domain that takes any address makes no guess valid, so the finder is asked.
            assert email.provider == "hunter"
            assert ("pattern", "email", "hit" if verdict == "risky" else "rejected") in called
            assert len(finder.asked) == 3
        assert await violations(house.services) == []


async def test_the_pattern_waits_for_a_finder_of_a_lower_index_and_says_why_it_comes(open_house: OpenHouse) -> None:
    def not_lund(request: Any) -> dict[str, Any]:
        return found(request) if request.query["last_name"] != "Lund" else {"data": {"email": None}}

    async with vendor(answer=not_lund) as (finder, hunter), vendor(answer=VERDICTS["valid"]) as (verifier, checks):
        cheap = msgspec.structs.replace(hunter, price_call_email=Decimal("0.0005"), price_success_email=Decimal(0))
        house = await open_house({"hunter": cheap, "millionverifier": checks})
        for first, last in (("Jane", "Smith"), ("Rita", "Moss")):
            await look_up(house, colleague(first, last))

        easy = await look_up(house, colleague("Ada", "Byron"), waterfall=BUILT_IN["cheapest"])
        assert (easy.result.email.provider, verifier.asked) == ("hunter", [])

        hard = await look_up(house, colleague("Zoë", "Lund"), waterfall=BUILT_IN["cheapest"])
        asked = {line.provider: line for line in await house.watch.attempts(hard.owner, hard.id) if line.route}
        assert (hard.result.email.provider, len(finder.asked), len(verifier.asked)) == ("pattern", 4, 1)
        assert asked["pattern"].expected == asked["millionverifier"].expected
        assert asked["pattern"].expected.prior == "house prior"
        assert 0.0037 < asked["pattern"].expected.index_usd < 0.01


@pytest.mark.parametrize("status", [401, 403, 500])
@pytest.mark.parametrize("finds", [True, False])
async def test_without_a_verdict_the_pattern_has_no_miss(open_house: OpenHouse, status: int, *, finds: bool) -> None:
    async with vendor(answer=found) as (finder, hunter), vendor(answer={"error": "x"}, status=status) as (_, checks):
        house = await open_house({"hunter": hunter, "millionverifier": checks})
        for first, last in (("Jane", "Smith"), ("Rita", "Moss")):
            await look_up(house, colleague(first, last))
        finder.status = 200 if finds else 401

        ended = await look_up(house, colleague("Zoë", "Lund"))

        asked = {line.provider: line for line in await house.watch.attempts(ended.owner, ended.id) if line.route}
        assert asked["pattern"].outcome.value == "error"
        assert "no verifier could be asked" in asked["pattern"].reason
        # Nobody answered, so it is no miss, which would be charged and kept.
        assert ended.result_status is (ResultStatus.FOUND if finds else ResultStatus.ERROR)
        assert await violations(house.services) == []


async def test_a_pattern_is_not_learned_from_what_bounced_nor_makes_it_again(open_house: OpenHouse) -> None:
    async with vendor(answer=found) as (finder, hunter), vendor(answer=VERDICTS["valid"]) as (verifier, checks):
        house = await open_house({"hunter": hunter, "millionverifier": checks})

        async def report(run: Any, outcome: FeedbackOutcome) -> None:
            [taken] = await give_feedback(house.services, run.owner, [FeedbackItem(run_id=run.id, outcome=outcome)])
            assert not taken.problem

        jane, _ = [await look_up(house, colleague(*name)) for name in (("Jane", "Smith"), ("Rita", "Moss"))]
        # Who has left had an address of that pattern.
        await report(jane, FeedbackOutcome.LEFT_COMPANY)
        third = await look_up(house, colleague("Zoë", "Lund"))
        assert (third.result.email.provider, len(finder.asked), len(verifier.asked)) == ("pattern", 2, 1)

        await report(third, FeedbackOutcome.BOUNCED)
        profile = "https://www.linkedin.com/in/zoe-lund"
        same = await look_up(house, msgspec.structs.replace(colleague("Zoe", "Lund"), linkedin_url=profile))
        called = [line for line in await house.watch.attempts(same.owner, same.id) if line.route]
        assert [(line.provider, line.outcome and line.outcome.value) for line in called] == [("hunter", "rejected")]

        await report(jane, FeedbackOutcome.BOUNCED)
        fourth = await look_up(house, colleague("Ada", "Byron"))
        assert (fourth.result.email.provider, len(finder.asked), len(verifier.asked)) == ("hunter", 4, 1)
