"""Cancelling: the run ends, the credit comes back or moves on, nobody else is harmed."""

import pytest
from sqlalchemy import select

from app.domain.errors import UnknownIdError
from app.domain.vocabulary import EnrichmentType, RunStatus
from app.store.tables.core import runs
from app.usecases.accounts.balance import read_balance
from app.usecases.runs.cancel import cancel_run
from app.usecases.runs.submit import Submit
from tests.play.worker import FOUND
from tests.usecases.conftest import MakePrincipal, Paying
from tests.usecases.ledgers import violations
from tests.usecases.people import end, jane, submit_one


async def test_a_cancelled_run_gives_its_credit_back_when_nobody_was_asked(paying: Paying) -> None:
    accepted = await submit_one(Submit(paying.services), jane(paying.principal))
    cancelled = await cancel_run(paying.services, paying.principal.owner, accepted.run.id)
    assert (cancelled.status, cancelled.credits_used) == (RunStatus.CANCELLED, 0)
    assert (await read_balance(paying.services, paying.principal.owner)).balance == 100
    assert await violations(paying.services) == []


async def test_cancelling_the_payer_moves_the_charge_to_the_one_who_joined(paying: Paying) -> None:
    submit = Submit(paying.services)
    payer = await submit_one(submit, jane(paying.principal))
    joined = await submit_one(submit, jane(paying.principal))
    await cancel_run(paying.services, paying.principal.owner, payer.run.id)
    assert await violations(paying.services) == []
    assert (await read_balance(paying.services, paying.principal.owner)).balance == 99
    assert await end(paying.services, joined, FOUND)
    async with paying.services.engine.connect() as connection:
        rows = await connection.execute(select(runs.c.status, runs.c.credits_used).order_by(runs.c.id))
        assert [tuple(row) for row in rows] == [("cancelled", 0), ("completed", 1)]


@pytest.mark.parametrize(
    ("payer", "heir", "cost"),
    [
        pytest.param("leadsonar", "leadmodule", 1, id="its-own-price-is-less"),
        pytest.param("leadmodule", "leadsonar", 1, id="its-own-price-is-more"),
        pytest.param("leadsonar", "leadsonar", 5, id="the-same-price"),
    ],
)
async def test_who_inherits_a_charge_pays_the_price_of_its_own_plan_and_never_more_than_came_back(
    paying: Paying, make_principal: MakePrincipal, payer: str, heir: str, cost: int
) -> None:
    submit, account = Submit(paying.services), paying.principal.owner
    first, second = [await make_principal(plan=plan, amount=0) for plan in (payer, heir)]
    accepted = await submit_one(submit, jane(first, type=EnrichmentType.PHONE))
    joined = await submit_one(submit, jane(second, type=EnrichmentType.PHONE))
    await cancel_run(paying.services, account, accepted.run.id)
    assert await violations(paying.services) == []
    assert (await read_balance(paying.services, account)).total_spent == cost
    # The whole of it comes back when the other one is cancelled as well.
    assert (await cancel_run(paying.services, account, joined.run.id)).credits_used == 0
    assert (await read_balance(paying.services, account)).total_spent == 0


async def test_somebody_elses_run_cannot_be_cancelled(paying: Paying, make_principal: MakePrincipal) -> None:
    accepted = await submit_one(Submit(paying.services), jane(paying.principal))
    other = await make_principal(account="globex")
    with pytest.raises(UnknownIdError):
        await cancel_run(paying.services, other.owner, accepted.run.id)
