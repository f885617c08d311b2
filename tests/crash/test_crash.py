"""Faults in the middle of cascades: workers killed, Redis emptied, PostgreSQL restarted; nothing lost or doubled."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest

from tests.contract.supervised import Up, running
from tests.crash.stack import Stack, empty_redis, kill_the_worker, restart_postgres
from tests.crash.world import Receiver, Script, receiver
from tests.usecases.ledgers import VIOLATIONS
from tests.workers.vendors import HUNTER_MISS, Vendor, hunter_found, vendor

PEOPLE = 24
ROUNDS = 3
ENDED = {"completed", "failed", "cancelled"}
# These answer at the first asking, and asking again would be paid again: a second asking would be our fault.
STEADY = {"sandbox-dial", "sandbox-duo", "sandbox-later"}


class Broken(Stack):
    """A running `leadrun up`, and everybody around it."""

    def __init__(self, up: Up, hunter: Vendor, taking: Receiver) -> None:
        super().__init__(up)
        self.hunter, self.taking = hunter, taking
        self.live = Script(up.ready["url"], up.ready["apiKey"])
        self.test = Script(up.ready["url"], up.ready["testKey"])


@pytest.fixture
async def stack(open_dir: Path) -> AsyncIterator[Broken]:
    """A stack with short leases, a played Hunter and a receiver."""
    async with vendor(answer=HUNTER_MISS) as (hunter, settings), receiver() as taking:
        hunter.answer = lambda request: (
            hunter_found() if int(request.query["last_name"].removeprefix("Smith") or 0) % 2 else HUNTER_MISS
        )
        environ = {
            "LEADRUN_PROVIDER_HUNTER_API_KEY": "made-up",
            "LEADRUN_PROVIDER_HUNTER_BASE_URL": settings.base_url or "",
            "LEADRUN_WEBHOOK_ALLOW_PRIVATE": "127.0.0.0/8",
            "LEADRUN_SANDBOX_LATENCY_MS": "250",
            "LEADRUN_LEASE_SECONDS": "3",
            "LEADRUN_RECOVERY_SECONDS": "0.5",
            "LEADRUN_RATE_LIMIT": "100000",
            "LEADRUN_READ_LIMIT": "1000000",
            "LEADRUN_REFUSAL_LIMIT": "1000000",
            "LEADRUN_WEBHOOK_RETRY_DELAYS": "0.2,0.5,1,2,4",
        }
        with running(open_dir / "data", environ=environ) as up:
            yield Broken(up, hunter, taking)


async def submit_everybody(stack: Broken, batch: int) -> dict[str, Script]:
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


async def until_some_are_running(stack: Broken) -> None:
    """Wait until attempts are under way."""
    async with asyncio.timeout(120):
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


async def until_all_told(stack: Broken, owners: dict[str, Script]) -> None:
    """Wait for every event."""
    async with asyncio.timeout(60):
        while set(owners) - set(stack.taking.events):
            stack.taking.moved.clear()
            await stack.taking.moved.wait()


async def sandbox_askings(stack: Broken) -> Counter[tuple[str, str, str]]:
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
        pytest.param([kill_the_worker] * ROUNDS, id="workers killed", marks=pytest.mark.long),
        pytest.param([empty_redis] * ROUNDS, id="Redis emptied", marks=pytest.mark.long),
        pytest.param([restart_postgres] * ROUNDS, id="PostgreSQL restarted", marks=pytest.mark.long),
        pytest.param([kill_the_worker, empty_redis, restart_postgres], id="one after the other"),
    ],
)
async def test_every_accepted_run_ends_once_is_charged_once_and_is_told(stack: Broken, faults: list[Fault]) -> None:
    owners: dict[str, Script] = {}
    for batch, fault in enumerate(faults):
        owners |= await submit_everybody(stack, batch)
        await until_some_are_running(stack)
        await fault(stack)
    runs = await until_all_ended(owners)
    await until_all_told(stack, owners)
    # A client that came while the database was away got a 503, and the time to come again.
    assert stack.live.put_off[503] + stack.test.put_off[503] or faults[0] is not restart_postgres

    again = await until_all_ended(owners)
    assert [(r["runId"], r["status"], r["completedAt"]) for r in again] == [
        (r["runId"], r["status"], r["completedAt"]) for r in runs
    ]
    assert [r for r in runs if r["status"] == "failed" and owners[r["runId"]] is stack.live] == []
    with stack.database() as connection:
        assert connection.execute(VIOLATIONS).fetchall() == []
        cascades = connection.execute("SELECT count(*), sum(fencing_token - 1) FROM cascades").fetchone()
    assert cascades is not None
    assert cascades[0] == len(owners)
    asked_again = {who: times for who, times in (await sandbox_askings(stack)).items() if times > 1}
    assert asked_again == {}
    assert len(stack.hunter.asked) <= len(owners) + int(cascades[1])
    # Whatever was sent twice carries the same webhook-id.
    assert {run_id: set(ids) for run_id, ids in stack.taking.events.items() if len(set(ids)) > 1} == {}
    await stack.live.close()
    await stack.test.close()
