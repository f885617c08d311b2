"""Keys at the door: who is let in, and that refusals reveal nothing."""

import asyncio
import time

import pytest

from app.domain.accounts.api_key import mint
from app.domain.vocabulary import Mode
from tests.api.checks import limited, problem
from tests.api.door import Door

ENRICH = "/api/v1/enrich"


@pytest.mark.parametrize(
    ("headers", "why"),
    [
        pytest.param({}, "none", id="no key"),
        pytest.param({"authorization": "Bearer nonsense"}, "malformed", id="malformed"),
        pytest.param({"authorization": "Basic bm86bm8="}, "scheme", id="another scheme"),
        pytest.param({"authorization": "Bearer"}, "empty", id="empty"),
        pytest.param({"x-api-key": "{unknown}"}, "unknown", id="unknown"),
        pytest.param({"authorization": "Bearer {good}", "x-api-key": "{unknown}"}, "two", id="two different keys"),
        pytest.param({"authorization": "Basic bm86bm8=", "x-api-key": "{good}"}, "two", id="another scheme beside"),
    ],
)
async def test_401_is_the_same_whatever_is_wrong_with_the_key(door: Door, headers: dict[str, str], why: str) -> None:
    good = (await door.key()).api_key
    unknown = mint("leadmodule", Mode.LIVE, lambda letters: letters[1], b"")
    sent = {name: value.format(good=good, unknown=unknown) for name, value in headers.items()}
    async with door.client() as client:
        for method, path in (("POST", ENRICH), ("GET", "/api/v1/credits")):
            answer = await client.request(method, path, headers=sent)
            body = problem(answer, 401, "unauthenticated")
            assert body["error"] == "Invalid or missing API key", why
            assert answer.headers["www-authenticate"] == "Bearer"
            assert "ratelimit" not in answer.headers


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param({"authorization": "Bearer {good}"}, id="bearer"),
        pytest.param({"authorization": "bearer  {good}"}, id="bearer in another case"),
        pytest.param({"x-api-key": "{good}"}, id="x-api-key"),
        pytest.param({"authorization": "Bearer {good}", "x-api-key": "{good}"}, id="both the same"),
    ],
)
async def test_both_headers_are_accepted(door: Door, headers: dict[str, str]) -> None:
    good = (await door.key()).api_key
    async with door.client() as client:
        answer = await client.get("/api/v1/credits", headers={n: v.format(good=good) for n, v in headers.items()})
        assert answer.status_code == 200
        limited(answer)


async def test_a_revoked_key_stops_working_within_a_second(door: Door) -> None:
    key = await door.key()
    async with door.client(key) as client:
        assert (await client.get("/api/v1/credits")).status_code == 200
        door.sql("UPDATE api_keys SET revoked_at = now() WHERE id = %s", key.id)
        began = time.monotonic()
        while (answer := await client.get("/api/v1/credits")).status_code == 200:
            assert time.monotonic() - began < 10, "its key is read again each second"
            await asyncio.sleep(0.02)
        problem(answer, 401, "unauthenticated")
