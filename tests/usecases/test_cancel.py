"""Cancelling: the run ends, the credit comes back or moves on, nobody else is harmed."""

import pytest
from sqlalchemy import select

from app.domain.errors import UnknownId
from app.domain.run import RunStatus
from app.store.tables import runs
from app.usecases.account import Account
from app.usecases.cancel import Cancel
from app.usecases.submit import Submit
from tests.usecases.conftest import MakePrincipal, Paying
from tests.usecases.ledgers import violations
from tests.usecases.people import FOUND, end, jane, submit_one


async def test_a_cancelled_run_gives_its_credit_back_when_nobody_was_asked(paying: Paying) -> None:
    accepted = await submit_one(Submit(paying.services), jane(paying.principal))
    cancelled = await Cancel(paying.services)(paying.principal.account_id, accepted.run.id)
    assert (cancelled.status, cancelled.credits_used) == (RunStatus.CANCELLED, 0)
    assert (await Account(paying.services).credits(paying.principal.account_id)).balance == 100
    assert await violations(paying.services) == []


async def test_cancelling_the_payer_moves_the_charge_to_the_one_who_joined(paying: Paying) -> None:
    submit = Submit(paying.services)
    payer = await submit_one(submit, jane(paying.principal))
    joined = await submit_one(submit, jane(paying.principal))
    await Cancel(paying.services)(paying.principal.account_id, payer.run.id)
    assert await violations(paying.services) == []
    assert (await Account(paying.services).credits(paying.principal.account_id)).balance == 99
    assert await end(paying.services, joined, FOUND)
    async with paying.services.engine.connect() as connection:
        rows = await connection.execute(select(runs.c.status, runs.c.credits_used).order_by(runs.c.id))
        assert [tuple(row) for row in rows] == [("cancelled", 0), ("completed", 1)]


async def test_somebody_elses_run_cannot_be_cancelled(paying: Paying, make_principal: MakePrincipal) -> None:
    accepted = await submit_one(Submit(paying.services), jane(paying.principal))
    other = await make_principal(account="globex")
    with pytest.raises(UnknownId):
        await Cancel(paying.services)(other.account_id, accepted.run.id)
