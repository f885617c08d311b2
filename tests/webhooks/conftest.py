"""What the delivery tests share: a clock that is set, services on the test's own databases, rows to deliver."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Any
from uuid import UUID

import msgspec
import pytest
from sqlalchemy import Row, insert, select

from app.domain.accounts.owner import Owner
from app.domain.vocabulary import Mode
from app.domain.webhooks.delivery import Event
from app.egress import Vetting
from app.services import Services, open_services
from app.settings.settings import Settings
from app.store.tables.core import accounts
from app.store.tables.webhooks import deliveries as deliveries_table
from app.store.tables.webhooks import delivery_attempts
from app.store.webhooks import deliveries
from tests.kept import KeptDatabases, KeptServices
from tests.play.clock import SetClock
from tests.webhooks.lying_dns import LyingDns, lying_dns
from tests.webhooks.receiver import Receiver, listening
from webhooks.sender import DeliveryResult, Sender

LOOPBACK = ("127.0.0.0/8", "::1/128")
PATIENCE = 60.0


class Box:
    """The rows of a test: an account, its deliveries, their tries."""

    def __init__(self, services: Services) -> None:
        """Write and read with these."""
        self.services = services

    async def account(self, mode: Mode = Mode.LIVE) -> Owner:
        """Make an account, and be who its keys of a mode are."""
        account_id = self.services.new_id()
        async with self.services.engine.begin() as connection:
            await connection.execute(
                insert(accounts).values(id=account_id, name=account_id.hex, created_at=self.services.now())
            )
        return Owner(account_id, mode)

    async def owe(self, url: str, *, owner: Owner | None = None, count: int = 1) -> list[UUID]:
        """Owe events to a URL."""
        owner = owner or await self.account()
        new = [
            deliveries.NewDelivery(
                id=self.services.new_id(),
                account_id=owner.account_id,
                mode=owner.mode,
                run_id=self.services.new_id(),
                event=Event.COMPLETED,
                url=url,
                body=b'{"type":"enrichment.completed","metadata":{"name":"J\xc3\xbcrgen"}}',
                due_at=self.services.now(),
            )
            for _ in range(count)
        ]
        async with self.services.engine.begin() as connection:
            await deliveries.add(connection, new, self.services.now())
        return [one.id for one in new]

    async def owner(self, delivery_id: UUID) -> Owner:
        row = await self.row(delivery_id)
        return Owner(row.account_id, Mode(row.mode))

    async def row(self, delivery_id: UUID) -> Row[Any]:
        async with self.services.engine.connect() as connection:
            found = await connection.execute(select(deliveries_table).where(deliveries_table.c.id == delivery_id))
            return found.one()

    async def tries(self, delivery_id: UUID) -> Sequence[Row[Any]]:
        async with self.services.engine.connect() as connection:
            found = await connection.execute(
                select(delivery_attempts)
                .where(delivery_attempts.c.delivery_id == delivery_id)
                .order_by(delivery_attempts.c.number)
            )
            return found.all()

    async def tried(self, delivery_id: UUID, count: int) -> Sequence[Row[Any]]:
        """Wait until so many tries are recorded."""

        async def enough() -> bool:
            return len(await self.tries(delivery_id)) >= count

        await until(enough)
        return await self.tries(delivery_id)


async def until(condition: Callable[[], Awaitable[bool]]) -> None:
    """Wait until something is so."""
    async with asyncio.timeout(PATIENCE):
        while not await condition():  # noqa: ASYNC110 - the condition lies in the database
            await asyncio.sleep(0.01)


def leased_to(services: Services, url: str) -> deliveries.LeasedDelivery:
    """Return a delivery as the dispatcher leases it, of a row that somehow has this URL."""
    return deliveries.LeasedDelivery(
        id=services.new_id(),
        account_id=services.new_id(),
        mode=Mode.LIVE,
        run_id=services.new_id(),
        event="enrichment.completed",
        url=url,
        host="",
        body=b"{}",
        attempts=0,
        lease_owner="",
        lease_until=services.now(),
    )


async def try_once(services: Services, vetting: Vetting, url: str) -> DeliveryResult:
    """Send one try as the dispatcher does."""
    sender = Sender(services, vetting)
    try:
        return await sender.send(leased_to(services, url), [b"k" * 32])
    finally:
        sender.close()


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


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
async def services(kept: KeptServices, clock: SetClock) -> AsyncIterator[Services]:
    """Services that allow loopback and give receivers one second."""
    settings = msgspec.structs.replace(kept.settings, webhook_allow_private=LOOPBACK, webhook_timeout_seconds=1.0)
    taken = await kept.take(settings)
    yield msgspec.structs.replace(taken, clock=clock, random=lambda: 0.0)
    await _end_sending()


async def _end_sending() -> None:
    """Cut off what dispatchers of the test go on with, or they would in the next test, on a database that is gone."""
    names = {task: getattr(task.get_coro(), "__qualname__", "") for task in asyncio.all_tasks()}
    left = [task for task, name in names.items() if name.startswith(("Dispatcher.", "Turns."))]
    for task in left:
        task.cancel()
    if left:
        await asyncio.wait(left)


@pytest.fixture(scope="session")
async def without_databases() -> AsyncIterator[Services]:
    """Services for which neither database nor Redis is there."""
    nowhere = Settings(
        database_url="postgresql://127.0.0.1:1/none",
        redis_url="redis://127.0.0.1:1/0",
        webhook_allow_private=LOOPBACK,
        webhook_timeout_seconds=1.0,
    )
    async with open_services(nowhere) as opened:
        yield opened


@pytest.fixture
def senders(without_databases: Services, clock: SetClock) -> Services:
    """Services of tests that send without any row."""
    return msgspec.structs.replace(without_databases, clock=clock)


@pytest.fixture
def box(services: Services) -> Box:
    return Box(services)


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with listening() as one:
        yield one


@pytest.fixture
async def canary() -> AsyncIterator[Receiver]:
    """A listener on every local address that nobody may reach."""
    async with listening(everywhere=True) as one:
        yield one


@pytest.fixture
async def dns_server() -> AsyncIterator[LyingDns]:
    async with lying_dns() as server:
        yield server
