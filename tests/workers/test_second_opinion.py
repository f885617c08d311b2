"""Second opinions: a verifier judges what a finder is not sure of, before the next finder is paid."""

from decimal import Decimal
from typing import Any

import pytest

from app.domain.runs.view import RunView
from app.domain.vocabulary import ResultStatus
from tests.usecases.ledgers import violations
from tests.workers.conftest import House, OpenHouse, ids
from tests.workers.vendors import hunter_found, vendor

FINDYMAIL_MISS: dict[str, Any] = {"contact": None}
VERDICTS = {"valid": "deliverable", "invalid": "undeliverable", "risky": "risky", "unknown": "unknown"}


def bouncer_says(verdict: str) -> dict[str, Any]:
    return {"status": VERDICTS[verdict], "reason": "", "domain": {"acceptAll": "no"}}


async def calls(house: House, run: RunView) -> list[tuple[str, str, str | None]]:
    lines = await house.watch.attempts(run.owner, run.id)
    return [(line.provider, line.field.value, line.outcome and line.outcome.value) for line in lines if line.route]


@pytest.mark.parametrize(
    ("verdict", "graded", "asked_later"),
    [("valid", "valid", 0), ("risky", "risky", 1), ("unknown", "risky", 1), ("invalid", None, 1)],
)
async def test_a_verdict_decides_about_a_risky_address(
    open_house: OpenHouse, verdict: str, graded: str | None, asked_later: int
) -> None:
    async with (
        vendor(answer=hunter_found("accept_all")) as (_, hunter),
        vendor(answer=FINDYMAIL_MISS) as (findymail, later),
        vendor(answer=bouncer_says(verdict)) as (bouncer, verifier),
    ):
        house = await open_house({"hunter": hunter, "findymail": later, "bouncer": verifier})
        run = await house.accept(only_providers=("hunter", "findymail", "bouncer"))
        await (await house.runner()).accept(ids(run))
        ended = await house.ended(run)

        outcome = "rejected" if verdict == "invalid" else "hit"
        assert (await calls(house, run))[:2] == [("hunter", "email", "hit"), ("bouncer", "verify", outcome)]
        assert len(findymail.asked) == asked_later
        assert len(bouncer.asked) == 1
        if graded is None:
            assert ended.result_status is ResultStatus.NOT_FOUND
        else:
            assert (ended.result.email.status.value, ended.result.email.provider) == (graded, "hunter")
        assert not ended.degraded
        assert await violations(house.services) == []


async def test_no_second_opinion_is_bought_that_costs_more_than_the_operator_allows(open_house: OpenHouse) -> None:
    async with (
        vendor(answer=hunter_found("accept_all")) as (_, hunter),
        vendor(answer=bouncer_says("valid")) as (bouncer, verifier),
    ):
        house = await open_house({"hunter": hunter, "bouncer": verifier})
        run = await house.accept()
        await (await house.runner(second_opinion_max_usd=Decimal("0.005"))).accept(ids(run))
        ended = await house.ended(run)

        assert ended.result.email.status.value == "risky"
        assert bouncer.asked == []


async def test_the_finder_itself_gives_no_second_opinion(open_house: OpenHouse) -> None:
    async with vendor(answer=hunter_found("accept_all")) as (hunter, settings):
        house = await open_house({"hunter": settings})
        run = await house.accept()
        await (await house.runner(second_opinion_max_usd=Decimal(1))).accept(ids(run))

        assert (await house.ended(run)).result.email.status.value == "risky"
        assert len(hunter.asked) == 1


async def test_a_second_opinion_fits_the_cap_of_the_run(open_house: OpenHouse) -> None:
    async with (
        vendor(answer=hunter_found("accept_all")) as (_, hunter),
        vendor(answer=bouncer_says("valid")) as (bouncer, verifier),
    ):
        house = await open_house({"hunter": hunter, "bouncer": verifier})
        run = await house.accept(max_cost_usd=Decimal("0.03"))  # 0.0245 is spent on the find, 0.008 would not fit
        await (await house.runner()).accept(ids(run))

        assert (await house.ended(run)).result.email.status.value == "risky"
        assert bouncer.asked == []
