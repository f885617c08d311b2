"""Accepting contacts: exact charges, one cascade for duplicates, answers from the cache."""

import asyncio
from datetime import timedelta

import msgspec
import pytest
from sqlalchemy import func, select

from app.domain.errors import NotEnoughCreditsError
from app.domain.vocabulary import EnrichmentType, Lane, ResultStatus, RunStatus
from app.services import Services
from app.store.tables.core import cascades, credit_entries, runs
from app.store.waterfall import cascades as cascade_store
from app.usecases.accounts.balance import read_balance
from app.usecases.runs.submission import AcceptanceKind
from app.usecases.runs.submit import Submit
from app.usecases.waterfall.ended_cascade import EndedCascade
from app.usecases.waterfall.finish_cascade import FinishCascade
from tests.play.worker import ADDRESS, FOUND, NOBODY, TROUBLE
from tests.usecases.conftest import MakePrincipal, Paying
from tests.usecases.ledgers import violations
from tests.usecases.people import count, end, jane, later, submit_one


async def test_a_fresh_contact_is_charged_and_starts_a_cascade(paying: Paying) -> None:
    accepted = await submit_one(Submit(paying.services), jane(paying.principal))
    assert accepted.how is AcceptanceKind.NEW
    assert accepted.run.status is RunStatus.PENDING
    assert accepted.run.credits_used == 1
    purse = await read_balance(paying.services, paying.principal.owner)
    assert (purse.balance, purse.total_earned, purse.total_spent) == (99, 100, 1)
    assert await violations(paying.services) == []


async def test_two_hundred_at_once_against_fifty_credits_accept_exactly_fifty(
    services: Services, make_principal: MakePrincipal
) -> None:
    principal = await make_principal(amount=50)
    # Two processes: each has its own groups.
    submits = [Submit(services), Submit(services)]
    outcomes = await asyncio.gather(*(submits[i % 2]([jane(principal, i)]) for i in range(200)), return_exceptions=True)
    accepted = [o for o in outcomes if isinstance(o, list)]
    refused = [o for o in outcomes if isinstance(o, NotEnoughCreditsError)]
    assert (len(accepted), len(refused)) == (50, 150)
    assert {(r.required, r.available) for r in refused} == {(1, 0)}
    assert await count(services, runs) == 50
    assert (await read_balance(services, principal.owner)).balance == 0
    assert await violations(services) == []


async def test_fifty_duplicates_at_once_make_one_cascade_one_charge_and_fifty_runs(paying: Paying) -> None:
    submits = [Submit(paying.services), Submit(paying.services)]
    answers = await asyncio.gather(*(submits[i % 2]([jane(paying.principal)]) for i in range(50)))
    accepted = [a[0] for a in answers]
    assert len({a.run.id for a in accepted}) == 50
    assert await count(paying.services, cascades) == 1
    assert sum(a.run.credits_used for a in accepted) == 1
    assert sorted(a.how.value for a in accepted) == ["joined"] * 49 + ["new"]
    new = next(a for a in accepted if a.how is AcceptanceKind.NEW)
    assert await end(paying.services, new, FOUND)
    async with paying.services.engine.connect() as connection:
        ended = (await connection.execute(select(runs.c.status, runs.c.result_status))).all()
    assert [tuple(row) for row in ended] == [("completed", "found")] * 50
    assert await violations(paying.services) == []


async def test_a_batch_is_accepted_whole_or_not_at_all(services: Services, make_principal: MakePrincipal) -> None:
    principal = await make_principal(amount=2)
    with pytest.raises(NotEnoughCreditsError) as refusal:
        await Submit(services)([jane(principal, n) for n in range(3)])
    assert (refusal.value.required, refusal.value.available) == (3, 2)
    assert await count(services, runs) == 0
    assert await count(services, cascades) == 0


async def test_a_finished_look_up_answers_duplicates_for_thirty_days_to_the_second(paying: Paying) -> None:
    services = paying.services
    first = await submit_one(Submit(services), jane(paying.principal))
    await end(services, first, FOUND)
    just_before = later(services, timedelta(days=30) - timedelta(seconds=5))
    again = await submit_one(Submit(just_before), jane(paying.principal, metadata=msgspec.Raw(b'{"crmId": "42"}')))
    assert again.how is AcceptanceKind.CACHED
    assert (again.run.cached, again.run.credits_used, again.run.status) == (True, 0, RunStatus.COMPLETED)
    assert again.run.metadata == msgspec.Raw(b'{"crmId": "42"}')
    assert again.run.id != first.run.id
    assert again.run.source_run_id == first.run.id
    assert again.run.result is not None
    assert again.run.result.email is not None
    assert again.run.result.email.value == ADDRESS
    just_after = later(services, timedelta(days=30, seconds=1))
    assert (await submit_one(Submit(just_after), jane(paying.principal))).how is AcceptanceKind.NEW


