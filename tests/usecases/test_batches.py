"""The money of batches: held whole, charged row by row, given back to the last credit, never taken twice."""

import asyncio
from datetime import timedelta
from functools import partial

import msgspec
import pytest
from sqlalchemy import select

from app.domain.contacts.member_warning import MemberWarning
from app.domain.errors import AlreadyEndedError, UnknownIdError
from app.domain.runs.job import JobStatus
from app.domain.waterfall.outcome import Conclusion
from app.store.tables.core import cascades, runs
from app.store.tables.webhooks import deliveries
from app.usecases.accounts.balance import read_balance
from app.usecases.accounts.manage_keys import ManageKeys
from app.usecases.accounts.manage_plans import ManagePlans
from app.usecases.batches.admit import admit_batch
from app.usecases.batches.cancel import cancel_batch
from app.usecases.runs.submit import Submit
from tests.play.worker import FOUND, TROUBLE
from tests.usecases.conftest import MakePrincipal, Paying
from tests.usecases.ledgers import violations
from tests.usecases.people import count, end, jane, later, submit_one
from tests.usecases.uploads import BAD, batch_of, end_all, person, receive


async def balance(paying: Paying) -> int:
    return (await read_balance(paying.services, paying.principal.owner)).balance


async def test_what_a_batch_may_cost_is_held_whole_and_charged_portion_by_portion(paying: Paying) -> None:
    services, admit = paying.services, partial(admit_batch, paying.services)
    received = await receive(services, paying.principal, [*map(person, range(5)), BAD])
    batch_id = received.batch.id
    assert (received.batch.reserved_credits, await balance(paying)) == (5, 95)
    after, seen = -1, []
    while admitted := await admit(batch_id, after=after, limit=2):
        after = admitted.last
        batch = await batch_of(services, batch_id)
        seen.append((batch.admitted, batch.reserved_credits, await balance(paying)))
        assert await violations(services) == []
    assert seen == [(2, 3, 95), (4, 1, 95), (5, 0, 95)]
    assert await end_all(services) == 5
    done = await batch_of(services, batch_id)
    assert (done.status, done.done, done.rejected, done.emails_found) == (JobStatus.COMPLETED, 6, 1, 5)
    assert await violations(services) == []


async def test_a_row_that_somebody_else_looked_up_meanwhile_gives_its_share_back_at_once(paying: Paying) -> None:
    services = paying.services
    received = await receive(services, paying.principal, map(person, range(4)))
    alone = await submit_one(Submit(services), jane(paying.principal, 0))
    joined = await submit_one(Submit(services), jane(paying.principal, 1))
    await end(services, alone, FOUND)
    assert await balance(paying) == 94
    await admit_batch(services, received.batch.id, after=-1, limit=3)
    batch = await batch_of(services, received.batch.id)
    assert (batch.reserved_credits, batch.done, await balance(paying)) == (1, 1, 96)
    assert await violations(services) == []
    assert await end(services, joined, FOUND)


async def test_cached_rows_are_not_held_for_and_complete_the_batch_by_themselves(paying: Paying) -> None:
    services = paying.services
    for number in range(3):
        await end(services, await submit_one(Submit(services), jane(paying.principal, number)), FOUND)
    url = "https://hooks.example/end"
    received = await receive(services, paying.principal, map(person, range(3)), webhook_url=url)
    assert (received.batch.reserved_credits, received.look_ups) == (0, 0)
    await admit_batch(services, received.batch.id, after=-1, limit=10)
    assert (await batch_of(services, received.batch.id)).status is JobStatus.COMPLETED
    assert await balance(paying) == 97
    async with services.engine.connect() as connection:
        (body,) = await connection.scalars(select(deliveries.c.body))
    told = msgspec.json.decode(body)
    assert (told["type"], told["status"], told["completed"]) == ("batch.completed", "completed", 3)
    assert (told["credits_reserved"], told["credits_used"], told["id"]) == (0, 0, str(received.batch.id))
    assert await violations(services) == []


async def test_a_cached_answer_that_may_grow_too_old_on_the_way_is_held_for(paying: Paying) -> None:
    services = paying.services
    await end(services, await submit_one(Submit(services), jane(paying.principal, 0)), FOUND)
    soon = later(services, timedelta(days=29, hours=1))
    received = await receive(soon, paying.principal, [person(0)])
    assert received.batch.reserved_credits == 1
    await admit_batch(soon, received.batch.id, after=-1, limit=10)
    assert (await batch_of(services, received.batch.id)).status is JobStatus.COMPLETED
    assert await balance(paying) == 99
    assert await violations(services) == []


@pytest.mark.parametrize("conclusion", [FOUND, TROUBLE])
async def test_duplicates_inside_are_looked_up_once_however_it_ends(paying: Paying, conclusion: Conclusion) -> None:
    services, admit = paying.services, partial(admit_batch, paying.services)
    received = await receive(services, paying.principal, [person(n % 3) for n in range(9)], force_refresh=True)
    assert received.batch.reserved_credits == 3
    after = -1
    while admitted := await admit(received.batch.id, after=after, limit=2):
        after = admitted.last
        await end_all(services, lambda _: conclusion)
        assert await violations(services) == []
    assert await count(services, cascades) == 3
    assert await count(services, runs) == 9
    assert (await batch_of(services, received.batch.id)).status is JobStatus.COMPLETED
    assert await balance(paying) == 97


