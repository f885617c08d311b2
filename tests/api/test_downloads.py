"""Downloads of wide results: nobody else waits for them, and a client that does not read costs no memory."""

import asyncio
import time

import httpx
import pytest

from app.settings.settings import Settings
from tests.api.door import Door
from tests.api.test_hostile_uploads import Watch, watched
from tests.api.test_uploads import MIB, free_port, served, until_live

COLUMNS, ROWS = 200, 3000


def wide() -> bytes:
    header = "first_name,last_name,domain," + ",".join(f"c{n}" for n in range(COLUMNS))
    row = ",".join("+1 (415) 555-0100" if n % 2 else f'"note ""{n}"""' for n in range(COLUMNS))
    return "\n".join([header, *(f"Jane,Smith{n},acme.example,{row}" for n in range(ROWS))]).encode()


@pytest.mark.long
async def test_a7_downloads_of_wide_rows_stall_nobody(settings: Settings) -> None:
    door = Door(settings)
    key = await door.key(amount=100_000)
    port = free_port()
    with served(settings, port) as process:
        headers = {"authorization": f"Bearer {key.api_key}", "content-type": "text/csv"}
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", headers=headers, timeout=120) as client:
            await until_live(client)
            made = await client.post("/api/v1/batches", content=wide())
            assert made.status_code == 201, made.text
            path = f"{made.headers['location']}/results"
            async with watched(client, process) as watch:
                formats = ("csv", "csv", "json", "ndjson", "xlsx")
                answers = await asyncio.gather(*(client.get(path, params={"format": form}) for form in formats))
            assert all(answer.status_code == 200 for answer in answers)
            assert answers[0].content.count(b"\n") == ROWS
            assert len(answers[2].json()["results"]) == ROWS
            # The bound is 250 ms on a quiet machine; this was 18 s.
            assert watch.slowest < 1, watch.slowest
            assert watch.peak - watch.begin < 64 * MIB
            await read_nothing(client, path, watch)


async def read_nothing(client: httpx.AsyncClient, path: str, watch: Watch) -> None:
    """Ask for results ten times, and read none of them: each waits with a page."""
    head = f"GET {path}?format=csv HTTP/1.1\r\nhost: x\r\nauthorization: {client.headers['authorization']}\r\n\r\n"
    writers = []
    for _ in range(10):
        _, writer = await asyncio.open_connection(client.base_url.host, client.base_url.port, limit=1024)
        writer.write(head.encode())
        writers.append(writer)
    began = watch.process.memory_info().rss
    until = time.monotonic() + 2
    while time.monotonic() < until:
        assert (await client.get("/health/live")).status_code == 200
        assert watch.process.memory_info().rss - began < 32 * MIB
    for writer in writers:
        writer.close()
