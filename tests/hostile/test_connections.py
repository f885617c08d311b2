"""Connections: how long one may be silent, slow or unread, how many there may be, and who makes room."""

import asyncio
import json
import resource
import socket
import time
from contextlib import ExitStack, closing

import msgspec
import pytest

from app.api.connection.connections import Connections
from app.descriptors import raise_descriptor_limit
from app.settings.settings import Settings
from tests.api.door import PERSON, Door, opened
from tests.hostile.test_leaving import until
from tests.hostile.wire import answers, ask_whether_it_lives, connect, drained

LIVE = b"GET /health/live HTTP/1.1\r\nHost: leadrun.example\r\n\r\n"
POST = b"POST /api/v1/enrich HTTP/1.1\r\nHost: leadrun.example\r\n"
BODY = json.dumps(PERSON).encode()
# Bytes that are sent, then one of the second every while, and the status that comes at the end (0: only the end).
SLOW = {
    "silence": (b"", b"", 0),
    "an empty line now and then": (b"\r\n", b"\r\n", 0),
    "half a request line": (b"GET /hea", b"", 408),
    "a request line, byte by byte": (b"GET /", b"a", 408),
    "headers, byte by byte": (b"GET / HTTP/1.1\r\nX: ", b"a", 408),
    "headers, line by line": (b"GET / HTTP/1.1\r\n", b"X: a\r\n", 408),
    "silence after an answer": (LIVE, b"", 200),
    "an empty line after an answer": (LIVE + b"\r\n", b"", 200),
    "a body that does not come": (POST + b"{key}Content-Length: 100\r\n\r\n", b"", 408),
    "a body, byte by byte": (POST + b"{key}Content-Length: 100000\r\n\r\n{", b" ", 408),
    "chunks of a byte": (POST + b"{key}Transfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n", 408),
    "a chunk that does not end": (POST + b"{key}Transfer-Encoding: chunked\r\n\r\nffff\r\n", b" ", 408),
    "an extension, byte by byte": (POST + b"{key}Transfer-Encoding: chunked\r\n\r\n1;", b"a", 408),
    "trailers, line by line": (POST + b"{key}Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n0\r\n", b"X: a\r\n", 408),
    "a refused body, byte by byte": (POST + b"Content-Length: 100000\r\n\r\n", b" ", 401),
    "an upgrade and no body": (
        POST + b"{key}Connection: upgrade\r\nUpgrade: h2c\r\nContent-Length: 9\r\n\r\n",
        b"",
        408,
    ),
}


@pytest.fixture
def lone(settings: Settings) -> Settings:
    """Few connections, and no proxy."""
    return msgspec.structs.replace(settings, http_connections=8, http_connections_per_address=4, trusted_proxies=())


async def test_a4_who_is_silent_or_slow_is_cut_off(quick: Door) -> None:
    key = f"X-API-Key: {(await quick.key()).api_key}\r\n".encode()

    def drip(begin: bytes, more: bytes) -> list[int]:
        with closing(connect(quick.url)) as connection:
            connection.sendall(begin.replace(b"{key}", key))
            received, deadline = b"", time.monotonic() + 60
            connection.settimeout(0.2)
            while time.monotonic() < deadline:
                try:
                    if more:
                        connection.sendall(more)
                    if not (piece := connection.recv(65536)):
                        return [answer.status for answer in answers(received)]
                    received += piece
                except TimeoutError:
                    continue
                except ConnectionError:
                    return [answer.status for answer in answers(received)]
            raise AssertionError("it is still open")

    found = await asyncio.gather(*(asyncio.to_thread(drip, begin, more) for begin, more, _ in SLOW.values()))
    wanted = {name: [status] if status else [] for name, (_, _, status) in SLOW.items()}
    assert dict(zip(SLOW, found, strict=True)) == wanted
    async with quick.client() as client:
        metrics = (await client.get("/metrics")).text
    assert 'leadrun_http_connections_refused_total{reason="request-timeout"}' in metrics
    assert 'leadrun_http_connections_refused_total{reason="silent"}' in metrics


async def test_a4_who_sends_and_reads_slowly_but_steadily_is_served(quick: Door) -> None:
    key = (await quick.key()).api_key.encode()
    body = BODY + b" " * 3000

    def steady() -> list[int]:
        with closing(connect(quick.url)) as connection:
            head = POST + b"X-API-Key: %b\r\nConnection: close\r\nContent-Length: %d\r\n\r\n" % (key, len(body))
            connection.sendall(head)
            for start in range(0, len(body), 300):
                connection.sendall(body[start : start + 300])
                time.sleep(0.2)  # the client is slow: 1500 bytes a second
            return [answer.status for answer in answers(drained(connection))]

    assert await asyncio.to_thread(steady) == [202]


