"""A list that is stopped at its quote passes the bound by nothing, and what is left over costs nothing."""

import asyncio
from decimal import Decimal
from uuid import UUID

import msgspec
import pytest
from sqlalchemy import func, select

from app.domain.accounts.owner import Owner
from app.domain.errors import InvalidInputError
from app.domain.planning.quote import QuotedInterval
from app.domain.planning.quote_terms import QuotedOutcome, QuoteTerms, StoredQuote
from app.domain.runs.job import JobStatus, JobView
from app.domain.vocabulary import EnrichmentType, ResultStatus
from app.services import Services
from app.store.runs import quotes
from app.store.tables.core import attempts, cascades, runs
from app.store.tables.jobs import job_rows
from app.store.tables.quotes import quoted_jobs
from app.usecases.accounts.authenticate import Authenticator, Principal
from app.usecases.accounts.balance import read_balance
from app.usecases.accounts.manage_keys import ManageKeys
from app.usecases.accounts.manage_plans import ManagePlans
from app.usecases.batches.compare_quotes import compare_quotes
from tests.play.worker import NOBODY
from tests.usecases.ledgers import violations
from tests.usecases.uploads import batch_of, end_all, person, receive
from tests.workers.conftest import House, OpenHouse
from tests.workers.test_batch_feeder import until
from tests.workers.test_completion import DATAGMA_MISS
from tests.workers.vendors import HUNTER_MISS, hunter_found, vendor
from workers.batch_feeder import BatchFeeder

ROWS = 24


def interval(high: float) -> QuotedInterval:
    return QuotedInterval(expected=high / 2, low=0.0, high=high)


async def quoted(
    services: Services, principal: Principal, *, contacts: int = ROWS, usd: float = 1e6, credits_: float = 1e6
) -> StoredQuote:
    """Keep a quote with these upper bounds."""
    terms = QuoteTerms(found=interval(contacts), cost_usd=interval(usd), credits=interval(credits_), seconds=60)
    quote = StoredQuote(
        id=services.new_id(),
        owner=Owner(principal.account_id, principal.mode),
        type=EnrichmentType.EMAIL,
        contacts=contacts,
        terms=terms,
        created_at=services.now(),
    )
    async with services.write() as connection:
        await quotes.add(connection, quote)
    return quote


async def spent(house: House) -> Decimal:
    async with house.services.engine.connect() as connection:
        return Decimal(await connection.scalar(select(func.sum(attempts.c.cost_usd))) or 0)


async def used(house: House) -> Decimal:
    async with house.services.engine.connect() as connection:
        return Decimal(await connection.scalar(select(quoted_jobs.c.used_usd)) or 0)


async def open_cascades(house: House) -> list[UUID]:
    async with house.services.engine.connect() as connection:
        return list(await connection.scalars(select(cascades.c.id).where(cascades.c.open)))


async def worked_off(house: House, batch: JobView, runners: int = 2) -> JobView:
    """Let workers work a batch off."""
    feeder = BatchFeeder(house.services)
    workers = [await house.runner() for _ in range(runners)]

    async def ended() -> bool:
        while await feeder.feed():
            pass
        ids = await open_cascades(house)
        await asyncio.gather(*(worker.accept(ids[i::runners]) for i, worker in enumerate(workers)))
        return (await batch_of(house.services, batch.id)).ended

    await until(ended)
    return await batch_of(house.services, batch.id)


async def test_a_list_passes_its_quote_by_nothing_however_many_rows_run_at_once(open_house: OpenHouse) -> None:
    async with vendor(answer=hunter_found()) as (hunter, settings):
        priced = msgspec.structs.replace(settings, price_call=Decimal("0.02"), price_success=Decimal("0.01"))
        house = await open_house({"hunter": priced}, batch_concurrency=10)
        quote = await quoted(house.services, house.principal, usd=0.20)
        received = await receive(
            house.services, house.principal, map(person, range(ROWS)), quote_id=quote.id, stop_at_quote=True
        )
        batch = await worked_off(house, received.batch)
        # 0.03 a call: six fit into 0.20, a seventh does not.
        assert (len(hunter.asked), await spent(house), await used(house)) == (6, Decimal("0.18"), Decimal("0.18"))
        assert (batch.status, batch.done, batch.emails_found) == (JobStatus.COMPLETED, ROWS, 6)
        assert batch.reserved_credits == 0
        assert (await read_balance(house.services, house.principal.owner)).balance == 100 - 6
        async with house.services.engine.connect() as connection:
            errors = list(
                await connection.scalars(
                    select(runs.c.error["message"].astext).where(runs.c.result_status == ResultStatus.ERROR.value)
                )
            )
            left = [row for row in await connection.scalars(select(job_rows.c.problem)) if row]
        assert len(errors) + len(left) == ROWS - 6
        sentence = "he list was stopped at the upper bound of its quote, 0.200000 USD"
        assert all(sentence in error for error in errors)
        assert left
        assert all(sentence in problem[0]["message"] for problem in left)
        assert batch.warnings == (f"t{sentence}: {len(left)} rows were not asked and cost nothing",)
        assert await violations(house.services) == []


