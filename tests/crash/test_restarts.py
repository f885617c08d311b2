"""A database that is away between a try and its record, and a Redis that forgets: nothing is lost or repeated."""

import asyncio
from pathlib import Path

import msgspec
from redis.asyncio import Redis

from app.broker import QUEUE_WEBHOOKS
from app.embedded.servers import start_servers
from app.embedded.watchdog import Watchdog
from app.services import open_services
from app.settings.settings import Settings
from app.store.database import migrate
from tests.webhooks.conftest import LOOPBACK, Box, until
from tests.webhooks.receiver import answer, listening
from webhooks.dispatcher import Dispatcher
from workers.worker import Worker


async def test_postgres_restarted_between_send_and_record_costs_no_second_try(
    settings: Settings, open_dir: Path
) -> None:
    """The receiver itself stops PostgreSQL before it answers; it is back a second later."""
    guard = Watchdog(open_dir / "guard")
    servers = start_servers(open_dir, guard, redis=False, durable=False)
    assert servers.postgres
    url = servers.postgres.url
    migrate.upgrade(url)
    settings = msgspec.structs.replace(settings, database_url=url, webhook_allow_private=LOOPBACK)
    async with listening() as receiver, open_services(settings) as services:
        box, gone = Box(services), asyncio.Event()

        async def stop_and_answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await asyncio.to_thread(servers.stop)
            gone.set()
            await answer(204)(reader, writer)

        receiver.default = stop_and_answer
        [delivery] = await box.owe(receiver.url)
        dispatcher = Dispatcher(services)
        await dispatcher.deliver_due()
        await receiver.wait_for(1)
        await gone.wait()
        # Long enough for the first attempts to record to fail.
        await asyncio.sleep(1)
        servers = await asyncio.to_thread(lambda: start_servers(open_dir, guard, redis=False, durable=False))
        [tried] = await box.tried(delivery, 1)
        row = await box.row(delivery)
        assert (tried.http_status, row.state, len(receiver.requests)) == (204, "delivered", 1)
        await dispatcher.drain(1)
    servers.stop()
    guard.close()


async def test_a_redis_that_forgets_delays_deliveries_by_a_sweep(settings: Settings) -> None:
    """Redis is emptied before the worker that would have been kicked is there; the rows are the schedule."""
    settings = msgspec.structs.replace(settings, webhook_allow_private=LOOPBACK, recovery_seconds=0.2)
    async with listening() as receiver, open_services(settings) as services:
        box = Box(services)
        owed = await box.owe(receiver.url, count=20)
        services.broker.notify(QUEUE_WEBHOOKS, owed)
        async with Redis.from_url(settings.redis_url or "") as redis:
            await redis.flushall()
        process = Worker(settings)
        await process.open()
        try:
            await receiver.wait_for(20)

            async def delivered() -> bool:
                return all([(await box.row(one)).state == "delivered" for one in owed])

            await until(delivered)
        finally:
            await process.close()
        assert len(receiver.requests) == 20
