"""A contact over which every worker dies: it is given up and refunded after a few, and nobody else notices."""

import asyncio
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import msgspec
from aiohttp import web

from app.domain.contacts.contact import Contact
from app.domain.vocabulary import ResultStatus, RunStatus
from app.settings.settings import ProviderSettings, Settings
from tests.contract.supervised import LEADRUN, ROOT, clean_environ
from tests.usecases.ledgers import violations
from tests.workers.conftest import House
from tests.workers.vendors import hunter_found

# Of the default five three fewer, because each costs the start of a process.
MOST = 2
# A worker that is lost costs the call that it was making, so there have to be more of these.
VENDORS = ("hunter", "skrapp", "datagma", "findymail")
POISON = Contact(first_name="Poison", last_name="Smith", company_domain="acme.example")
PATIENCE = 90.0


@asynccontextmanager
async def vendors(asked: asyncio.Semaphore) -> AsyncIterator[dict[str, ProviderSettings]]:
    """Play them: about the poison they never answer, and `asked` is set once one of them was asked."""
    over = asyncio.Event()

    async def handle(request: web.Request) -> web.StreamResponse:
        if "poison" in f"{request.query_string} {await request.text()}".lower():
            asked.release()
            await over.wait()
        return web.json_response(hunter_found())

    app = web.Application()
    app.router.add_route("*", "/{tail:.*}", handle)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    one = ProviderSettings(api_key="made-up", base_url=f"http://127.0.0.1:{runner.addresses[0][1]}")
    try:
        yield dict.fromkeys(VENDORS, one)
    finally:
        over.set()
        await runner.cleanup()


class Worker:
    """One worker process after the other."""

    def __init__(self, settings: Settings, log: Path) -> None:
        names = ("database_url", "redis_url", "secret_key", "lease_seconds", "recovery_seconds", "max_leases")
        self._environ = clean_environ() | {f"LEADRUN_{n.upper()}": str(getattr(settings, n)) for n in names}
        for slug, one in settings.providers.items():
            self._environ[f"LEADRUN_PROVIDER_{slug.upper()}_API_KEY"] = one.api_key or ""
            self._environ[f"LEADRUN_PROVIDER_{slug.upper()}_BASE_URL"] = one.base_url or ""
        self._log = log
        self.start()

    def start(self) -> None:
        """Start one."""
        line = [*LEADRUN, "work", "--lane", "interactive"]
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(line, cwd=ROOT, env=self._environ, stdout=log, stderr=log)

    def kill(self) -> None:
        """Kill -9 it."""
        self._process.kill()
        self._process.wait()


@contextmanager
def working(settings: Settings, log: Path) -> Iterator[Worker]:
    """Run a worker; the last one is killed in the end."""
    worker = Worker(settings, log)
    try:
        yield worker
    finally:
        worker.kill()


async def test_a_contact_over_which_every_worker_dies_is_given_up_and_harms_nobody(
    settings: Settings, tmp_path: Path
) -> None:
    asked = asyncio.Semaphore(0)
    async with vendors(asked) as providers, AsyncExitStack() as stack:
        settings = msgspec.structs.replace(
            settings, providers=providers, lease_seconds=1.0, recovery_seconds=0.3, max_leases=MOST
        )
        house = await House(settings, stack).open()
        poisoned = await house.accept(POISON)
        with working(settings, tmp_path / "worker.log") as worker:
            for number in range(MOST):
                async with asyncio.timeout(PATIENCE):
                    await asked.acquire()
                await _somebody_is_found(house, number)
                worker.kill()
                worker.start()
            ended = await house.ended(poisoned)
            await _somebody_is_found(house, MOST)
        assert (ended.status, ended.credits_used) == (RunStatus.FAILED, 0)
        assert ended.error
        assert ended.error.code == "worker_lost"
        assert asked.locked(), "it was asked about once more"
        assert await violations(house.services) == []


async def _somebody_is_found(house: House, number: int) -> None:
    """Look up somebody else, whom the worker serves while it is about to die."""
    contact = Contact(first_name="Jane", last_name=f"Smith{number}", company_domain="acme.example")
    more: dict[str, Any] = {"only_providers": ("hunter",)}
    run = await house.ended(await house.accept(contact, **more))
    assert (run.status, run.result_status) == (RunStatus.COMPLETED, ResultStatus.FOUND)
