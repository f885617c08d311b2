"""Big and broken uploads: memory of the process stays flat, and nothing is left of what did not arrive whole."""

import asyncio
import os
import re
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager

import httpx
import psutil
import pytest

from app.domain.runs.batch import MAX_BYTES
from app.settings.settings import Settings
from tests.api.checks import problem
from tests.api.door import Door

HEADER = b"first_name,last_name,domain,note\n"
MIB = 1024 * 1024


@contextmanager
def served(settings: Settings, port: int) -> Iterator[psutil.Process]:
    """The API in a process of its own."""
    environ = {
        "LEADRUN_DATABASE_URL": settings.database_url or "",
        "LEADRUN_REDIS_URL": settings.redis_url or "",
        "LEADRUN_SECRET_KEY": settings.secret_key or "",
    }
    line = (sys.executable, "-m", "app.cli.main", "serve", "--host", "127.0.0.1", "--port", str(port))
    process = subprocess.Popen(line, env={**os.environ, **environ}, stdout=subprocess.DEVNULL)
    try:
        yield psutil.Process(process.pid)
    finally:
        process.terminate()
        try:
            assert process.wait(20) == 0
        finally:
            process.kill()  # where it does not end, nothing is left behind


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def rows(count: int, note: int) -> Iterator[bytes]:
    yield HEADER
    for number in range(count):
        yield b"Jane,Smith%d,acme%d.example,%b\n" % (number, number, b"x" * note)


async def pieces(parts: Iterator[bytes]) -> AsyncIterator[bytes]:
    """Send without a declared length, in pieces of a megabyte."""
    gathered: list[bytes] = []
    size = 0
    for part in parts:
        gathered.append(part)
        size += len(part)
        if size > MIB:
            yield b"".join(gathered)
            gathered, size = [], 0
    yield b"".join(gathered)


async def test_forty_megabytes_leave_the_memory_of_the_process_flat(settings: Settings) -> None:
    door = Door(settings)
    key = await door.key(amount=100_000)
    port = free_port()
    with served(settings, port) as process:
        headers = {"authorization": f"Bearer {key.api_key}", "content-type": "text/csv"}
        transport = httpx.AsyncHTTPTransport(retries=0)
        async with httpx.AsyncClient(
            base_url=f"http://127.0.0.1:{port}", headers=headers, timeout=120, transport=transport
        ) as client:
            await until_live(client)
            warm = await client.post("/api/v1/batches", content=pieces(rows(2000, 100)))
            assert warm.status_code == 201, warm.text
            before = process.memory_info().rss
            uploading = asyncio.create_task(client.post("/api/v1/batches", content=pieces(rows(20_000, 2000))))
            peak = before
            while not uploading.done():
                peak = max(peak, process.memory_info().rss)
                await asyncio.wait([uploading], timeout=0.02)
            answer = uploading.result()
            assert answer.status_code == 201, answer.text
            assert (answer.json()["total"], answer.json()["rejected"]) == (20_000, 0)
            # A third of the upload: what a portion of it takes as rows, as JSON and in the driver.
            assert peak - before < 14 * MIB, f"{(peak - before) / MIB:.1f} MiB more than before"


async def until_live(client: httpx.AsyncClient) -> None:
    async with asyncio.timeout(60):
        while True:
            try:
                if (await client.get("/health/live")).status_code == 200:
                    return
            except httpx.TransportError:
                await asyncio.sleep(0.05)


@pytest.mark.parametrize("declared", [False, True])
async def test_a_byte_above_64_mebibytes_is_too_large_declared_or_not(
    client: httpx.AsyncClient, *, declared: bool
) -> None:
    headers = {"content-type": "text/csv"}
    if declared:
        # Refused by its head alone: none of the bytes is sent.
        headers |= {"content-length": str(MAX_BYTES + 1)}
        answer = await raw(client, headers)
        assert answer.startswith(b"HTTP/1.1 413 ")
        return
    parts = (HEADER.ljust(MIB, b"x") if not n else b"x" * MIB for n in range(65))
    problem(await client.post("/api/v1/batches", content=pieces(parts), headers=headers), 413, "body-too-large")


async def raw(client: httpx.AsyncClient, headers: dict[str, str], body: bytes = b"") -> bytes:
    """Send a request by hand, as no proper client would, and read the head of the answer."""
    url = client.base_url
    reader, writer = await asyncio.open_connection(url.host, url.port)
    head = {"host": url.host, "authorization": client.headers["authorization"], **headers}
    lines = "".join(f"{name}: {value}\r\n" for name, value in head.items())
    writer.write(f"POST /api/v1/batches HTTP/1.1\r\n{lines}\r\n".encode() + body)
    if body:
        writer.close()
        return b""
    answer = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 10)
    writer.close()
    return answer


async def test_an_upload_whose_client_goes_away_leaves_nothing(door: Door, client: httpx.AsyncClient) -> None:
    headers = {"content-type": "text/csv", "content-length": "5000000"}
    await raw(client, headers, HEADER + b"Jane,Smith,acme.example,x\n" * 1000)
    async with asyncio.timeout(60):
        while True:
            if re.search(rb"POST.*/api/v1/batches", (await client.get("/metrics")).content):
                break
            await asyncio.sleep(0.05)
    assert door.sql("SELECT count(*) FROM jobs") == [(0,)]
    # The key's budget is whole again.
    assert (await client.get("/api/v1/batches")).headers["x-ratelimit-remaining"] == "60"


async def test_an_upload_whose_process_died_before_it_answered_is_found_again(
    door: Door, client: httpx.AsyncClient
) -> None:
    headers = {"content-type": "text/csv", "idempotency-key": "import-1"}
    body = HEADER + b"Jane,Smith,acme.example,x\n,,?,x\n"
    first = await client.post("/api/v1/batches", content=body, headers=headers)
    door.sql(
        "UPDATE idempotency_keys SET status = NULL, headers = NULL, body = NULL, locked_until = now() - interval '1 s'"
    )
    again = await client.post("/api/v1/batches", content=body, headers=headers)
    assert again.status_code == 201
    assert "idempotent-replayed" not in again.headers
    ours, same = first.json(), again.json()
    assert ours.pop("estimated_seconds")
    assert ours.pop("reading")
    assert same.pop("estimated_seconds")
    assert same == ours
    assert door.sql("SELECT count(*) FROM jobs") == [(1,)]
    assert (await client.get("/api/v1/credits")).json()["total_spent"] == 1
