"""A whole service that a synchronous test steers: the API behind a socket, an engine that works on demand, vendors."""

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, TypeVar
from uuid import UUID

import anyio.from_thread
import httpx
import msgspec
import psycopg
from anyio.from_thread import BlockingPortal

from app.broker import KEY_PREFIX
from app.domain.vocabulary import Lane, ResultStatus
from app.services import Services, open_services
from app.settings.settings import Settings
from app.store.runs import batches
from app.store.waterfall import queue
from app.usecases.accounts.manage_keys import ManageKeys, NewKey
from app.usecases.accounts.manage_plans import ManagePlans
from app.usecases.batches.admit import admit_batch
from tests.api.door import Door, opened
from tests.contract.played import Vendors, playing
from tests.usecases.ledgers import VIOLATIONS
from workers.cascade_runner import CascadeRunner

T = TypeVar("T")

PATIENCE = 90.0
PAUSE = 0.01
# Of a worker that was not notified: it looks for batches, for which nobody is.
REST_SECONDS = 0.05
_NOTIFICATIONS = [KEY_PREFIX + lane for lane in Lane]
LONG = 3600.0
# Most batches of a few rows then take several portions, and there is room for all of them at once.
PORTION, ROOM = 2, 1_000_000
A_MONTH_LATER = "UPDATE cache_entries SET ended_at = ended_at - interval '30 days'"
ALL_ADMITTED = """
SELECT NOT EXISTS (SELECT FROM jobs WHERE kind = 'batch' AND ended_at IS NULL AND admitted < total - rejected)
"""
ALL_TAKEN = """
SELECT NOT EXISTS (SELECT FROM cascades c
                   WHERE c.open AND NOT EXISTS (SELECT FROM attempts a WHERE a.cascade_id = c.id))
"""
ALL_ENDED = """
SELECT NOT EXISTS (SELECT FROM cascades WHERE open)
   AND NOT EXISTS (SELECT FROM jobs WHERE kind = 'batch' AND ended_at IS NULL)
"""


