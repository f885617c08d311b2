"""The endpoint at which vendors post: only what was asked for, once, and it reveals nothing else."""

import asyncio
import hashlib
from datetime import timedelta
from uuid import UUID

import httpx
import pytest

from app.clock import SystemClock
from app.domain.waterfall.callback_token import LENGTH, PATH
from tests.api.door import PERSON, Door

TOKEN = "t" * LENGTH
BODY: dict[str, object] = {"people": [{"phone_numbers": []}]}


async def announced(door: Door, client: httpx.AsyncClient, token: str = TOKEN, *, seconds: float = 60.0) -> str:
    """Submit a person and announce that Apollo may post their number; returns the run."""
    run = (await client.post("/api/v1/enrich", json={**PERSON, "enrichmentType": "phone"})).json()["runId"]
    now = SystemClock().now()
    door.sql(
        "INSERT INTO provider_callbacks (token_digest, cascade_id, provider, field, created_at, expires_at)"
        " SELECT %s, cascade_id, 'apollo', 'phone', %s, %s FROM runs WHERE id = %s",
        hashlib.sha256(token.encode()).digest(),
        now,
        now + timedelta(seconds=seconds),
        UUID(run),
    )
    return str(run)


async def test_a_result_that_was_asked_for_is_kept_byte_by_byte(door: Door, client: httpx.AsyncClient) -> None:
    await announced(door, client)
    body = b' {"people": [], "note": "\\u0000\xc3\xa9"}\n'
    async with door.client() as vendor:
        answer = await vendor.post(f"{PATH}/apollo/{TOKEN}", content=body, headers={"content-type": "text/plain"})
    assert (answer.status_code, answer.content) == (204, b"")
    ((kept, received),) = door.sql("SELECT body, received_at IS NOT NULL FROM provider_callbacks")
    assert (bytes(kept), received) == (body, True)


async def test_what_nobody_waits_for_cannot_be_told_from_a_path_that_is_not_there(
    door: Door, client: httpx.AsyncClient
) -> None:
    over, live = "o" * LENGTH, "l" * LENGTH
    await announced(door, client)
    await announced(door, client, live)
    await announced(door, client, over, seconds=-1)
    async with door.client() as vendor:
        assert (await vendor.post(f"{PATH}/apollo/{TOKEN}", json=BODY)).status_code == 204
        refused = {
            name: await vendor.post(f"{PATH}/{provider}/{token}", json=BODY)
            for name, provider, token in (
                ("used", "apollo", TOKEN),
                ("over", "apollo", over),
                ("another vendor's", "wiza", live),
                ("unknown", "apollo", "u" * LENGTH),
                ("no vendor", "nobody", TOKEN),
                ("no token", "apollo", "short"),
                ("outside the alphabet", "apollo", "-" * LENGTH),
            )
        }
        nothing = await vendor.post("/api/v1/nothing", json=BODY)
    assert nothing.status_code == 404
    for name, answer in refused.items():
        path = answer.request.url.path
        told, wanted = answer.json(), nothing.json()
        assert (answer.status_code, answer.headers.keys()) == (404, nothing.headers.keys()), name
        assert told | {"requestId": ""} == {
            member: text.replace("/api/v1/nothing", path) if isinstance(text, str) else text
            for member, text in (wanted | {"requestId": ""}).items()
        }, name
    assert door.sql("SELECT count(*) FROM provider_callbacks WHERE body IS NOT NULL") == [(1,)]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        pytest.param(b"", 400, id="empty"),
        pytest.param(b"{", 400, id="broken off"),
        pytest.param(b"<html>", 400, id="no JSON"),
        pytest.param(b"5", 400, id="a number"),
        pytest.param(b"\xff", 400, id="no text"),
        pytest.param(b"[" * 100_000, 400, id="very deep"),
        pytest.param(b'"' + b"x" * (1 << 20) + b'"', 413, id="above 1 MiB"),
    ],
)
async def test_a_body_that_cannot_be_a_result_uses_nothing_up_and_tells_nothing(
    door: Door, client: httpx.AsyncClient, body: bytes, status: int
) -> None:
    await announced(door, client)
    async with door.client() as vendor:
        known = await vendor.post(f"{PATH}/apollo/{TOKEN}", content=body)
        unknown = await vendor.post(f"{PATH}/apollo/{'u' * LENGTH}", content=body)
        assert (known.status_code, unknown.status_code) == (status, status)
        assert known.json()["detail"] == unknown.json()["detail"]
        assert (await vendor.post(f"{PATH}/apollo/{TOKEN}", json=BODY)).status_code == 204


async def test_a_key_is_neither_needed_nor_of_use(door: Door, client: httpx.AsyncClient) -> None:
    await announced(door, client)
    assert (await client.post(f"{PATH}/apollo/{'u' * LENGTH}", json=BODY)).status_code == 404
    assert (await client.get(f"{PATH}/apollo/{TOKEN}")).status_code == 405
    answer = await client.post(f"{PATH}/apollo/{TOKEN}", json=BODY)
    assert answer.status_code == 204
    assert "ratelimit" not in answer.headers


async def test_the_token_is_in_no_log_line_and_in_no_metric(
    door: Door, client: httpx.AsyncClient, capfd: pytest.CaptureFixture[str]
) -> None:
    await announced(door, client)
    async with door.client() as vendor:
        await vendor.post(f"{PATH}/apollo/{TOKEN}", json=BODY)
        await vendor.post(f"{PATH}/apollo/{TOKEN}", json=BODY)
        metrics = (await vendor.get("/metrics")).text
    assert f'route="{PATH}/{{provider}}/{{token}}"' in metrics
    assert TOKEN not in metrics
    told = capfd.readouterr()
    assert TOKEN not in told.out + told.err


async def test_two_posts_at_once_are_one(door: Door, client: httpx.AsyncClient) -> None:
    await announced(door, client)
    async with door.client() as vendor:
        posts = [vendor.post(f"{PATH}/apollo/{TOKEN}", json={"people": [n]}) for n in range(8)]
        statuses = sorted([answer.status_code for answer in await asyncio.gather(*posts)])
    assert statuses == [204] + [404] * 7
