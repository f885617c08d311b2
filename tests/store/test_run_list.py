"""Each filter of runs has an index: of 200 000 runs of an account no more than a few pages are looked at."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from uuid import UUID

import psycopg
import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.accounts.owner import Owner
from app.domain.runs.run_filter import RunFilter
from app.domain.vocabulary import EnrichmentType, Mode, ResultStatus, RunStatus
from app.services import open_services
from app.settings.settings import Settings
from app.store.database.time_ids import first_id
from app.store.runs import run_list
from tests.store.plans import explained, looked_at

ACCOUNT, KEY, SELDOM_USED = UUID(int=1), UUID(int=2), UUID(int=3)
OWNER = Owner(ACCOUNT, Mode.LIVE)
BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
ROWS = 200_000
# Of each kind of rare run there are so many, among the oldest.
RARE = 5
# Rows that a page of 50 may look at: it, one more, and as much again where two ways lead to a run.
MOST = 400

SEED = f"""
INSERT INTO accounts (id, name, created_at) VALUES ('{ACCOUNT}', 'acme', now());
INSERT INTO api_keys (id, account_id, digest, display, plan, mode, created_at)
  VALUES ('{KEY}', '{ACCOUNT}', '\\x01', 'lm_live_aaaa', 'leadmodule', 'live', now()),
         ('{SELDOM_USED}', '{ACCOUNT}', '\\x02', 'lm_live_bbbb', 'leadmodule', 'live', now());
INSERT INTO runs (id, account_id, key_id, plan, mode, type, status, result_status, credits_used, result, contact,
  search_name, search_last_name, search_domain, search_address, created_at, ended_at)
SELECT CAST(lpad(to_hex(CAST(extract(epoch FROM at) * 1000 AS bigint)), 12, '0') || '7000800000' || lpad(to_hex(n), 10, '0') AS uuid),
  '{ACCOUNT}', CASE WHEN kind = 1 THEN CAST('{SELDOM_USED}' AS uuid) ELSE '{KEY}' END, 'leadmodule',
  CASE WHEN kind = 2 THEN 'test' ELSE 'live' END, CASE WHEN kind = 3 THEN 'phone' ELSE 'email' END,
  CASE kind WHEN 4 THEN 'pending' WHEN 5 THEN 'processing' WHEN 6 THEN 'failed' WHEN 7 THEN 'cancelled' ELSE 'completed' END,
  CASE WHEN kind IN (4, 5, 7) THEN NULL WHEN kind = 6 THEN 'error' WHEN kind = 8 THEN 'not_found' ELSE 'found' END, 1,
  CASE WHEN kind NOT IN (4, 5, 6, 7, 8) THEN jsonb_build_object('email', jsonb_build_object('value', name || '@acme' || n % 97 || '.example')) END,
  jsonb_build_object('last_name', name, 'company_domain', CASE WHEN kind = 9 THEN 'rare.example' ELSE 'acme' || n % 97 || '.example' END),
  'jane ' || name, name, CASE WHEN kind = 9 THEN 'rare.example' ELSE 'acme' || n % 97 || '.example' END,
  CASE WHEN kind NOT IN (4, 5, 6, 7, 8) THEN name || '@acme' || n % 97 || '.example' END, at, CASE WHEN kind NOT IN (4, 5) THEN at END
FROM (
  SELECT n, CASE WHEN n % 1000 = 0 AND n / 1000 <= {RARE * 12} THEN n / 1000 % 12 ELSE 0 END AS kind,
    TIMESTAMPTZ '2026-01-01 00:00:00+00' + n * interval '1 minute' AS at,
    CASE WHEN n % 1000 = 0 AND n / 1000 <= {RARE * 12} AND n / 1000 % 12 = 10 THEN 'zyx' ELSE 'smith' || n % 89 END AS name
  FROM generate_series(1, {ROWS}) AS n) AS made;
