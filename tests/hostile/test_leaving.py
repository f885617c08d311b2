"""A client that goes away is never a failure of ours, wherever it goes; and a process that ends says so."""

import asyncio
import json
import socket
import time
from collections.abc import Callable, Hashable, Iterator
from contextlib import closing

import pytest

from app.api.http.idempotency_key import HEADER
from app.domain.waterfall.callback_token import LENGTH, PATH
from app.serving import Beginnings
from tests.api.checks import problem
from tests.api.door import PERSON, Door
from tests.hostile.wire import answers, ask_whether_it_lives, connect, drained
from tests.usecases.reading import children

RESET = b"\x01\x00\x00\x00\x00\x00\x00\x00"  # SO_LINGER of no seconds: closing sends a reset
JSON = b"Content-Type: application/json\r\n"
BODIES = {
    "a callback": (f"POST {PATH}/apollo/{'t' * LENGTH}", b""),
    "a submission": ("POST /api/v1/enrich", JSON),
    "a look-up": ("POST /api/v1/find-email", JSON),
    "a submission that is to be once": ("POST /api/v1/enrich", JSON + f"{HEADER}: a\r\n".encode()),
    "a batch of JSON": ("POST /api/v1/batches", JSON),
    "a batch of CSV": ("POST /api/v1/batches", b"Content-Type: text/csv\r\n"),
    "a batch of NDJSON": ("POST /api/v1/batches", b"Content-Type: application/x-ndjson\r\n"),
    "an endpoint": ("POST /api/v1/webhooks/endpoints", JSON),
    "a change": (f"PATCH /api/v1/webhooks/endpoints/{'0' * 32}", JSON),
    "an unknown path": ("POST /api/v1/nothing", JSON),
}
FRAMINGS = {
    "a length": (b"Content-Length: 5000\r\n", b'{"contacts": [' + b" " * 100),
    "a length and nothing": (b"Content-Length: 5000\r\n", b""),
    "chunks": (b"Transfer-Encoding: chunked\r\n", b"4\r\n{   \r\n"),
    "half a chunk": (b"Transfer-Encoding: chunked\r\n", b"ffff\r\n{   "),
    "expect": (b"Content-Length: 5000\r\nExpect: 100-continue\r\n", b""),
}


def cut_off() -> Iterator[bytes]:
    for target, headers in BODIES.values():
        for framing, beginning in FRAMINGS.values():
            yield target.encode() + b" HTTP/1.1\r\nHost: x\r\n{key}" + headers + framing + b"\r\n" + beginning


async def until(happened: Callable[[], object]) -> None:
    """Look again and again, for at most 60 seconds."""
    deadline = time.monotonic() + 60
    while not happened():
        assert time.monotonic() < deadline
        await asyncio.sleep(0)


async def settled(door: Door) -> str:
    """Wait until no request is under way, and return the metrics."""
    await until(lambda: not door.server.server_state.tasks)
    async with door.client() as client:
        return (await client.get("/metrics")).text


@pytest.mark.parametrize("how", ["end", "reset"])
async def test_a10_a_client_that_leaves_amid_a_body_is_no_failure(
    door: Door, how: str, capfd: pytest.CaptureFixture[str]
) -> None:
    key = f"X-API-Key: {(await door.key()).api_key}\r\n".encode()
    for request in cut_off():
        with closing(connect(door.url)) as connection:
            connection.sendall(request.replace(b"{key}", key))
            if how == "reset":
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
    await settled(door)
    assert "Traceback" not in "".join(capfd.readouterr())
    assert door.sql("SELECT count(*) FROM runs") == [(0,)]


async def test_a10_a_client_that_leaves_while_it_waits_is_no_failure(
    door: Door, capfd: pytest.CaptureFixture[str]
) -> None:
    key = await door.key()
    sent = f" HTTP/1.1\r\nHost: x\r\nX-API-Key: {key.api_key}\r\n".encode()
    async with door.client(key) as client:
        run = (await client.post("/api/v1/enrich", json=PERSON)).headers["location"].encode()
        for request in (
            b"GET " + run + b"/events" + sent + b"\r\n",
            b"GET " + run + b"?wait=2" + sent + b"\r\n",
            b"GET /api/v1/openapi.json" + sent + b"\r\n",
            # A body that a stream does not want: each piece of it was one call deeper.
            b"GET " + run + b"/events" + sent + b"Transfer-Encoding: chunked\r\n\r\n" + b"1\r\nx\r\n" * 3000,
        ):
            for reset in (False, True):
                with closing(connect(door.url)) as connection:
                    connection.sendall(request)
                    connection.recv(20) if b"wait" not in request else None
                    if reset:
                        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
    await settled(door)
    assert "Traceback" not in "".join(capfd.readouterr())


