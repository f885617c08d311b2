"""Long polls, preferences and the event stream."""

import asyncio
import json
import time
from collections.abc import AsyncIterator

import httpx
import msgspec
import pytest

from app.api.runs.events import EventCursor
from app.redis.notifications import POLL_SECONDS
from tests.api.door import PERSON, Door, opened
from tests.api.ending import record
from tests.play.worker import HIT, MISS

ENRICH = "/api/v1/enrich"


async def submitted(client: httpx.AsyncClient, number: int = 0) -> str:
    answer = await client.post(ENRICH, json={**PERSON, "lastName": f"Smith{number}"})
    assert answer.status_code == 202
    return str(answer.headers["location"])


@pytest.mark.parametrize(
    ("query", "prefer", "applied"),
    [
        pytest.param("?wait=20", "", None, id="query"),
        pytest.param("", "wait=20", "wait=20", id="header"),
        pytest.param("", 'respond-async, WAIT = "20"; x=y, wait=1', "wait=20", id="among others"),
        pytest.param("", "wait=999", "wait=60", id="more than we grant"),
    ],
)
async def test_a_waiting_get_is_answered_when_the_run_ends(
    client: httpx.AsyncClient, query: str, prefer: str, applied: str | None
) -> None:
    location = await submitted(client)
    waiting = asyncio.create_task(client.get(location + query, headers={"prefer": prefer} if prefer else {}))
    done, _ = await asyncio.wait({waiting}, timeout=0.3)
    assert not done
    began = time.monotonic()
    await client.post(f"{location}/cancel")
    answer = await waiting
    assert time.monotonic() - began < POLL_SECONDS - 1  # a signal woke it
    assert answer.json()["status"] == "cancelled"
    assert answer.headers.get("preference-applied") == applied
    assert "retry-after" not in answer.headers


async def test_a_wait_that_ends_first_shows_the_present_state(client: httpx.AsyncClient) -> None:
    location = await submitted(client)
    began = time.monotonic()
    answer = await client.get(f"{location}?wait=1")
    assert 0.9 < time.monotonic() - began < POLL_SECONDS - 1
    assert (answer.status_code, answer.json()["status"]) == (200, "pending")
    assert answer.headers["retry-after"] == "2"


async def test_a_post_that_prefers_to_wait_is_202_in_time_or_200_with_the_run(client: httpx.AsyncClient) -> None:
    began = time.monotonic()
    late = await client.post(ENRICH, json=PERSON, headers={"prefer": "wait=1"})
    assert 0.9 < time.monotonic() - began < POLL_SECONDS - 1
    assert late.status_code == 202
    assert late.headers["preference-applied"] == "wait=1"
    other = {**PERSON, "lastName": "Other"}
    waiting = asyncio.create_task(
        client.post(ENRICH, json=other, headers={"prefer": "wait=20", "idempotency-key": "slow"})
    )
    await asyncio.wait({waiting}, timeout=0.3)
    # Meanwhile the same key is in flight.
    twin = await client.post(ENRICH, json=other, headers={"idempotency-key": "slow"})
    assert twin.status_code == 409
    assert twin.json()["type"] == "/errors/idempotency-in-flight"
    runs = (await client.get("/api/v1/runs?limit=1")).json()["runs"]
    await client.post(f"{ENRICH}/{runs[0]['runId']}/cancel")
    answer = await waiting
    assert answer.status_code == 200
    assert answer.json()["status"] == "cancelled"
    again = await client.post(ENRICH, json=other, headers={"idempotency-key": "slow"})
    assert (again.status_code, again.content) == (200, answer.content)


@pytest.mark.parametrize("wait", ["61", "-1", "1.5", "x", "\u0661"])
async def test_a_wait_out_of_range_is_refused(client: httpx.AsyncClient, wait: str) -> None:
    answer = await client.get(f"{ENRICH}/{PERSON['firstName']}", params={"wait": wait})
    assert answer.status_code == 400
    assert [e["field"] for e in answer.json()["errors"]] == ["wait"]


async def test_preferences_that_are_unknown_or_malformed_are_ignored(client: httpx.AsyncClient) -> None:
    location = await submitted(client)
    for prefer in ("wait=x", "wait", "return=minimal", "wait=-5", ",,"):
        answer = await client.get(location, headers={"prefer": prefer})
        assert answer.status_code == 200
        assert "preference-applied" not in answer.headers


