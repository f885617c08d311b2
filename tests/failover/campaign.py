"""The campaign: clients submit at a steady rate, faults follow each other, and then the rows have to add up."""

import asyncio
import os
import secrets
from base64 import urlsafe_b64encode
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import msgspec
import psycopg
from aiohttp import web

from app.embedded.servers import start_servers
from app.embedded.watchdog import Watchdog
from app.services import open_services
from app.settings.settings import Settings
from app.store.database import migrate
from app.usecases.accounts.manage_keys import ManageKeys
from tests.contract.supervised import Up, bearer, lives, running
from tests.crash.moody import Dice
from tests.crash.world import Receiver, receiver
from tests.failover.faults import Faults
from tests.play.proxy import before_postgres, before_redis
from tests.usecases.ledgers import VIOLATIONS
from tests.workers.vendors import DROPCONTACT_FOUND, DROPCONTACT_PENDING, HUNTER_MISS, vendor

# An answer to a POST, whatever happens to the neighbours: five seconds and what a loaded machine adds.
LONGEST_POST = 8.0
DRAIN_SECONDS = 60.0
CLIENTS = 200
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


class Load:
    """Clients that repeat each submission with its key until it is accepted."""

    def __init__(self, url: str, key: str, hook: str) -> None:
        self._hook = hook
        self._client = httpx.AsyncClient(
            base_url=url,
            headers=bearer(key),
            timeout=60,
            trust_env=False,
            limits=httpx.Limits(max_connections=CLIENTS),
        )
        self.runs: dict[str, str] = {}
        self.answers: Counter[str] = Counter()
        self.wrong: list[str] = []
        self.slowest = 0.0
        self.begun = 0

    async def submit(self, seconds: float, rate: float) -> None:
        """Submit at a rate, and wait until all is accepted."""
        loop = asyncio.get_running_loop()
        begun = loop.time()
        async with asyncio.TaskGroup() as group:
            while (now := loop.time() - begun) < seconds:
                while self.begun < now * rate:
                    group.create_task(self._one(f"Smith{self.begun}x"))
                    self.begun += 1
                await asyncio.sleep(0.02)

    async def _one(self, name: str) -> None:
        body = {
            "firstName": "Jane",
            "lastName": name,
            "companyDomain": "acme.example",
            "webhookUrl": self._hook,
            "providers": ["dropcontact", "hunter"],
        }
        while (run_id := await self._post(name, body)) is None:  # noqa: ASYNC110 - the API says when
            await asyncio.sleep(1)
        self.runs[name] = run_id

    async def _post(self, name: str, body: dict[str, Any]) -> str | None:
        loop = asyncio.get_running_loop()
        began = loop.time()
        try:
            answer = await self._client.post("/api/v1/enrich", json=body, headers={"Idempotency-Key": name})
        except httpx.TransportError as error:
            self.answers[type(error).__name__] += 1
            return None
        self.slowest = max(self.slowest, loop.time() - began)
        found = answer.json()
        self.answers[f"{answer.status_code} {found.get('type', '')}".strip()] += 1
        if answer.status_code in {200, 202}:
            return str(found["runId"])
        if answer.status_code not in {409, 503} or not int(answer.headers["Retry-After"]):
            self.wrong.append(answer.text)
        return None

    async def close(self) -> None:
        """Disconnect."""
        await self._client.aclose()


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
        return await _between_proxies(directory / "data", settings, seconds=seconds, rate=rate, seed=seed)
    finally:
        servers.stop()
        guard.close()


async def _between_proxies(data_dir: Path, settings: Settings, *, seconds: float, rate: float, seed: int) -> Outcome:
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
        while loop.time() - ended_at < 2 * DRAIN_SECONDS:
            [counts] = await _rows(connection, _COUNTS)
            if not counts[1] and not counts[4] and len(taking.events) >= counts[0]:
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


@asynccontextmanager
async def dropcontact() -> AsyncIterator[tuple[str, Counter[str]]]:
    """Play Dropcontact, which finds half of the people at the second look; yields its URL and who was bought."""
    bought: Counter[str] = Counter()
    looks: Counter[str] = Counter()

    async def buy(request: web.Request) -> web.Response:
        name = (await request.json())["data"][0]["last_name"]
        bought[name] += 1
        return web.json_response({"success": True, "error": False, "request_id": name, "credits_left": 9})

    async def look(request: web.Request) -> web.Response:
        name = request.match_info["name"]
        looks[name] += 1
        nobody = {"success": True, "error": False, "data": [{"email": []}]}
        found = DROPCONTACT_FOUND if int(name.strip("Smithx")) % 2 else nobody
        return web.json_response(DROPCONTACT_PENDING if looks[name] == 1 else found)

    app = web.Application()
    app.router.add_post("/v1/enrich/all", buy)
    app.router.add_get("/v1/enrich/all/{name}", look)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}", bought
    finally:
        await runner.cleanup()
