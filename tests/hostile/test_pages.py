"""The app's pages under hostile input: cookies, queries, forms, files, paths; and those who leave amid them."""

import asyncio
import socket
from collections.abc import AsyncIterator
from typing import Any

import pytest
from litestar import _parsers as litestar_parsers
from litestar.datastructures.url import URL

from app.front import make_front
from app.web.frame.request import MAX_FIELDS
from tests.api.door import Door
from tests.api.kept import KeptDoor
from tests.hostile.deadline import cpu_seconds
from tests.hostile.forms import ENCODED, FORM, LIST, LOGIN, file_form, part, sending
from tests.hostile.wire import exchange
from tests.kept import KeptDatabases
from tests.web.stack import Stack


@pytest.fixture(scope="module")
async def kept_front(database_url: str, template_database: str, redis_url: str) -> AsyncIterator[KeptDoor]:
    kept = KeptDoor(KeptDatabases(database_url, template_database, redis_url), make=make_front)
    yield kept
    await kept.close()


@pytest.fixture
async def front(kept_front: KeptDoor) -> AsyncIterator[Door]:
    yield await kept_front.open()
    await kept_front.empty()


@pytest.fixture
async def stack(front: Door) -> AsyncIterator[Stack]:
    async with front.services() as services:
        yield Stack(front, services)


@pytest.mark.parametrize(
    "cookie",
    [
        b'leadrun_session="' + b"\\" * 60_000 + b'"',
        b'a="' + b"\\a" * 30_000 + b'"',
        b'leadrun_form="' + b"\\101" * 15_000 + b'"',
        b"a;" * 30_000,
        b"leadrun_form=b;" * 4000,
        b"=" * 60_000,
    ],
    ids=["backslashes", "escapes", "octal", "semicolons", "ours", "equals"],
)
def test_a2_a_cookie_is_read_in_linear_time(front: Door, cookie: bytes) -> None:
    with cpu_seconds(1.0):
        (answer,) = exchange(
            front.url,
            f"GET {LOGIN} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nCookie: ".encode() + cookie + b"\r\n\r\n",
        )
    assert answer.status in {200, 303}


def remembered(door: Door) -> list[int]:
    """The sizes of the memories of Litestar that a client's text could fill."""
    readers: list[Any] = [
        litestar_parsers.parse_query_string,
        litestar_parsers.parse_cookie_string,
        litestar_parsers.parse_url_encoded_form_data,
    ]
    routers = [door.api.asgi_router, *([door.api.site.asgi_router] if door.api.site else [])]
    return [one.cache_info().currsize for one in (*readers, *(router.handle_routing for router in routers))]


async def test_a1_no_query_cookie_form_or_long_path_is_remembered(front: Door) -> None:
    async with front.client(await front.key()) as client:
        await client.get(LOGIN)
        await client.post(LOGIN, content=b"a=b", headers=ENCODED)
        await client.get("/api/v1/runs")
        before = remembered(front)
        for number in range(5):
            await client.get(LOGIN, params={"next": f"x{number}"}, headers={"cookie": f"leadrun_form=x{number}"})
            await client.get("/api/v1/runs", params={"limit": str(number + 1)})
            await client.post(LOGIN, content=f"email=a{number}".encode(), headers=ENCODED)
            for path in ("/errors/", "/app/static/", "/api/v1/enrich/", "/callbacks/apollo/"):
                long = await client.get(f"{path}{'%F0%9F%98%80' * 1000}{number}")
                assert long.status_code == 404
                assert len(long.content) < 8000
        assert remembered(front) == before
    # What it does remember of addresses is a few.
    assert URL.from_components.cache_info().maxsize == 128


@pytest.mark.parametrize("path", [LOGIN, "/app/runs", "/app/lists"])
async def test_a5_a_query_of_too_many_parameters_is_one_fault(stack: Stack, path: str) -> None:
    person = await stack.person()
    async with stack.client(person) as client:
        answer = await client.get(f"{path}?{'a&' * 7000}")
    assert answer.status_code == 422
    assert "more than 200 parameters" in answer.text


async def test_a5_a_query_of_the_api_of_too_many_parameters_is_one_fault(front: Door) -> None:
    async with front.client(await front.key()) as client:
        for path in ("runs", "jobs", "batches", "usage", "webhooks/deliveries", "providers"):
            answer = await client.get(f"/api/v1/{path}?{'a&' * 7000}")
            assert (answer.status_code, len(answer.json()["errors"])) == (400, 1)
        answer = await client.post(f"/api/v1/batches?{'a&' * 7000}", content=LIST, headers={"content-type": "text/csv"})
        assert answer.status_code == 400


