"""At-least-once, seen from outside: a whole stack under load loses workers and Redis, and every event still arrives."""

import asyncio
from collections import Counter
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec

from app.domain.webhooks.delivery import message_id
from tests.contract.supervised import running
from tests.crash.campaign import VIOLATIONS as OF_TRIES
from tests.crash.load import Load, Owed, event_told, open_accounts
from tests.crash.moody import Dice, Moody, Rounds, moody
from tests.crash.stack import Stack, empty_redis
from tests.usecases.ledgers import VIOLATIONS as OF_MONEY
from tests.workers.vendors import HUNTER_MISS, hunter_found, vendor

DELAYS = (0.3, 0.6, 1.2)
SETTINGS = {
    "LEADRUN_PROVIDER_HUNTER_API_KEY": "made-up",
    "LEADRUN_PROVIDER_HUNTER_LIMITS": "100000/1",
    "LEADRUN_SANDBOX_LATENCY_MS": "100",
    "LEADRUN_LEASE_SECONDS": "3",
    "LEADRUN_RECOVERY_SECONDS": "0.5",
    "LEADRUN_WEBHOOK_ALLOW_PRIVATE": "127.0.0.0/8",
    "LEADRUN_WEBHOOK_RETRY_DELAYS": ",".join(map(str, DELAYS)),
    "LEADRUN_WEBHOOK_TIMEOUT_SECONDS": "1",
    "LEADRUN_WEBHOOK_CONCURRENCY_PER_HOST": "16",
}
# Faults come while so much of the runs has ended: when there is both work and news under way.
EARLIEST, LATEST = 0.05, 0.85
PAUSE = 0.1
PATIENCE = 600.0
_ENDED = "SELECT count(*) FROM runs WHERE ended_at IS NOT NULL"
_WAITING = """
SELECT (SELECT count(*) FROM runs WHERE ended_at IS NULL) + (SELECT count(*) FROM deliveries WHERE state = 'pending')
"""
_DELIVERIES = """
SELECT d.id, d.run_id, d.job_id, d.event, d.url, d.state, r.status
FROM deliveries AS d LEFT JOIN runs AS r ON r.id = d.run_id
"""
_JOBS = """
SELECT j.id, j.webhook_url, array_agg(r.id) FROM jobs AS j JOIN runs AS r ON r.job_id = j.id GROUP BY j.id
"""


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What came of it; everything below `seconds` must be empty or none."""

    runs: int
    statuses: dict[str, int]
    cached: int
    joined: int
    jobs: int
    cancels: int
    kills: int
    flushes: int
    lost_leases: int
    events: int
    delivered: int
    exhausted: int
    requests: int
    tries: int
    repeats: int
    answers: dict[str, int]
    seconds: float
    unknown_runs: int
    missing: list[Any]
    surplus: list[Any]
    wrong_event: list[Any]
    not_taken: int
    never_sent: int
    several_ids: int
    money: list[Any]
    schedule: list[Any]

    @property
    def holds(self) -> bool:
        """Whether every event arrived, or tried to the end; of each event once, and every repeat is known by its id."""
        wrong = (self.missing, self.surplus, self.wrong_event, self.money, self.schedule)
        return not any((*wrong, self.unknown_runs, self.not_taken, self.never_sent, self.several_ids))


async def fight(data_dir: Path, *, runs: int, kills: int, flushes: int, seed: int) -> Outcome:
    """Submit so many runs to a `leadrun up` of its own, break it, wait until all is over, and look."""
    loop = asyncio.get_running_loop()
    async with vendor() as (hunter, played), moody(Rounds(seed), event_told) as receiver:
        hunter.answer = lambda asked: hunter_found() if len(asked.query["last_name"]) % 2 else HUNTER_MISS
        environ = SETTINGS | {"LEADRUN_PROVIDER_HUNTER_BASE_URL": played.base_url or ""}
        with running(data_dir, environ=environ) as up:
            stack = Stack(up)
            load = Load(await open_accounts(stack, receiver.port), receiver.port)
            begun = loop.time()
            async with asyncio.TaskGroup() as both:
                both.create_task(load.submit(runs))
                both.create_task(_break(stack, runs, kills, flushes, Dice(seed)))
            async with asyncio.timeout(PATIENCE):
                while (await stack.rows(_WAITING))[0][0]:  # noqa: ASYNC110 - the rows know
                    await asyncio.sleep(PAUSE)
            seconds = loop.time() - begun
            await load.close()
            return await _look(stack, load, receiver, kills=kills, flushes=flushes, seconds=round(seconds, 1))


async def _break(stack: Stack, runs: int, kills: int, flushes: int, dice: Dice) -> None:
    """Do what is done to it, each at a random moment."""
    faults = ["kill"] * kills + ["flush"] * flushes
    for moment, fault in sorted((EARLIEST + (LATEST - EARLIEST) * dice.share(), fault) for fault in faults):
        async with asyncio.timeout(PATIENCE):
            while (await stack.rows(_ENDED))[0][0] < moment * runs:  # noqa: ASYNC110 - the rows know
                await asyncio.sleep(PAUSE)
        if fault == "flush":
            await empty_redis(stack)
        else:
            workers = await stack.processes("main work")
            workers[int(len(workers) * dice.share())].kill()


async def _look(stack: Stack, load: Load, receiver: Moody, *, kills: int, flushes: int, seconds: float) -> Outcome:
    jobs = await stack.rows(_JOBS)
    for job_id, named, run_ids in jobs:
        load.of_job(job_id, run_ids, named)
    found = await stack.rows("SELECT id, status, cached FROM runs")
    rows = await stack.rows(_DELIVERIES)
    told = Counter(_told(*row[1:5]) for row in rows)
    states = Counter(row[5] for row in rows)
    sent = {name for names in receiver.ids.values() for name in names}
    [[tries]] = await stack.rows("SELECT count(*) FROM delivery_attempts")
    [[cascades, lost]] = await stack.rows(
        "SELECT count(*), coalesce(sum(leases - 1), 0) FROM cascades WHERE leases > 0"
    )
    cached = sum(row[2] for row in found)
    return Outcome(
        runs=len(found),
        statuses=dict(Counter(row[1] for row in found)),
        cached=cached,
        joined=len(found) - cached - cascades,
        jobs=len(jobs),
        cancels=load.cancels,
        kills=kills,
        flushes=flushes,
        lost_leases=int(lost),
        events=len(rows),
        delivered=states["delivered"],
        exhausted=states["failed"],
        requests=receiver.requests,
        tries=tries,
        repeats=receiver.repeats,
        answers=dict(receiver.answers),
        seconds=seconds,
        unknown_runs=len({row[0] for row in found} ^ load.runs),
        missing=list((load.owed - told).items()),
        surplus=list((told - load.owed).items()),
        wrong_event=[row for row in rows if row[6] and row[3] not in {f"enrichment.{row[6]}", "contact.completed"}],
        not_taken=sum(row[5] == "delivered" and message_id(row[0]) not in receiver.taken for row in rows),
        never_sent=len({message_id(row[0]) for row in rows} ^ sent),
        several_ids=sum(len(names) != 1 for names in receiver.ids.values()),
        money=await stack.rows(OF_MONEY.replace("%", "%%")),
        schedule=await stack.rows(OF_TRIES, most=1 + len(DELAYS)),
    )


def _told(run_id: UUID | None, job_id: UUID | None, event: str, url: str) -> Owed:
    of = run_id or job_id
    assert of
    return Owed(of=of, event="run" if event.startswith("enrichment.") else event, url=url)
