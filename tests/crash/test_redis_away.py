"""Redis stands still, and then is gone: submissions are accepted at once, and work goes on by itself afterwards."""

import asyncio
import itertools
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import psutil
import pytest

from tests.contract.supervised import bearer, lives, running
from tests.crash.stack import Stack

# The broker's sockets give up after five seconds: longer than that, and more than one of their tries.
STANDS_STILL = 7.0
GONE = 3.0
# Of a broker's five seconds, in which a submission would wait for it.
LONGEST_POST = 4.0
SWEEP = 4.0
# Sooner than the sweep looks at what nobody was told of: a kick arrived.
KICKED = 1.0
IN_A_ROW = 3

_numbers = itertools.count(1)


class Caller:
    """Submits people whom the sandbox answers without delay."""

    def __init__(self, stack: Stack) -> None:
        ready = stack.up.ready
        self.client = httpx.AsyncClient(
            base_url=ready["url"], headers=bearer(ready["testKey"]), timeout=30, trust_env=False
        )
        self.slowest = 0.0
        self.accepted: list[str] = []

    async def submit(self) -> str:
        """Submit one person who was never submitted before."""
        loop = asyncio.get_running_loop()
        begun = loop.time()
        answer = await self.client.post(
            "/api/v1/enrich",
            json={"firstName": "Jane", "lastName": f"Smith{next(_numbers)}", "companyDomain": "acme.example"}
            | {"providers": ["sandbox-mail"]},
        )
        assert answer.status_code == httpx.codes.ACCEPTED, answer.text
        self.slowest = max(self.slowest, loop.time() - begun)
        self.accepted.append(answer.json()["runId"])
        return self.accepted[-1]

    async def submit_for(self, seconds: float) -> None:
        """Submit a few people every second."""
        loop = asyncio.get_running_loop()
        until = loop.time() + seconds
        while loop.time() < until:
            await self.submit()
            await asyncio.sleep(0.1)

    async def ended(self, run_id: str, seconds: float) -> bool:
        """Return whether a run ends within so many seconds."""
        loop = asyncio.get_running_loop()
        until = loop.time() + seconds
        while loop.time() < until:
            answer = await self.client.get(f"/api/v1/enrich/{run_id}")
            if answer.json()["status"] == "completed":
                return True
            await asyncio.sleep(0.05)
        return False

    async def until_kicks_arrive(self, seconds: float) -> None:
        """Wait until runs are worked on as soon as they are accepted, several in a row."""
        async with asyncio.timeout(seconds):
            in_a_row = 0
            while in_a_row < IN_A_ROW:
                in_a_row = in_a_row + 1 if await self.ended(await self.submit(), KICKED) else 0


@pytest.fixture
async def stack(open_dir: Path) -> AsyncIterator[Stack]:
    """A stack whose workers look seldom for work without a notification."""
    environ = {
        "LEADRUN_RECOVERY_SECONDS": str(SWEEP),
        "LEADRUN_SANDBOX_LATENCY_MS": "0",
        "LEADRUN_RATE_LIMIT": "100000",
        "LEADRUN_READ_LIMIT": "1000000",
        "LEADRUN_REFUSAL_LIMIT": "1000000",
    }
    with running(open_dir / "data", environ=environ) as up:
        yield Stack(up)


async def test_a_redis_that_stands_still_or_is_gone_holds_up_no_submission_and_no_run(stack: Stack) -> None:
    workers = await stack.processes("main work")
    caller = Caller(stack)
    await caller.until_kicks_arrive(20)

    redis = await _redis(stack)
    redis.suspend()
    await caller.submit_for(STANDS_STILL)
    redis.resume()
    await caller.until_kicks_arrive(60)

    # Gone: who would start it again stands still. Then it comes back empty.
    supervisor = psutil.Process(stack.up.popen.pid)
    supervisor.suspend()
    redis.kill()
    await caller.submit_for(GONE)
    assert not lives(redis)
    supervisor.resume()
    await caller.until_kicks_arrive(60)

    for run_id in caller.accepted:
        assert await caller.ended(run_id, 3 * SWEEP)
    assert caller.slowest < LONGEST_POST
    # Nobody had to start the workers again.
    assert all(lives(worker) for worker in workers)
    await caller.client.aclose()


async def _redis(stack: Stack) -> psutil.Process:
    url = httpx.URL(stack.environment["LEADRUN_REDIS_URL"])
    for process in stack.up.family():
        if any(one.laddr.port == url.port and one.status == "LISTEN" for one in process.net_connections("tcp4")):
            return process
    raise AssertionError("no Redis")