async def test_a_miss_is_cached_and_an_error_is_not(paying: Paying) -> None:
    submit = Submit(paying.services)
    miss, error = await submit([jane(paying.principal, 1), jane(paying.principal, 2)])
    await end(paying.services, miss, NOBODY)
    await end(paying.services, error, TROUBLE)
    cached, fresh = await submit([jane(paying.principal, 1), jane(paying.principal, 2)])
    assert cached.how is AcceptanceKind.CACHED
    assert cached.run.result_status is ResultStatus.NOT_FOUND
    assert fresh.how is AcceptanceKind.NEW


async def test_force_refresh_passes_the_cache_and_replaces_its_entry(paying: Paying) -> None:
    submit = Submit(paying.services)
    await end(paying.services, await submit_one(submit, jane(paying.principal)), NOBODY)
    forced = await submit_one(submit, jane(paying.principal, force_refresh=True))
    assert (forced.how, forced.run.credits_used) == (AcceptanceKind.NEW, 1)
    await end(paying.services, forced, FOUND)
    again = await submit_one(submit, jane(paying.principal))
    assert (again.how, again.run.result_status) == (AcceptanceKind.CACHED, ResultStatus.FOUND)


@pytest.mark.parametrize(
    ("wanted", "how"),
    [
        pytest.param(EnrichmentType.EMAIL, AcceptanceKind.CACHED, id="the e-mail was found then"),
        pytest.param(EnrichmentType.PHONE, AcceptanceKind.NEW, id="no phone provider had answered then"),
        pytest.param(EnrichmentType.ALL, AcceptanceKind.CACHED, id="all answers all"),
    ],
)
async def test_an_all_result_answers_what_it_properly_looked_for(
    paying: Paying, wanted: EnrichmentType, how: AcceptanceKind
) -> None:
    submit = Submit(paying.services)
    await end(paying.services, await submit_one(submit, jane(paying.principal, type=EnrichmentType.ALL)), FOUND)
    assert (await submit_one(submit, jane(paying.principal, type=wanted))).how is how


async def test_another_account_and_another_mode_have_caches_of_their_own(
    paying: Paying, make_principal: MakePrincipal
) -> None:
    submit = Submit(paying.services)
    await end(paying.services, await submit_one(submit, jane(paying.principal)), FOUND)
    other = await make_principal(account="globex")
    assert (await submit_one(submit, jane(other))).how is AcceptanceKind.NEW


async def test_a_run_that_failed_without_anybody_asked_is_refunded_and_one_that_was_asked_is_not(
    paying: Paying,
) -> None:
    submit = Submit(paying.services)
    unasked, asked = await submit([jane(paying.principal, 1), jane(paying.principal, 2)])
    await end(paying.services, unasked, TROUBLE, asked=False)
    await end(paying.services, asked, TROUBLE, asked=True)
    purse = await read_balance(paying.services, paying.principal.owner)
    assert (purse.balance, purse.total_spent) == (99, 1)
    assert await count(paying.services, credit_entries) == 4
    assert await violations(paying.services) == []


async def test_a_lease_that_was_lost_ends_nothing(paying: Paying) -> None:
    services = paying.services
    accepted = await submit_one(Submit(services), jane(paying.principal))
    assert accepted.run.cascade_id
    async with services.engine.begin() as connection:
        stale = await cascade_store.lease(connection, [accepted.run.cascade_id], owner="a", lease_seconds=-1)
    async with services.engine.begin() as connection:
        fresh = await cascade_store.lease(connection, [accepted.run.cascade_id], owner="b", lease_seconds=30)
    finish = FinishCascade(services)
    assert not await finish(EndedCascade(leased=stale[0], conclusion=TROUBLE, skips=(), asked=True))
    assert await finish(EndedCascade(leased=fresh[0], conclusion=FOUND, skips=(), asked=True))
    assert not await finish(EndedCascade(leased=fresh[0], conclusion=TROUBLE, skips=(), asked=True))
    async with services.engine.connect() as connection:
        assert (await connection.scalar(select(runs.c.result_status))) == "found"
    assert await violations(services) == []


async def test_a_submission_racing_the_end_of_its_duplicate_is_joined_or_cached_never_lost(paying: Paying) -> None:
    services, submit = paying.services, Submit(paying.services)
    for number in range(20):
        first = await submit_one(submit, jane(paying.principal, number))
        _, second = await asyncio.gather(
            end(services, first, FOUND), submit_one(submit, jane(paying.principal, number))
        )
        assert second.how in {AcceptanceKind.JOINED, AcceptanceKind.CACHED}
    async with services.engine.connect() as connection:
        left = await connection.scalar(
            select(func.count()).select_from(runs).where(runs.c.status != RunStatus.COMPLETED.value)
        )
    assert left == 0
    assert await violations(services) == []


async def test_lanes_are_kept(paying: Paying) -> None:
    await submit_one(Submit(paying.services), jane(paying.principal, lane=Lane.BULK))
    async with paying.services.engine.connect() as connection:
        assert await connection.scalar(select(cascades.c.lane)) == "bulk"