async def test_a4_who_does_not_read_is_cut_off(quick: Door) -> None:
    page = b"GET /api/v1/openapi.json HTTP/1.1\r\nHost: x.example\r\n\r\n"
    with closing(connect(quick.url, receive_buffer=4096)) as connection:
        connection.sendall(page * 30)
        deadline = time.monotonic() + 60
        async with quick.client() as client:
            size = len((await client.get("/api/v1/openapi.json")).content)
            while 'refused_total{reason="slow reader"}' not in (await client.get("/metrics")).text:
                assert time.monotonic() < deadline
        assert len(drained(connection)) < 30 * size


def test_a4_one_too_many_takes_the_place_of_the_one_that_is_idle_longest(lone: Settings) -> None:
    with opened(lone) as door, ExitStack() as stack:
        held = [stack.enter_context(closing(connect(door.url))) for _ in range(4)]
        for connection in held:
            ask_whether_it_lives(connection)
        for number in range(20):
            fresh = stack.enter_context(closing(connect(door.url)))
            ask_whether_it_lives(fresh)
            held.append(fresh)
            assert held[number].recv(1) == b""


async def test_a4_where_all_are_busy_one_too_many_is_refused(lone: Settings) -> None:
    with opened(lone) as door:
        key = await door.key()
        with ExitStack() as stack:
            for _ in range(4):
                busy = stack.enter_context(closing(connect(door.url)))
                busy.sendall(POST + f"X-API-Key: {key.api_key}\r\nContent-Length: 9000\r\n\r\n".encode())
                busy.sendall(b" " * 6000)
            # A connection that comes behind them may be made before them, and would make room for them.
            await until(lambda: len(door.server.server_state.tasks) == 4)
            for _ in range(5):
                received = await asyncio.to_thread(lambda: drained(stack.enter_context(closing(connect(door.url)))))
                (answer,) = answers(received)
                assert (answer.status, answer.headers["retry-after"]) == (503, "5")
                assert json.loads(answer.body)["type"] == "/errors/too-many-connections"
        # Their places are free again.
        async with door.client(key) as client:
            assert (await client.get("/api/v1/credits")).status_code == 200


async def test_a4_a_thousand_silent_connections_hold_nobody_up(settings: Settings) -> None:
    few = msgspec.structs.replace(settings, http_connections=200)
    with opened(few) as door, ExitStack() as stack:
        longest = 0.0
        async with door.client() as client:
            for _ in range(1000):
                stack.enter_context(closing(connect(door.url)))
                began = time.monotonic()
                assert (await client.get("/health/live")).status_code == 200
                longest = max(longest, time.monotonic() - began)
            held = 1000.0
            while held > 200:  # the last one that makes room is gone in the loop's next turn
                lines = (await client.get("/metrics")).text.splitlines()
                held = next(float(line.split()[1]) for line in lines if line.startswith("leadrun_http_conn"))
        assert longest < 5  # it would be as long as the silence


@pytest.mark.parametrize(
    ("peer", "counted"),
    [
        (("203.0.113.7", 1), "203.0.113.7"),
        (("::ffff:203.0.113.7", 1), "203.0.113.7"),
        (("2001:db8:1:2:3:4:5:6", 1), "2001:db8:1:2::/64"),
        (("2001:db8:1:2:ffff::1", 1), "2001:db8:1:2::/64"),
        (("fe80::1%eth0", 1), "fe80::/64"),
        (("10.1.2.3", 1), None),
        (("::ffff:10.1.2.3", 1), None),
        (("fd00::1", 1), None),
        (("/run/leadrun.sock", 0), None),
        (None, None),
    ],
)
def test_a4_connections_are_counted_by_address_and_proxies_are_not(
    peer: tuple[str, int] | None, counted: str | None
) -> None:
    assert Connections(Settings(trusted_proxies=("10.0.0.0/8", "fd00::/8"))).address_of(peer) == counted


def test_a4_refusals_are_logged_once_in_a_while_with_their_number(capfd: pytest.CaptureFixture[str]) -> None:
    now = [0.0]
    connections = Connections(Settings(), monotonic=lambda: now[0])

    class Played:
        address: str | None = "203.0.113.7"
        transport: asyncio.Transport

        def evict(self) -> None: ...

    for second in (0.0, 1.0, 2.0, 9.0, 10.0, 11.0):
        now[0] = second
        connections.report("silent", Played())
    lines = [line for line in capfd.readouterr().out.splitlines() if "connection.refused" in line]
    assert len(lines) == 2
    assert "4" in lines[1].split("count")[1]


def test_a4_as_many_descriptors_as_the_machine_gives(capfd: pytest.CaptureFixture[str]) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (1024, hard))
    try:
        raise_descriptor_limit()
        assert resource.getrlimit(resource.RLIMIT_NOFILE)[0] == hard
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert str(hard) in capfd.readouterr().out


def test_a4_a_reset_instead_of_an_end_leaves_nothing_behind(door: Door) -> None:
    for _ in range(50):
        connection = connect(door.url)
        connection.sendall(LIVE[:20])
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")
        connection.close()
    deadline = time.monotonic() + 60
    while len(door.server.server_state.connections) > 0:
        assert time.monotonic() < deadline
