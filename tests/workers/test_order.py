"""Cascades by their waterfall: order, acceptance, what was observed, and why each attempt stood where it did."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec
import pytest
from sqlalchemy import select

from app.domain.order.cells import Cell, Counts, RouteKey
from app.domain.order.waterfall import BUILT_IN, Accepts, Waterfall
from app.domain.runs.view import RunView
from app.domain.vocabulary import EnrichmentType, Field, Lane, Mode, ResultStatus, Tier
from app.domain.waterfall.answer import Miss
from app.domain.waterfall.asked_before import AskedBefore
from app.domain.waterfall.attempt import Attempt, Outcome
from app.settings.settings import ProviderSettings
from app.store.tables.core import attempts
from app.store.waterfall import provider_statistics
from app.store.waterfall.cascades import LeasedCascade
from app.usecases.planning.plan_cascade import ExplorationBudget, PlanCascade
from bench.counted import Counted
from tests.workers.conftest import JANE, House, OpenHouse, ids
from tests.workers.vendors import HUNTER_MISS, Vendor, hunter_found, vendor

DATAGMA_MISS: dict[str, Any] = {"email": None, "phone": {"mobiles": []}}
CHEAPEST = BUILT_IN["cheapest"]
NOW = datetime(2026, 11, 28, tzinfo=UTC)
ACCOUNTS = (UUID(int=1), UUID(int=2))


class Market(msgspec.Struct, kw_only=True):
    """A house with Hunter and Datagma."""

    house: House
    hunter: Vendor
    datagma: Vendor

    async def run(self, **more: Any) -> RunView:
        """Run a contact to its end."""
        run = await self.house.accept(force_refresh=True, **more)
        await (await self.house.runner()).accept(ids(run))
        return await self.house.ended(run)

    async def asked(self, run: RunView) -> list[str]:
        """The providers that a run called, in order."""
        lines = await self.house.watch.attempts(run.owner, run.id)
        return [line.provider for line in lines if line.route]

    async def counted(self) -> dict[Cell, Counts]:
        async with self.house.services.read() as connection:
            return await provider_statistics.read(connection, Mode.LIVE)

    async def know(self, rates: dict[str, float]) -> None:
        """Let providers have answered a thousand times, with such rates."""
        observed = {
            (Mode.LIVE, Cell(key(name))): Counts(asked=1000, returned=1000 * rate, accepted=1000 * rate)
            for name, rate in rates.items()
        }
        async with self.house.services.write() as connection:
            await provider_statistics.add(connection, observed, self.house.services.now())


def key(name: str) -> RouteKey:
    return RouteKey(name, Field.EMAIL, "domain")


@asynccontextmanager
async def market(open_house: OpenHouse, **more: Any) -> AsyncIterator[Market]:
    async with vendor(answer=HUNTER_MISS) as (hunter, h), vendor(answer=DATAGMA_MISS) as (datagma, d):
        # By the call at Datagma, by the success at Hunter: the index of the first depends on its rate.
        priced = {
            "datagma": msgspec.structs.replace(d, price_call=Decimal("0.01"), price_success=Decimal(0)),
            "hunter": msgspec.structs.replace(h, price_call=Decimal(0), price_success=Decimal("0.03")),
        }
        yield Market(house=await open_house(priced, **more), hunter=hunter, datagma=datagma)


async def test_what_was_observed_orders_the_cheapest_and_nothing_orders_the_tiers(open_house: OpenHouse) -> None:
    async with market(open_house) as both:
        assert await both.asked(await both.run(waterfall=CHEAPEST)) == ["datagma", "hunter"]
        published = await both.asked(await both.run())
        # Datagma's price is by the call, so that a low rate makes an accepted value expensive.
        await both.know({"datagma": 0.1, "hunter": 0.3})
        assert await both.asked(await both.run(waterfall=CHEAPEST)) == ["hunter", "datagma"]
        assert await both.asked(await both.run()) == published
        listed = await both.run(only_providers=("datagma", "hunter"), waterfall=CHEAPEST.with_providers())
        assert await both.asked(listed) == ["datagma", "hunter"]


async def test_each_answer_is_counted_once_by_who_had_missed_before(open_house: OpenHouse) -> None:
    async with market(open_house) as both:
        both.hunter.answer = hunter_found("accept_all")
        await both.run(waterfall=CHEAPEST)
        counted = {cell: counts for cell, counts in (await both.counted()).items() if not cell.segment}
        first, second = Cell(key("datagma")), Cell(key("hunter"), missed=frozenset({"datagma"}))
        assert set(counted) == {first, second}
        assert (counted[first].asked, counted[first].returned, counted[first].cost_usd) == (1, 0, 0.01)
        assert (counted[second].returned, counted[second].accepted, counted[second].risky) == (1, 0, 1)
        segments = {cell.segment for cell in await both.counted()} - {""}
        assert segments == {"world names domain"}


async def test_a_provider_that_has_changed_is_noticed_and_one_that_has_not_is_not(open_house: OpenHouse) -> None:
    cell, house = Cell(key("hunter")), await open_house()
    forgets = Counted()
    # What the bench forgets in memory the database forgets as well, answer by answer.
    async with house.services.write() as connection:
        for number in range(400):
            hit = number % 10 < (3 if number < 300 else 8)
            new = Counts(asked=1.0, returned=float(hit), accepted=float(hit and number % 3 > 0), cost_usd=0.01)
            forgets.add(cell, new)
            await provider_statistics.add(connection, {(Mode.LIVE, cell): new}, NOW)
            if number in {299, 399}:
                counted = (await provider_statistics.read(connection, Mode.LIVE))[cell]
                assert counted.asked == pytest.approx(forgets.cells[cell].asked)
                assert counted.returned == pytest.approx(forgets.cells[cell].returned)
                assert counted.accepted == pytest.approx(forgets.cells[cell].accepted)
                assert counted.cost_usd == pytest.approx(counted.asked * 0.01)
                assert counted.asked > 250 if number < 300 else counted.asked < 150
                assert counted.returned / counted.asked == pytest.approx(0.3 if number < 300 else 0.7, abs=0.1)


async def test_the_attempts_keep_why_they_stood_where_they_stood(open_house: OpenHouse) -> None:
    async with market(open_house) as both:
        await both.know({"datagma": 0.5, "hunter": 0.5})
        run = await both.run(waterfall=CHEAPEST)
        async with both.house.services.read() as connection:
            rows = await connection.execute(
                select(attempts.c.provider, attempts.c.expected).where(attempts.c.cascade_id == run.cascade_id)
            )
            expected = {row.provider: row.expected for row in rows}
        assert expected["datagma"]["cost_usd"] == 0.01
        assert expected["datagma"]["chance"] == pytest.approx(0.5, abs=0.02)
        assert expected["datagma"]["observations"] == 1000
        # Of what Hunter finds after Datagma has missed nothing is known.
        assert expected["hunter"].get("observations", 0) == 0


@pytest.mark.parametrize(
    ("accept", "asked"), [(Accepts.VALID, ["datagma", "hunter"]), (Accepts.VALID_OR_RISKY, ["datagma"])]
)
async def test_a_waterfall_says_whether_a_risky_address_ends_it(
    open_house: OpenHouse, accept: Accepts, asked: list[str]
) -> None:
    async with market(open_house) as both:
        both.datagma.answer = {"email": "jane.smith@acme.example", "status": "catch_all"}
        waterfall = Waterfall(strategy=CHEAPEST.strategy, accept=accept, name="mine")
        run = await both.run(waterfall=waterfall)
        assert (run.result_status, await both.asked(run)) == (ResultStatus.FOUND, asked)


async def test_who_costs_more_than_a_value_is_worth_is_not_asked(open_house: OpenHouse) -> None:
    async with market(open_house) as both:
        run = await both.run(waterfall=Waterfall(strategy=CHEAPEST.strategy, worth_usd=0.03, name="mine"))
        assert (run.result_status, await both.asked(run)) == (ResultStatus.NOT_FOUND, ["datagma"])
        lines = {line.provider: line for line in await both.house.watch.attempts(run.owner, run.id)}
        assert "more than it is worth" in (lines["hunter"].reason or "")


async def test_a_provider_that_rests_is_passed_over_where_waiting_costs_more(open_house: OpenHouse) -> None:
    async with market(open_house) as both:
        await both.know({"datagma": 0.9, "hunter": 0.9})
        both.datagma.status, both.datagma.headers = 429, {"Retry-After": "30"}
        runner = await both.house.runner()
        runs = []
        for number in range(2):
            contact = msgspec.structs.replace(JANE, last_name=f"Smith{number}")
            run = await both.house.accept(contact, waterfall=CHEAPEST)
            await runner.accept(ids(run))
            runs.append(await both.house.ended(run))
        # The first one is throttled there; the second one knows of the pause, and does not wait for it.
        assert len(both.datagma.asked) == 1
        assert await both.asked(runs[1]) == ["hunter"]


def test_trying_is_paid_from_a_share_of_each_accounts_own_spend() -> None:
    budget = ExplorationBudget(0.02)
    mine, other = ACCOUNTS
    assert not budget.allows(mine, Decimal("0.01"))
    budget.settle(mine, Decimal(1))
    assert not budget.allows(other, Decimal("0.01"))
    assert budget.allows(mine, Decimal("0.015"))
    assert not budget.allows(mine, Decimal("0.015"))
    # It found nothing, and so cost nothing.
    budget.settle(mine, Decimal(0), unused=Decimal("0.015"))
    assert budget.allows(mine, Decimal("0.015"))


async def test_nothing_is_tried_with_test_keys_beyond_a_cap_or_in_an_order_that_is_not_learned(
    open_house: OpenHouse,
) -> None:
    keyed = {slug: ProviderSettings(api_key="made-up") for slug in ("hunter", "datagma")}
    house = await open_house(keyed, sandbox_url="http://127.0.0.1:9")
    plan = PlanCascade(house.services, lambda _: 0.0)
    [live, tested] = [
        LeasedCascade(
            id=house.services.new_id(),
            account_id=principal.account_id,
            mode=principal.mode,
            type=EnrichmentType.EMAIL,
            lane=Lane.BULK,
            contact=JANE,
            only_providers=None,
            max_cost_usd=None,
            fencing_token=1,
            leases=1,
            created_at=NOW,
            waterfall=CHEAPEST,
        )
        for principal in (house.principal, house.tester)
    ]
    paid = Attempt(
        provider="hunter", tier=Tier.T1, field=Field.EMAIL, route="domain", answer=Miss(), cost_usd=Decimal(1000)
    )

    async def tries(leased: LeasedCascade, **changes: Any) -> int:
        plan.settle(leased, [], [paid])
        plans = [await plan(msgspec.structs.replace(leased, **changes)) for _ in range(40)]
        return sum(bool(one.ranking and one.ranking.trial) for [one] in plans)

    assert await tries(live) > 0
    assert await tries(tested) == 0
    before = AskedBefore(provider="tomba", field=Field.EMAIL, outcome=Outcome.MISS, at=NOW)
    for changes in (
        {"max_cost_usd": Decimal("0.001")},
        {"waterfall": None},
        {"waterfall": Waterfall(providers=("datagma", "hunter"))},
        {"waterfall": msgspec.structs.replace(CHEAPEST, worth_usd=0.0001)},
        # Its order was begun already.
        {"fencing_token": 2},
        {"asked_before": (before,)},
    ):
        assert await tries(live, **changes) == 0, changes


def test_nothing_is_tried_where_it_is_switched_off() -> None:
    budget = ExplorationBudget(0.0)
    budget.settle(ACCOUNTS[0], Decimal(100))
    assert not budget.allows(ACCOUNTS[0], Decimal("0.01"))
