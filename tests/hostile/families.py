"""The families of a campaign: requests that cost a client little and might cost the server much, drawn each time."""

import json
import secrets
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, suppress
from pathlib import Path

import msgspec

from app.domain.accounts.api_key import mint, old_checksum
from app.domain.vocabulary import Mode
from app.domain.waterfall.callback_token import LENGTH, PATH
from app.web.frame.security import CSRF_HEADER, SESSION_COOKIE, csrf_token
from tests.hostile.wire import answers, connect

HOST = b"Host: leadrun.example\r\nConnection: close\r\n"
CHUNKED = b"Transfer-Encoding: chunked\r\n"
JSON = b"Content-Type: application/json\r\n"
SIZES = (100, 5_000, 60_000, 900_000)
UNITS = [
    b"[",
    b"{",
    b'{"a":',
    b'["",',
    b" ",
    b"a",
    b'"',
    b"\\",
    b"0",
    b"-",
    b"1e",
    b",",
    b"\xcc\x80\xcc\x95",
    b"\xf0\x9f\x92\xa9",
    b"\x00",
]
PATIENCE = 60.0


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """The API under attack, with a key and a session in the app of the attacker.

    Attributes:
        secret: Of the session's cookie; empty where there is none.
        run: The id of a run of theirs.
        log: What the API writes as errors, where that is known.
    """

    url: str
    key: str
    secret: str = ""
    run: str = ""
    log: Path | None = None

    @property
    def authorization(self) -> bytes:
        """The header with the key."""
        return f"X-API-Key: {self.key}\r\n".encode()

    @property
    def session(self) -> bytes:
        """The headers of a browser in which the attacker is signed in."""
        return f"Cookie: {SESSION_COOKIE}={self.secret}\r\n{CSRF_HEADER}: {csrf_token(self.secret)}\r\n".encode()


Family = Callable[[Target], Iterator[bytes]]


def some_size() -> int:
    """Draw a size in bytes."""
    return secrets.choice(SIZES) + secrets.randbelow(100)


def _unit() -> bytes:
    return secrets.choice(UNITS)


