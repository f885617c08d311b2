"""Hostile uploads to an API of its own process: memory is bounded, nobody else waits, and nothing is a 500."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import psutil
import pytest

from app.settings.settings import Settings
from tests.api import hostile_bodies
from tests.api.door import Door
from tests.api.test_uploads import MIB, free_port, served, until_live
from tests.hostile.watchdog import cpu_seconds

JSON, NDJSON, CSV = "application/json", "application/x-ndjson", "text/csv"


class Watch:
    """Looks at another client's health and at the memory of the process.

    Attributes:
        process: The API.
        slowest: CPU seconds that the process used at most while the health waited: what it did before it answered,
            whatever else the machine does.
    """

    def __init__(self, client: httpx.AsyncClient, process: psutil.Process) -> None:
        self._client, self.process = client, process
        self.slowest = 0.0
        self.peak = self.begin = process.memory_info().rss

    async def look(self) -> None:
        while True:
            began = cpu_seconds(self.process)
            assert (await self._client.get("/health/live")).status_code == 200
            self.slowest = max(self.slowest, cpu_seconds(self.process) - began)
            self.peak = max(self.peak, self.process.memory_info().rss)
            await asyncio.sleep(0.02)


@asynccontextmanager
async def watched(client: httpx.AsyncClient, process: psutil.Process) -> AsyncIterator[Watch]:
    watch = Watch(client, process)
    looking = asyncio.create_task(watch.look())
    try:
        yield watch
    finally:
        looking.cancel()
        await asyncio.wait([looking])


@pytest.mark.parametrize(
    ("kind", "families", "size", "most"),
    [
        pytest.param(JSON, hostile_bodies.DOCUMENTS, 4 * MIB, 64, id="json"),
        pytest.param(NDJSON, hostile_bodies.DOCUMENTS, 4 * MIB, 64, id="ndjson"),
        pytest.param(CSV, hostile_bodies.TABLES, MIB // 4, 16, id="csv"),
    ],
)
async def test_hostile_uploads_are_bounded(
    settings: Settings, kind: str, families: dict[str, tuple[bytes, bytes, bytes]], size: int, most: int
) -> None:
    door = Door(settings)
    key = await door.key(amount=100_000, rate_limit=1000)
    port = free_port()
    worst: dict[str, tuple[int, float]] = {}
    with served(settings, port) as process:
        headers = {"authorization": f"Bearer {key.api_key}", "content-type": kind}
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", headers=headers, timeout=120) as client:
            await until_live(client)
            await client.post("/api/v1/batches", content=b"")
            for name, parts in families.items():
                body = hostile_bodies.written(parts, size)
                async with watched(client, process) as watch:
                    answer = await client.post("/api/v1/batches", content=body)
                assert answer.status_code in {201, 400, 402}, (name, answer.status_code, answer.text[:300])
                assert len(answer.content) < 32_768, (name, len(answer.content))
                worst[name] = ((watch.peak - watch.begin) // MIB, round(watch.slowest, 3))
        assert process.is_running()
    assert {name: seen for name, seen in worst.items() if seen[0] > most or seen[1] > 1} == {}