async def test_c19_a_host_that_cannot_be_read_is_no_failure(stack: Stack) -> None:
    person, key = await stack.person(), (await stack.door.key()).api_key
    paths = ("/app/keys?a=b", "/app/nothing", "/docs", "/api/v1/keys", "/api/v1/enrich/x", "/nothing", "/errors/x")
    for host in ("x:abc", "x:99999", "x:-1", "x@y:z", "[x"):
        head = f" HTTP/1.1\r\nConnection: close\r\nCookie: leadrun_session={person.secret}\r\nX-API-Key: {key}\r\n"
        head += f"Host: {host}\r\n\r\n"
        statuses = [exchange(stack.url, f"GET {path}{head}".encode())[0].status for path in paths]
        assert statuses in ([200, 404, 200, 200, 404, 404, 404], [400] * len(paths)), host


FORMS: dict[str, tuple[bytes, dict[str, str], int]] = {
    "charset of a field": (part(b"email", b"a", b"\r\nContent-Type: text/plain; charset=x") + b"--x--\r\n", FORM, 422),
    "a field that is no UTF-8": (part(b"email", b"\xff\xfe") + b"--x--\r\n", FORM, 422),
    "no end": (part(b"email", b"a"), FORM, 422),
    "no boundary": (b"x", {"content-type": "multipart/form-data"}, 422),
    "two files": (file_form(b"a")[:-7] + file_form(b"b"), FORM, 422),
    "more fields than a form has": (b"a&" * (MAX_FIELDS + 1), ENCODED, 422),
    "more parts than a form has": (part(b"a", b"") * (MAX_FIELDS + 1) + b"--x--\r\n", FORM, 422),
    "too large": (b"a" * 70_000, ENCODED, 413),
    "too large as parts": (part(b"a", b"a" * 70_000) + b"--x--\r\n", FORM, 413),
    "halves of surrogate pairs": (b"email=%ED%A0%80&password=%ED%A0%80&next=%ED%A0%80", ENCODED, 422),
    "NUL": (b"email=%00&password=%00&next=%00", ENCODED, 422),
    "no form": (b"[" * 60_000, {"content-type": "application/json"}, 403),
}


@pytest.mark.parametrize("name", FORMS)
async def test_a1_a_hostile_form_is_refused(stack: Stack, name: str) -> None:
    body, headers, status = FORMS[name]
    person = await stack.person()
    async with stack.client(person) as client:
        token = {} if status == 403 else {"x-csrf-token": person.csrf}
        client.headers.pop("x-csrf-token")
        assert (await client.post(LOGIN, content=body, headers=headers | token)).status_code == status


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/app/keys", b"scopes=read&rate_limit=--5&ends="),
        ("/app/keys", b"scopes=read&rate_limit=" + b"0" * 5000 + b"5&ends="),
        ("/app/keys", b"scopes=read&ends=&networks=" + b"::%0a" * 10_000),
        ("/app/theme", "theme=dark&back=/app/\N{GRINNING FACE}".encode()),
        ("/app/theme", b"theme=dark&back=//["),
        ("/app/theme", b"theme=dark&back=/app/%0d%0aX:y"),
        ("/app/switch", b"back=//[&mode=test"),
    ],
)
async def test_a1_a_hostile_field_is_no_failure(stack: Stack, path: str, body: bytes) -> None:
    async with stack.client(await stack.person()) as client:
        answer = await client.post(path, content=body, headers=ENCODED)
    assert answer.status_code in {303, 422}
    assert answer.headers.get("location", "/app").startswith("/app")


async def test_a1_the_page_after_the_log_in_is_one_of_ours(stack: Stack) -> None:
    async with stack.client(await stack.person()) as client:
        for there in ("//[", "//evil.example", "/app/%E2%80%A8", "/app/%C3%A9", "https:/app", "/app\\..", "%00"):
            answer = await client.get(f"{LOGIN}?next={there}")
            assert (answer.status_code, answer.headers["location"].rstrip("/")) == (303, "/app")


@pytest.mark.parametrize("filename", [b"a\x00b.csv", b"a\x1bb.csv", "\N{GRINNING FACE}.csv".encode(), b"", b"%00.csv"])
async def test_a8_the_name_of_a_file_is_stored_without_what_nobody_reads(stack: Stack, filename: bytes) -> None:
    person = await stack.person(balance=10)
    async with stack.client(person) as client:
        answer = await client.post("/app/lists", content=file_form(LIST, filename), headers=FORM)
        assert answer.status_code == (303 if filename else 422)


@pytest.mark.parametrize("path", [LOGIN, "/app/lists", "/app/lists/check", "/app/lookup", "/app/keys"])
async def test_a10_a_person_who_leaves_amid_a_form_is_no_failure(stack: Stack, path: str) -> None:
    person = await stack.person()
    for resets in (False, True):
        with sending(stack, person, path, file_form(LIST)[:60]) as connection:
            await asyncio.sleep(0.05)
            if resets:
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")
    async with stack.client(person) as client:
        assert (await client.get("/app")).status_code == 200
    # The fixture `no_fault` looks for answers 500.
