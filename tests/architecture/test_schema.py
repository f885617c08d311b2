"""The migrations build exactly the tables that the code works with, on an empty database and again on a full one."""

import os
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from decimal import Decimal
from uuid import UUID

import msgspec
import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, create_engine, text

from app.domain.contacts.contact import Contact
from app.domain.vocabulary import Mode
from app.services import open_services
from app.settings.settings import Settings
from app.store.database.migrate import upgrade
from app.store.tables.schema import metadata
from app.usecases.accounts.authenticate import Authenticator
from app.usecases.accounts.manage_keys import ManageKeys
from app.usecases.runs.submission import Submission
from app.usecases.runs.submit import Submit
from scripts.new_migration import heads

# All that PostgreSQL knows of our schema, as text: compare_metadata sees neither checks nor the conditions of indexes.
_CATALOGUE = """
SELECT 'column ' || table_name || '.' || column_name || ' ' || data_type || ' ' || is_nullable || ' '
    || coalesce(column_default, '') || ' ' || coalesce(numeric_precision::text || ',' || numeric_scale::text, '')
FROM information_schema.columns WHERE table_schema = 'public'
UNION ALL
SELECT 'constraint ' || conrelid::regclass::text || ' ' || conname || ' ' || pg_get_constraintdef(oid)
FROM pg_constraint WHERE connamespace = 'public'::regnamespace
UNION ALL
SELECT 'index ' || indexdef FROM pg_indexes WHERE schemaname = 'public'
"""


def _described(engine: Engine) -> set[str]:
    with engine.connect() as connection:
        return {line for (line,) in connection.execute(text(_CATALOGUE)) if "alembic_version" not in line}


@pytest.fixture
def migrated(fresh_database: str) -> Iterator[Engine]:
    """A migrated database."""
    engine = create_engine(_driven(fresh_database))
    yield engine
    engine.dispose()


@pytest.fixture
def empty(database_url: str) -> Iterator[str]:
    """The URL of a database without any table."""
    name = f"empty_{os.getpid()}"
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
        base, _, query = database_url.partition("?")
        yield f"{base.rpartition('/')[0]}/{name}" + (f"?{query}" if query else "")
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def created(empty: str) -> Iterator[Engine]:
    """A database that has its tables from the code, without a migration."""
    engine = create_engine(_driven(empty))
    metadata.create_all(engine)
    yield engine
    engine.dispose()


def _driven(url: str) -> str:
    return url.replace("postgresql://", "postgresql+psycopg://", 1)


def test_each_migration_follows_another() -> None:
    found = heads()
    assert len(found) == 1, f"nothing follows {found}: the newest names the one before it as its down_revision"


def test_the_migrated_schema_lacks_nothing_that_alembic_can_see(migrated: Engine) -> None:
    with migrated.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        missing = compare_metadata(context, metadata)
        assert missing == [], "write a migration: `make migration NAME=…`"


def test_the_migrated_schema_is_that_of_the_tables_to_the_letter(migrated: Engine, created: Engine) -> None:
    assert _described(migrated) == _described(created)


@pytest.mark.parametrize(
    "change",
    [
        pytest.param("ALTER TABLE runs ADD COLUMN more text", id="another column"),
        pytest.param("ALTER TABLE accounts DROP CONSTRAINT ck_accounts_balance_not_negative", id="a check less"),
        pytest.param("DROP INDEX uq_cascades_in_flight", id="an index less"),
        pytest.param("ALTER TABLE runs ALTER COLUMN cached DROP DEFAULT", id="a default less"),
    ],
)
def test_a_difference_is_noticed(migrated: Engine, created: Engine, change: str) -> None:
    with migrated.begin() as connection:
        connection.execute(text(change))
    assert _described(migrated) != _described(created)


_OLD_ROWS = """
INSERT INTO accounts (id, name, balance, earned, created_at) VALUES (:id, 'acme', 7, 7, now());
INSERT INTO ledger (id, account_id, kind, amount, created_at) VALUES (:id, :id, 'grant', 7, now());
INSERT INTO receivers (account_id, host, since, failures) VALUES (:id, 'hooks.acme.example', now(), 3);
INSERT INTO cascades (id, account_id, mode, type, fingerprint, lane, contact, epoch, claims, created_at)
VALUES (:id, :id, 'live', 'email', '', 'bulk', '{}', 5, 4, now())
"""
_NEW_ROWS = """
SELECT e.amount, b.failures, c.fencing_token, c.leases
FROM credit_entries e JOIN webhook_circuit_breakers b USING (account_id) JOIN cascades c USING (account_id)
"""