def _repeated(size: int) -> bytes:
    head, unit, tail = _unit(), _unit(), _unit()
    return head + unit * (size // len(unit)) + tail


def post(target: Target, path: str, body: bytes, more: bytes = JSON, *, method: str = "POST") -> bytes:
    """Write a request with a body."""
    length = b"Content-Length: %d\r\n" % len(body)
    return f"{method} {path} HTTP/1.1\r\n".encode() + HOST + target.authorization + more + length + b"\r\n" + body


def bodies(target: Target) -> Iterator[bytes]:
    """Bodies of JSON that is deep, wide, long or none."""
    size = some_size()
    inner = secrets.choice(
        [_repeated(size), b'"' + b"a" * size + b'"', b"1" * size, b"[" * size, b'[""' + b',""' * (size // 3) + b"]"]
    )
    member = secrets.choice([b"contacts", b"fields", b"firstName", b"metadata", b"companyDomain", b"providers", b"x"])
    path = secrets.choice(["/api/v1/enrich", "/api/v1/find-email", "/api/v1/batches", "/api/v1/webhooks/endpoints"])
    yield post(target, path, b'{"' + member + b'":' + inner + secrets.choice([b"}", b"", b"]}"]))


def members(target: Target) -> Iterator[bytes]:
    """Many unknown members, fields and parameters, each of which is to be named as wrong."""
    many = secrets.choice([60, 3000, 40_000])
    body: dict[str, object] = {f"m{n}": n for n in range(many)}
    if secrets.randbelow(2):
        body = {"contacts": [{f"m{n}": ""} for n in range(min(many, 90))], "fields": [""] * many}
    yield post(target, "/api/v1/enrich", json.dumps(body).encode())
    query = "&".join(["a=1"] * min(many, 2000))
    yield f"GET /api/v1/runs?{query} HTTP/1.1\r\n".encode() + HOST + target.authorization + b"\r\n"


def sheets(target: Target) -> Iterator[bytes]:
    """Uploads whose rows are wide, long, quoted without end, or wrong in the last row."""
    size = some_size()
    rows = secrets.choice(
        [
            b"first_name,domain\n" + b"Jane,acme.example\n" * (size // 18) + b'"',
            b"a" + b"," * size,
            b'first_name\n"' + b"a" * size,
            b"first_name\n" + b'"",' * (size // 3),
            _repeated(size),
        ]
    )
    media = secrets.choice([b"text/csv", b"application/x-ndjson", b"application/octet-stream"])
    yield post(target, "/api/v1/batches", rows, b"Content-Type: " + media + b"\r\n")


def headers(target: Target) -> Iterator[bytes]:
    """Headers that are long, many, without end, or made to be read slowly."""
    size = some_size()
    name = secrets.choice(
        [b"Prefer", b"Accept", b"Idempotency-Key", b"Last-Event-ID", b"X-Forwarded-For", b"Authorization", b"X"]
    )
    begin = secrets.choice([b"respond-async=", b"wait=", b'"', b"Bearer ", b"*/*;q=", b""])
    unit = secrets.choice([b" ", b",", b";", b'"', b"\\", b"a", b"1.1.1.1,"])
    value = begin + unit * (min(size, 3_000_000) // len(unit)) + b"x"
    path = secrets.choice([b"POST /api/v1/find-email", b"GET /api/v1/credits"])
    yield path + b" HTTP/1.1\r\n" + HOST + target.authorization + name + b": " + value + b"\r\n\r\n"
    yield b"GET /" + b"a" * size + b" HTTP/1.1\r\n" + HOST + b"\r\n"
    yield b"GET / HTTP/1.1\r\n" + b"X: a\r\n" * size


def framings(target: Target) -> Iterator[bytes]:
    """Chunks that are tiny, extended or without end, upgrades, and requests sent ahead."""
    size = some_size()
    post = b"POST /api/v1/enrich HTTP/1.1\r\n" + HOST + target.authorization + JSON
    yield post + CHUNKED + b"\r\n" + b"1\r\n \r\n" * (size // 6) + b"0\r\n\r\n"
    yield post + CHUNKED + b"\r\n1;" + b"a" * size + b"\r\n"
    yield post + CHUNKED + b"\r\n1\r\n{\r\n0\r\nX: " + b"a" * size + b"\r\n\r\n"
    yield post + b"Upgrade: h2c\r\nConnection: upgrade\r\nContent-Length: %d\r\n\r\n" % size + b"{" * size
    yield (b"GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n") * (size // 40)
    yield _repeated(size)


def keys(target: Target) -> Iterator[bytes]:
    """Keys that nobody has, half of them with the checksum that anybody can compute."""
    for number in range(50):
        key = mint("leadmodule", Mode.LIVE, secrets.choice, secrets.token_bytes(32))
        key = key[:-6] + old_checksum(key[:-6]) if number % 2 else key
        yield (
            f"GET /api/v1/credits HTTP/1.1\r\nX-API-Key: {key}\r\nX-Forwarded-For: 203.0.113.9\r\n".encode()
            + HOST
            + b"\r\n"
        )
    del target


DRAWN: tuple[Family, ...] = (bodies, members, sheets, headers, framings, keys)


def leave(target: Target) -> None:
    """Go away amid requests, with an end or a reset; slower than the server accepts: this is no flood of packets."""
    for path in (f"{PATH}/apollo/{'t' * LENGTH}", "/api/v1/enrich", "/api/v1/batches"):
        with closing(connect(target.url)) as connection, suppress(OSError):
            head = f"POST {path} HTTP/1.1\r\nContent-Length: 9999\r\n".encode() + HOST + target.authorization + JSON
            connection.sendall(head + b"\r\n{" + b" " * secrets.randbelow(5000))
            if secrets.randbelow(2):
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")
        time.sleep(0.02)


def hold(target: Target) -> None:
    """Hold connections that are silent, half-open, slow, or not read."""
    begins = [
        b"",
        b"GET /",
        b"GET / HTTP/1.1\r\nX: ",
        b"POST /api/v1/enrich HTTP/1.1\r\nContent-Length: 90000\r\n" + target.authorization + b"\r\n{",
        b"GET /api/v1/openapi.json HTTP/1.1\r\nHost: x\r\n\r\n" * 20,
    ]
    with ExitStack() as stack:
        for _ in range(150):
            with suppress(OSError):
                connection = stack.enter_context(closing(connect(target.url, receive_buffer=4096)))
                connection.sendall(secrets.choice(begins))
        time.sleep(2)


def sent(target: Target, request: bytes) -> list[int]:
    """Send a request, and return the statuses of its answers."""
    received = b""
    with closing(connect(target.url)) as connection, suppress(OSError):
        connection.settimeout(PATIENCE)
        with suppress(OSError):
            connection.sendall(request)
        while piece := connection.recv(65536):
            received += piece
    return [answer.status for answer in answers(received)]