async def test_many_waiters_hold_no_connections(door: Door) -> None:
    async with door.client(await door.key()) as client:
        location = await submitted(client)
        waiting = [asyncio.create_task(client.get(f"{location}?wait=20")) for _ in range(100)]
        await asyncio.wait(waiting, timeout=0.5)
        # If each held one, nobody else would get one before the first of them goes.
        async with asyncio.timeout(60):
            assert (await client.get("/api/v1/credits")).status_code == 200
        assert not any(one.done() for one in waiting)
        await client.post(f"{location}/cancel")
        assert {a.json()["status"] for a in await asyncio.gather(*waiting)} == {"cancelled"}


async def test_a_server_that_is_asked_to_end_answers_its_waiters_at_once(own_door: Door) -> None:
    async with own_door.client(await own_door.key()) as client:
        location = await submitted(client)
        waiting = asyncio.create_task(client.get(f"{location}?wait=30"))
        stream = asyncio.create_task(client.get(f"{location}/events", headers={"accept": "text/event-stream"}))
        await asyncio.wait({waiting, stream}, timeout=0.3)
        began = time.monotonic()
        own_door.begin_to_stop()
        answer = await waiting
        await stream
        assert answer.status_code == 200
        assert answer.json()["status"] == "pending"
        assert time.monotonic() - began < 15  # of 30 that it had


async def test_waiting_works_without_redis_only_slower(door: Door) -> None:
    gone = msgspec.structs.replace(door.settings, redis_url="redis://127.0.0.1:1/0")
    with opened(gone) as deaf:
        async with deaf.client(await door.key()) as client:
            location = await submitted(client)
            waiting = asyncio.create_task(client.get(f"{location}?wait=20"))
            await asyncio.wait({waiting}, timeout=0.3)
            await client.post(f"{location}/cancel")
            async with asyncio.timeout(15):  # of the twenty that it would wait by itself
                assert (await waiting).json()["status"] == "cancelled"


class Event:
    """One event of a stream."""

    def __init__(self, block: str) -> None:
        """Read the fields of one block."""
        fields = dict(line.split(": ", 1) for line in block.split("\n") if not line.startswith(":"))
        self.id, self.kind = fields.get("id"), fields.get("event")
        self.data = json.loads(fields.get("data", "null"))
        self.retry = fields.get("retry")


async def stream(client: httpx.AsyncClient, location: str, last: str = "") -> AsyncIterator[Event]:
    headers = {"accept": "text/event-stream"} | ({"last-event-id": last} if last else {})
    async with client.stream("GET", f"{location}/events", headers=headers) as answer:
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/event-stream")
        assert "ratelimit" in answer.headers
        text = ""
        async for chunk in answer.aiter_text():
            text += chunk
            while "\n\n" in text:
                block, text = text.split("\n\n", 1)
                yield Event(block)


async def test_the_stream_tells_attempts_and_states_and_ends_with_the_run(
    client: httpx.AsyncClient, door: Door
) -> None:
    location = await submitted(client)
    run_id = location.rsplit("/", 1)[1]
    await record(door, run_id, ("hunter", MISS))
    events: list[Event] = []

    async def read() -> None:
        events.extend([event async for event in stream(client, location)])

    reading = asyncio.create_task(read())
    await asyncio.wait({reading}, timeout=0.5)
    await record(door, run_id, ("dropcontact", HIT))
    await client.post(f"{location}/cancel")
    async with asyncio.timeout(60):
        await reading
    assert events[0].retry == "2000"
    told = [
        (e.kind, e.data.get("provider") or e.data["status"]) for e in events[1:] if e.data.get("outcome") != "skipped"
    ]
    assert sorted(told) == [
        ("attempt", "dropcontact"),
        ("attempt", "hunter"),
        ("run", "cancelled"),
        ("run", "processing"),
    ]
    assert told[-1] == ("run", "cancelled")
    # A client that comes back after the first attempt gets the rest and nothing twice.
    first = next(e for e in events if e.kind == "attempt")
    rest = [e.data.get("provider") or e.data["status"] async for e in stream(client, location, first.id or "") if e.id]
    assert first.data["provider"] not in rest
    assert rest[-1] == "cancelled"
    # A client that has seen the end is asked not to come back.
    over = await client.get(
        f"{location}/events", headers={"accept": "text/event-stream", "last-event-id": events[-1].id or ""}
    )
    assert over.status_code == 204


def test_progress_survives_rubbish_from_the_client() -> None:
    assert not EventCursor("\x00,,x=y,run=").ended
    assert EventCursor("a/email,run=failed").ended


async def test_events_cannot_be_had_as_json(client: httpx.AsyncClient) -> None:
    location = await submitted(client)
    assert (await client.get(f"{location}/events", headers={"accept": "application/json"})).status_code == 406
