"""Rows that somebody holds: who needs them waits, and nobody else."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.errors import UnavailableError
from tests.play.desk import ANSWERED_WITHIN, Desk, timed
from tests.usecases.ledgers import violations


@asynccontextmanager
async def holding(proxied: Desk, statement: str, **values: object) -> AsyncIterator[AsyncConnection]:
    """Hold a lock meanwhile."""
    async with proxied.truth.engine.connect() as connection:
        await connection.execute(text(statement), values)
        yield connection
        await connection.rollback()


LOCKS = (
    "SELECT FROM accounts WHERE id = :account FOR UPDATE",
    "SELECT FROM accounts WHERE id = :account FOR NO KEY UPDATE",
    "UPDATE accounts SET earned = earned WHERE id = :account",
    "SELECT FROM api_keys WHERE account_id = :account FOR UPDATE",
)


@pytest.mark.parametrize("lock", LOCKS)
async def test_a9_one_account_whose_row_is_held_holds_up_no_other(proxied: Desk, lock: str) -> None:
    mallory, alice = await proxied.principal("mallory"), await proxied.principal("alice")
    async with holding(proxied, lock, account=mallory.account_id):
        hers = [asyncio.create_task(proxied.post(mallory)) for _ in range(10)]
        for _ in range(3):
            await proxied.post(alice)
        assert not any(one.done() for one in hers), "who was held up would end with those who are"
        await asyncio.gather(*(proxied.post(alice) for _ in range(7)))
        assert max(await asyncio.gather(*map(timed, hers))) < ANSWERED_WITHIN
        assert {type(one) for one in await asyncio.gather(*hers, return_exceptions=True)} == {UnavailableError}
    await proxied.post(mallory)
    assert await proxied.counts() == (11, 11)
    assert await violations(proxied.truth) == []


async def test_a9_a_row_that_is_held_for_a_moment_is_waited_for(proxied: Desk) -> None:
    mallory = await proxied.principal("mallory")
    async with holding(proxied, LOCKS[0], account=mallory.account_id) as connection:
        hers = [asyncio.create_task(proxied.post(mallory)) for _ in range(10)]
        await asyncio.sleep(1)
        await connection.rollback()
        await asyncio.gather(*hers)
    assert await proxied.counts() == (10, 10)