"""  # noqa: E501, S608 - constants

CASES = [
    pytest.param(RunFilter(), 50, id="none"),
    pytest.param(RunFilter(status=RunStatus.PENDING), RARE, id="pending"),
    pytest.param(RunFilter(status=RunStatus.PROCESSING), RARE, id="processing"),
    pytest.param(RunFilter(status=RunStatus.FAILED), RARE, id="failed"),
    pytest.param(RunFilter(status=RunStatus.CANCELLED), RARE, id="cancelled"),
    pytest.param(RunFilter(status=RunStatus.COMPLETED), 50, id="completed"),
    pytest.param(RunFilter(result_status=ResultStatus.NOT_FOUND), RARE, id="not found"),
    pytest.param(RunFilter(result_status=ResultStatus.ERROR), RARE, id="error"),
    pytest.param(RunFilter(type=EnrichmentType.PHONE), RARE, id="phone"),
    pytest.param(RunFilter(type=EnrichmentType.ALL), 0, id="a type that nobody wanted"),
    pytest.param(RunFilter(key="x"), RARE, id="a key"),
    pytest.param(RunFilter(domain="rare.example"), RARE, id="domain"),
    pytest.param(RunFilter(domain="nobody.example"), 0, id="unknown domain"),
    pytest.param(RunFilter(search="zyx"), RARE, id="last name"),
    pytest.param(RunFilter(search="Jane Zy"), RARE, id="name"),
    pytest.param(RunFilter(search="rare."), RARE, id="beginning of a domain"),
    pytest.param(RunFilter(search="zyx@ac"), RARE, id="found address"),
    pytest.param(RunFilter(search="nobody"), 0, id="nobody"),
    pytest.param(RunFilter(created_after=datetime(2999, 1, 1, tzinfo=UTC)), 0, id="after the end of time"),
    pytest.param(RunFilter(created_after=datetime.max.replace(tzinfo=UTC)), 0, id="after the last moment"),
    pytest.param(RunFilter(created_before=BEGIN), 0, id="before the first"),
    pytest.param(RunFilter(created_before=datetime.min.replace(tzinfo=UTC)), 0, id="before the first moment"),
    pytest.param(RunFilter(created_before=BEGIN + timedelta(days=10)), 50, id="long ago"),
    pytest.param(
        RunFilter(created_after=BEGIN + timedelta(days=9), created_before=BEGIN + timedelta(days=9, minutes=20)),
        19,
        id="between",
    ),
    pytest.param(RunFilter(status=RunStatus.FAILED, type=EnrichmentType.EMAIL, search="smith"), RARE, id="together"),
]


@pytest.fixture
async def connection(settings: Settings) -> AsyncIterator[AsyncConnection]:
    assert settings.database_url
    # By itself: the product's own connections give no statement that much time.
    with psycopg.connect(settings.database_url, autocommit=True) as plain:
        plain.execute(SEED.encode())
        plain.execute("ANALYZE runs")
    async with open_services(settings) as services, services.read() as connection:
        yield connection


async def test_no_filter_looks_at_more_than_a_few_pages(connection: AsyncConnection) -> None:
    slow = {}
    for case in CASES:
        [wanted, expected] = case.values
        assert isinstance(wanted, RunFilter)
        key_ids = [SELDOM_USED] if wanted.key else None
        statement = run_list.listing(OWNER, wanted, key_ids=key_ids, before_id=None, limit=50)
        assert statement is not None
        found, nodes = await explained(connection, statement)
        assert found == expected, case.id
        if looked_at(nodes) > MOST or any(node["Node Type"] == "Seq Scan" for node in nodes):
            slow[case.id] = (looked_at(nodes), [node["Node Type"] for node in nodes])
    assert slow == {}


@pytest.mark.parametrize("moment", [BEGIN, datetime(1970, 1, 1, tzinfo=UTC)])
def test_the_first_id_of_a_time_is_below_every_id_of_it(moment: datetime) -> None:
    assert first_id(moment).int >> 80 == int(moment.timestamp() * 1000)
