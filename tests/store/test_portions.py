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
from app.store.runs import idempotency_keys as idempotency_keys_store
from app.store.tables.callbacks import provider_callbacks
from app.store.tables.core import cache_entries, idempotency_keys
from app.store.waterfall import cache, callbacks
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


_AGED = text("""
INSERT INTO idempotency_keys (key_id, operation, key, fingerprint, created_at, locked_until)
SELECT k.id, 'enrich', n, '', now() - make_interval(hours => n), now() FROM api_keys AS k, generate_series(1, 5) AS n
""")
_AGED_CALLBACKS = text("""
INSERT INTO provider_callbacks (token_digest, cascade_id, provider, field, created_at, expires_at)
SELECT decode(lpad(to_hex(n), 8, '0'), 'hex'), gen_random_uuid(), 'fullenrich', 'email', now(),
  now() - make_interval(hours => n)
FROM generate_series(1, 5) AS n
""")


async def test_the_oldest_go_first_and_what_is_locked_is_left(services: Services) -> None:
    async with services.engine.begin() as connection:
        await connection.execute(text("SET LOCAL session_replication_role = replica"))
        await connection.execute(_AGED)
        await connection.execute(_AGED_CALLBACKS)
    keys = select(idempotency_keys.c.key).order_by(idempotency_keys.c.created_at)
    bodies = select(provider_callbacks.c.token_digest).order_by(provider_callbacks.c.expires_at)
    before = services.now() - timedelta(hours=2, minutes=30)
    async with services.engine.begin() as holding, services.engine.begin() as connection:
        # The oldest of each is held: the next two go, then all that are old enough.
        await holding.execute(keys.limit(1).with_for_update())
        await holding.execute(bodies.limit(1).with_for_update())
        lifetime = timedelta(hours=2, minutes=30)
        assert await idempotency_keys_store.expire(connection, lifetime, 1) == 1
        assert (await connection.scalars(keys)).all() == ["5", "3", "2", "1"]
        assert await idempotency_keys_store.expire(connection, lifetime, 9) == 1
        assert (await connection.scalars(keys)).all() == ["5", "2", "1"]
        assert await callbacks.expire(connection, before, 1) == 1
        assert [one[-1] for one in (await connection.scalars(bodies)).all()] == [5, 3, 2, 1]
        assert await callbacks.expire(connection, before, 9) == 1
        assert [one[-1] for one in (await connection.scalars(bodies)).all()] == [5, 2, 1]
