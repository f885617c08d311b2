"""The campaign: clients submit at a steady rate, faults follow each other, and then the rows have to add up."""

import asyncio
import os
import secrets
from base64 import urlsafe_b64encode
from collections import Counter
from collections.abc import Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import msgspec
import psycopg

from app.embedded.servers import start_servers
from app.embedded.watchdog import Watchdog
from app.services import open_services
from app.settings.settings import Settings
from app.store.database import migrate
from app.usecases.accounts.manage_keys import ManageKeys
from tests.contract.supervised import Up, lives, running
from tests.crash.moody import Dice
from tests.crash.world import Receiver, receiver
from tests.failover.faults import Faults, restarting
from tests.failover.load import Load, dropcontact
from tests.play.proxy import before_postgres, before_redis
from tests.usecases.ledgers import VIOLATIONS
from tests.workers.vendors import HUNTER_MISS, vendor

# An answer to a POST, whatever happens to the neighbours: five seconds and what a loaded machine adds.
LONGEST_POST = 8.0
DRAIN_SECONDS = 60.0
NO_LIMIT = 1_000_000
SETTINGS = {
    "LEADRUN_LEASE_SECONDS": "9",
    "LEADRUN_RECOVERY_SECONDS": "1",
    "LEADRUN_RATE_LIMIT": "1000000",
    "LEADRUN_READ_LIMIT": "1000000",
    "LEADRUN_WEBHOOK_ALLOW_PRIVATE": "127.0.0.0/8",
    "LEADRUN_WEBHOOK_RETRY_DELAYS": "0.5,1,2,4,8,16",
    "LEADRUN_PROVIDER_POLL_SCALE": "0.02",
    "LEADRUN_PROVIDER_HUNTER_API_KEY": "made-up",
    "LEADRUN_PROVIDER_HUNTER_LIMITS": "100000/1",
    "LEADRUN_PROVIDER_DROPCONTACT_API_KEY": "made-up",
    "LEADRUN_PROVIDER_DROPCONTACT_LIMITS": "100000/1",
}
_COUNTS = """
SELECT (SELECT count(*) FROM runs), (SELECT count(*) FROM runs WHERE ended_at IS NULL),
  (SELECT count(*) FROM runs WHERE status = 'failed'),
  (SELECT count(*) FROM runs WHERE credits_used > 1),
  (SELECT count(*) FROM deliveries WHERE state = 'pending'), (SELECT count(*) FROM deliveries WHERE state = 'failed'),
  (SELECT coalesce(sum(leases - 1), 0) FROM cascades WHERE leases > 0)
"""
_ERRORS = "SELECT left(error->>'message', 200), count(*) FROM runs WHERE error IS NOT NULL GROUP BY 1"


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What came of it; everything below `drained_seconds` must be empty or none."""

    submissions: int
    answers: dict[str, int]
    faults: dict[str, int]
    takeovers: int
    slowest_post_seconds: float
    drained_seconds: float
    lost: int
    doubled: int
    not_ended: int
    failed: dict[str, int]
    charged_twice: int
    bought_twice: list[str]
    never_told: int
    several_ids: int
    exhausted: int
    money: list[Any]
    wrong_answers: list[str]
    processes_lost: int

    @property
    def holds(self) -> bool:
        """Whether nothing was lost or doubled, and all was over in time."""
        wrong = (self.lost, self.doubled, self.not_ended, self.failed, self.charged_twice, self.bought_twice)
        told = (self.never_told, self.several_ids, self.exhausted, self.money, self.wrong_answers, self.processes_lost)
        return not any((*wrong, *told)) and self.drained_seconds <= DRAIN_SECONDS and self.submissions > 0


async def fight(directory: Path, *, seconds: float, rate: float, seed: int) -> Outcome:
    """Run a campaign on servers of its own."""
    await asyncio.to_thread(directory.chmod, 0o711 if os.geteuid() == 0 else 0o700)
    guard = Watchdog(directory / "guard")
    servers = start_servers(directory, guard, durable=False)
    try:
        assert servers.postgres
        assert servers.valkey
        settings = Settings(
            database_url=servers.postgres.url,
            redis_url=servers.valkey.url,
            secret_key=urlsafe_b64encode(secrets.token_bytes(32)).decode(),
        )
        await asyncio.to_thread(migrate.upgrade, servers.postgres.url)

        def restart() -> None:
            assert servers.postgres
            servers.postgres.process.stop()
            servers.postgres = start_servers(directory, guard, redis=False, durable=False).postgres

        return await _between_proxies(directory / "data", settings, restart, seconds=seconds, rate=rate, seed=seed)
    finally:
        servers.stop()
        guard.close()


async def _between_proxies(
    data_dir: Path, settings: Settings, restart: Callable[[], None], *, seconds: float, rate: float, seed: int
) -> Outcome:
    async with AsyncExitStack() as stack:
        postgres, through = await stack.enter_async_context(before_postgres(settings))
        redis, through = await stack.enter_async_context(before_redis(through))
        _, of_hunter = await stack.enter_async_context(vendor(answer=HUNTER_MISS))
        url, bought = await stack.enter_async_context(dropcontact())
        taking = await stack.enter_async_context(receiver())
        environ = SETTINGS | {
            "LEADRUN_DATABASE_URL": through.database_url or "",
            "LEADRUN_REDIS_URL": through.redis_url or "",
            "LEADRUN_SECRET_KEY": settings.secret_key or "",
            "LEADRUN_PROVIDER_HUNTER_BASE_URL": of_hunter.base_url or "",
            "LEADRUN_PROVIDER_DROPCONTACT_BASE_URL": url,
        }
        # The proxies live on this loop, so whatever waits for the stack waits in a thread.
        up = running(data_dir, environ=environ)
        started = await asyncio.to_thread(up.__enter__)
        try:
            faults = Faults(postgres, redis, settings.database_url or "", settings.redis_url or "")
            faults.all["postgres restarts"] = restarting(restart)
            await asyncio.to_thread(faults.prepare)
            return await _fight(started, settings, faults, taking, bought, seconds=seconds, rate=rate, seed=seed)
        finally:
            await asyncio.to_thread(up.__exit__, None, None, None)


async def _fight(
    up: Up,
    settings: Settings,
    faults: Faults,
    taking: Receiver,
    bought: Counter[str],
    *,
    seconds: float,
    rate: float,
    seed: int,
) -> Outcome:
    loop = asyncio.get_running_loop()
    async with open_services(settings) as services:
        made = await ManageKeys(services).create(account="campaign", amount=NO_LIMIT, rate_limit=NO_LIMIT)
    load, happened = Load(up.ready["url"], made.api_key, taking.url), Counter[str]()
    processes = up.family()
    submitting = asyncio.create_task(load.submit(seconds, rate))
    await _break(faults, happened, loop.time() + seconds, Dice(seed))
    ended_at = loop.time()
    await submitting
    async with await psycopg.AsyncConnection.connect(settings.database_url or "", autocommit=True) as connection:
        while True:
            # At least once, however long the clients took to have all accepted.
            [counts] = await _rows(connection, _COUNTS)
            is_drained = not counts[1] and not counts[4] and len(taking.events) >= counts[0]
            if is_drained or loop.time() - ended_at > 2 * DRAIN_SECONDS:
                break
            await asyncio.sleep(0.2)
        drained = loop.time() - ended_at
        failed = dict(await _rows(connection, _ERRORS))
        money = await _rows(connection, VIOLATIONS)
        known = {str(run_id) for [run_id] in await _rows(connection, "SELECT id FROM runs")}
    await load.close()
    runs = set(load.runs.values())
    return Outcome(
        submissions=load.begun,
        answers=dict(load.answers),
        faults=dict(happened),
        takeovers=int(counts[6]),
        slowest_post_seconds=round(load.slowest, 2),
        drained_seconds=round(drained, 1),
        lost=len(runs - known),
        doubled=len(known - runs),
        not_ended=counts[1],
        failed=failed,
        charged_twice=counts[3],
        bought_twice=[name for name, times in bought.items() if times > 1],
        never_told=len(known - set(taking.events)),
        several_ids=sum(len(set(ids)) > 1 for ids in taking.events.values()),
        exhausted=counts[5],
        money=money,
        wrong_answers=[*load.wrong[:5], *([f"{load.slowest:.1f} s"] if load.slowest > LONGEST_POST else [])],
        processes_lost=sum(not lives(process) for process in processes),
    )


async def _break(faults: Faults, happened: Counter[str], until: float, dice: Dice) -> None:
    """Let faults follow each other in the order of the dice, each of them before any comes again."""
    loop = asyncio.get_running_loop()
    while loop.time() < until:
        for name in sorted(faults.all, key=lambda _: dice.share()):
            lasts = 2 + 4 * dice.share()
            if loop.time() + lasts > until:
                return
            await faults.all[name](lasts)
            happened[name] += 1
            await asyncio.sleep(1 + 3 * dice.share())


async def _rows(connection: psycopg.AsyncConnection[Any], query: str) -> list[Any]:
    return await (await connection.execute(query.encode())).fetchall()
