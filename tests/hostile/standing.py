"""An API process of its own to attack: with servers, a key, and nothing else."""

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import NamedTemporaryFile

import httpx
import msgspec

from app.domain.people.role import Role
from app.redis.sliding_window import Limiter
from app.services import open_services
from app.settings.settings import Settings
from app.store.accounts import keys
from app.store.people import users
from app.usecases.accounts.manage_keys import ManageKeys
from app.usecases.people.sign_in import SignIn
from tests.api.door import PERSON
from tests.api.test_server import free_port
from tests.hostile.families import Target


@contextmanager
def standing(settings: Settings) -> Iterator[tuple[Target, int]]:
    """Start `leadrun serve` on migrated databases; yield it and its process id."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    environ = {
        **os.environ,
        "LEADRUN_DATABASE_URL": settings.database_url or "",
        "LEADRUN_REDIS_URL": settings.redis_url or "",
        "LEADRUN_LOG_LEVEL": "error",
        # A process that crashes says where.
        "PYTHONFAULTHANDLER": "1",
    }
    command = [sys.executable, "-m", "app.cli.main", "serve", "--port", str(port)]
    with NamedTemporaryFile(prefix="leadrun-hostile-") as log:
        child = subprocess.Popen(command, env=environ, stdout=log, stderr=log)
        try:
            _wait(url, child)
            key, secret = asyncio.run(_attacker(msgspec.structs.replace(settings, port=port)))
            yield Target(url=url, key=key, secret=secret, run=_run(url, key), log=Path(log.name)), child.pid
        finally:
            child.terminate()
            child.wait(30)


def _wait(url: str, child: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 180
    while time.monotonic() < deadline and child.poll() is None:
        try:
            httpx.get(f"{url}/health/ready", timeout=5).raise_for_status()
        except httpx.HTTPError:
            time.sleep(0.1)
        else:
            return


def _run(url: str, key: str) -> str:
    """Submit a contact; what assistants need is imported at the first of their messages, which is no attack."""
    headers = {"x-api-key": key, "accept": "application/json, text/event-stream"}
    ping = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
    httpx.post(f"{url}/mcp", json=ping, headers=headers, timeout=60).raise_for_status()
    answer = httpx.post(f"{url}/api/v1/enrich", json=PERSON, headers=headers, timeout=60)
    return str(answer.raise_for_status().json()["runId"])


async def _attacker(settings: Settings) -> tuple[str, str]:
    """Make a key, and a person of the same account who is signed in; return the key and the session's secret."""
    async with open_services(settings) as services:
        made = await ManageKeys(services).create(account="mallory", amount=100_000, rate_limit=100_000)
        async with services.write() as connection:
            now = services.now()
            account_id = await keys.add_account(connection, services.new_id(), "mallory", now)
            user_id = await users.add(connection, services.new_id(), "mallory@acme.example", now)
            await users.join(connection, user_id, account_id, Role.OWNER, now)
            limiter = Limiter(services.redis, name="hostile", monotonic=services.clock.monotonic)
            signing = SignIn(services, limiter)
            return made.api_key, await signing.begin(connection, user_id, address="127.0.0.1", agent="a browser")
