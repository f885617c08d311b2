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
from tests.usecases.people import split_options
from workers.cascade_runner import CascadeRunner

JANE = Contact(first_name="Jane", last_name="Smith", company_domain="acme.example")


class House:
    """A house with one API's use cases and as many engines as a test opens."""

    def __init__(self, settings: Settings, stack: AsyncExitStack) -> None:
        self.settings = settings
        self._stack = stack
        self.services: Services
        self.watch: ReadRuns
        self.submit: Submit

    async def open(self) -> "House":
        """Connect."""
        self.services = await self._stack.enter_async_context(open_services(self.settings))
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

    async def runner(self, *, heartbeat: bool = True, **changes: Any) -> CascadeRunner:
        """Open another worker: services and runner of its own, perhaps with other settings."""
        settings = msgspec.structs.replace(self.settings, **changes)
        services = await self._stack.enter_async_context(open_services(settings))
        runner = CascadeRunner(services)
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


@pytest.fixture
async def open_house(settings: Settings) -> AsyncIterator[OpenHouse]:
    """Opens houses: keyword arguments are settings, `providers` the vendors' settings."""
    async with AsyncExitStack() as stack:

        async def build(providers: dict[str, ProviderSettings] | None = None, **changes: Any) -> House:
            made = msgspec.structs.replace(settings, providers=providers or {}, provider_poll_scale=0.001, **changes)
            return await House(made, stack).open()

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