def test_renaming_tables_and_columns_keeps_their_rows(empty: str) -> None:
    upgrade(empty, "0005")
    engine = create_engine(_driven(empty))
    with engine.begin() as connection:
        for statement in _OLD_ROWS.split(";"):
            connection.execute(text(statement), {"id": UUID(int=7)})
    upgrade(empty)
    with engine.connect() as connection:
        assert connection.execute(text(_NEW_ROWS)).all() == [(7, 3, 5, 4)]
    engine.dispose()


# Cascade 1 is shared by a single run, cancelled, and a batch; cascade 2 by two batches; cascade 3 is open.
_RUNS = r"""
SET session_replication_role = replica;
INSERT INTO jobs (id, account_id, key_id, plan, mode, kind, type, lane, status, total, created_at)
SELECT n, :id, :id, 'x', 'live', 'batch', 'email', 'bulk', 'processing', 9, now()
FROM unnest(ARRAY[:one, :two, :three]\:\:uuid[]) n;
INSERT INTO cascades (id, account_id, mode, type, fingerprint, lane, contact, open, created_at)
SELECT n, :id, 'live', 'email', uuid_send(n), 'bulk', '{}', n = :three, now()
FROM unnest(ARRAY[:one, :two, :three]\:\:uuid[]) n;
INSERT INTO attempts (cascade_id, provider, field, position, tier, route, fencing_token, started_at, cost_usd,
  late_result)
SELECT n, 'hunter', 'email', 0, 't1', 'name', 1, now(), 0.02, '{"cost_usd": "0.01"}'
FROM unnest(ARRAY[:one, :two, :three]\:\:uuid[]) n;
INSERT INTO runs (id, account_id, key_id, plan, mode, type, credits_used, created_at, cascade_id, job_id, status,
  result_status, ended_at)
SELECT gen_random_uuid(), :id, :id, 'x', 'live', 'email', 0, now() + make_interval(secs => seconds), cascade_id, job_id,
  CASE WHEN ended THEN 'completed' ELSE 'pending' END, result, CASE WHEN ended THEN now() END
FROM (VALUES (1, :one\:\:uuid, NULL\:\:uuid, NULL, true), (2, :one, :one, 'not_found', true),
  (1, :two, :two, 'not_found', true), (2, :two, :one, 'not_found', true),
  (1, :three, :three, NULL, true), (2, :three, :two, NULL, false)) v (seconds, cascade_id, job_id, result, ended)
"""


def test_batches_that_are_there_get_their_counts_of_what_has_ended(empty: str) -> None:
    upgrade(empty, "0036")
    engine = create_engine(_driven(empty))
    ids = {"id": UUID(int=7), "one": UUID(int=1), "two": UUID(int=2), "three": UUID(int=3)}
    with engine.begin() as connection:
        for statement in _RUNS.split(";"):
            connection.execute(text(statement), ids)
    upgrade(empty)
    with engine.connect() as connection:
        rows = connection.execute(text("SELECT not_found, cost_usd FROM jobs ORDER BY id")).all()
    assert rows == [(2, 0), (1, Decimal("0.03")), (0, 0)]
    engine.dispose()


async def test_migrating_a_full_database_again_changes_nothing(settings: Settings) -> None:
    settings = msgspec.structs.replace(settings, secret_key=urlsafe_b64encode(os.urandom(32)).decode())
    async with open_services(settings) as services:
        made = await ManageKeys(services).create(account="acme", mode=Mode.LIVE, amount=5)
        principal = await Authenticator(services)(made.api_key)
        contact = Contact(first_name="Jane", last_name="Smith", company_domain="acme.example")
        await Submit(services)([Submission(principal=principal, contact=contact)])
    assert settings.database_url
    engine = create_engine(_driven(settings.database_url))
    before, rows = _described(engine), _contents(engine)
    assert rows["runs"] == rows["cascades"] == rows["accounts"] == 1
    upgrade(settings.database_url)
    assert (_described(engine), _contents(engine)) == (before, rows)
    engine.dispose()


def _contents(engine: Engine) -> dict[str, int]:
    with engine.connect() as connection:
        return {
            name: connection.execute(text(f"SELECT count(*) FROM {name}")).scalar_one()  # noqa: S608 - our own names
            for name in metadata.tables
        }
