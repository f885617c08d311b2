"""An API process of its own to attack: with servers, a key, and nothing else."""

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import msgspec

from app.services import open_services
from app.settings.settings import Settings
from app.usecases.accounts.manage_keys import ManageKeys
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
    }
    child = subprocess.Popen([sys.executable, "-m", "app.cli.main", "serve", "--port", str(port)], env=environ)
    try:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and child.poll() is None:
            try:
                httpx.get(f"{url}/health/ready", timeout=5).raise_for_status()
                break
            except httpx.HTTPError:
                time.sleep(0.1)
        yield Target(url=url, key=asyncio.run(_key(msgspec.structs.replace(settings, port=port)))), child.pid
    finally:
        child.terminate()
        child.wait(30)


async def _key(settings: Settings) -> str:
    async with open_services(settings) as services:
        return (await ManageKeys(services).create(account="mallory", amount=100_000, rate_limit=100_000)).api_key
