"""Deletes in portions: all that is due goes, nothing else, and one process at a time does it."""

from collections.abc import AsyncIterator
from datetime import timedelta
from functools import partial

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.vocabulary import Mode
from app.services import Services, open_services
from app.settings.settings import Settings
from app.store.database.portions import in_portions
from app.store.tables.core import cache_entries
from app.store.waterfall import cache
from app.usecases.accounts.manage_keys import ManageKeys

_FILL = text("""
INSERT INTO cache_entries (account_id, mode, fingerprint, type, run_id, result, degraded, ended_at)
SELECT a.id, 'live', decode(lpad(to_hex(n), 8, '0'), 'hex'), 'email', gen_random_uuid(), '{}', false,
  CAST(:now AS timestamptz) - make_interval(days => n / 1000)
FROM accounts AS a, generate_series(1, 3500) AS n
""")


@pytest.fixture
async def services(settings: Settings) -> AsyncIterator[Services]:
    async with open_services(settings) as opened:
        await ManageKeys(opened).create(account="acme", mode=Mode.LIVE)
        async with opened.engine.begin() as connection:
            await connection.execute(_FILL, {"now": opened.now()})
        yield opened


async def count(services: Services) -> int:
    async with services.engine.connect() as connection:
        return (await connection.scalars(select(func.count()).select_from(cache_entries))).one()


async def test_all_that_is_due_is_deleted_in_one_round(services: Services) -> None:
    old = partial(cache.expire, before=services.now() - timedelta(days=1, hours=12), limit=1000)

    assert await in_portions(services.engine, old, name="cache") == 1501
    assert await count(services) == 1999


async def test_while_another_process_deletes_there_is_nothing_to_do(services: Services) -> None:
    old = partial(cache.expire, before=services.now() + timedelta(days=1), limit=1000)
    beside: list[int] = []

    async def delete(connection: AsyncConnection) -> int:
        beside.append(await in_portions(services.engine, old, name="cache"))
        return await old(connection)

    assert await in_portions(services.engine, delete, name="cache", most=1) == 1000
    assert beside == [0]
    assert await in_portions(services.engine, old, name="cache") == 2500


async def test_old_entries_are_found_without_reading_the_others(services: Services) -> None:
    async with services.engine.connect() as connection:
        await connection.execute(text("ANALYZE cache_entries"))
        plan = await connection.scalars(
            text(f"EXPLAIN {cache.EXPIRE.text}"),  # a statement of ours
            {"before": services.now() - timedelta(days=400), "limit": 1000},
        )
        read = "\n".join(plan)
    assert "Seq Scan" not in read
    assert "ix_cache_entries_ended_at" in read
