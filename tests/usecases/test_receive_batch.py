"""Uploads that are accepted or not: what they are reserved for, and that nothing is left of those that are refused."""

import asyncio
from collections.abc import Iterator
from datetime import timedelta

import msgspec
import pytest

from app.domain.contacts.fingerprint import fingerprint
from app.domain.errors import InvalidInputError, NotEnoughCreditsError
from app.domain.runs.batch import GivenRow
from app.domain.vocabulary import FINDS, EnrichmentType
from app.domain.waterfall.result import Result
from app.services import Services
from app.store.database.queries import run_together
from app.store.runs import batches
from app.store.tables.jobs import job_rows, jobs
from app.store.waterfall import cache
from app.usecases.accounts.balance import read_balance
from app.usecases.batches.admit import admit_batch
from tests.usecases.conftest import MakePrincipal, Paying
from tests.usecases.ledgers import violations
from tests.usecases.people import count
from tests.usecases.uploads import BAD, person, receive


async def test_too_little_credit_or_no_good_row_keeps_nothing(
    services: Services, make_principal: MakePrincipal
) -> None:
    principal = await make_principal(amount=2)
    with pytest.raises(NotEnoughCreditsError) as refusal:
        await receive(services, principal, map(person, range(3)))
    assert (refusal.value.required, refusal.value.available) == (3, 2)
    for rows, strict in (([BAD], False), ([], False), ([person(1), BAD], True)):
        with pytest.raises(InvalidInputError):
            await receive(services, principal, rows, strict=strict)
    assert await count(services, jobs) == await count(services, job_rows) == 0
    assert (await read_balance(services, principal.owner)).balance == 2


async def test_two_batches_at_once_never_hold_more_than_there_is(
    services: Services, make_principal: MakePrincipal
) -> None:
    principal = await make_principal(amount=5)
    both = (receive(services, principal, map(person, range(n, n + 4))) for n in (0, 100))
    outcomes = await asyncio.gather(*both, return_exceptions=True)
    assert sorted(isinstance(one, NotEnoughCreditsError) for one in outcomes) == [False, True]
    assert (await read_balance(services, principal.owner)).balance == 1
    assert await violations(services) == []


@pytest.mark.parametrize("paid", [True, False])
async def test_a_batch_reserves_what_its_rows_cost_after_earlier_look_ups(paying: Paying, *, paid: bool) -> None:
    services = paying.services
    found, absent = {"value": "x", "provider": "hunter"}, None
    missed: dict[str, str] = {}
    for number, (email, phone) in enumerate((e, p) for e in (found, missed, absent) for p in (found, missed, absent)):
        await put_cached(services, paying, number, {"email": email, "phone": phone}, paid=paid)
    for kind in FINDS:
        rows = [person(number) for number in range(9)]
        received = await receive(services, paying.principal, rows, type=kind)
        before = (await read_balance(services, paying.principal.owner)).balance
        await admit_batch(services, received.batch.id, after=-1, limit=9)
        used = before + received.batch.reserved_credits - (await read_balance(services, paying.principal.owner)).balance
        # No provider is left to ask here, so that a miss answers whether it was paid for or not.
        misses = 0 if paid else 3
        assert (received.batch.reserved_credits - used, used) == (misses, received.look_ups - misses), kind
        assert await violations(services) == []


async def put_cached(services: Services, paying: Paying, number: int, parts: dict[str, object], *, paid: bool) -> None:
    """Write what an earlier look-up of both fields came to."""
    contact = person(number).contact
    assert contact
    result = msgspec.convert({name: part for name, part in parts.items() if part is not None}, Result)
    entry = cache.CacheEntry(
        account_id=paying.principal.account_id,
        mode=paying.principal.mode,
        fingerprint=fingerprint(contact),
        type=EnrichmentType.ALL,
        run_id=services.new_id(),
        result=result,
        degraded=False,
        ended_at=services.now(),
        paid=paid,
    )
    async with services.engine.begin() as connection:
        await run_together(connection, *cache.putting([entry]))


async def test_an_upload_that_breaks_off_leaves_nothing_and_the_sweep_finds_what_a_crash_left(paying: Paying) -> None:
    services = paying.services

    def breaks() -> Iterator[GivenRow]:
        yield from map(person, range(1500))
        raise ConnectionError("made up: the process loses its disk")

    with pytest.raises(ConnectionError):
        await receive(services, paying.principal, breaks())
    assert await count(services, job_rows) == await count(services, jobs) == 0
    received = await receive(services, paying.principal, [person(1)])
    async with services.engine.begin() as connection:
        await connection.execute(jobs.update().values(status="receiving", reserved_credits=0))
        assert await batches.discard_abandoned(connection, timedelta(hours=1)) == 0
        old = received.batch.created_at - timedelta(hours=1)
        await connection.execute(jobs.update().values(created_at=old))
        assert await batches.discard_abandoned(connection, timedelta(hours=1)) == 1
    assert await count(services, job_rows) == 0
