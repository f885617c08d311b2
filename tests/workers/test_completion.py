"""A miss answers a duplicate only if everybody was asked whom it would ask; else the rest is asked, at no charge."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from app.domain.runs.view import RunView
from app.domain.vocabulary import EnrichmentType, ResultStatus
from app.settings.settings import ProviderSettings
from app.store.accounts import ledger
from app.usecases.accounts.balance import read_balance
from app.usecases.runs.submit import Submit
from tests.usecases.ledgers import violations
from tests.usecases.people import later
from tests.workers.conftest import JANE, House, OpenHouse, ids
from tests.workers.test_late_results import NOBODY, answer_with, collect, slow
from tests.workers.vendors import HUNTER_MISS, Vendor, vendor

DATAGMA_MISS: dict[str, Any] = {"email": None, "phone": {"mobiles": []}}
DATAGMA_FOUND: dict[str, Any] = {"email": "jane.smith@acme.example", "status": "valid"}
LINKED = msgspec.structs.replace(JANE, linkedin_url="https://www.linkedin.com/in/jane-smith")


class Two(msgspec.Struct, kw_only=True):
    """A house with Hunter and Datagma, neither of which knows anybody until a test says otherwise."""

    house: House
    hunter: Vendor
    datagma: Vendor

    async def run(self, **more: Any) -> RunView:
        """Submit Jane, and run what that starts to its end."""
        run = await self.house.accept(**more)
        return run if run.ended else await self.finish(run)

    async def finish(self, run: RunView) -> RunView:
        await (await self.house.runner()).accept(ids(run))
        ended = await self.house.ended(run)
        assert await violations(self.house.services) == []
        return ended

    async def spent(self) -> int:
        return (await read_balance(self.house.services, self.house.principal.owner)).total_spent

    def calls(self) -> tuple[int, int]:
        """How often Hunter and Datagma were asked."""
        return len(self.hunter.asked), len(self.datagma.asked)


@asynccontextmanager
async def two(open_house: OpenHouse, **more: Any) -> AsyncIterator[Two]:
    async with vendor(answer=HUNTER_MISS) as (hunter, h), vendor(answer=DATAGMA_MISS) as (datagma, d):
        yield Two(house=await open_house({"hunter": h, "datagma": d}, **more), hunter=hunter, datagma=datagma)


async def test_what_was_restricted_to_providers_is_completed_by_asking_the_rest_at_no_charge(
    open_house: OpenHouse,
) -> None:
    async with two(open_house) as both:
        first = await both.run(only_providers=("hunter",))
        assert (first.result_status, first.credits_used, both.calls()) == (ResultStatus.NOT_FOUND, 1, (1, 0))
        both.datagma.answer = DATAGMA_FOUND
        second = await both.run()
        assert (second.result_status, second.credits_used, second.cached) == (ResultStatus.FOUND, 0, False)
        assert (both.calls(), await both.spent()) == ((1, 1), 1)
        lines = await both.house.watch.attempts(second.owner, second.id)
        told = {line.provider: line.reason for line in lines if line.provider in {"hunter", "datagma"}}
        assert told == {"hunter": f"asked before: miss on {second.created_at:%Y-%m-%d}", "datagma": None}
        again = await both.run()
        assert (again.cached, again.result_status) == (True, ResultStatus.FOUND)


@pytest.mark.parametrize(
    ("first", "then"),
    [
        pytest.param({}, {}, id="the same"),
        pytest.param({}, {"only_providers": ("hunter",)}, id="fewer"),
        pytest.param({"only_providers": ("hunter",)}, {"only_providers": ("hunter",)}, id="as restricted"),
        pytest.param({"only_providers": ("hunter", "datagma")}, {"only_providers": ("datagma",)}, id="one of those"),
        pytest.param({"max_cost_usd": Decimal("0.001")}, {"max_cost_usd": Decimal("0.001")}, id="as cheap"),
        pytest.param({}, {"max_cost_usd": Decimal("0.001")}, id="cheaper"),
    ],
)
async def test_a_miss_answers_who_would_ask_nobody_else(
    open_house: OpenHouse, first: dict[str, Any], then: dict[str, Any]
) -> None:
    async with two(open_house) as both:
        # So cheap a look-up asks nobody, and ends as an error; so its price is one that leaves Datagma.
        price = {"max_cost_usd": Decimal("0.024")} if "max_cost_usd" in first else {}
        await both.run(**(first | price))
        calls = both.calls()
        again = await both.run(**(then | ({"max_cost_usd": Decimal("0.024")} if price else {})))
        assert (again.cached, again.result_status, both.calls()) == (True, ResultStatus.NOT_FOUND, calls)


async def test_what_max_cost_usd_left_out_is_completed(open_house: OpenHouse) -> None:
    async with two(open_house) as both:
        first = await both.run(max_cost_usd=Decimal("0.024"))
        assert sum(both.calls()) == 1, first
        second = await both.run()
        assert (second.credits_used, second.cached, both.calls(), await both.spent()) == (0, False, (1, 1), 1)
        assert (await both.run()).cached


async def test_c26_a_provider_that_failed_is_asked_again_alone(open_house: OpenHouse) -> None:
    async with two(open_house) as both:
        both.datagma.status = 500
        first = await both.run()
        assert (first.result_status, first.degraded) == (ResultStatus.NOT_FOUND, True)
        failures = len(both.datagma.asked)
        both.datagma.status = 200
        second = await both.run()
        assert (second.credits_used, second.cached, second.degraded) == (0, False, False)
        assert both.calls() == (1, failures + 1)
        assert (await both.run()).cached
        assert await both.spent() == 1


async def test_who_fails_once_more_leaves_the_miss_degraded_and_it_is_still_free(open_house: OpenHouse) -> None:
    async with two(open_house) as both:
        both.datagma.status = 401
        for number in range(3):
            run = await both.run()
            assert (run.result_status, run.degraded) == (ResultStatus.NOT_FOUND, True)
            assert run.credits_used == (0 if number else 1)
        assert len(both.hunter.asked) == 1
        assert await both.spent() == 1


async def test_c26_an_all_without_any_phone_provider_is_charged_once(open_house: OpenHouse) -> None:
    async with vendor(answer=HUNTER_MISS) as (hunter, settings):
        house = await open_house({"hunter": settings})
        for number in range(3):
            run = await house.accept(LINKED, type=EnrichmentType.ALL)
            if not number:
                await (await house.runner()).accept(ids(run))
                await house.ended(run)
            else:
                assert (run.cached, run.credits_used, run.result_status) == (True, 0, ResultStatus.NOT_FOUND)
        assert len(hunter.asked) == 1
        assert (await read_balance(house.services, house.principal.owner)).total_spent == 1


@pytest.mark.parametrize("kind", [EnrichmentType.ALL, EnrichmentType.PHONE])
async def test_c26_the_field_that_nobody_answered_of_an_all_is_completed_alone(
    open_house: OpenHouse, kind: EnrichmentType
) -> None:
    async with vendor(answer=HUNTER_MISS) as (hunter, h), vendor(answer={}, status=500) as (lusha, phones):
        house = await open_house({"hunter": h, "lusha": phones})
        both = Two(house=house, hunter=hunter, datagma=lusha)
        only = ("hunter", "lusha")
        first = await both.run(contact=LINKED, type=EnrichmentType.ALL, only_providers=only)
        assert (first.result_status, first.degraded) == (ResultStatus.NOT_FOUND, True)
        calls = len(hunter.asked)
        second = await both.run(contact=LINKED, type=kind, only_providers=only)
        assert (second.cached, second.credits_used, len(hunter.asked)) == (False, 0, calls)
        assert await both.spent() == 1


async def test_after_thirty_days_everybody_is_asked_and_it_is_charged_again(open_house: OpenHouse) -> None:
    async with two(open_house) as both:
        await both.run(only_providers=("hunter",))
        # Completing it does not make the paid look-up younger.
        await both.run()
        assert await both.spent() == 1
        both.house.submit = Submit(later(both.house.services, timedelta(days=30, seconds=60)))
        await both.run()
        assert (both.calls(), await both.spent()) == ((2, 2), 2)


async def test_what_was_given_back_is_charged_when_it_is_completed(open_house: OpenHouse) -> None:
    async with two(open_house) as both:
        async with both.house.services.engine.begin() as connection:
            plan = (await ledger.plans(connection))["leadmodule"]
            refunds = frozenset({ResultStatus.NOT_FOUND})
            await ledger.set_plan(connection, msgspec.structs.replace(plan, refunds=refunds))
        first = await both.run(only_providers=("hunter",))
        assert (first.credits_used, await both.spent()) == (0, 0)
        both.datagma.answer = DATAGMA_FOUND
        second = await both.run()
        assert (second.result_status, second.credits_used, both.calls()) == (ResultStatus.FOUND, 1, (1, 1))


async def test_a_forced_refresh_asks_everybody_and_is_charged(open_house: OpenHouse) -> None:
    async with two(open_house) as both:
        await both.run(only_providers=("hunter",))
        forced = await both.run(force_refresh=True)
        assert (forced.credits_used, both.calls()) == (1, (2, 1))


async def test_who_missed_an_address_is_not_asked_for_it_by_a_later_all(open_house: OpenHouse) -> None:
    async with two(open_house) as both:
        await both.run(only_providers=("hunter",))
        whole = await both.run(type=EnrichmentType.ALL)
        assert (whole.credits_used, len(both.hunter.asked), await both.spent()) == (1, 1, 2)


async def test_a_vendor_whose_paid_result_is_awaited_is_not_asked_again_and_its_late_miss_counts(
    open_house: OpenHouse,
) -> None:
    async with slow() as (drop, d), vendor(answer=HUNTER_MISS) as (hunter, h):
        house = await open_house({"dropcontact": d, "hunter": h}, provider_timeout_seconds=1.0)
        run = await house.accept()
        await (await house.runner()).accept(ids(run))
        assert (await house.ended(run)).degraded
        assert (await house.accept()).cached
        answer_with(drop, NOBODY)
        await collect(house)
        # Long after it would have been given up: the vendor has answered.
        house.submit = Submit(later(house.services, timedelta(hours=5)))
        assert (await house.accept()).cached
        assert (drop.asked.count("POST /v1/enrich/all"), len(hunter.asked)) == (1, 1)


async def test_a_vendor_that_never_answered_is_asked_again_later(open_house: OpenHouse) -> None:
    async with slow() as (drop, d), vendor(answer=HUNTER_MISS) as (_, h):
        settings: dict[str, ProviderSettings] = {"dropcontact": d, "hunter": h}
        house = await open_house(settings, provider_timeout_seconds=1.0)
        run = await house.accept()
        await (await house.runner()).accept(ids(run))
        await house.ended(run)
        house.submit = Submit(later(house.services, timedelta(hours=5)))
        again = await house.accept()
        assert (again.cached, again.credits_used) == (False, 0)
        assert drop.asked.count("POST /v1/enrich/all") == 1
