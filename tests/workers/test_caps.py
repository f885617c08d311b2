"""Caps hold to the cent however many look-ups run at once, and open again when calls cost less than they could."""

import asyncio
from decimal import Decimal

import msgspec
from sqlalchemy import func, select, text, update

from app.domain.accounts.spend_cap import ALL_PROVIDERS, EVERYBODY, CapKey, CapPeriod, CapSetter, CapUnit, SpendCap
from app.domain.contacts.contact import Contact
from app.domain.vocabulary import ResultStatus
from app.store.accounts import spend_caps
from app.store.database.lock_wait import QUICK_LOCK_SECONDS, wait_at_most
from app.store.database.queries import run
from app.store.tables.core import attempts
from app.usecases.accounts.manage_caps import ManageCaps
from tests.usecases.ledgers import violations
from tests.workers.conftest import House, OpenHouse, ids, within
from tests.workers.test_completion import DATAGMA_FOUND, two
from tests.workers.vendors import hunter_found, vendor

AT_ONCE = 24


def key(house: House, provider: str = ALL_PROVIDERS, *, everybody: bool = False) -> CapKey:
    account_id = EVERYBODY if everybody else house.principal.account_id
    return CapKey(account_id, provider, CapPeriod.DAY, CapUnit.USD, CapSetter.OPERATOR)


async def cap_of(house: House) -> SpendCap:
    async with house.services.read() as connection:
        [cap] = await spend_caps.of_unit(connection, CapUnit.USD)
    return cap


async def spent(house: House) -> Decimal:
    async with house.services.engine.connect() as connection:
        return Decimal(await connection.scalar(select(func.sum(attempts.c.cost_usd))) or 0)


async def test_look_ups_at_once_pass_no_cap_and_fill_it(open_house: OpenHouse) -> None:
    async with vendor(answer=hunter_found()) as (hunter, settings):
        priced = msgspec.structs.replace(settings, price_call=Decimal("0.02"), price_success=Decimal("0.01"))
        house = await open_house({"hunter": priced})
        await ManageCaps(house.services).set(key(house), Decimal("0.20"))
        runners = [await house.runner(), await house.runner()]
        people = [
            Contact(first_name="Jane", last_name=f"Smith{n:02}", company_domain="acme.example") for n in range(AT_ONCE)
        ]
        runs = [await house.accept(person) for person in people]
        halves = ([run.cascade_id for run in runs[i::2] if run.cascade_id] for i in range(2))
        await asyncio.gather(*(runner.accept(half) for runner, half in zip(runners, halves, strict=True)))
        ended = [await house.ended(run) for run in runs]
        # 0.03 a call: six fit into 0.20, a seventh does not.
        assert (len(hunter.asked), await spent(house)) == (6, Decimal("0.180000"))
        assert (await cap_of(house)).used == Decimal("0.180000")
        failed = [run for run in ended if run.result_status is ResultStatus.ERROR]
        assert (len(failed), {run.credits_used for run in failed}) == (AT_ONCE - 6, {0})
        assert failed[0].error
        assert "the cap of the account of 0.2 USD a day is reached until" in failed[0].error.message
        assert await violations(house.services) == []


async def test_a_cascade_goes_on_without_the_provider_whose_cap_is_reached(open_house: OpenHouse) -> None:
    async with two(open_house) as both:
        both.datagma.answer, both.hunter.answer = DATAGMA_FOUND, hunter_found()
        await ManageCaps(both.house.services).set(key(both.house, "datagma", everybody=True), Decimal(0))
        run = await both.run()
        assert (run.result_status, both.calls()) == (ResultStatus.FOUND, (1, 0))
        lines = await both.house.watch.attempts(run.owner, run.id)
        [reason] = [line.reason or "" for line in lines if line.provider == "datagma"]
        assert reason.startswith("the cap of 0 USD a day at datagma is reached until ")


async def test_what_a_call_did_not_cost_is_free_for_the_next(open_house: OpenHouse) -> None:
    async with two(open_house) as both:
        # A miss costs less than a call could cost.
        await ManageCaps(both.house.services).set(key(both.house), Decimal(10))
        await both.run()
        assert (await cap_of(both.house)).used == await spent(both.house)


async def test_a_cap_counts_what_was_spent_before_it_was_set_and_goes_when_it_is_removed(open_house: OpenHouse) -> None:
    async with two(open_house) as both:
        both.datagma.answer = DATAGMA_FOUND
        await both.run()
        before = await spent(both.house)
        assert before > 0
        caps = ManageCaps(both.house.services)
        await caps.set(key(both.house), before)
        assert (await cap_of(both.house)).used == before
        refused = await both.run(contact=Contact(full_name="Ada Park", company_domain="acme.example"))
        assert refused.result_status is ResultStatus.ERROR
        await caps.set(key(both.house), None)
        async with both.house.services.engine.begin() as connection:
            late = {"answer": None, "cost_usd": "0.01", "at": None}
            await connection.execute(update(attempts).where(attempts.c.cost_usd > 0).values(late_result=late))
        await caps.set(key(both.house), before)
        # What a late result was charged counts as well.
        assert (await cap_of(both.house)).used == before + Decimal("0.01")
        await caps.set(key(both.house), None)
        again = await both.run(contact=Contact(full_name="Ada Park", company_domain="acme.example"))
        assert again.result_status is ResultStatus.FOUND


async def test_caps_of_the_settings_hold_from_the_first_call(open_house: OpenHouse) -> None:
    async with vendor(answer=hunter_found()) as (hunter, settings):
        priced = msgspec.structs.replace(
            settings, price_call=Decimal("0.02"), price_success=Decimal("0.01"), cap_usd_month=Decimal("0.04")
        )
        house = await open_house({"hunter": priced}, cap_usd_day=Decimal(5))
        runner = await house.runner()
        runs = []
        for name in ("Ada", "Eve"):
            run = await house.accept(Contact(full_name=f"{name} Park", company_domain="acme.example"))
            await runner.accept(ids(run))
            runs.append(await house.ended(run))
        assert [run.result_status for run in runs] == [ResultStatus.FOUND, ResultStatus.ERROR]
        assert len(hunter.asked) == 1
        async with house.services.read() as connection:
            used = [(cap.provider, cap.used) for cap in await spend_caps.of_unit(connection, CapUnit.USD)]
        assert used == [("", Decimal("0.03")), ("hunter", Decimal("0.03"))]


async def test_spending_waits_for_its_turn_and_then_for_nothing_else(open_house: OpenHouse) -> None:
    house = await open_house()
    await ManageCaps(house.services).set(key(house, everybody=True), Decimal(1))
    account = [house.principal.account_id]
    waited = text(
        "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database() "
        "AND clock_timestamp() - query_start > make_interval(secs => :seconds)"
    )

    async def in_line() -> tuple[int, str]:
        async with house.services.engine.begin() as connection:
            await run(connection, wait_at_most(QUICK_LOCK_SECONDS))
            caps = await spend_caps.lock(connection, account, CapUnit.USD)
            return len(caps), str(await connection.scalar(text("SHOW lock_timeout")))

    async with house.services.engine.begin() as first:
        await spend_caps.lock(first, account, CapUnit.USD)
        line = [asyncio.create_task(in_line()) for _ in range(3)]
        async with within(10), house.services.engine.connect() as looking:
            # Twice as long as a transaction waits for a row that somebody holds.
            while await looking.scalar(waited, {"seconds": 2 * QUICK_LOCK_SECONDS}) != len(line):
                await looking.rollback()
    assert await asyncio.gather(*line) == [(1, "100ms")] * len(line)
