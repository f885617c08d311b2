"""Many runs of one account in the database, made of one real look-up: what the pages of the app are measured over."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import psycopg
from psycopg import sql

from app.domain.contacts.contact import RawContact, normalise
from app.domain.people.role import Role
from app.redis.sliding_window import Limiter
from app.services import Services, open_services
from app.settings.provider_settings import ProviderSettings
from app.settings.settings import Settings
from app.store.people import users
from app.usecases.figures.roll_up import roll_up_figures
from app.usecases.people.sign_in import SignIn
from bench.lookups import Vendor, bureau

DAYS = 30
PROVIDERS = ("hunter", "findymail", "prospeo")
_MILLISECONDS = DAYS * 24 * 3600 * 1000

# The id and the time of a row by its number: as old as its share of the days, in UUIDs of version 7.
_PLACES = """
CREATE TEMP TABLE places AS
SELECT i, at, (lpad(to_hex(floor(extract(epoch FROM at) * 1000)::bigint), 12, '0') || '7000' || '8'
  || lpad(to_hex(i), 15, '0'))::uuid AS id
FROM (SELECT i, now() - make_interval(secs => {span} * (1 - i::float8 / {count}) / 1000) AS at
  FROM generate_series(1, {count}) i) t
"""
_CASCADES = """
INSERT INTO cascades SELECT p.* FROM places, cascades of_one, LATERAL jsonb_populate_record(of_one, jsonb_build_object(
  'id', places.id, 'fingerprint', '\\x' || md5(i::text), 'open', false,
  'created_at', at, 'queued_at', at, 'ended_at', at + interval '2 s')) p WHERE of_one.id = {cascade}
"""
_ATTEMPTS = """
INSERT INTO attempts SELECT p.* FROM places, generate_series(0, 1) turn, attempts of_one,
  LATERAL jsonb_populate_record(of_one, jsonb_build_object('cascade_id', places.id, 'position', turn + 1,
    'provider', (ARRAY[{providers}])[1 + (i + turn) % 3], 'started_at', at, 'ended_at', at + interval '1 s',
    'outcome', CASE WHEN turn = 0 THEN 'miss' ELSE 'hit' END, 'latency_ms', 200 + i % 900, 'cost_usd', 0.01)) p
WHERE of_one.cascade_id = {cascade} AND (turn = 1 OR i % 2 = 0)
"""
_RUNS = """
INSERT INTO runs SELECT p.* FROM places, runs of_one, LATERAL jsonb_populate_record(of_one, jsonb_build_object(
  'id', places.id, 'cascade_id', places.id, 'created_at', at, 'started_at', at, 'ended_at', at + interval '2 s',
  'result_status', CASE WHEN i % 4 = 0 THEN 'not_found' ELSE 'found' END,
  'result', CASE WHEN i % 4 > 0 THEN of_one.result END,
  'search_name', 'person ' || i % 5000 || ' moss', 'search_last_name', 'moss ' || i % 5000,
  'search_domain', 'company' || i % 20000 || '.example', 'search_address', 'p' || i || '@acme.example')) p
WHERE of_one.id = {run}
"""
_CHARGES = """
INSERT INTO credit_entries (id, account_id, run_id, kind, amount, created_at)
SELECT places.id, {account}, places.id, 'charge', -1, at FROM places
"""
_INDEXES = """
SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' AND tablename IN ('runs', 'cascades', 'attempts')
AND indexname NOT IN (SELECT conname FROM pg_constraint)
"""


async def fill(settings: Settings, count: int) -> tuple[str, UUID]:
    """Look one person up, make `count` runs of the last 30 days of it, and sign its owner in.

    Returns:
        The secret of the session's cookie, and a run.
    """
    vendors: dict[str, tuple[Vendor, ProviderSettings]] = {PROVIDERS[0]: (_nobody, ProviderSettings())}
    async with bureau(settings, vendors) as office:
        contact, _, _ = normalise(RawContact(full_name="Rita Moss", company_domain="acme.example"), {})
        (one,) = await office.look_up([(office.accounts[0], contact)])
        account = office.accounts[0].account_id
        secret = await _sign_in(office.services, account)
    assert settings.database_url  # noqa: S101 - the databases were started with it
    with psycopg.connect(settings.database_url, autocommit=True) as connection:
        made = _make(connection, count, {"run": one.id, "cascade": one.cascade_id, "account": account})
    async with open_services(settings) as services:
        await roll_up_figures(services)
    return secret, made


def _nobody(_: Mapping[str, str]) -> dict[str, Any]:
    return {"data": {}}


def _make(connection: psycopg.Connection, count: int, ids: dict[str, UUID | None]) -> UUID:
    """Make the rows without their indexes, which are built once in the end; no foreign key is checked row by row."""
    values: dict[str, sql.Composable] = {name: sql.Literal(value) for name, value in ids.items()}
    values |= {"count": sql.Literal(count), "span": sql.Literal(_MILLISECONDS)}
    values["providers"] = sql.SQL(", ").join(map(sql.Literal, PROVIDERS))
    connection.execute("SET session_replication_role = replica")
    connection.execute("SET maintenance_work_mem = '512MB'; SET synchronous_commit = off")
    indexes = connection.execute(_INDEXES).fetchall()
    for name, _ in indexes:
        connection.execute(sql.SQL("DROP INDEX {}").format(sql.Identifier(name)))
    for statement in (_PLACES, _CASCADES, _ATTEMPTS, _RUNS, _CHARGES):
        connection.execute(sql.SQL(statement).format(**values))
    for _, definition in indexes:
        connection.execute(definition)
    connection.execute("VACUUM ANALYZE")
    row = connection.execute("SELECT id FROM places WHERE i = %s", (count // 2,)).fetchone()
    assert row  # noqa: S101 - it was just made
    return UUID(str(row[0]))


async def _sign_in(services: Services, account: UUID) -> str:
    now, user = services.now(), services.new_id()
    sign_in = SignIn(services, Limiter(services.redis, name="bench", monotonic=services.clock.monotonic))
    async with services.write() as connection:
        await users.add(connection, user, "jane.smith@acme.example", now)
        await users.change(connection, user, operator=True)
        await users.join(connection, user, account, Role.OWNER, now)
        return await sign_in.begin(connection, user, address="127.0.0.1", agent="bench")
