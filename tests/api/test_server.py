"""The server process: how it begins and how it ends."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest

from app.serving import ListenError, listen
from app.settings.settings import Settings
from tests.api.door import PERSON, Door

# A bound for a loaded machine; nothing waits so long unless it is broken.
PATIENCE = 120.0

CODE = """
import sys
from app.api.server import serve
from app.settings.reading import read_settings
from app.logs import configure_logs
import os
settings = read_settings(os.environ)
configure_logs("info", "json")
serve(settings, "127.0.0.1", int(sys.argv[1]))
"""


def environment(settings: Settings) -> dict[str, str]:
    given = {"LEADRUN_DATABASE_URL": settings.database_url, "LEADRUN_REDIS_URL": settings.redis_url}
    return {**os.environ, **{name: value or "" for name, value in given.items()}}


@contextmanager
def process(settings: Settings, port: int) -> Iterator[subprocess.Popen[str]]:
    child = subprocess.Popen(
        [sys.executable, "-c", CODE, str(port)], env=environment(settings), stderr=subprocess.PIPE, text=True
    )
    try:
        yield child
    finally:
        child.kill()
        child.wait()


def free_port() -> int:
    with listen("127.0.0.1", 0) as probe:
        return int(probe.getsockname()[1])


def test_a_busy_port_is_one_clear_sentence(settings: Settings) -> None:
    with listen("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ListenError, match=f"Port {port} on 127.0.0.1 is already in use"):
            listen("127.0.0.1", port)
        with process(settings, port) as child:
            _, errors = child.communicate(timeout=PATIENCE)
            assert child.returncode == 1
            assert errors.strip() == f"Port {port} on 127.0.0.1 is already in use; choose another with --port."


async def test_sigterm_answers_waiters_and_ends_orderly_and_each_request_is_one_line(
    settings: Settings, own_door: Door
) -> None:
    key = await own_door.key()
    port = free_port()
    with process(settings, port) as child:
        base = f"http://127.0.0.1:{port}"
        transport = httpx.AsyncHTTPTransport(retries=60)
        headers = {"authorization": f"Bearer {key.api_key}"}
        async with httpx.AsyncClient(base_url=base, headers=headers, transport=transport, timeout=30) as client:
            location = (await client.post("/api/v1/enrich", json=PERSON)).headers["location"]
            async with client.stream("GET", f"{location}/events", headers={"accept": "text/event-stream"}) as stream:
                chunks = stream.aiter_text()
                await anext(chunks)
                child.send_signal(signal.SIGTERM)
                async for _ in chunks:
                    pass
        _, errors = child.communicate(timeout=PATIENCE)
        assert child.returncode == 0
        lines = [json.loads(line) for line in errors.splitlines() if line.startswith("{")]
        requests = [line for line in lines if line["event"] == "request"]
        assert [(r["method"], r["route"], r["status"]) for r in requests] == [
            ("POST", "/api/v1/enrich", 202),
            ("GET", "/api/v1/enrich/{run_id}/events", 200),
        ]
        assert all(r["request_id"] and r["key_id"] and r["ms"] >= 0 for r in requests)
        assert key.api_key not in errors
        assert "Jane" not in errors


def test_what_is_not_http_gets_a_problem_document(door: Door) -> None:
    host, port = door.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=5) as raw:
        raw.sendall(b"NONSENSE\r\n\r\n")
        answer = b""
        while chunk := raw.recv(65536):
            answer += chunk
    head, body = answer.split(b"\r\n\r\n", 1)
    assert b"400 Bad Request" in head
    assert b"application/problem+json" in head
    assert json.loads(body)["type"] == "/errors/malformed-request"