async def test_more_copies_of_one_contact_than_a_transaction_carries_are_still_one_look_up(paying: Paying) -> None:
    services, admit = paying.services, partial(admit_batch, paying.services)
    rows = [person(n % 3) for n in range(4200)] + [person(7)] * 2005
    received = await receive(services, paying.principal, rows)
    assert (received.batch.reserved_credits, received.batch.rejected) == (4, 5)
    after, portions = -1, 0
    while admitted := await admit(received.batch.id, after=after, limit=10):
        after, portions = admitted.last, portions + 1
        await end_all(services, lambda _: TROUBLE)
        assert await violations(services) == []
    assert (await count(services, cascades), portions) == (4, 3)
    assert await balance(paying) == 96


async def test_a_forced_refresh_asks_again_though_the_cache_answers(paying: Paying) -> None:
    services = paying.services
    await end(services, await submit_one(Submit(services), jane(paying.principal, 0)), FOUND)
    received = await receive(services, paying.principal, [person(0)], force_refresh=True)
    await admit_batch(services, received.batch.id, after=-1, limit=10)
    assert await end_all(services) == 1
    assert await balance(paying) == 98
    assert await violations(services) == []


async def test_the_price_that_was_agreed_holds_until_the_last_row(paying: Paying) -> None:
    services, admit = paying.services, partial(admit_batch, paying.services)
    received = await receive(services, paying.principal, map(person, range(4)))
    first = await admit(received.batch.id, after=-1, limit=2)
    await ManagePlans(services).change("leadmodule", email=50)
    assert first
    await admit(received.batch.id, after=first.last, limit=2)
    assert (await batch_of(services, received.batch.id)).reserved_credits == 0
    assert await balance(paying) == 96
    assert await violations(services) == []


@pytest.mark.parametrize("portions", [0, 1, 2])
@pytest.mark.parametrize("ended", [False, True])
async def test_cancelling_gives_back_all_that_was_not_used(paying: Paying, portions: int, *, ended: bool) -> None:
    services, admit = paying.services, partial(admit_batch, paying.services)
    url = "https://hooks.example/end"
    received = await receive(services, paying.principal, [*map(person, range(6)), BAD], webhook_url=url)
    after = -1
    for _ in range(portions):
        admitted = await admit(received.batch.id, after=after, limit=2)
        assert admitted
        after = admitted.last
        if ended:
            await end_all(services)
    await cancel_batch(services, paying.principal.owner, received.batch.id)
    batch = await batch_of(services, received.batch.id)
    assert (batch.status, batch.reserved_credits) == (JobStatus.CANCELLED, 0)
    assert await balance(paying) == 100 - (2 * portions if ended else 0)
    assert await admit(received.batch.id, after=after, limit=2) is None
    async with services.engine.connect() as connection:
        events = (await connection.execute(select(deliveries.c.event, deliveries.c.body))).all()
    ((event, body),) = events
    told = msgspec.json.decode(body)
    assert (event, told["status"]) == ("batch.completed", "cancelled")
    assert told["completed"] == batch.done == 1 + 2 * portions
    with pytest.raises(AlreadyEndedError):
        await cancel_batch(services, paying.principal.owner, received.batch.id)
    assert await violations(services) == []


async def test_a_batch_of_another_account_cannot_be_cancelled(paying: Paying, make_principal: MakePrincipal) -> None:
    received = await receive(paying.services, paying.principal, [person(1)])
    other = await make_principal(account="other")
    with pytest.raises(UnknownIdError):
        await cancel_batch(paying.services, other.owner, received.batch.id)


async def test_a_portion_that_two_processes_admit_at_once_is_admitted_once(paying: Paying) -> None:
    services = paying.services
    received = await receive(services, paying.principal, map(person, range(6)))
    both = await asyncio.gather(*(admit_batch(services, received.batch.id, after=-1, limit=6) for _ in range(3)))
    assert sorted(one.rows if one else 0 for one in both) == [0, 0, 6]
    assert await count(services, runs) == 6
    assert await violations(services) == []


async def test_the_warnings_of_a_row_go_to_its_run(paying: Paying) -> None:
    said = MemberWarning(field="Website", message="is no domain")
    warned = msgspec.structs.replace(person(1), warnings=(said,))
    received = await receive(paying.services, paying.principal, [person(0), warned], warnings=("x",))
    assert received.batch.warnings == ("x", "row 2: Website was ignored: is no domain")
    await admit_batch(paying.services, received.batch.id, after=-1, limit=2)
    async with paying.services.engine.connect() as connection:
        written = list(await connection.scalars(select(runs.c.warnings).order_by(runs.c.id)))
    assert written == [[], ["Website was ignored: is no domain"]]


async def test_b11_a_batch_of_a_revoked_key_is_admitted_no_further_and_gives_back_the_rest(paying: Paying) -> None:
    services = paying.services
    received = await receive(services, paying.principal, map(person, range(4)))
    assert await admit_batch(services, received.batch.id, after=-1, limit=1)
    await ManageKeys(services).revoke(paying.principal.key_id)
    assert await admit_batch(services, received.batch.id, after=0, limit=1) is None
    batch = await batch_of(services, received.batch.id)
    assert (batch.status, batch.admitted, batch.reserved_credits) == (JobStatus.CANCELLED, 1, 0)
    # Nobody was asked for the first row yet, so it costs nothing either.
    assert await balance(paying) == 100
    assert await violations(services) == []


async def test_b11_a_batch_goes_on_when_its_key_is_rotated(paying: Paying) -> None:
    services = paying.services
    received = await receive(services, paying.principal, map(person, range(4)))
    await ManageKeys(services).rotate(paying.principal.key_id, timedelta(0))
    assert await admit_batch(services, received.batch.id, after=-1, limit=4)