async def test_calls_wait_for_what_others_give_back_before_the_list_is_stopped(open_house: OpenHouse) -> None:
    """A miss costs 0.01 of the 0.06 that it could: all rows fit, though what is reserved at once does not."""
    async with vendor(answer=HUNTER_MISS) as (hunter, settings):
        priced = msgspec.structs.replace(settings, price_call=Decimal("0.01"), price_success=Decimal("0.05"))
        house = await open_house({"hunter": priced})
        quote = await quoted(house.services, house.principal, contacts=8, usd=0.13)
        received = await receive(
            house.services, house.principal, map(person, range(8)), quote_id=quote.id, stop_at_quote=True
        )
        batch = await worked_off(house, received.batch)
        assert (len(hunter.asked), await spent(house), await used(house)) == (8, Decimal("0.08"), Decimal("0.08"))
        assert (batch.done, batch.warnings) == (8, ())


async def test_a_row_that_is_cut_off_costs_no_credits_and_its_answers_are_kept(open_house: OpenHouse) -> None:
    async with vendor(answer=DATAGMA_MISS) as (_, settings), vendor(answer=hunter_found()) as (other, second):
        cheap = msgspec.structs.replace(settings, price_call=Decimal("0.01"), price_success=Decimal(0))
        dear = msgspec.structs.replace(second, price_call=Decimal("0.50"), price_success=Decimal(0))
        house = await open_house({"datagma": cheap, "hunter": dear})
        quote = await quoted(house.services, house.principal, contacts=1, usd=0.20)
        received = await receive(house.services, house.principal, [person(1)], quote_id=quote.id, stop_at_quote=True)
        await worked_off(house, received.batch, runners=1)
        async with house.services.engine.connect() as connection:
            [run] = (await connection.execute(select(runs))).all()
        assert (run.result_status, run.credits_used, run.degraded) == ("not_found", 0, True)
        assert run.result["email"]["reason"] == "quote_reached"
        assert not other.asked
        assert (await read_balance(house.services, house.principal.owner)).balance == 100
        # The next request asks the rest alone, and pays for it.
        again = await house.accept(person(1).contact)
        worker = await house.runner()
        await worker.accept([again.cascade_id])
        outcomes = dict(await house.outcomes(await house.ended(again)))
        assert (outcomes["datagma"], outcomes["hunter"]) == ("skipped", "hit")
        assert len(other.asked) == 1


async def test_a_request_that_joins_a_row_goes_on_where_the_list_is_stopped(open_house: OpenHouse) -> None:
    async with vendor(answer=hunter_found()) as (hunter, settings):
        priced = msgspec.structs.replace(settings, price_call=Decimal("0.02"), price_success=Decimal(0))
        house = await open_house({"hunter": priced})
        quote = await quoted(house.services, house.principal, contacts=1, usd=0.01)
        await receive(house.services, house.principal, [person(1)], quote_id=quote.id, stop_at_quote=True)
        assert await BatchFeeder(house.services).feed()
        joined = await house.accept(person(1).contact)
        worker = await house.runner()

        async def ended() -> bool:
            await worker.accept(await open_cascades(house))
            return bool((await house.watch.get(joined.owner, joined.id)).ended)

        await until(ended)
        assert (await house.ended(joined)).result_status is ResultStatus.FOUND
        assert len(hunter.asked) == 1


async def test_credits_that_come_back_let_rows_follow_until_the_bound_is_reached(open_house: OpenHouse) -> None:
    """A plan that gives misses back: three credits let three rows run at once, and more as misses come back."""
    house = await open_house()
    made = await ManageKeys(house.services).create(account="sonar", plan="leadsonar", amount=100)
    principal = await Authenticator(house.services)(made.api_key)
    await ManagePlans(house.services).change("leadsonar", refunds=frozenset({ResultStatus.NOT_FOUND}))
    quote = await quoted(house.services, principal, contacts=10, credits_=3)
    received = await receive(house.services, principal, map(person, range(10)), quote_id=quote.id, stop_at_quote=True)
    feeder, batch = BatchFeeder(house.services), received.batch

    async def fed(admitted: int, *, ended: bool = False) -> bool:
        while await feeder.feed():
            pass
        now = await batch_of(house.services, batch.id)
        return (now.admitted, now.ended) == (admitted, ended)

    assert await fed(3)
    assert await end_all(house.services, lambda _: NOBODY) == 3
    await until(lambda: fed(6))
    assert await end_all(house.services) == 3
    await until(lambda: fed(6, ended=True))
    batch = await batch_of(house.services, batch.id)
    assert (batch.status, batch.admitted, batch.rejected, batch.emails_found) == (JobStatus.COMPLETED, 6, 4, 3)
    assert (await read_balance(house.services, principal.owner)).balance == 97
    assert await violations(house.services) == []
    assert await compare_quotes(house.services) == 1
    assert await compare_quotes(house.services) == 0
    async with house.services.engine.connect() as connection:
        [(job, outcome)] = await quotes.outcomes(connection, principal.owner, quote.created_at, 10)
    assert outcome == QuotedOutcome(completed=True, found=3, cost_usd=0.0, credits=3, seconds=outcome.seconds)
    assert job.reached == "credits"


async def test_a_quote_of_another_list_or_account_is_refused_and_nothing_is_kept(open_house: OpenHouse) -> None:
    house = await open_house()
    quote = await quoted(house.services, house.principal, contacts=2)
    stranger = await Authenticator(house.services)(
        (await ManageKeys(house.services).create(account="other", amount=10)).api_key
    )
    for principal, rows in ((house.principal, 3), (house.tester, 2), (stranger, 2)):
        with pytest.raises(InvalidInputError):
            await receive(house.services, principal, map(person, range(rows)), quote_id=quote.id)
    await receive(house.services, house.principal, map(person, range(2)), quote_id=quote.id)
    async with house.services.engine.connect() as connection:
        assert await connection.scalar(select(func.count()).select_from(quoted_jobs)) == 1
