"""A Redis that answers with errors, as after a failover: workers live on, and take up work as soon as it is well."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from redis import Redis

from tests.contract.supervised import lives, running
from tests.crash.stack import Stack, kill_the_worker
from tests.crash.test_redis_away import LONGEST_POST, Caller

FAULT_SECONDS = 2.0
READY = "/health/ready"


@pytest.fixture
async def stack(open_dir: Path) -> AsyncIterator[Stack]:
    """A stack whose workers look seldom for work without a notification."""
    environ = {
        "LEADRUN_RECOVERY_SECONDS": "4",
        "LEADRUN_SANDBOX_LATENCY_MS": "0",
        "LEADRUN_RATE_LIMIT": "100000",
        "LEADRUN_READ_LIMIT": "1000000",
    }
    with running(open_dir / "data", environ=environ) as up:
        yield Stack(up)


class Faults:
    """The faults, and what ends each."""

    def __init__(self, stack: Stack) -> None:
        self._redis: Any = Redis.from_url(stack.environment["LEADRUN_REDIS_URL"], decode_responses=True)
        self._password = self._redis.connection_pool.connection_kwargs["password"]

    def readonly(self) -> None:
        """Make it a replica of nobody."""
        self._redis.execute_command("REPLICAOF", "127.0.0.1", "1")

    def full(self) -> None:
        """Leave no memory."""
        self._redis.config_set("maxmemory", 1)

    def another_password(self) -> None:
        """Change the password, and end the connections that know the old one."""
        self._redis.ping()
        self._redis.config_set("requirepass", "another")
        self._redis.client_kill_filter(_type="normal", skipme=True)

    def unblocked(self) -> None:
        """Break off what waits, as a primary does that becomes a replica."""
        for client in self._redis.client_list():
            if client["cmd"] == "brpop":
                self._redis.client_unblock(client["id"], error=True)

    def killed(self) -> None:
        """End every connection."""
        self._redis.client_kill_filter(_type="normal", skipme=True)

    def well(self) -> None:
        """End whatever it is."""
        self._redis.config_set("requirepass", self._password)
        self._redis.execute_command("REPLICAOF", "NO", "ONE")
        self._redis.config_set("maxmemory", 0)


async def test_c16_c29_workers_live_on_through_every_error_of_redis(stack: Stack) -> None:
    caller, faults = Caller(stack), Faults(stack)
    await caller.until_kicks_arrive(30)
    workers = await stack.processes("main work")

    async def worker_started_anew() -> None:
        await kill_the_worker(stack)

    async def nothing() -> None:
        pass

    table: list[tuple[Callable[[], None], Callable[[], Awaitable[None]], bool]] = [
        (faults.readonly, nothing, False),
        (faults.full, nothing, False),
        (faults.another_password, nothing, False),
        (faults.unblocked, nothing, True),
        (faults.killed, nothing, True),
        (faults.full, worker_started_anew, False),
    ]
    for fault, then, ready in table:
        fault()
        await then()
        await caller.submit_for(FAULT_SECONDS)
        answer = await caller.client.get(READY)
        assert (answer.status_code == httpx.codes.OK) is ready, (fault.__name__, answer.text)
        if then is nothing:
            assert all(lives(worker) for worker in workers), fault.__name__
        workers = await stack.processes("main work")
        faults.well()
        await caller.until_kicks_arrive(60)
        assert all(lives(worker) for worker in workers), fault.__name__
    for run_id in caller.accepted:
        assert await caller.ended(run_id, 12)
    assert caller.slowest < LONGEST_POST
    await asyncio.sleep(0)
    await caller.client.aclose()
