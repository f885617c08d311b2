"""A suspended account: its lists wait and lose nothing, and what its keys hold open ends."""

import asyncio

from app.domain.runs.job import JobStatus
from app.usecases.accounts.balance import read_balance
from app.usecases.accounts.manage_accounts import ManageAccounts
from app.usecases.accounts.watch_keys import WatchKeys
from app.usecases.batches.admit import admit_batch
from tests.usecases.conftest import MakePrincipal, Paying
from tests.usecases.ledgers import violations
from tests.usecases.uploads import batch_of, end_all, person, receive
from workers.batch_feeder import BatchFeeder


async def test_the_batches_of_a_suspended_account_wait_and_lose_nothing(paying: Paying) -> None:
    services = paying.services
    received = await receive(services, paying.principal, map(person, range(4)))
    feeder, accounts = BatchFeeder(services), ManageAccounts(services)
    assert await admit_batch(services, received.batch.id, after=-1, limit=2)
    await accounts.suspend(paying.principal.account_id, "the invoice is open")
    # Neither is one leased, nor does a worker that has leased it go on.
    assert not await feeder.feed()
    assert await admit_batch(services, received.batch.id, after=1, limit=2) is None
    assert await end_all(services) == 2
    waiting = await batch_of(services, received.batch.id)
    assert (waiting.status, waiting.admitted, waiting.reserved_credits) == (JobStatus.PROCESSING, 2, 2)
    await accounts.resume(paying.principal.account_id)
    assert await feeder.feed()
    assert await end_all(services) == 2
    done = await batch_of(services, received.batch.id)
    assert (done.status, done.done, (await read_balance(services, paying.principal.owner)).balance) == (
        JobStatus.COMPLETED,
        4,
        96,
    )
    assert await violations(services) == []


async def test_a_suspension_ends_the_open_requests_of_the_accounts_keys_and_of_no_others(
    paying: Paying, make_principal: MakePrincipal
) -> None:
    other = await make_principal(account="other")
    watch = WatchKeys(paying.services)
    with watch.watching(paying.principal.key_id) as gone, watch.watching(other.key_id) as kept:
        await ManageAccounts(paying.services).suspend(paying.principal.account_id, "")
        async with asyncio.timeout(30):
            await gone.wait()
        assert not kept.is_set()
    await watch.close()
