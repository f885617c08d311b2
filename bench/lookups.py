"""Whole look-ups in this process: the real code on real databases, with vendors played on loopback."""

import asyncio
import os
import tempfile
from base64 import urlsafe_b64encode
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import msgspec
from aiohttp import web

from app.domain.contacts.contact import Contact
from app.domain.errors import UnavailableError
from app.domain.runs.lookup_options import LookupOptions
from app.domain.runs.view import RunView
from app.domain.vocabulary import Mode
from app.embedded.servers import start_servers
from app.embedded.watchdog import Watchdog
from app.redis.notifications import Notifications
from app.services import Services, open_services
from app.settings.provider_settings import ProviderSettings
from app.settings.settings import Settings
from app.store.database import migrate
from app.usecases.accounts.authenticate import Authenticator, Principal
from app.usecases.accounts.manage_keys import ManageKeys
from app.usecases.runs.read import ReadRuns
from app.usecases.runs.submission import Submission
from app.usecases.runs.submit import Submit
from workers.cascade_runner import CascadeRunner

AT_ONCE, WORKERS = 64, 2
CHUNK = 256
CREDITS = 1_000_000
END_SECONDS = 120.0

Vendor = Callable[[Mapping[str, str]], dict[str, Any]]
"""Answers a question, given as the members of its query and of its body."""


class Bureau:
    """Accounts, and workers that run `AT_ONCE` cascades at once."""

    def __init__(
        self, services: Services, watch: ReadRuns, runners: list[CascadeRunner], accounts: list[Principal]
    ) -> None:
        """Keep what is open."""
        self.services = services
        self.accounts = accounts
        self._submit = Submit(services)
        self._watch = watch
        self._runners = runners

    async def look_up(
        self,
        asked: Sequence[tuple[Principal, Contact]],
        options: LookupOptions | None = None,
        *,
        chunk: int = CHUNK,
    ) -> list[RunView]:
        """Look contacts up, so many together, and wait for the end of all."""
        ended: list[RunView] = []
        for first in range(0, len(asked), chunk):
            submissions = [
                Submission(principal=who, contact=contact, options=options or LookupOptions())
                for who, contact in asked[first : first + chunk]
            ]
            runs = [accepted.run for accepted in await self._submit(submissions)]
            ids = [run.cascade_id for run in runs if run.cascade_id]
            await asyncio.gather(*(one.accept(ids[place::WORKERS]) for place, one in enumerate(self._runners)))
            ended += [await self._end_of(run) for run in runs]
        if late := sum(not run.ended for run in ended):
            raise RuntimeError(f"{late} of {len(ended)} runs have not ended")
        return ended

    async def _end_of(self, run: RunView) -> RunView:
        """Wait for the end of a run as a client does, who asks again when the database was away for a moment."""
        until = self.services.clock.monotonic() + END_SECONDS
        while True:
            try:
                return await self._watch.wait(run.owner, run.id, END_SECONDS)
            except UnavailableError:
                if self.services.clock.monotonic() > until:
                    raise
                await self.services.clock.sleep(1.0)


@asynccontextmanager
async def bureau(
    settings: Settings, vendors: Mapping[str, tuple[Vendor, ProviderSettings]], *, accounts: int = 1
) -> AsyncIterator[Bureau]:
    """Open accounts and workers on databases that are migrated and empty.

    Args:
        settings: Name the databases.
        vendors: The answers of each vendor by its slug, and what it charges.
        accounts: Their number; each has credits enough.
    """
    async with AsyncExitStack() as stack:
        providers = {
            slug: msgspec.structs.replace(
                own,
                api_key="made-up-key",
                base_url=await stack.enter_async_context(_played(vendor)),
                limits=((1_000_000, 1.0),),
            )
            for slug, (vendor, own) in vendors.items()
        }
        settings = msgspec.structs.replace(settings, providers=providers, worker_concurrency=AT_ONCE // WORKERS)
        services = await stack.enter_async_context(open_services(settings))
        notifications = Notifications(services.redis)
        await notifications.open()
        stack.push_async_callback(notifications.close)
        await notifications.wait_connected()
        runners = []
        for _ in range(WORKERS):
            runners.append(CascadeRunner(await stack.enter_async_context(open_services(settings))))
            runners[-1].open()
            stack.push_async_callback(runners[-1].drain, 0.1)
        keys = ManageKeys(services)
        made = [
            await keys.create(account=f"account-{number}", mode=Mode.LIVE, amount=CREDITS) for number in range(accounts)
        ]
        principals = [await Authenticator(services)(key.api_key) for key in made]
        yield Bureau(services, ReadRuns(services, notifications), runners, principals)


@contextmanager
def databases() -> Iterator[Settings]:
    """Run PostgreSQL and Redis until the block ends; yields settings that name them."""
    with tempfile.TemporaryDirectory(prefix="leadrun-bench-", ignore_cleanup_errors=True) as directory:
        path = Path(directory)
        # The databases of root run as another user, who needs access to the directory.
        path.chmod(0o711)
        guard = Watchdog(path / "guard")
        servers = start_servers(path, guard)
        try:
            assert servers.postgres  # noqa: S101 - both are wanted
            assert servers.valkey  # noqa: S101
            migrate.upgrade(servers.postgres.url)
            yield Settings(
                database_url=servers.postgres.url,
                redis_url=servers.valkey.url,
                secret_key=urlsafe_b64encode(os.urandom(32)).decode(),
                preflight=False,
            )
        finally:
            servers.stop()
            guard.close()


@asynccontextmanager
async def _played(vendor: Vendor) -> AsyncIterator[str]:
    async def handle(request: web.Request) -> web.StreamResponse:
        body = await request.json() if request.can_read_body else {}
        return web.json_response(vendor({**request.query, **body}))

    app = web.Application()
    app.router.add_route("*", "/{tail:.*}", handle)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()
