"""Workers inside the test's own process: engines on real databases, vendors on loopback."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any
from uuid import UUID

import msgspec
import pytest
from sqlalchemy import select

from app.domain.contacts.contact import Contact
from app.domain.runs.view import RunView
from app.domain.vocabulary import Mode
from app.redis.notifications import Notifications
from app.services import Services, open_services
from app.settings.settings import ProviderSettings, Settings
from app.store.tables.core import cascades
from app.usecases.accounts.authenticate import Authenticator
from app.usecases.accounts.manage_keys import ManageKeys
from app.usecases.runs.read import ReadRuns
from app.usecases.runs.submission import Submission
from app.usecases.runs.submit import Submit
from tests.kept import KeptDatabases, KeptServices
from tests.usecases.people import split_options
from workers.cascade_runner import CascadeRunner

JANE = Contact(first_name="Jane", last_name="Smith", company_domain="acme.example")


class House:
    """A house with one API's use cases and as many engines as a test opens."""

    def __init__(self, settings: Settings, stack: AsyncExitStack, kept: KeptServices | None = None) -> None:
        self.settings = settings
        self._stack = stack
        self._kept = kept
        self.services: Services
        self.watch: ReadRuns
        self.submit: Submit

    async def open(self) -> "House":
        """Connect."""
        self.services = await self.another(self.settings)
        notifications = Notifications(self.services.redis)
        await notifications.open()
        self._stack.push_async_callback(notifications.close)
        await notifications.wait_connected()
        self.watch = ReadRuns(self.services, notifications)
        self.submit = Submit(self.services)
        made = await ManageKeys(self.services).create(account="acme", mode=Mode.LIVE, amount=100)
        self.principal = await Authenticator(self.services)(made.api_key)
        made = await ManageKeys(self.services).create(account="acme", mode=Mode.TEST)
        self.tester = await Authenticator(self.services)(made.api_key)
        return self

    async def another(self, settings: Settings) -> Services:
        """Have the services of another process, on connections that are kept where the settings allow it."""
        if self._kept and self._kept.fit(settings):
            return await self._kept.take(settings)
        return await self._stack.enter_async_context(open_services(settings))

    async def runner(self, *, heartbeat: bool = True, **changes: Any) -> CascadeRunner:
        """Open another worker: services and runner of its own, perhaps with other settings."""
        settings = msgspec.structs.replace(self.settings, **changes)
        runner = CascadeRunner(await self.another(settings))
        if heartbeat:
            runner.open()
        self._stack.push_async_callback(runner.drain, 0.1)
        return runner

    async def accept(self, contact: Contact = JANE, **more: Any) -> RunView:
        """Submit one contact."""
        submission = Submission(**{"principal": self.principal, "contact": contact} | split_options(more))
        return (await self.submit([submission]))[0].run

    async def ended(self, run: RunView) -> RunView:
        """Wait for a run's end."""
        ended = await self.watch.wait(run.owner, run.id, 30)
        assert ended.ended, ended.status
        return ended

    async def outcomes(self, run: RunView) -> list[tuple[str, str | None]]:
        """The run's attempts, as provider and outcome."""
        lines = await self.watch.attempts(run.owner, run.id)
        return [(line.provider, line.outcome.value if line.outcome else None) for line in lines]

    async def lapse(self, run: RunView) -> None:
        """Let the lease of a run run out now, as after thirty seconds without a sign of its worker."""
        async with self.services.engine.begin() as connection:
            await connection.execute(
                cascades.update().where(cascades.c.id == run.cascade_id).values(lease_until=run.created_at)
            )

    async def fencing_token(self, run: RunView) -> int:
        """How many leases the run's cascade had."""
        async with self.services.engine.connect() as connection:
            return int(
                await connection.scalar(select(cascades.c.fencing_token).where(cascades.c.id == run.cascade_id)) or 0
            )


OpenHouse = Callable[..., Any]


@pytest.fixture(scope="session")
async def kept_services(database_url: str, template_database: str, redis_url: str) -> AsyncIterator[KeptServices]:
    """The connections that the tests of a process share."""
    kept = KeptServices(KeptDatabases(database_url, template_database, redis_url))
    yield kept
    await kept.close()


@pytest.fixture
async def kept(kept_services: KeptServices) -> AsyncIterator[KeptServices]:
    """Empty databases; behind the test they are emptied again."""
    yield kept_services
    await kept_services.empty()


@pytest.fixture
def settings(kept: KeptServices) -> Settings:
    """Settings that point at them, everything else at its default."""
    return kept.settings


@pytest.fixture
async def open_house(kept: KeptServices) -> AsyncIterator[OpenHouse]:
    """Opens houses: keyword arguments are settings, `providers` the vendors' settings."""
    async with AsyncExitStack() as stack:

        async def build(providers: dict[str, ProviderSettings] | None = None, **changes: Any) -> House:
            fast = msgspec.structs.replace(kept.settings, provider_poll_scale=0.001)
            made = msgspec.structs.replace(fast, providers=providers or {}, **changes)
            return await House(made, stack, kept).open()

        yield build


def ids(run: RunView) -> list[UUID]:
    """The cascade of a run, as a kick names it."""
    assert run.cascade_id
    return [run.cascade_id]


@asynccontextmanager
async def within(seconds: float) -> AsyncIterator[None]:
    """Bound a wait for a signal."""
    async with asyncio.timeout(seconds):
        yield
