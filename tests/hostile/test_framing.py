"""How a request is framed: what is legal is read, whatever its form; what is not is refused, and bounded."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import closing, suppress
from itertools import pairwise

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.metrics import REQUESTS
from tests.api.door import PERSON, Door
from tests.api.kept import KeptDoor
from tests.examples import examples
from tests.hostile.wire import Answer, answers, connect, drained, exchange
from tests.play.calls import CallCount

BODY = json.dumps(PERSON).encode()
HOST = b"Host: leadrun.example\r\n"
CLOSE = b"Connection: close\r\n"
LENGTH = b"Content-Length: %d\r\n" % len(BODY)
CHUNKED = b"Transfer-Encoding: chunked\r\n"
POST = b"POST /api/v1/enrich HTTP/1.1\r\n"
LIVE = b"GET /health/live HTTP/1.1\r\n"
H2C = b"Connection: Upgrade, HTTP2-Settings, close\r\nUpgrade: h2c\r\nHTTP2-Settings: AAEAAEAAAAIAAAAB\r\n"
KEY = b"{key}"


def chunks(body: bytes, size: int, *, extension: bytes = b"", trailers: bytes = b"") -> bytes:
    """Write a chunked body (RFC 9112, section 7.1)."""
    parts = [body[start : start + size] for start in range(0, len(body), size)]
    written = b"".join(b"%x%b\r\n%b\r\n" % (len(part), extension, part) for part in parts)
    return written + b"0" + extension + b"\r\n" + trailers + b"\r\n"


LEGAL = {
    "a length": POST + HOST + CLOSE + LENGTH + KEY + b"\r\n" + BODY,
    "one chunk": POST + HOST + CLOSE + CHUNKED + KEY + b"\r\n" + chunks(BODY, 1000),
    "chunks of a byte": POST + HOST + CLOSE + CHUNKED + KEY + b"\r\n" + chunks(BODY, 1),
    "a coding in capitals": POST + HOST + CLOSE + CHUNKED.upper() + KEY + b"\r\n" + chunks(BODY, 7),
    "extensions": POST + HOST + CLOSE + CHUNKED + KEY + b"\r\n" + chunks(BODY, 9, extension=b';a=b;c="d e"'),
    "trailers": POST + HOST + CLOSE + CHUNKED + KEY + b"\r\n" + chunks(BODY, 9, trailers=b"X-Sum: 1\r\nY: 2\r\n"),
    "upgrade with a length": POST + HOST + H2C + LENGTH + KEY + b"\r\n" + BODY,
    "upgrade with chunks": POST + HOST + H2C + CHUNKED + KEY + b"\r\n" + chunks(BODY, 10),
    "upgrade to a websocket": POST + HOST + H2C.replace(b"h2c", b"websocket") + LENGTH + KEY + b"\r\n" + BODY,
    "upgrade to TLS": POST + HOST + H2C.replace(b"h2c", b"TLS/1.0, HTTP/2.0") + LENGTH + KEY + b"\r\n" + BODY,
    "upgrade, 2 lines": POST + HOST + CLOSE + b"Connection: upgrade\r\nUpgrade: a\r\n" + LENGTH + KEY + b"\r\n" + BODY,
    "upgrade that is not meant": POST + HOST + CLOSE + b"Upgrade: h2c\r\n" + LENGTH + KEY + b"\r\n" + BODY,
    "upgrade, and expect": POST + HOST + H2C + b"Expect: 100-continue\r\n" + LENGTH + KEY + b"\r\n" + BODY,
    "empty lines before": b"\r\n\r\n" + POST + HOST + CLOSE + LENGTH + KEY + b"\r\n" + BODY,
    "an absolute target": POST.replace(b"/api", b"http://a.example/api") + HOST + CLOSE + LENGTH + KEY + b"\r\n" + BODY,
    "HTTP/1.0": POST.replace(b"1.1", b"1.0") + LENGTH + KEY + b"\r\n" + BODY,
    "expect": POST + HOST + CLOSE + b"Expect: 100-continue\r\n" + LENGTH + KEY + b"\r\n" + BODY,
    "blanks round values": POST + HOST + CLOSE + b"Content-Length: \t %d \t\r\n" % len(BODY) + KEY + b"\r\n" + BODY,
    "a header in Latin-1": POST + HOST + CLOSE + b"X-Name: J\xfcrgen\r\n" + LENGTH + KEY + b"\r\n" + BODY,
}  # fmt: skip

ILLEGAL = {
    "no HTTP": (b"NONSENSE\r\n\r\n", 400),
    "TLS": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(60), 400),
    "HTTP/2 at once": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400),
    "length and coding": (POST + HOST + LENGTH + CHUNKED + b"\r\n" + chunks(BODY, 9), 400),
    "coding and length": (POST + HOST + CHUNKED + LENGTH + b"\r\n" + chunks(BODY, 9), 400),
    "two lengths": (POST + HOST + LENGTH + LENGTH.replace(b": ", b": 1") + b"\r\n" + BODY, 400),
    "a list of lengths": (POST + HOST + b"Content-Length: 5, 5\r\n\r\nabcde", 400),
    "a signed length": (POST + HOST + b"Content-Length: +5\r\n\r\nabcde", 400),
    "a negative length": (POST + HOST + b"Content-Length: -5\r\n\r\n", 400),
    "a hexadecimal length": (POST + HOST + b"Content-Length: 0x5\r\n\r\nabcde", 400),
    "an empty length": (POST + HOST + b"Content-Length:\r\n\r\n", 400),
    "a huge length": (POST + HOST + b"Content-Length: 99999999999999999999999\r\n\r\n", 400),
    "chunked not last": (POST + HOST + b"Transfer-Encoding: chunked, gzip\r\n\r\n", 400),
    "no chunk size": (POST + HOST + CHUNKED + b"\r\nzz\r\n", 400),
    "a negative chunk": (POST + HOST + CHUNKED + b"\r\n-1\r\n", 400),
    "a huge chunk": (POST + HOST + CHUNKED + b"\r\nfffffffffffffffffffff\r\n", 400),
    "a NUL in a header": (LIVE + HOST + b"X: a\x00b\r\n\r\n", 400),
    "a folded header": (LIVE + HOST + b"X: a\r\n b\r\n\r\n", 400),
    "a blank in a name": (LIVE + HOST + b"X : a\r\n\r\n", 400),
    "a blank in the target": (LIVE.replace(b"live", b"li ve") + HOST + b"\r\n", 400),
    "a target of bytes": (LIVE.replace(b"live", b"\xff\xfe") + HOST + b"\r\n", 400),
    "two hosts": (LIVE + HOST + HOST + b"\r\n", 400),
    "two hosts that differ": (POST + HOST + LENGTH + b"host: b.example\r\n\r\n" + BODY, 400),
    "no host": (LIVE + b"\r\n", 400),
    "CONNECT": (b"CONNECT leadrun.example:443 HTTP/1.1\r\n" + HOST + b"\r\n", 400),
    "a header of 3 MiB": (LIVE + HOST + b"X: " + b"a" * (3 << 20) + b"\r\n\r\n", 431),
    "a name of 3 MiB": (LIVE + HOST + b"a" * (3 << 20) + b": x\r\n\r\n", 431),
    "a header without end": (LIVE + HOST + b"X: " + b"a" * (3 << 20), 431),
    "headers above 64 KiB": (LIVE + HOST + (b"X: " + b"a" * 1000 + b"\r\n") * 66 + b"\r\n", 431),
    "129 headers": (LIVE + b"X: a\r\n" * 129 + b"\r\n", 431),
    "headers without end": (LIVE + b"X: a\r\n" * 100_000, 431),
    "a long target": (LIVE.replace(b"live", b"live?" + b"a" * 17_000) + HOST + b"\r\n", 414),
    "a target without end": (b"GET /" + b"a" * (3 << 20), 414),
    "an extension of 1 MiB": (POST + HOST + CHUNKED + b"\r\n5;" + b"a" * (1 << 20) + b"\r\n", 431),
    "a trailer of 1 MiB": (POST + HOST + CHUNKED + b"\r\n1\r\n{\r\n0\r\nX: " + b"a" * (1 << 20) + b"\r\n\r\n", 431),
    "many trailers": (POST + HOST + CHUNKED + b"\r\n1\r\n{\r\n0\r\n" + b"X: a\r\n" * 1000 + b"\r\n", 431),
}


def ask(door: Door, key: str, request: bytes) -> list[Answer]:
    return exchange(door.url, request.replace(KEY, f"Authorization: Bearer {key}\r\n".encode()))


@pytest.fixture
async def door(kept_door: KeptDoor) -> AsyncIterator[Door]:
    """The API that tests share."""
    yield await kept_door.open()
    await kept_door.empty()


@pytest.fixture
async def key(door: Door) -> str:
    return (await door.key()).api_key


def test_c19_a_legal_request_is_read_in_whatever_form(door: Door, key: str) -> None:
    found = {name: [answer.status for answer in ask(door, key, request)] for name, request in LEGAL.items()}
    assert found == {name: [202] for name in LEGAL}


async def test_a3_what_is_not_legal_or_too_large_is_refused_with_a_problem(door: Door) -> None:
    for name, (request, status) in ILLEGAL.items():
        found = exchange(door.url, request)
        assert len(found) == 1, (name, [(one.status, one.body[:200]) for one in found])
        (answer,) = found
        # A request with a body may be answered 401 before its framing is found to be wrong.
        assert answer.status in {status, 401}, (name, answer.body)
        assert answer.headers["content-type"] == "application/problem+json"
        assert json.loads(answer.body)["requestId"] == answer.headers["x-request-id"]


def test_a3_what_is_below_the_bounds_is_read(door: Door) -> None:
    (answer,) = exchange(door.url, LIVE.replace(b"live", b"live?" + b"a" * 16_000) + HOST + CLOSE + b"\r\n")
    assert answer.status == 200
    (answer,) = exchange(door.url, LIVE + HOST + CLOSE + (b"X: " + b"a" * 500 + b"\r\n") * 126 + b"\r\n")
    assert answer.status == 200


def test_c19_a_client_that_closes_its_side_after_the_request_gets_its_answer(door: Door, key: str) -> None:
    sent = f"Authorization: Bearer {key}\r\n".encode()
    for framing, body in ((LENGTH, BODY), (CHUNKED, chunks(BODY, 20))):
        (answer,) = exchange(door.url, POST + HOST + framing + sent + b"\r\n" + body, half_close=True)
        assert answer.status == 202
    (answer,) = exchange(door.url, LIVE + HOST + b"\r\n", half_close=True)
    assert answer.status == 200


def test_a3_requests_that_are_sent_ahead_are_answered_in_order_up_to_a_bound(door: Door) -> None:
    ahead = LIVE + HOST + b"\r\n"
    assert [a.status for a in exchange(door.url, ahead * 9 + LIVE + HOST + CLOSE + b"\r\n")] == [200] * 10
    assert len(exchange(door.url, ahead * 5000)) < 100
    # What cannot be read ends the connection, after the answer to what came before it.
    assert [a.status for a in exchange(door.url, ahead + b"NONSENSE\r\n\r\n")] == [200]


def test_a3_a_trailer_is_no_header_of_this_or_the_next_request(door: Door, key: str) -> None:
    trailers = f"X-API-Key: {key}\r\n".encode()
    first = POST + HOST + CHUNKED + b"\r\n" + chunks(BODY, 20, trailers=trailers)
    second = b"GET /api/v1/credits HTTP/1.1\r\n" + HOST + CLOSE + b"\r\n"
    assert [a.status for a in exchange(door.url, first + second)] == [401, 401]


def test_a3_a_refused_body_is_dropped_and_the_connection_goes_on(door: Door, key: str) -> None:
    sent = f"Authorization: Bearer {key}\r\n".encode()
    large = POST + HOST + sent + b"Content-Length: 2000000\r\n\r\n" + b"a" * 2_000_000
    assert [a.status for a in exchange(door.url, large, LIVE + HOST + CLOSE + b"\r\n")] == [413, 200]


@pytest.mark.parametrize(
    ("path", "sent", "status"),
    [
        ("/api/v1/enrich", "X-API-Key: {}", 413),
        ("/api/v1/enrich", "X-API-Key: nobody", 401),
        ("/api/v1/nowhere", "X-API-Key: {}", 404),
        ("/callbacks/apollo/nobody", "X: y", 404),
        ("/api/v1/batches", "X-API-Key: {}\r\nContent-Encoding: gzip", 415),
    ],
)
@pytest.mark.parametrize("framing", ["Content-Length: 2000000", "Transfer-Encoding: chunked"])
@pytest.mark.parametrize("last", ["Connection: close", "Connection: keep-alive"])
def test_c19_a_client_that_sends_all_of_a_refused_body_gets_its_answer(  # noqa: PLR0917 - what is varied
    door: Door, key: str, path: str, sent: str, status: int, framing: str, last: str
) -> None:
    head = f"POST {path} HTTP/1.1\r\nHost: x\r\n{sent.format(key)}\r\n{framing}\r\n{last}\r\n\r\n"
    with closing(connect(door.url)) as connection:
        connection.sendall(head.encode())
        for _ in range(20):
            piece = b"a" * 100_000
            connection.sendall(b"%x\r\n%b\r\n" % (len(piece), piece) if "chunked" in framing else piece)
        if "chunked" in framing:
            connection.sendall(b"0\r\n\r\n")
        if "keep-alive" in last:
            connection.sendall(LIVE + HOST + CLOSE + b"\r\n")
        statuses = [answer.status for answer in answers(drained(connection))]
    assert statuses == [status, 200][: 1 + ("keep-alive" in last)]


@settings(examples(40), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.integers(1, len(BODY)), max_size=6), st.sampled_from(sorted(LEGAL)))
def test_c19_a_legal_request_is_read_however_it_is_cut(door: Door, key: str, cuts: list[int], name: str) -> None:
    request = LEGAL[name].replace(KEY, f"X-API-Key: {key}\r\n".encode())
    places = sorted({0, *(len(request) * cut // len(BODY) for cut in cuts), len(request)})
    pieces = [request[a:b] for a, b in pairwise(places)]
    (answer,) = exchange(door.url, *pieces)
    assert answer.status in {202, 429}


async def test_c19_head_on_a_stream_answers_at_once(door: Door) -> None:
    async with door.client(await door.key()) as client:
        location = (await client.post("/api/v1/enrich", json=PERSON)).headers["location"]
        answer = await client.head(f"{location}/events", headers={"accept": "text/event-stream"})
        assert (answer.status_code, answer.content) == (200, b"")
        assert answer.headers["content-type"].startswith("text/event-stream")
        assert (await client.head("/api/v1/enrich/nonsense/events")).status_code == 404
        with pytest.raises(httpx.ReadTimeout):
            await client.get(f"{location}/events", timeout=1)


def submissions() -> float:
    """How many submissions were begun, whatever became of them."""
    samples = [one for metric in REQUESTS.collect() for one in metric.samples if one.name.endswith("_total")]
    return sum(one.value for one in samples if one.labels["route"] == "/api/v1/enrich")


@pytest.mark.parametrize("sent", [0, 10])
def test_a3_a_request_behind_the_last_answer_is_not_begun(door: Door, key: str, sent: int) -> None:
    # HTTP/1.0 is answered once on a connection, whatever is asked for.
    before, last = submissions(), LIVE.replace(b"1.1", b"1.0") + b"Connection: keep-alive\r\n\r\n"
    ahead = POST + HOST + LENGTH + f"X-API-Key: {key}\r\n\r\n".encode()
    with closing(connect(door.url)) as connection:
        connection.sendall(last + ahead + BODY[:sent])
        assert [answer.status for answer in answers(drained(connection))] == [200]
        with suppress(ConnectionError):
            connection.sendall(BODY[sent:])
        # What comes later ends no sooner.
        assert [answer.status for answer in ask(door, key, LEGAL["a length"])] == [202]
    assert submissions() - before == 1


async def test_a7_chunks_of_a_byte_cost_one_call_each(door: Door, key: str) -> None:
    sent = 30_000
    head = POST + HOST + CLOSE + CHUNKED + f"X-API-Key: {key}\r\n\r\n".encode()
    request = head + chunks(b" " * sent, 1)
    count = CallCount(door)
    calls = await count.of(lambda: asyncio.to_thread(exchange, door.url, request))
    assert calls < 1.5 * sent
