"""Faults in the middle of cascades: workers killed, Redis emptied, PostgreSQL restarted; nothing lost or doubled."""

import asyncio
import json
import os
import signal
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx
import psutil
import psycopg
import pytest
from redis import Redis
from sqlalchemy import make_url

from tests.contract.supervised import Up, running
from tests.crash.world import Receiver, Script, receiver
from tests.usecases.ledgers import VIOLATIONS
from tests.workers.vendors import HUNTER_MISS, Vendor, hunter_found, vendor

PEOPLE = 40
ROUNDS = 3
ENDED = {"completed", "failed", "cancelled"}
# These answer at the first asking, and asking again would be paid again: a second asking would be our fault.
STEADY = {"sandbox-dial", "sandbox-duo", "sandbox-later"}


class Stack:
    """A running `leadrun up` and the handles of those who break it."""

    def __init__(self, up: Up, hunter: Vendor, taking: Receiver) -> None:
        self.up, self.hunter, self.taking = up, hunter, taking
        note = json.loads((up.data_dir / "running.json").read_text())
        self.environment: dict[str, str] = note["environment"]
        self.live = Script(up.ready["url"], up.ready["apiKey"])
        self.test = Script(up.ready["url"], up.ready["testKey"])

    def database(self) -> psycopg.Connection[Any]:
        """Connect to the database."""
        url = make_url(self.environment["LEADRUN_DATABASE_URL"]).set(drivername="postgresql")
        return psycopg.connect(url.render_as_string(hide_password=False), autocommit=True)

    async def process(self, *words: str) -> psutil.Process:
        """Find our process whose command line has these words; waits while it is being started again."""
        async with asyncio.timeout(30):
            while True:
                for process in self.up.family():
                    if all(word in " ".join(_line(process)) for word in words):
                        return process
                await asyncio.sleep(0.05)


def _line(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except psutil.Error:
        return []


@pytest.fixture
async def stack(open_dir: Path) -> AsyncIterator[Stack]:
    """A stack with short leases, a played Hunter and a receiver."""
    async with vendor(answer=HUNTER_MISS) as (hunter, settings), receiver() as taking:
        hunter.answer = lambda request: (
            hunter_found() if int(request.query["last_name"].removeprefix("Smith") or 0) % 2 else HUNTER_MISS
        )
        environ = {
            "LEADRUN_PROVIDER_HUNTER_API_KEY": "made-up",
            "LEADRUN_PROVIDER_HUNTER_BASE_URL": settings.base_url or "",
            "LEADRUN_SANDBOX_LATENCY_MS": "250",
            "LEADRUN_LEASE_SECONDS": "3",
            "LEADRUN_SWEEP_SECONDS": "0.5",
            "LEADRUN_RATE_LIMIT": "100000",
            "LEADRUN_READ_LIMIT": "1000000",
            "LEADRUN_WEBHOOK_RETRY_DELAYS": "0.2,0.5,1,2,4",
        }
        with running(open_dir / "data", environ=environ) as up:
            yield Stack(up, hunter, taking)


async def submit_everybody(stack: Stack, batch: int) -> dict[str, Script]:
    """Submit live and test-mode contacts; returns whose each runId is."""
    owners: dict[str, Script] = {}
    for number in range(PEOPLE):
        body = {
            "firstName": "Jane",
            "lastName": f"Smith{batch * PEOPLE + number}",
            "companyDomain": "acme.example",
            "webhookUrl": stack.taking.url,
        }
        live = number % 2 == 0
        script = stack.live if live else stack.test
        kind = {} if live else {"enrichmentType": "all"}
        run_id = await script.submit(f"{batch}-{number}", body | kind)
        assert run_id not in owners
        owners[run_id] = script
    return owners


async def kill_the_worker(stack: Stack) -> None:
    """Kill -9 the worker."""
    os.kill((await stack.process("celery")).pid, signal.SIGKILL)


async def empty_redis(stack: Stack) -> None:
    """Lose everything that Redis had."""
    with Redis.from_url(stack.environment["LEADRUN_REDIS_URL"]) as redis:
        redis.flushall()


async def restart_postgres(stack: Stack) -> None:
    """Restart PostgreSQL: every connection breaks, and its supervisor starts it again."""
    os.kill((await stack.process("postgres", "-D")).pid, signal.SIGINT)


async def until_some_are_running(stack: Stack) -> None:
    """Wait until attempts are under way."""
    async with asyncio.timeout(30):
        while True:
            try:
                with stack.database() as connection:
                    row = connection.execute("SELECT count(*) FROM attempts WHERE outcome IS NULL").fetchone()
            except psycopg.OperationalError:
                row = None
            if row and row[0]:
                return
            await asyncio.sleep(0.02)


async def until_all_ended(owners: dict[str, Script]) -> list[dict[str, Any]]:
    """Wait for every run."""
    async with asyncio.timeout(120):
        runs = []
        for run_id, script in owners.items():
            while (run := await script.run(run_id, wait=20))["status"] not in ENDED:
                pass
            runs.append(run)
    return runs


async def until_all_told(stack: Stack, owners: dict[str, Script]) -> None:
    """Wait for every event."""
    async with asyncio.timeout(60):
        while set(owners) - set(stack.taking.events):
            stack.taking.moved.clear()
            await stack.taking.moved.wait()


async def sandbox_askings(stack: Stack) -> Counter[tuple[str, str, str]]:
    """Count how often each steady sandbox provider was asked for each person."""
    async with httpx.AsyncClient(trust_env=False) as client:
        answer = await client.get(f"{stack.environment['LEADRUN_SANDBOX_URL']}/journal")
    return Counter(
        (entry["provider"], entry["field"], entry["person"])
        for entry in answer.json()
        if entry["provider"] in STEADY and entry["call"] == "ask"
    )


Fault = Callable[[Stack], Awaitable[None]]


@pytest.mark.parametrize(
    "faults",
    [
        pytest.param([kill_the_worker] * ROUNDS, id="workers killed"),
        pytest.param([empty_redis] * ROUNDS, id="Redis emptied"),
        pytest.param([restart_postgres] * ROUNDS, id="PostgreSQL restarted"),
        pytest.param([kill_the_worker, empty_redis, restart_postgres], id="one after the other"),
    ],
)
async def test_every_accepted_run_ends_once_is_charged_once_and_is_told(stack: Stack, faults: list[Fault]) -> None:
    owners: dict[str, Script] = {}
    for batch, fault in enumerate(faults):
        owners |= await submit_everybody(stack, batch)
        await until_some_are_running(stack)
        await fault(stack)
    runs = await until_all_ended(owners)
    await until_all_told(stack, owners)

    again = await until_all_ended(owners)
    assert [(r["runId"], r["status"], r["completedAt"]) for r in again] == [
        (r["runId"], r["status"], r["completedAt"]) for r in runs
    ]
    assert [r for r in runs if r["status"] == "failed" and owners[r["runId"]] is stack.live] == []
    with stack.database() as connection:
        assert connection.execute(VIOLATIONS).fetchall() == []
        cascades = connection.execute("SELECT count(*), sum(epoch - 1) FROM cascades").fetchone()
    assert cascades is not None
    assert cascades[0] == len(owners)
    asked_again = {who: times for who, times in (await sandbox_askings(stack)).items() if times > 1}
    assert asked_again == {}
    assert len(stack.hunter.asked) <= len(owners) + int(cascades[1])
    # Whatever was sent twice carries the same webhook-id.
    assert {run_id: set(ids) for run_id, ids in stack.taking.events.items() if len(set(ids)) > 1} == {}
    await stack.live.close()
    await stack.test.close()