async def test_c27_a_process_that_ends_answers_what_can_end_and_503_to_the_rest(
    door: Door, capfd: pytest.CaptureFixture[str]
) -> None:
    key = await door.key()
    head = f"X-API-Key: {key.api_key}\r\nHost: x\r\n".encode()
    body = json.dumps(PERSON).encode()
    async with door.client(key) as client:
        location = (await client.post("/api/v1/enrich", json=PERSON)).headers["location"]
        waiting = asyncio.create_task(client.get(f"{location}?wait=30"))
        await until(lambda: door.server.server_state.tasks)
        with (
            closing(connect(door.url)) as halfway,
            closing(connect(door.url)) as late_head,
            closing(connect(door.url)) as slow_body,
            closing(connect(door.url)) as idle,
        ):
            post = b"POST /api/v1/enrich HTTP/1.1\r\n" + head + b"Content-Length: %d\r\n\r\n" % len(body)
            halfway.sendall(post + body[:10])
            slow_body.sendall(post + body[:10])
            late_head.sendall(b"GET /health/live HTTP/1.1\r\n")
            ask_whether_it_lives(idle)
            await until(lambda: len(door.server.server_state.tasks) >= 3)
            door.begin_to_stop()
            assert (await waiting).status_code == 200
            halfway.sendall(body[10:])
            late_head.sendall(b"Host: x\r\n\r\n")
            read = [await asyncio.to_thread(drained, one) for one in (halfway, late_head, slow_body, idle)]
    found = [answers(one) for one in read]
    assert [[answer.status for answer in one] for one in found] == [[202], [200], [503], []]
    ((refused,),) = [one for one in found if one and one[0].status == 503]
    assert refused.headers["content-type"] == "application/problem+json"
    assert refused.headers["retry-after"] == "2"
    assert json.loads(refused.body)["type"] == "/errors/shutting-down"
    assert "nothing was accepted" in json.loads(refused.body)["error"]
    assert "Traceback" not in "".join(capfd.readouterr())


class NeverBegins(Beginnings):
    """Lets nothing begin."""

    async def wait(self, client: Hashable) -> None:  # noqa: ARG002 - the same for all
        await asyncio.Event().wait()


async def test_c27_a_submission_that_waits_for_its_turn_has_not_been_accepted(door: Door) -> None:
    door.connections.sent_ahead = NeverBegins()
    body = json.dumps(PERSON).encode()
    post = b"POST /api/v1/enrich HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % len(body) + body
    with closing(connect(door.url)) as connection:
        connection.sendall(b"GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n" + post)
        first = await asyncio.to_thread(connection.recv, 65_536)
        await until(lambda: door.server.server_state.tasks)
        door.server.config.timeout_graceful_shutdown = 1
        await asyncio.to_thread(door.begin_to_stop)
        live, refused = answers(first + await asyncio.to_thread(drained, connection))
    assert (live.status, refused.status) == (200, 503)
    assert json.loads(refused.body)["type"] == "/errors/shutting-down"
    assert refused.headers["x-request-id"]


async def test_c27_a_submission_whose_body_is_read_elsewhere_has_not_been_accepted(door: Door) -> None:
    key = await door.key()
    contact = {"first_name": "Jane", "last_name": "Smith", "domain": "acme.example", "linkedin_url": "x" * 40}
    async with door.client(key) as client:
        job = {"contacts": [contact] * 100}
        assert (await client.post("/api/v1/enrich", json=job)).status_code == 201  # by a reader that stays
        for reader in children():
            reader.suspend()
        asked = asyncio.create_task(client.post("/api/v1/enrich", json=job))
        await until(lambda: door.server.server_state.tasks)
        door.server.config.timeout_graceful_shutdown = 1
        await asyncio.to_thread(door.begin_to_stop)
        body = problem(await asked, 503, "shutting-down")
        for reader in children():
            reader.resume()
    assert "nothing was accepted" in body["error"]


async def test_c27_a_submission_that_may_have_been_accepted_does_not_say_that_it_was_not(door: Door) -> None:
    key = await door.key()
    async with door.client(key) as client:
        # The account is locked: the submission waits for it, and is cut off when the process has waited long enough.
        with door.locked("accounts"):
            asked = asyncio.create_task(client.post("/api/v1/enrich", json=PERSON))
            await until(lambda: door.sql("SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock'"))
            door.server.config.timeout_graceful_shutdown = 1  # shorter than the lock is waited for
            await asyncio.to_thread(door.begin_to_stop)
            body = problem(await asked, 503, "outcome-unknown")
    assert "may or may not have been accepted" in body["error"]
