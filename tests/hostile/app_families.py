"""Families of a campaign against the app: forms, uploads, cookies, files, and streams that nobody reads."""

import secrets
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, suppress

from tests.hostile.api_families import text
from tests.hostile.families import HOST, Family, Target, some_size
from tests.hostile.forms import file_form, part
from tests.hostile.wire import connect

NOBODY = "019ae4a2-0000-7000-8000-000000000000"
ENCODED, PARTS = b"application/x-www-form-urlencoded", b"multipart/form-data; boundary=x"
FORMS = [
    "login",
    "forgot",
    "lookup",
    "lookup/read",
    "keys",
    "webhooks/endpoints",
    "lists/check",
    "lists",
    "settings",
    "switch",
]
PAGES = [
    "",
    "/runs",
    "/lists",
    "/lists/new",
    "/usage",
    "/usage.csv",
    "/keys",
    "/webhooks",
    "/providers",
    "/settings/audit",
]


def _sent(target: Target, path: str, body: bytes, media: bytes, *, ours: bool = True) -> bytes:
    length = b"Content-Type: %b\r\nContent-Length: %d\r\n\r\n" % (media, len(body))
    return f"POST /app/{path} HTTP/1.1\r\n".encode() + HOST + (target.session if ours else b"") + length + body


def forms(target: Target) -> Iterator[bytes]:
    """Forms with many fields, long ones, and names that are given again and again; of strangers as well."""
    many = some_size()
    fields = secrets.choice(
        [
            b"a=1&" * (many // 4),
            b"email=" + b"%C3%A9" * (many // 6),
            b"first_name=" + b"%CC%95%CC%80" * (min(many, 60_000) // 12) + b"&last_name=Smith&domain=acme.example",
            b"&" * many,
            b"=" * many,
            b"%" * many,
            b"name=" + b"a" * 900 + b"&url=https%3A%2F%2F" + b"a." * 400 + b"example&scope=read" * 100,
        ]
    )
    yield _sent(target, secrets.choice(FORMS), fields, ENCODED, ours=bool(secrets.randbelow(4)))


def uploads(target: Target) -> Iterator[bytes]:
    """Forms in parts: many parts, long headers of parts, boundaries without end, and files of any kind."""
    many = some_size()
    body = secrets.choice(
        [
            part(b"a", b"1") * (many // 60) + b"--x--\r\n",
            part(b"text", text().encode()) + b"--x--\r\n",
            part(b"a" * min(many, 60_000), b"1") + b"--x--\r\n",
            b"--x\r\n" + b"X: y\r\n" * (many // 6),
            b"\r\n--" * (many // 4),
            file_form(b"first_name" + b",a" * (many // 2) + b"\n1,2\n"),
            file_form(text().encode() + b"\nJane\n"),
            file_form(b"PK\x03\x04" + secrets.token_bytes(2000), b"x.xlsx"),
            file_form(b"first_name,last_name,domain\n" + b"Jane,Smith,acme.example\n" * (min(many, 100_000) // 24)),
        ]
    )
    path = secrets.choice(["lists/check", "lists", "lookup/read"])
    yield _sent(target, path, body, PARTS)


def pages(target: Target) -> Iterator[bytes]:
    """Pages with long queries, cookies without end and hosts that are none, and files that are not there."""
    query = secrets.choice(
        ["", "?" + "a=1&" * 1000, "?search=" + "%C3%A9" * 2000, "?page=" + "9" * 5000, "?month=" + "a" * 500]
    )
    yield f"GET /app{secrets.choice(PAGES)}{query} HTTP/1.1\r\n".encode() + HOST + target.session + b"\r\n"
    cookies = secrets.choice(
        [b"leadrun_session=" + b"x" * 30_000, b"a=b;" * 10_000, b"leadrun_form=" + b'"' * 20_000, b";" * 50_000]
    )
    yield b"GET /app HTTP/1.1\r\n" + HOST + b"Cookie: " + cookies + b"\r\n\r\n"
    host = secrets.choice([b"x:abc", b"x:99999", b"[x", b"x@y:z", b"x" * 30_000])
    yield b"GET /app/login HTTP/1.1\r\nConnection: close\r\nHost: " + host + b"\r\n\r\n"
    for path in ("static/0/x.js", f"runs/{NOBODY}/changes", f"lists/{NOBODY}/changes", "static/" + "../" * 400):
        yield f"GET /app/{path} HTTP/1.1\r\n".encode() + HOST + target.session + b"\r\n"


def streams(target: Target) -> None:
    """Hold event streams of a run and of its page, and waits for it, that nobody reads."""
    begins = [
        f"GET /api/v1/enrich/{target.run}/events HTTP/1.1\r\nHost: x\r\n".encode() + target.authorization,
        f"GET /app/runs/{target.run}/changes HTTP/1.1\r\nHost: x\r\n".encode() + target.session,
        f"GET /api/v1/enrich/{target.run} HTTP/1.1\r\nPrefer: wait=60\r\nHost: x\r\n".encode() + target.authorization,
    ]
    with ExitStack() as stack:
        for _ in range(20):
            with suppress(OSError):
                connection = stack.enter_context(closing(connect(target.url, receive_buffer=4096)))
                connection.sendall(secrets.choice(begins) + b"\r\n")
        time.sleep(2)


APP: tuple[Family, ...] = (forms, uploads, pages)
