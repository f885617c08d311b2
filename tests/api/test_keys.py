"""Keys over the API: scopes, networks, expiry; and that a revoked key loses what is open (B11 and B12 of the list)."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx
import pytest

from app.api.operations import operations
from app.clock import SystemClock
from app.domain.accounts.key_terms import EVERYTHING, KeyTerms, Scope
from app.domain.vocabulary import Mode
from tests.api.door import PERSON, Door
from tests.api.test_service import conforms

KEYS = "/api/v1/keys"


def with_key(door: Door, key: str) -> httpx.AsyncClient:
    return httpx.AsyncClient(base_url=door.url, headers={"x-api-key": key}, timeout=30)


async def test_b12_a_key_is_made_shown_once_changed_rotated_and_revoked(door: Door, client: httpx.AsyncClient) -> None:
    made = await client.post(KEYS, json={"name": "CRM", "scopes": ["read", "submit"], "networks": ["127.0.0.1"]})
    assert made.status_code == 201, made.text
    key = made.json()
    assert (key["scopes"], key["networks"], key["mode"]) == (["submit", "read"], ["127.0.0.1/32"], "live")
    assert key["apiKey"].startswith(key["prefix"])
    listed = (await client.get(KEYS)).json()["keys"]
    assert [one["name"] for one in listed] == ["CRM", ""]
    assert "apiKey" not in listed[0]
    async with with_key(door, key["apiKey"]) as other:
        assert (await other.get("/api/v1/credits")).status_code == 200
        refused = await other.get(KEYS)
        assert (refused.status_code, refused.json()["requiredScope"]) == (403, "admin:keys")
        changed = await client.patch(f"{KEYS}/{key['id']}", json={"scopes": ["submit"], "name": "Form"})
        assert (changed.status_code, changed.json()["name"]) == (200, "Form")
        await until(lambda: refusal(other, "/api/v1/credits"), "read")
        rotated = await client.post(f"{KEYS}/{key['id']}/rotate", params={"graceHours": 0})
        assert rotated.status_code == 201, rotated.text
        assert rotated.json()["scopes"] == ["submit"]
        await until(lambda: status(other, "/api/v1/credits"), 401)
    async with with_key(door, rotated.json()["apiKey"]) as newer:
        assert (await newer.post("/api/v1/enrich", json=PERSON)).status_code == 202
        assert (await client.delete(f"{KEYS}/{rotated.json()['id']}")).status_code == 204
        await until(lambda: status(newer, "/api/v1/credits"), 401)
    # Revoking again is no fault, changing is.
    assert (await client.delete(f"{KEYS}/{rotated.json()['id']}")).status_code == 204
    assert (await client.patch(f"{KEYS}/{rotated.json()['id']}", json={"name": "x"})).status_code == 404


async def status(client: httpx.AsyncClient, path: str) -> int:
    return (await client.get(path)).status_code


async def refusal(client: httpx.AsyncClient, path: str) -> str | None:
    required: str | None = (await client.get(path)).json().get("requiredScope")
    return required


async def until(ask: Any, wanted: object) -> None:
    """Ask until the answer has come, which takes a second at most for a key."""
    async with asyncio.timeout(60):
        while await ask() != wanted:  # noqa: ASYNC110 - the API's own answer is what is waited for
            await asyncio.sleep(0.05)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"scopes": ["everything"]}, "scopes[0]"),
        ({"scopes": []}, "scopes"),
        ({"networks": ["acme.example"]}, "networks[0]"),
        ({"expiresAt": "tomorrow"}, "expiresAt"),
        ({"expiresAt": "2026-01-31T12:00:00Z"}, "expiresAt"),
        ({"expiresAt": "9999-12-31T23:59:59-23:59"}, "expiresAt"),
        ({"expiresAt": "0001-01-01T00:00:00+23:59"}, "expiresAt"),
        ({"networks": "192.0.2.0/24"}, "networks"),
        ({"rateLimit": 0}, "rateLimit"),
        ({"name": "x" * 101}, "name"),
        ({"networks": ["10.0.0.0/8"] * 51}, "networks"),
    ],
)
async def test_b12_a_wrong_member_is_named(client: httpx.AsyncClient, body: dict[str, Any], field: str) -> None:
    answer = await client.post(KEYS, json=body)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, field)
    assert not answer.json()["error"].rstrip().endswith(" of")
    mine = (await client.get(KEYS)).json()["keys"][0]
    changed = await client.patch(f"{KEYS}/{mine['id']}", json=body)
    assert (changed.status_code, changed.json()["errors"]) == (400, answer.json()["errors"])


async def test_b12_no_key_makes_changes_or_rotates_a_stronger_one(door: Door, client: httpx.AsyncClient) -> None:
    weak = await door.key(terms=KeyTerms(scopes=(Scope.READ, Scope.ADMIN_KEYS), rate_limit=5))
    strong = (await client.get(KEYS)).json()["keys"][-1]["id"]
    async with door.client(weak) as limited:
        for body, field in (({"scopes": ["submit"]}, "scopes"), ({"rateLimit": 6}, "rateLimit")):
            answer = await limited.post(KEYS, json=body)
            assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, field)
        made = (await limited.post(KEYS, json={})).json()
        assert (made["scopes"], made["rateLimit"]) == (["read", "admin:keys"], 5)
        assert (await limited.post(f"{KEYS}/{strong}/rotate")).status_code == 403
        assert (await limited.patch(f"{KEYS}/{strong}", json={"name": "mine"})).status_code == 403
        assert (await limited.patch(f"{KEYS}/{made['id']}", json={"scopes": ["submit"]})).status_code == 400


async def test_b12_keys_of_others_and_of_the_other_mode_do_not_exist(door: Door, client: httpx.AsyncClient) -> None:
    stranger, tester = await door.key("globex"), await door.key(mode=Mode.TEST)
    for other in (stranger, tester):
        assert (await client.delete(f"{KEYS}/{other.id}")).status_code == 404
        assert (await client.post(f"{KEYS}/{other.id}/rotate")).status_code == 404
    async with door.client(tester) as test:
        assert [one["id"] for one in (await test.get(KEYS)).json()["keys"]] == [str(tester.id)]
        assert (await test.post(KEYS, json={})).json()["apiKey"].startswith("lm_test_")


async def test_b12_a_key_ends_and_is_bound_to_networks(door: Door) -> None:
    over = await door.key(terms=KeyTerms(expires_at=SystemClock().now() - timedelta(seconds=1)))
    async with door.client(over) as client:
        assert (await client.get("/api/v1/credits")).status_code == 401
    elsewhere = await door.key(terms=KeyTerms(networks=("192.0.2.0/24",)))
    async with door.client(elsewhere) as client:
        answer = await client.get("/api/v1/credits")
        assert (answer.status_code, answer.json()["type"]) == (403, "/errors/forbidden")
        assert "127.0.0.1" in answer.json()["error"]
        assert "requiredScope" not in answer.json()


@pytest.fixture
async def scoped(door: Door) -> AsyncIterator[dict[Scope, httpx.AsyncClient]]:
    """A client for each scope, whose key has that one alone."""
    clients = {scope: door.client(await door.key(terms=KeyTerms(scopes=(scope,)))) for scope in EVERYTHING}
    yield clients
    for client in clients.values():
        await client.aclose()


async def test_b12_every_operation_needs_its_scope(scoped: dict[Scope, httpx.AsyncClient]) -> None:
    for operation in operations():
        if operation.handler is None:
            continue
        path = operation.path
        for name in ("run_id", "batch_id", "job_id", "endpoint_id", "delivery_id", "key_id"):
            path = path.replace(f"{{{name}}}", "01a1fffb-5d10-7c2b-9e83-6a5b4c3d2e1f")
        path = path.replace("/waterfalls/{name}", "/waterfalls/cheap")
        assert "{" not in path
        for scope, client in scoped.items():
            answer = await client.request(operation.method, path)
            allowed = scope is operation.scope
            assert (answer.status_code != 403) is allowed, (operation.name, scope)
            if not allowed:
                conforms("Problem", answer.json())


async def test_b11_a_revoked_key_loses_its_open_stream_and_its_long_poll(door: Door, client: httpx.AsyncClient) -> None:
    key = await door.key()
    async with door.client(key) as other:
        run = (await other.post("/api/v1/enrich", json=PERSON)).json()["runId"]
        path = f"/api/v1/enrich/{run}"
        poll = asyncio.create_task(other.get(path, params={"wait": 60}))
        async with other.stream("GET", f"{path}/events") as stream:
            lines = stream.aiter_lines()
            while not (await anext(lines)).startswith("event: run"):
                pass
            began = asyncio.get_running_loop().time()
            assert (await client.delete(f"{KEYS}/{key.id}")).status_code == 204
            rest = [line async for line in lines]
            assert (await poll).status_code == 401
            assert asyncio.get_running_loop().time() - began < 10  # the poll alone would last 60 s
        assert "event: error" in rest
        assert any('"status":401' in line for line in rest)
