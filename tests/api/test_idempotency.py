"""Idempotency-Key: the first answer is the answer."""

import asyncio

import httpx
import pytest

from tests.api.door import PERSON, Door

ENRICH = "/api/v1/enrich"


async def test_a_replay_is_the_first_answer_byte_for_byte(client: httpx.AsyncClient) -> None:
    first = await client.post(ENRICH, json={**PERSON, "x": 1}, headers={"Idempotency-Key": "order-1"})
    again = await client.post(ENRICH, json={"x": 1, **PERSON}, headers={"Idempotency-Key": '"order-1"'})
    assert first.status_code == again.status_code == 202
    assert again.content == first.content
    for name in ("location", "retry-after", "content-type"):
        assert again.headers[name] == first.headers[name]
    assert again.headers["idempotent-replayed"] == "true"
    assert "idempotent-replayed" not in first.headers
    assert (await client.get("/api/v1/credits")).json()["total_spent"] == 1


async def test_a_hundred_at_once_make_one_run_and_one_charge(door: Door) -> None:
    async with door.client(await door.key(rate_limit=1000)) as client:
        answers, accepted = list[httpx.Response](), list[httpx.Response]()
        # A machine that stalls refuses the one that was first, which keeps nothing: all come again.
        for _ in range(5):
            answers = await asyncio.gather(
                *(client.post(ENRICH, json=PERSON, headers={"Idempotency-Key": "same"}) for _ in range(100))
            )
            assert {a.status_code for a in answers} <= {202, 409, 503}
            if accepted := [a for a in answers if a.status_code == 202]:
                break
        assert len({a.content for a in accepted}) == 1
        assert sum("idempotent-replayed" not in a.headers for a in accepted) == 1
        assert all(a.json()["type"] == "/errors/idempotency-in-flight" for a in answers if a.status_code == 409)
        assert all(a.headers["retry-after"] == "1" for a in answers if a.status_code == 409)
        assert len((await client.get("/api/v1/runs")).json()["runs"]) == 1
        assert (await client.get("/api/v1/credits")).json()["total_spent"] == 1


async def test_keys_of_two_api_keys_do_not_meet(door: Door) -> None:
    async with door.client(await door.key("acme")) as one, door.client(await door.key("other")) as two:
        first = await one.post(ENRICH, json=PERSON, headers={"Idempotency-Key": "same"})
        second = await two.post(ENRICH, json=PERSON, headers={"Idempotency-Key": "same"})
        assert first.json()["runId"] != second.json()["runId"]


async def test_a_refusal_is_not_kept(door: Door) -> None:
    async with door.client(await door.key(amount=1)) as client:
        assert (await client.post(ENRICH, json=PERSON)).status_code == 202
        other = {**PERSON, "lastName": "Other"}
        key = {"Idempotency-Key": "later"}
        assert (await client.post(ENRICH, json=other, headers=key)).status_code == 402
        await door.key(amount=1)
        assert (await client.post(ENRICH, json=other, headers=key)).status_code == 202


@pytest.mark.parametrize(
    "key",
    [
        pytest.param("", id="empty"),
        pytest.param('""', id="empty text"),
        pytest.param("x" * 256, id="too long"),
        pytest.param('"open', id="not closed"),
        pytest.param('"a"b"', id="quote inside"),
        pytest.param("k\xe9y", id="not ASCII"),
    ],
)
async def test_a_malformed_key_is_refused(client: httpx.AsyncClient, key: str) -> None:
    headers = [(b"idempotency-key", key.encode("latin-1"))]
    answer = await client.post(ENRICH, json=PERSON, headers=headers)
    assert answer.status_code == 400
    assert [e["field"] for e in answer.json()["errors"]] == ["Idempotency-Key"]


@pytest.mark.parametrize("key", [pytest.param("x" * 255, id="longest"), pytest.param(r'"a \"b\" \\c"', id="escapes")])
async def test_a_proper_key_is_accepted(client: httpx.AsyncClient, key: str) -> None:
    assert (await client.post(ENRICH, json=PERSON, headers={"Idempotency-Key": key})).status_code == 202
