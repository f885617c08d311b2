"""Budgets of a key and of an account: refused requests, uploads at once, bytes a day, and rows of test keys."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import msgspec
import pytest

from app.domain.vocabulary import Mode
from app.settings.settings import Settings
from tests.api.checks import problem
from tests.api.door import PERSON, Door, opened
from tests.api.test_uploads import MIB

ENRICH, BATCHES = "/api/v1/enrich", "/api/v1/batches"
CSV = {"content-type": "text/csv"}
TABLE = b"first_name,domain\nJane,acme.example\nJohn,b.example\n"
EXTRA = ("limit", "windowSeconds", "retryAfter")


@pytest.mark.parametrize(
    ("path", "body", "kind", "status"),
    [
        pytest.param(ENRICH, b"{", "application/json", 400, id="no-json"),
        pytest.param(ENRICH, b'{"fields":3}', "application/json", 400, id="nobody"),
        pytest.param(ENRICH, b"x", "text/html", 415, id="media-type"),
        pytest.param(ENRICH, b" " * (MIB + 1), "application/json", 413, id="too-large"),
        pytest.param("/api/v1/find-email", b"{}", "application/json", 400, id="look-up"),
        pytest.param(BATCHES, b"a,b\n1,2\n", "text/csv", 400, id="no-column"),
        pytest.param(BATCHES, b"{}", "application/json", 400, id="no-contacts"),
        pytest.param(BATCHES, b"x", "text/html", 415, id="media-type-of-a-batch"),
        pytest.param(BATCHES, b'first_name\n"Jane\n', "text/csv", 400, id="bad-in-its-last-row"),
        pytest.param("/api/v1/webhooks/endpoints", b"{}", "application/json", 400, id="endpoint"),
    ],
)
async def test_a5_refused_requests_have_a_budget_of_their_own(
    settings: Settings, path: str, body: bytes, kind: str, status: int
) -> None:
    with opened(msgspec.structs.replace(settings, refusal_limit=3), window=5) as door:
        async with door.client(await door.key()) as client, door.client(await door.key("other")) as other:
            for _ in range(3):
                assert (await client.post(path, content=body, headers={"content-type": kind})).status_code == status
            answer = await client.post(path, content=body, headers={"content-type": kind})
            said = problem(answer, 429, "quota-exceeded", *EXTRA)
            assert (said["limit"], "refused requests" in said["detail"]) == (3, True)
            assert 1 <= int(answer.headers["retry-after"]) <= 5
            # Its other requests wait as well, nobody else's do.
            problem(await client.post(ENRICH, json=PERSON), 429, "quota-exceeded", *EXTRA)
            assert (await other.post(ENRICH, json=PERSON)).status_code == 202


async def test_requests_that_are_answered_are_not_refused(settings: Settings) -> None:
    with opened(msgspec.structs.replace(settings, refusal_limit=1)) as door:
        async with door.client(await door.key()) as client:
            run = (await client.post(ENRICH, json=PERSON)).json()["runId"]
            for _ in range(3):
                assert (await client.get(f"{ENRICH}/{run}")).status_code == 200
                problem(await client.get(f"{ENRICH}/{'0' * 8}"), 404, "not-found")
            assert (await client.post(ENRICH, json=PERSON)).status_code == 202


async def test_a6_a_large_upload_keeps_its_place_though_it_is_refused(door: Door, client: httpx.AsyncClient) -> None:
    large = b"first_name,note\n" + b"Jane,%b\n" % (b"x" * 1000) * 1100
    for number, body in enumerate((large + b'"open\n', large.replace(b"Jane", b"")), 1):
        answer = await client.post(BATCHES, content=body, headers=CSV)
        assert answer.status_code == 400, answer.text
        assert answer.headers["x-ratelimit-remaining"] == str(60 - number)
    poor = await door.key("poor", amount=1)
    people = b"".join(b"Jane,Smith%d,acme.example,%b\n" % (n, b"x" * 1000) for n in range(1100))
    async with door.client(poor) as spender:
        answer = await spender.post(BATCHES, content=b"first_name,last_name,domain,note\n" + people, headers=CSV)
        assert (answer.status_code, answer.headers["x-ratelimit-remaining"]) == (402, "59")
        small = await spender.post(BATCHES, content=TABLE, headers=CSV)
        assert (small.status_code, small.headers["x-ratelimit-remaining"]) == (402, "59")


async def test_a6_a_large_upload_beyond_the_rate_is_not_worked_on(settings: Settings) -> None:
    with opened(settings) as door:
        async with door.client(await door.key(rate_limit=1)) as client:
            body = b"first_name,note\n" + b"Jane,%b\n" % (b"x" * 1000) * 1100
            assert (await client.post(BATCHES, content=body, headers=CSV)).status_code == 201
            problem(await client.post(BATCHES, content=body, headers=CSV), 429, "quota-exceeded", *EXTRA)
            assert door.sql("SELECT count(*) FROM jobs") == [(1,)]


async def test_a6_uploads_at_once_are_bounded_for_the_account(settings: Settings) -> None:
    with opened(msgspec.structs.replace(settings, uploads_at_once=2)) as door:
        one, two = await door.key(), await door.key()
        go_on = asyncio.Event()

        async def pieces() -> AsyncIterator[bytes]:
            yield TABLE
            await go_on.wait()
            yield b"Jim,c.example\n"

        async with door.client(one) as client, door.client(two) as same, door.client(await door.key("other")) as other:
            waiting = [asyncio.create_task(client.post(BATCHES, content=pieces(), headers=CSV)) for _ in range(2)]
            await arrived(door, 2)
            answer = await same.post(BATCHES, content=TABLE, headers=CSV)
            said = problem(answer, 429, "account-limit", *EXTRA)
            assert (said["limit"], answer.headers["retry-after"]) == (2, "5")
            assert (await other.post(BATCHES, content=TABLE, headers=CSV)).status_code == 201
            go_on.set()
            assert [answer.status_code for answer in await asyncio.gather(*waiting)] == [201, 201]
            assert (await same.post(BATCHES, content=TABLE, headers=CSV)).status_code == 201


async def test_a6_downloads_at_once_are_bounded_and_who_leaves_gives_the_place_back(
    settings: Settings,
) -> None:
    with opened(msgspec.structs.replace(settings, downloads_at_once=1)) as door:
        async with door.client(await door.key(amount=100_000)) as client:
            # More than the sockets hold, so that it is under way while nobody reads.
            rows = b"".join(b"Jane,Smith%d,acme.example,%b\n" % (n, b"x" * 4000) for n in range(5000))
            made = await client.post(BATCHES, content=b"first_name,last_name,domain,note\n" + rows, headers=CSV)
            path = f"{made.headers['location']}/results"
            async with client.stream("GET", path) as reading:
                assert reading.status_code == 200
                answer = await client.get(path)
                said = problem(answer, 429, "account-limit", *EXTRA)
                assert said["detail"].startswith("1 downloads of this account are under way")
                assert (await client.head(path)).status_code == 200
            async with asyncio.timeout(60):
                while (answer := await client.get(path, params={"format": "csv"})).status_code == 429:  # noqa: ASYNC110
                    await asyncio.sleep(0.05)
            assert answer.content.count(b"\n") == 5001


async def arrived(door: Door, count: int) -> None:
    """Wait until so many uploads hold a place."""
    async with asyncio.timeout(60), door.services() as services:
        keys = "leadrun:window:uploads:*"
        while sum([await services.redis.zcard(key) async for key in services.redis.scan_iter(keys)]) < count:  # noqa: ASYNC110
            await asyncio.sleep(0.02)


async def test_a6_bytes_of_a_day_are_bounded_refused_ones_too(settings: Settings) -> None:
    with opened(msgspec.structs.replace(settings, upload_mib_a_day=2)) as door:
        async with door.client(await door.key()) as client, door.client(await door.key("other")) as other:
            for _ in range(2):
                answer = await client.post(BATCHES, content=b"x" * MIB + b"y", headers=CSV)
                assert answer.status_code == 400
            answer = await client.post(BATCHES, content=TABLE, headers=CSV)
            said = problem(answer, 429, "account-limit", *EXTRA)
            assert said["detail"].startswith("This account has uploaded 2 MiB today")
            assert 1 <= int(answer.headers["retry-after"]) <= 86_401
            assert (await other.post(BATCHES, content=TABLE, headers=CSV)).status_code == 201
            # Whatever is not an upload goes on.
            assert (await client.post(ENRICH, json=PERSON)).status_code == 202


async def test_a6_rows_of_test_keys_are_bounded_those_of_live_keys_by_credits(settings: Settings) -> None:
    with opened(msgspec.structs.replace(settings, test_rows_a_day=5)) as door:
        test, live = await door.key(mode=Mode.TEST), await door.key()
        async with door.client(test) as client, door.client(live) as paying:
            for _ in range(2):
                assert (await client.post(BATCHES, content=TABLE, headers=CSV)).status_code == 201
            answer = await client.post(BATCHES, content=TABLE, headers=CSV)
            problem(answer, 429, "account-limit", *EXTRA)
            assert answer.headers["x-ratelimit-remaining"] == "58"
            assert (await client.post(BATCHES, content=b"first_name,domain\nJ,a.example\n", headers=CSV)).is_success
            problem(await client.post(BATCHES, content=TABLE, headers=CSV), 429, "account-limit", *EXTRA)
            assert (await paying.post(BATCHES, content=TABLE, headers=CSV)).status_code == 201
            assert door.sql("SELECT sum(total) FROM jobs WHERE mode = 'test'") == [(5,)]
            assert door.sql("SELECT count(*) FROM job_rows") == [(7,)]