class Shift:
    """A worker without Celery: while it is on, it looks for what waits, at once where it is notified."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._engine = CascadeRunner(services)
        self._admit = partial(admit_batch, services)
        self._on = asyncio.Event()
        self._turning = asyncio.Lock()
        self._idle_room = self._engine.available(Lane.INTERACTIVE)

    async def forever(self) -> None:
        """Work until cancelled."""
        while True:
            await self._on.wait()
            async with self._turning:
                # What comes from here on is looked for in the next turn.
                await self._services.redis.delete(*_NOTIFICATIONS)
                await self._turn()
            await self._services.redis.brpop(_NOTIFICATIONS, timeout=REST_SECONDS)

    async def _turn(self) -> None:
        # Batches first: what their rows cost then does not depend on what ends meanwhile.
        while await self._admit_some():
            pass
        for lane in Lane:
            async with self._services.engine.connect() as connection:
                found = await queue.waiting(connection, lanes=(lane,), older_than=0, limit=200)
            await self._engine.accept(found, lane)

    async def _admit_some(self) -> bool:
        """Admit a portion of a batch; return whether there was one. As workers do it, but in smaller portions."""
        async with self._services.engine.begin() as connection:
            batch_id = await batches.lease(
                connection, owner=self._services.name, lease_seconds=LONG, window=ROOM, portion=PORTION
            )
        if batch_id:
            await self._admit(batch_id, after=-1, limit=PORTION)
        return batch_id is not None

    async def begin(self) -> None:
        """Begin to work."""
        self._on.set()

    async def rest(self) -> None:
        """Begin nothing any more; calls that are under way go on."""
        self._on.clear()
        async with self._turning:
            pass

    @property
    def idle(self) -> bool:
        """Whether nothing is under way."""
        return self._engine.available(Lane.INTERACTIVE) == self._idle_room

    async def close(self) -> None:
        """Stop in order."""
        await self._engine.drain(1)


class Standing:
    """The service, as a test sees and steers it."""

    def __init__(self, door: Door, portal: BlockingPortal, vendors: Vendors, services: Services) -> None:
        assert door.settings.database_url
        self.url = door.url
        self.vendors = vendors
        self.seen: Counter[str] = Counter()
        self._portal = portal
        self._keys = ManageKeys(services)
        self._plans = ManagePlans(services)
        self._shift = portal.call(Shift, services)
        self._working = portal.start_task_soon(self._shift.forever)
        self._client = httpx.Client(base_url=door.url, timeout=PATIENCE, trust_env=False)
        self._database = psycopg.connect(door.settings.database_url, autocommit=True)

    def send(self, key: str, method: str, path: str, **more: Any) -> httpx.Response:
        """Send a request with a key."""
        headers = {"authorization": f"Bearer {key}", **more.pop("headers", {})}
        return self._client.request(method, f"/api/v1{path}", headers=headers, **more)

    def note(self, what: str) -> None:
        """Count a situation that has come up."""
        self.seen[what] += 1

    def sql(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        """Look at the database from outside."""
        cursor = self._database.execute(statement.encode(), values)
        return cursor.fetchall() if cursor.description else []

    def new_key(self, **given: Any) -> NewKey:
        """Make a key as `leadrun keys create` does."""
        return self._call(partial(self._keys.create, **given))

    def revoke(self, key_id: UUID) -> None:
        """Revoke a key."""
        self._call(partial(self._keys.revoke, key_id))

    def grant(self, account: str, amount: int) -> int:
        """Add credits; returns the balance."""
        return self._call(partial(self._keys.grant, account=account, amount=amount))

    def refund(self, plan: str, results: Collection[str]) -> None:
        """Let a plan give back the charges of these results, as `leadrun plans` does."""
        self._call(partial(self._plans.change, plan, refunds=frozenset(map(ResultStatus, results))))

    def let_a_month_pass(self) -> None:
        """Make everything in the cache thirty days older."""
        self.sql(A_MONTH_LATER)

    def work(self) -> None:
        """Let the worker begin what waits, from now on."""
        self._call(self._shift.begin)

    def pause(self) -> None:
        """Let it begin nothing more."""
        self._call(self._shift.rest)

    def hold(self) -> None:
        """Let no vendor answer."""
        self._portal.call(self.vendors.gate.clear)

    def release(self) -> None:
        """Let the vendors answer."""
        self._portal.call(self.vendors.gate.set)

    def until_admitted(self) -> None:
        """Wait until each row of a batch has a run."""
        self._until(lambda: self.sql(ALL_ADMITTED) == [(True,)])

    def until_taken(self) -> None:
        """Wait until each look-up has reached a vendor."""
        self._until(lambda: self.sql(ALL_ADMITTED) == self.sql(ALL_TAKEN) == [(True,)])

    def until_ended(self) -> None:
        """Wait until everything has ended."""
        self._until(lambda: self.sql(ALL_ENDED) == [(True,)] and self._shift.idle)

    def rows(self, job_id: str) -> list[str]:
        """Read which run each contact of a job has: the contract shows it when the job is completed."""
        found = self.sql("SELECT run_id::text FROM job_rows WHERE job_id = %s ORDER BY position", job_id)
        return [row[0] for row in found]

    def violations(self) -> list[tuple[Any, ...]]:
        """List what breaks the rules of money and jobs."""
        return self.sql(VIOLATIONS)

    def clear(self) -> None:
        """Forget everybody."""
        self.sql("TRUNCATE accounts CASCADE")

    def close(self) -> None:
        """Disconnect, and stop in order."""
        self._client.close()
        self._database.close()
        self._working.cancel()
        self._call(self._shift.close)

    def _call(self, what: Callable[[], Awaitable[T]]) -> T:
        return self._portal.call(what)

    def _until(self, condition: Callable[[], bool]) -> None:
        deadline = time.monotonic() + PATIENCE
        while not condition():
            if self._working.done():
                self._working.result()
            assert time.monotonic() < deadline, "it did not come to pass"
            time.sleep(PAUSE)


@contextmanager
def standing(settings: Settings, *, window: float = 60.0) -> Iterator[Standing]:
    """Run the service, limiting rates by `window` seconds; what is held waits as long as the test wants."""
    with anyio.from_thread.start_blocking_portal() as portal, portal.wrap_async_context_manager(playing()) as vendors:
        made = msgspec.structs.replace(
            settings,
            **vendors.settings(settings),
            read_limit=1_000_000,
            refusal_limit=1_000_000,
            test_rows_a_day=100_000_000,
            provider_timeout_seconds=LONG,
            bulk_provider_timeout_seconds=LONG,
            run_timeout_seconds=LONG,
            bulk_run_timeout_seconds=LONG,
            lease_seconds=LONG,
        )
        with opened(made, window=window) as door, portal.wrap_async_context_manager(open_services(made)) as services:
            stood = Standing(door, portal, vendors, services)
            try:
                yield stood
            finally:
                stood.release()
                stood.close()
