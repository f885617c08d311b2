"""The list of deliveries by state: the few that wait or failed are found without a look at the others."""

from collections.abc import AsyncIterator
from uuid import UUID

import psycopg
import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.accounts.owner import Owner
from app.domain.vocabulary import Mode
from app.domain.webhooks.delivery import DeliveryState
from app.domain.webhooks.delivery_log import DeliveryFilter
from app.services import open_services
from app.settings.settings import Settings
from app.store.webhooks.delivery_log import listing
from tests.store.plans import explained, looked_at

ACCOUNT = UUID(int=1)
OWNER = Owner(ACCOUNT, Mode.LIVE)
ROWS, RARE, PAGE = 30_000, 5, 50
# A page, and for each of its deliveries a look for its attempts.
MOST = 3 * PAGE
SEED = f"""
INSERT INTO accounts (id, name, created_at) VALUES ('{ACCOUNT}', 'acme', now());
INSERT INTO deliveries (id, account_id, run_id, event, url, host, body, state, due_at, created_at)
SELECT CAST(lpad(to_hex(n), 32, '0') AS uuid), '{ACCOUNT}', CAST(lpad(to_hex(n), 32, '0') AS uuid), 'enrichment.completed',
  'https://acme.example/hook', 'acme.example', '', state, CASE WHEN state = 'pending' THEN now() END, now()
FROM (SELECT n, CASE WHEN n <= {RARE} THEN 'pending' WHEN n <= {2 * RARE} THEN 'failed' ELSE 'delivered' END AS state
  FROM generate_series(1, {ROWS}) AS n) AS made;
"""  # noqa: E501, S608 - constants
CASES = [
    (None, PAGE),
    (DeliveryState.PENDING, RARE),
    (DeliveryState.FAILED, RARE),
    (DeliveryState.DELIVERED, PAGE),
]


@pytest.fixture
async def connection(settings: Settings) -> AsyncIterator[AsyncConnection]:
    assert settings.database_url
    with psycopg.connect(settings.database_url, autocommit=True) as plain:
        plain.execute(SEED.encode())
        plain.execute("ANALYZE deliveries")
    async with open_services(settings) as services, services.read() as connection:
        yield connection


async def test_no_state_looks_at_more_than_a_page(connection: AsyncConnection) -> None:
    slow = {}
    for state, expected in CASES:
        found, nodes = await explained(
            connection, listing(OWNER, DeliveryFilter(state=state), before_id=None, limit=PAGE)
        )
        assert found == expected, state
        if looked_at(nodes) > MOST or any(
            node["Node Type"] == "Seq Scan" and node["Relation Name"] == "deliveries" for node in nodes
        ):
            slow[state] = (looked_at(nodes), [node["Node Type"] for node in nodes])
    assert slow == {}
