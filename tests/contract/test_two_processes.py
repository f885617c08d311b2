"""Two API processes on one PostgreSQL and one Redis: credits, limits and duplicates stay exact between them."""

import asyncio
import re
import subprocess
import sys
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
from psycopg import sql
from sqlalchemy import make_url

from app.embedded.listen_address import free_port
from app.services import open_services
from app.settings.settings import Settings
from app.usecases.accounts.manage_keys import ManageKeys
from tests.contract.supervised import ROOT, clean_environ
from tests.databases import new_database
from tests.servers import kept_redis, settings_of
from tests.usecases.ledgers import VIOLATIONS

ENRICH = "/api/v1/enrich"


@contextmanager
def serving(settings: Settings, log: Path) -> Iterator[str]:
    """Run `leadrun serve` as a process of its own; yields its URL once it is ready."""
    port = free_port()
    environ = clean_environ() | {
        "LEADRUN_DATABASE_URL": settings.database_url or "",
        "LEADRUN_REDIS_URL": settings.redis_url or "",
        "LEADRUN_SECRET_KEY": settings.secret_key or "",
    }
    with log.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "app.cli.main", "serve", "--port", str(port)], cwd=ROOT, env=environ, stderr=out
        )
    try:
        url = f"http://127.0.0.1:{port}"
        with httpx.Client(transport=httpx.HTTPTransport(retries=200), trust_env=False) as client:
            for _ in range(200):
                try:
                    if client.get(f"{url}/health/ready").status_code == httpx.codes.OK:
                        break
                except httpx.TransportError:
                    assert process.poll() is None, log.read_text()
        yield url
    finally:
        process.terminate()
        process.wait(10)


@pytest.fixture(scope="module")
def both(database_url: str, template_database: str, redis_url: str) -> Iterator[Settings]:
    """Settings of the databases that both processes use; the tests have accounts of their own."""
    with new_database(database_url, template_database) as database:
        yield settings_of(database, kept_redis(redis_url))


@pytest.fixture(scope="module")
async def apis(both: Settings, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[list[httpx.AsyncClient]]:
    """Two API processes, as clients without a key."""
    folder = tmp_path_factory.mktemp("apis")
    with ExitStack() as stack:
        urls = [stack.enter_context(serving(both, folder / f"{n}.log")) for n in range(2)]
        limits = httpx.Limits(max_connections=None)
        clients = [httpx.AsyncClient(base_url=url, limits=limits, timeout=60, trust_env=False) for url in urls]
        yield clients
        for client in clients:
            await client.aclose()


async def make_key(settings: Settings, account: str, **given: Any) -> dict[str, str]:
    """Make a key; returns the header that presents it."""
    async with open_services(settings) as services:
        made = await ManageKeys(services).create(account=account, **given)
    return {"Authorization": f"Bearer {made.api_key}"}


def person(number: int) -> dict[str, str]:
    """Somebody to look up."""
    return {"firstName": "Jane", "lastName": f"Smith{number}", "companyDomain": "acme.example"}


def count(settings: Settings, table: str, account: str) -> int:
    """Count what an account has in a table."""
    of = sql.SQL("SELECT count(*) FROM {} WHERE account_id = (SELECT id FROM accounts WHERE name = %s)")
    url = make_url(settings.database_url or "").set(drivername="postgresql")
    with psycopg.connect(url.render_as_string(hide_password=False)) as connection:
        assert connection.execute(VIOLATIONS).fetchall() == []
        row = connection.execute(of.format(sql.Identifier(table)), [account]).fetchone()
        assert row
        return int(row[0])


async def test_two_hundred_submissions_against_fifty_credits_accept_exactly_fifty(
    both: Settings, apis: list[httpx.AsyncClient]
) -> None:
    key = await make_key(both, "fifty", amount=50, rate_limit=1000)
    answers = await asyncio.gather(*(apis[n % 2].post(ENRICH, json=person(n), headers=key) for n in range(200)))
    assert Counter(a.status_code for a in answers) == {202: 50, 402: 150}
    assert {(a.json()["creditsRequired"], a.json()["creditsAvailable"]) for a in answers if a.status_code == 402} == {
        (1, 0)
    }
    assert (await apis[0].get("/api/v1/credits", headers=key)).json() == {
        "balance": 0,
        "total_earned": 50,
        "total_spent": 50,
    }
    assert count(both, "runs", "fifty") == 50


async def test_seventy_in_a_burst_accept_exactly_sixty_and_retry_after_is_honest(
    both: Settings, apis: list[httpx.AsyncClient]
) -> None:
    key = await make_key(both, "burst", amount=1000)
    answers = await asyncio.gather(*(apis[n % 2].post(ENRICH, json=person(n), headers=key) for n in range(70)))
    assert Counter(a.status_code for a in answers) == {202: 60, 429: 10}
    for answer in answers:
        assert answer.headers["ratelimit-policy"] == '"default";q=60;w=60'
        state = re.fullmatch(r'"default";r=(\d+);t=(\d+)', answer.headers["ratelimit"])
        assert state
        if answer.status_code == httpx.codes.TOO_MANY_REQUESTS:
            assert state[1] == "0"
            assert int(state[2]) <= int(answer.headers["retry-after"]) <= 60
    assert count(both, "runs", "burst") == 60


async def test_fifty_duplicates_make_one_cascade_one_charge_and_fifty_runs(
    both: Settings, apis: list[httpx.AsyncClient]
) -> None:
    key = await make_key(both, "duplicates", amount=100)
    answers = await asyncio.gather(*(apis[n % 2].post(ENRICH, json=person(1), headers=key) for n in range(50)))
    assert {a.status_code for a in answers} == {202}
    assert len({a.json()["runId"] for a in answers}) == 50
    assert sum(a.json()["creditsUsed"] for a in answers) == 1
    assert count(both, "cascades", "duplicates") == 1
    assert (await apis[1].get("/api/v1/credits", headers=key)).json()["total_spent"] == 1


async def test_a_revoked_key_stops_working_within_a_second_on_every_process(
    both: Settings, apis: list[httpx.AsyncClient]
) -> None:
    async with open_services(both) as services:
        made = await ManageKeys(services).create(account="revoked")
        key = {"Authorization": f"Bearer {made.api_key}"}
        for api in apis:
            assert (await api.get("/api/v1/credits", headers=key)).status_code == httpx.codes.OK
        await ManageKeys(services).revoke(made.id)
        began = asyncio.get_running_loop().time()
        for api in apis:
            while (await api.get("/api/v1/credits", headers=key)).status_code != httpx.codes.UNAUTHORIZED:
                assert asyncio.get_running_loop().time() - began < 1
                await asyncio.sleep(0.02)
