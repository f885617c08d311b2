"""Event streams and waiting requests: an account holds so many at once, and gives each back however it ends."""

import asyncio
import time
from collections.abc import Iterator
from contextlib import AsyncExitStack, closing

import msgspec
import pytest

from app.settings.settings import Settings
from tests.api.checks import problem
from tests.api.door import PERSON, Door, opened
from tests.hostile.wire import connect

ENRICH = "/api/v1/enrich"
EXTRA = ("limit", "windowSeconds", "retryAfter")


@pytest.fixture
def two(settings: Settings) -> Iterator[Door]:
    with opened(msgspec.structs.replace(settings, waits_at_once=2)) as door:
        yield door


async def freed(door: Door) -> None:
    """Wait until nobody holds a place."""
    places = door.api.state.dependencies.places
    async with asyncio.timeout(60):
        while places._held:  # noqa: SLF001, ASYNC110 - not seen from outside
            await asyncio.sleep(0.01)


async def test_a6_streams_and_waits_of_an_account_are_bounded_and_submissions_never_refused(two: Door) -> None:
    mine, same, others = await two.key(), await two.key(), await two.key("other")
    async with two.client(mine) as client, two.client(same) as again, two.client(others) as other:
        run = (await client.post(ENRICH, json=PERSON)).json()["runId"]
        people = {"contacts": [{"first_name": "Jo", "last_name": "Lee", "domain": "b.example"}]}
        job = (await client.post(ENRICH, json=people)).json()
        foreign = (await other.post(ENRICH, json=PERSON)).json()["runId"]
        async with AsyncExitStack() as held:
            for _ in range(2):
                stream = await held.enter_async_context(client.stream("GET", f"{ENRICH}/{run}/events"))
                assert stream.status_code == 200
            for path in (f"{run}/events", f"{run}?wait=30", f"{job['id']}?wait=30"):
                said = problem(await again.get(f"{ENRICH}/{path}"), 429, "account-limit", *EXTRA)
                assert (said["limit"], "of this account are under way" in said["detail"]) == (2, True)
            # What does not wait is answered, and what is submitted is accepted and paid for: it answers at once.
            assert (await again.get(f"{ENRICH}/{run}")).status_code == 200
            assert (await again.head(f"{ENRICH}/{run}/events")).status_code == 200
            began = time.monotonic()
            fresh = PERSON | {"lastName": "Waits"}
            for path, body in (
                (ENRICH, fresh),
                ("/api/v1/find-email", {"first_name": "Jo", "last_name": "Lee", "domain": "c.example"}),
            ):
                answer = await again.post(path, json=body, headers={"prefer": "wait=30"})
                assert answer.status_code == 202, answer.text
            assert time.monotonic() - began < 20
            async with other.stream("GET", f"{ENRICH}/{foreign}/events") as stream:
                assert stream.status_code == 200
        await freed(two)
        assert (await again.get(f"{ENRICH}/{run}?wait=1")).status_code == 200


async def test_a6_a_client_that_leaves_before_it_reads_gives_its_place_back(two: Door) -> None:
    key = await two.key()
    async with two.client(key) as client:
        run = (await client.post(ENRICH, json=PERSON)).json()["runId"]
        for path in (f"{ENRICH}/{run}/events", f"{ENRICH}/{run}?wait=60"):
            for _ in range(6):
                with closing(connect(two.url)) as connection:
                    request = f"GET {path} HTTP/1.1\r\nHost: x\r\nX-API-Key: {key.api_key}\r\n\r\n"
                    connection.sendall(request.encode())
            await freed(two)


async def test_a8_the_id_of_the_last_event_is_no_longer_than_one_of_ours(two: Door) -> None:
    async with two.client(await two.key()) as client:
        run = (await client.post(ENRICH, json=PERSON)).json()["runId"]
        headers = {"last-event-id": ",".join(f"x{n}" for n in range(9000))}
        async with client.stream("GET", f"{ENRICH}/{run}/events", headers=headers) as stream:
            async for line in stream.aiter_lines():
                if line.startswith("id: "):
                    assert len(line) < 8300
                    break
