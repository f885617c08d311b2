"""Redis over TLS (`rediss://`): API, notifications, Celery's worker and webhooks, by a certificate that is checked."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import msgspec
import pytest
from celery.contrib.testing.worker import start_worker
from kombu.exceptions import OperationalError

from app.broker import QUEUES
from app.redis.client import RedisAwayError, open_redis
from app.settings.settings import Settings
from tests.api.door import PERSON, opened
from tests.crash.world import Receiver, receiver
from tests.play.certificates import make_certificate
from tests.play.proxy import Proxy, before_redis
from tests.workers.vendors import hunter_found, vendor
from workers.celery_app import make_celery
from workers.event_loop import EventLoop
from workers.tasks import register
from workers.worker import Worker

HOST = "127.0.0.1"
# Longer than the test: what is noticed sooner was said over Redis.
NEVER = 600.0


@contextmanager
def working(settings: Settings) -> Iterator[None]:
    """Run a whole worker, as `leadrun work` does, on threads of this process."""
    celery, loop, worker = make_celery(settings), EventLoop(), Worker(settings)
    register(celery, loop, worker)
    loop.run(worker.open())
    try:
        with start_worker(celery, pool="solo", perform_ping_check=False, shutdown_timeout=60, queues=list(QUEUES)):
            yield
    finally:
        loop.run(worker.close())
        loop.close()


@asynccontextmanager
async def standing(settings: Settings, tls: tuple[ssl.SSLContext, Path]) -> AsyncIterator[tuple[Proxy, Settings]]:
    """Run a vendor who finds everybody, and a proxy that speaks TLS; yield it and the settings that lead there."""
    async with vendor(answer=hunter_found()) as (_, provider), before_redis(settings, tls) as (proxy, through):
        yield (
            proxy,
            msgspec.structs.replace(
                through,
                providers={"hunter": provider},
                recovery_seconds=NEVER,
                webhook_allow_private=("127.0.0.0/8",),
            ),
        )


async def told(taking: Receiver, run_id: str) -> None:
    """Wait for the event of a run."""
    async with asyncio.timeout(60):
        while not taking.events[run_id]:
            taking.moved.clear()
            await taking.moved.wait()


async def test_c16_api_worker_and_webhooks_reach_redis_over_tls(settings: Settings, tmp_path: Path) -> None:
    tls = make_certificate(tmp_path, HOST)
    async with receiver() as taking, standing(settings, tls) as (proxy, through):
        assert (through.redis_url or "").startswith("rediss://")
        with opened(through) as door:
            up = working(through)
            await asyncio.to_thread(up.__enter__)
            try:
                async with door.client(await door.key()) as client:
                    assert (await client.get("/health/ready")).status_code == 200
                    made = await client.post("/api/v1/enrich", json=PERSON | {"webhookUrl": taking.url})
                    run_id = made.json()["runId"]
                    ended = (await client.get(f"/api/v1/enrich/{run_id}?wait=30")).json()
                    assert ended["status"] == "completed"
                await told(taking, run_id)
            finally:
                await asyncio.to_thread(up.__exit__, None, None, None)
        assert proxy.connections > 2


async def test_c16_a_certificate_that_proves_nothing_is_refused_by_both_clients(
    settings: Settings, tmp_path: Path
) -> None:
    for host in (HOST, "redis.example"):
        async with before_redis(settings, make_certificate(tmp_path, host)) as (_, through):
            # Of a right name, but nothing says that it is to be trusted; then trusted, but of another name.
            url = (through.redis_url or "").partition("?")[0] if host == HOST else through.redis_url
            async with open_redis(Settings(redis_url=url)) as redis:
                with pytest.raises(RedisAwayError) as refused:
                    await redis.ping()
                assert "certificate verify failed" in str(refused.value.__cause__)
            with pytest.raises(OperationalError, match="certificate verify failed"):
                await asyncio.to_thread(connect, url)


def connect(url: str | None) -> None:
    """Connect as Celery's worker does."""
    with make_celery(Settings(redis_url=url)).connection() as connection:
        connection.ensure_connection(max_retries=1, interval_start=0)
