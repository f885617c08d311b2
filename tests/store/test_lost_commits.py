"""Answers after a COMMIT that never arrived, or whose answer was lost: none says more than is known."""

import pytest

from app.domain.errors import AlreadyEndedError, OutcomeUnknownError, UnavailableError
from app.domain.runs.job import JobStatus
from app.usecases.accounts.balance import read_balance
from app.usecases.accounts.manage_keys import ManageKeys
from app.usecases.batches.cancel import cancel_batch
from app.usecases.webhooks.signing_secrets import rotate_webhook_secret
from tests.play.desk import Desk
from tests.play.proxy import COMMIT
from tests.usecases.ledgers import violations
from tests.usecases.uploads import batch_of, person, receive


@pytest.mark.parametrize("committed", [False, True])
async def test_c23_a_batch_of_which_no_row_was_looked_up_is_only_cancelled_where_it_is(
    proxied: Desk, *, committed: bool
) -> None:
    """It would go on, and be paid for, while its people believe that it has ended."""
    principal = await proxied.principal()
    batch = (await receive(proxied.truth, principal, map(person, range(3)))).batch
    if committed:
        proxied.proxy.lose_answer_to = COMMIT
        await cancel_batch(proxied.services, principal.owner, batch.id)
    else:
        proxied.proxy.lose = COMMIT
        with pytest.raises(UnavailableError) as refused:
            await cancel_batch(proxied.services, principal.owner, batch.id)
        assert not isinstance(refused.value, OutcomeUnknownError)
        assert (await read_balance(proxied.truth, principal.owner)).balance == 1000 - batch.reserved_credits
        await cancel_batch(proxied.services, principal.owner, batch.id)
    assert proxied.proxy.lost.is_set()
    assert (await batch_of(proxied.truth, batch.id)).status is JobStatus.CANCELLED
    assert (await read_balance(proxied.truth, principal.owner)).balance == 1000
    with pytest.raises(AlreadyEndedError):
        await cancel_batch(proxied.services, principal.owner, batch.id)
    assert await violations(proxied.truth) == []


async def test_c23_what_may_have_been_stored_is_never_said_to_be_not(proxied: Desk) -> None:
    owner = (await proxied.principal()).owner
    manage = ManageKeys(proxied.services)
    for change in (
        lambda: rotate_webhook_secret(proxied.services, owner),
        lambda: manage.grant(account="acme", amount=5),
        lambda: manage.create(account="globex"),
    ):
        proxied.proxy.lost.clear()
        proxied.proxy.lose_answer_to = COMMIT
        with pytest.raises(OutcomeUnknownError):
            await change()
        assert proxied.proxy.lost.is_set()
    assert (await read_balance(proxied.truth, owner)).balance == 1005
