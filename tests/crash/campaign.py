"""The campaign: dispatchers are killed again and again, at named steps and at random moments, while events are owed."""

import asyncio
import multiprocessing
import os
import signal
from collections import Counter
from multiprocessing.context import ForkServerProcess
from typing import Any
from uuid import UUID

import msgspec
import psutil
import psycopg
from sqlalchemy import insert, make_url

from app.domain.vocabulary import Mode
from app.domain.webhooks.delivery import Event
from app.services import Services, open_services
from app.settings.settings import Settings
from app.store.tables.core import accounts
from app.store.webhooks import deliveries
from tests.crash.dispatching import deliver
from tests.crash.moody import PATIENCE, Dice, Moody, moody

ACCOUNTS, HOSTS = 40, 8
# Of the events that are queued all the time, so many are tried between two kills: who is killed had work to do.
SHARE_BETWEEN = 0.025
_TRIES = "SELECT count(*) FROM delivery_attempts"
DELAYS = (0.3, 0.6, 1.2)
TIMEOUT = 1.0
DRAIN_SECONDS = 300.0
STEPS = ("claiming", "connecting", "sending", "recording", "recorded", "any moment")
# Who holds one of these makes a dispatcher stand still at that step, whatever its code looks like.
LOCKS = {
    "claiming": "LOCK TABLE webhook_secrets IN ACCESS EXCLUSIVE MODE",
    "recording": "LOCK TABLE delivery_attempts IN EXCLUSIVE MODE",
}
_STANDING = """
SELECT application_name FROM pg_stat_activity
WHERE datname = current_database() AND wait_event_type = 'Lock' AND application_name LIKE 'dispatcher-%%' LIMIT 1
"""
# What must not be, with the number of tries that the schedule allows.
VIOLATIONS = """
SELECT d.id, d.state, t.count, t.highest, t.delivered FROM deliveries AS d
LEFT JOIN LATERAL (
  SELECT count(*) AS count, max(number) AS highest, count(*) FILTER (WHERE http_status = 204) AS delivered
  FROM delivery_attempts WHERE delivery_id = d.id) AS t ON true
WHERE d.state = 'pending' OR t.count > %(most)s OR t.highest IS DISTINCT FROM t.count
  OR (d.state = 'failed' AND (t.count <> %(most)s OR t.delivered > 0)) OR (d.state = 'delivered' AND t.delivered <> 1)
"""


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a campaign."""

    kills: dict[str, int]
    owed: int
    delivered: int
    failed: int
    requests: int
    tries: int
    repeats: int
    answers: dict[str, int]
    never_arrived: int
    several_ids: int
    violations: list[Any]

    @property
    def holds(self) -> bool:
        """Whether nothing was lost, nothing exceeded, and every repeat could be known by its id."""
        return not (self.violations or self.never_arrived or self.several_ids) and self.owed > 0


class Campaign:
    """Dispatchers at work, those who owe them events, and the hand that kills."""

    def __init__(self, services: Services, receiver: Moody, dice: Dice, queued: int) -> None:
        self._services, self._receiver, self._dice, self._queued = services, receiver, dice, queued
        self._context = multiprocessing.get_context("forkserver")
        self._context.set_forkserver_preload(["tests.crash.dispatching"])
        self._running: dict[str, ForkServerProcess] = {}
        self._started = 0
        self._accounts = [services.new_id() for _ in range(ACCOUNTS)]
        self._url = make_url(services.settings.database_url or "").set(drivername="postgresql")
        self.owed: dict[int, UUID] = {}
        self.kills: Counter[str] = Counter()

    async def open(self, dispatchers: int) -> None:
        """Begin to deliver."""
        rows = [{"id": one, "name": one.hex, "created_at": self._services.now()} for one in self._accounts]
        async with self._services.engine.begin() as connection:
            await connection.execute(insert(accounts), rows)
        await self.owe(2 * self._queued)
        for _ in range(dispatchers):
            self._start()

    def close(self) -> None:
        """Kill the last ones."""
        for process in self._running.values():
            process.kill()
            process.join()

    def _start(self) -> None:
        """Start a dispatcher whose connections to PostgreSQL carry its name."""
        self._started += 1
        name = f"dispatcher-{self._started}"
        url = self._url.update_query_dict({"application_name": name}).render_as_string(hide_password=False)
        settings = msgspec.structs.replace(self._services.settings, database_url=url)
        process = self._context.Process(target=deliver, args=(settings,), daemon=True)
        process.start()
        self._running[name] = process

    async def owe(self, count: int) -> None:
        """Owe events to receivers all over."""
        now, new = self._services.now(), []
        for number in range(len(self.owed), len(self.owed) + count):
            account, host = number % ACCOUNTS, number // ACCOUNTS % HOSTS
            one = deliveries.NewDelivery(
                id=self._services.new_id(),
                account_id=self._accounts[account],
                mode=Mode.LIVE,
                run_id=self._services.new_id(),
                event=Event.COMPLETED,
                url=f"http://127.0.{account}.{host + 1}:{self._receiver.port}/",
                body=msgspec.json.encode({"number": number}),
                due_at=now,
            )
            self.owed[number] = one.id
            new.append(one)
        async with self._services.engine.begin() as connection:
            await deliveries.add(connection, new, now)

    async def kill(self, step: str) -> None:
        """Kill one dispatcher at a step, and start another."""
        if await self.pending() < self._queued:
            await self.owe(self._queued)
        await self._recorded(int(SHARE_BETWEEN * self._queued))
        match step:
            case "claiming" | "recording":
                await self._kill_while_it_stands(LOCKS[step])
            case "connecting" | "sending":
                await self._receiver.struck(step, self._kill_the_one_at)
            case "recorded":
                await self._recorded(1)
                self._kill(self._oldest())
            case _:
                await asyncio.sleep(0.4 * self._dice.share())
                self._kill(self._oldest())
        self.kills[step] += 1
        self._start()

    async def _kill_while_it_stands(self, lock: str) -> None:
        async with await self._connect() as holder, await self._connect() as watcher, asyncio.timeout(PATIENCE):
            await watcher.set_autocommit(True)
            await holder.execute(lock.encode())
            while not (standing := await _rows(watcher, _STANDING)):  # noqa: ASYNC110 - PostgreSQL knows
                await asyncio.sleep(0.005)
            self._kill(standing[0][0])

    async def _kill_the_one_at(self, port: int) -> None:
        for name, process in self._running.items():
            if any(c.laddr.port == port for c in psutil.Process(process.pid).net_connections("tcp4")):
                return self._kill(name)
        return self._kill(self._oldest())

    async def _recorded(self, count: int) -> None:
        """Wait until so many more tries are recorded."""
        async with await self._connect() as watcher, asyncio.timeout(PATIENCE):
            await watcher.set_autocommit(True)
            enough = await _number(watcher, _TRIES) + count
            while await _number(watcher, _TRIES) < enough:  # noqa: ASYNC110 - the rows know
                await asyncio.sleep(0.002)

    def _oldest(self) -> str:
        return next(iter(self._running))

    def _kill(self, name: str) -> None:
        process = self._running.pop(name)
        assert process.pid
        os.kill(process.pid, signal.SIGKILL)
        process.join()

    async def pending(self) -> int:
        """Count what is still owed."""
        async with await self._connect() as connection:
            return await _number(connection, "SELECT count(*) FROM deliveries WHERE state = 'pending'")

    async def outcome(self) -> Outcome:
        """Wait until everything has ended, and look."""
        async with asyncio.timeout(DRAIN_SECONDS):
            while await self.pending():  # noqa: ASYNC110 - the rows know
                await asyncio.sleep(0.2)
        async with await self._connect() as connection:
            states = dict(await _rows(connection, "SELECT state, count(*) FROM deliveries GROUP BY state"))
            wrong = await _rows(connection, VIOLATIONS, most=1 + len(DELAYS))
            tries = await _number(connection, _TRIES)
        seen = self._receiver
        return Outcome(
            kills=dict(self.kills),
            owed=len(self.owed),
            delivered=states.get("delivered", 0),
            failed=states.get("failed", 0),
            requests=seen.requests,
            tries=tries,
            repeats=seen.repeats,
            answers=dict(seen.answers),
            never_arrived=len(set(self.owed) - set(seen.ids)),
            several_ids=sum(len(ids) != 1 for ids in seen.ids.values()),
            violations=wrong,
        )

    async def _connect(self) -> psycopg.AsyncConnection[Any]:
        return await psycopg.AsyncConnection.connect(self._url.render_as_string(hide_password=False))


def _number_told(_path: str, body: bytes) -> int:
    number: int = msgspec.json.decode(body)["number"]
    return number


async def _rows(connection: psycopg.AsyncConnection[Any], query: str, **values: object) -> list[Any]:
    return await (await connection.execute(query.encode(), values)).fetchall()


async def _number(connection: psycopg.AsyncConnection[Any], query: str) -> int:
    [[number]] = await _rows(connection, query)
    return int(number)


async def fight(settings: Settings, *, kills: int, seed: int, queued: int = 1000, dispatchers: int = 2) -> Outcome:
    """Run a campaign on empty databases; at least `queued` events are owed until the last kill."""
    settings = msgspec.structs.replace(
        settings,
        webhook_allow_private=("127.0.0.0/8",),
        webhook_retry_delays=DELAYS,
        webhook_timeout_seconds=TIMEOUT,
        webhook_concurrency=32,
    )
    dice = Dice(seed)
    async with open_services(settings) as services, moody(Dice(seed + 1), _number_told) as receiver:
        campaign = Campaign(services, receiver, dice, queued)
        try:
            await campaign.open(dispatchers)
            for number in range(kills):
                await campaign.kill(STEPS[number % len(STEPS)])
            return await campaign.outcome()
        finally:
            campaign.close()
