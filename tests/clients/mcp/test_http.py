"""The door for assistants over HTTP: keys, scopes, origins, bounds, revocation, and several processes."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import msgspec
import pytest
from mcp.shared.exceptions import MCPError

from app.domain.accounts.key_terms import KeyTerms, Scope
from app.settings.settings import Settings
from tests.api.checks import problem
from tests.api.door import Door, opened
from tests.clients.mcp.assistants import connected
from tests.contract.played import DOMAIN
from tests.contract.standing import Standing

ADA = {"first_name": "Ada", "last_name": "Lovell", "company_domain": DOMAIN}
PING = {"jsonrpc": "2.0", "id": 1, "method": "ping"}
ACCEPT = {"accept": "application/json, text/event-stream"}


@pytest.fixture
def door(settings: Settings) -> Iterator[Door]:
    """An API without a worker, so that every run waits."""
    with opened(settings) as door:
        yield door


@pytest.fixture
async def http(door: Door) -> AsyncIterator[httpx.AsyncClient]:
    async with door.client(await door.key()) as client:
        client.headers.update(ACCEPT)
        yield client


def calling(tool: str, **arguments: Any) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": 7, "method": "tools/call", "params": {"name": tool, "arguments": arguments}}


def result_of(answer: httpx.Response) -> dict[str, Any]:
    """Read the result in an event stream."""
    assert answer.status_code == 200, answer.text
    lines = [line for line in answer.text.splitlines() if line.startswith("data: ")]
    found: dict[str, Any] = json.loads(lines[-1].removeprefix("data: "))["result"]
    return found


async def test_a_key_is_needed(door: Door) -> None:
    async with door.client() as client:
        for headers in ({}, {"authorization": "Bearer nonsense"}, {"x-api-key": "lm_live_x"}):
            answer = await client.post("/mcp", json=PING, headers=ACCEPT | headers)
            problem(answer, 401, "unauthenticated")
            assert answer.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize(
    ("origin", "public", "status"),
    [
        pytest.param("https://evil.example", None, 403, id="a stranger"),
        pytest.param("null", None, 403, id="no origin of its own"),
        pytest.param("http://[", None, 403, id="no URL"),
        pytest.param("http://localhost:6274", None, 200, id="this machine"),
        pytest.param("http://127.0.0.1:1", None, 200, id="its address"),
        pytest.param("https://leads.acme.example", "https://leads.acme.example", 200, id="our own site"),
        pytest.param("http://leads.acme.example", "https://leads.acme.example", 403, id="another scheme"),
        pytest.param("http://localhost", "https://leads.acme.example", 403, id="this machine, where there is a site"),
        pytest.param("https://leads.acme.example.evil.example", "https://leads.acme.example", 403, id="a lookalike"),
    ],
)
async def test_pages_of_strangers_are_refused(settings: Settings, origin: str, public: str | None, status: int) -> None:
    with opened(msgspec.structs.replace(settings, public_url=public)) as door:
        async with door.client(await door.key()) as client:
            # A name that was bound again stands in `Host` as well.
            headers = ACCEPT | {"origin": origin, "host": origin.rpartition("/")[2] or "x"}
            assert (await client.post("/mcp", json=PING, headers=headers)).status_code == status


@pytest.mark.parametrize("method", ["GET", "DELETE", "PUT"])
async def test_there_is_no_session_to_open_or_to_end(http: httpx.AsyncClient, method: str) -> None:
    answer = await http.request(method, "/mcp", headers={"mcp-session-id": "x"})
    problem(answer, 405, "method-not-allowed")
    assert answer.headers["allow"] == "OPTIONS, POST"


@pytest.mark.parametrize(
    ("body", "headers", "status"),
    [
        pytest.param(b"{", {}, 400, id="no JSON"),
        pytest.param(b"", {}, 400, id="nothing"),
        pytest.param(b"[%b]" % json.dumps(PING).encode(), {}, 400, id="several messages"),
        pytest.param(b'{"jsonrpc":"2.0","id":1,"method":"ping","method":"tools/call"}', {}, 400, id="a member twice"),
        pytest.param(b'{"a":' * 5000 + b"1" + b"}" * 5000, {}, 400, id="deep"),
        pytest.param(b'{"id": 1e400}', {}, 400, id="no number"),
        pytest.param(b'"' + b"x" * 2**21 + b'"', {}, 413, id="large"),
        pytest.param(json.dumps(PING).encode(), {"content-type": "text/plain"}, 415, id="another type"),
        pytest.param(json.dumps(PING).encode(), {"content-encoding": "gzip"}, 415, id="compressed"),
        pytest.param(json.dumps(PING).encode(), {"accept": "text/html"}, 406, id="wants something else"),
        pytest.param(b'{"jsonrpc":"2.0","id":1}', {}, 400, id="no method"),
        pytest.param(b'{"jsonrpc":"1.0","id":1,"method":"ping"}', {}, 400, id="another protocol"),
        pytest.param(json.dumps(PING).encode(), {"mcp-protocol-version": "1999-01-01"}, 400, id="an old version"),
    ],
)
async def test_what_is_no_message_is_refused(
    http: httpx.AsyncClient, body: bytes, headers: dict[str, str], status: int
) -> None:
    answer = await http.post("/mcp", content=body, headers={"content-type": "application/json"} | headers)
    assert answer.status_code == status, answer.text
    assert len(answer.content) < 2000
    assert "Traceback" not in answer.text
    assert (await http.post("/mcp", json=PING)).status_code == 200


async def test_answers_have_the_headers_and_the_budget_of_other_reads(door: Door, http: httpx.AsyncClient) -> None:
    first, second = [await http.post("/mcp", json=PING, headers={"x-request-id": f"r-{n}"}) for n in range(2)]
    assert first.headers["x-request-id"] == "r-0"
    assert "no-store" in first.headers["cache-control"] or "no-cache" in first.headers["cache-control"]
    assert "mcp-session-id" not in first.headers
    assert "ratelimit" in second.headers
    few = msgspec.structs.replace(door.settings, read_limit=3)
    with opened(few) as other:
        async with other.client(await other.key(account="busy")) as client:
            statuses = [(await client.post("/mcp", json=PING, headers=ACCEPT)).status_code for _ in range(4)]
    assert statuses == [200, 200, 200, 429]


@pytest.mark.parametrize(
    ("scopes", "find", "read"),
    [
        pytest.param((Scope.READ,), False, True, id="read"),
        pytest.param((Scope.SUBMIT,), True, False, id="submit"),
        pytest.param((Scope.READ, Scope.SUBMIT), True, True, id="both"),
    ],
)
async def test_tools_have_the_scopes_of_the_key(
    stood: Standing, scopes: tuple[Scope, ...], *, find: bool, read: bool
) -> None:
    made = stood.new_key(account=f"scoped-{len(scopes)}-{scopes[0].value}", amount=9, terms=KeyTerms(scopes=scopes))
    async with connected("http", stood.url, made.api_key) as assistant:
        found = await assistant.result("find_email", ADA)
        assert found.is_error is not find
        if not find:
            assert "scope submit" in str(found.content)
        elif not read:
            # It is paid for: the run is named, and the warning says why its end is not seen.
            assert found.structured_content["run_id"]
            assert "scope read" in str(found.structured_content["warnings"])
        used = await assistant.result("credits_and_usage", {})
        assert used.is_error is not read
        if not read:
            assert "scope read" in str(used.content)


async def test_a_key_of_neither_scope_or_of_another_network_is_refused(door: Door) -> None:
    for terms in (KeyTerms(scopes=(Scope.WEBHOOKS,)), KeyTerms(networks=("192.0.2.0/24",))):
        async with door.client(await door.key(terms=terms)) as client:
            answer = await client.post("/mcp", json=PING, headers=ACCEPT)
            assert answer.status_code == 403
            assert answer.headers["content-type"] == "application/problem+json"


async def test_the_address_behind_a_proxy_counts_for_tools_as_well(settings: Settings) -> None:
    with opened(settings) as door:  # trusts this machine, as a proxy
        async with door.client(await door.key(terms=KeyTerms(networks=("192.0.2.0/24",)))) as client:
            headers = ACCEPT | {"x-forwarded-for": "192.0.2.7"}
            answer = await client.post("/mcp", json=calling("credits_and_usage"), headers=headers)
            assert result_of(answer)["structuredContent"]["balance"] == 1000


async def test_the_rate_limit_of_submissions_holds_and_is_said(door: Door) -> None:
    key = await door.key(rate_limit=2)
    async with connected("http", door.url, key.api_key) as assistant:
        for name in ("Ann", "Bob"):
            assert await assistant.call("find_email", full_name=f"{name} Smith", company_domain=DOMAIN, wait_seconds=0)
        refused = await assistant.refusal("find_email", full_name="Cy Smith", company_domain=DOMAIN, wait_seconds=0)
    assert "Nothing was charged" in refused
    assert "Call again in" in refused
    assert door.sql("SELECT count(*) FROM runs") == [(2,)]


async def test_a_revoked_key_ends_open_calls_within_a_second(door: Door) -> None:
    key = await door.key()
    async with door.client(key) as client:
        call = client.post("/mcp", json=calling("find_email", **ADA, wait_seconds=120), headers=ACCEPT)
        waiting = asyncio.ensure_future(call)
        while not door.sql("SELECT 1 FROM runs"):  # noqa: ASYNC110 - until it is submitted
            await asyncio.sleep(0.02)
        began = time.monotonic()
        door.sql("UPDATE api_keys SET revoked_at = now() WHERE id = %s", key.id)
        found = result_of(await waiting)
        assert time.monotonic() - began < 5, "it is looked for twice a second"
        assert "key is not accepted" in str(found["structuredContent"]["warnings"])
        while (await client.post("/mcp", json=PING, headers=ACCEPT)).status_code != 401:
            assert time.monotonic() - began < 10, "its key is read again each second"
            await asyncio.sleep(0.05)


async def test_an_assistant_that_goes_away_leaves_nothing_behind(settings: Settings) -> None:
    with opened(msgspec.structs.replace(settings, mcp_calls_at_once=1)) as door:
        key = await door.key()
        message = calling("find_email", **ADA, wait_seconds=120)
        async with door.client(key) as client:
            for number in range(3):
                waiting = asyncio.ensure_future(client.post("/mcp", json=message, headers=ACCEPT))
                while len(door.sql("SELECT 1 FROM runs")) <= number:
                    assert not waiting.done(), waiting.result().text
                    await asyncio.sleep(0.02)
                # One at once: the next call is taken when this one has given its place back.
                busy = await client.post("/mcp", json=calling("credits_and_usage"), headers=ACCEPT)
                assert busy.status_code == 429
                assert int(busy.headers["retry-after"]) > 0
                waiting.cancel()
                until = time.monotonic() + 20
                while (await client.post("/mcp", json=calling("credits_and_usage"), headers=ACCEPT)).status_code == 429:
                    assert time.monotonic() < until
                    await asyncio.sleep(0.05)
        assert door.sql("SELECT count(*) FROM runs WHERE status = 'pending'") == [(3,)]


async def test_any_process_answers_and_one_that_ends_says_what_goes_on(door: Door) -> None:
    key = await door.key()
    with opened(door.settings) as other:
        async with connected("http-handshake", door.url, key.api_key) as assistant:
            begun = await assistant.call("find_email", **ADA, wait_seconds=0)
        async with door.client(key) as client:
            # Of a session that another process began; there are none.
            headers = ACCEPT | {"mcp-session-id": "of-another"}
            client.base_url = httpx.URL(other.url)
            read = calling("get_result", id=begun["run_id"], wait_seconds=120)
            waiting = asyncio.ensure_future(client.post("/mcp", json=read, headers=headers))
            await asyncio.sleep(0.5)
            other.begin_to_stop()
            found = result_of(await asyncio.wait_for(waiting, 10))
    assert found["structuredContent"]["run"]["run_id"] == begun["run_id"]
    assert "get_result" in found["structuredContent"]["run"]["next_step"]


async def test_other_accounts_runs_are_not_seen(door: Door) -> None:
    mine, theirs = await door.key(account="mine"), await door.key(account="theirs")
    async with connected("http", door.url, mine.api_key) as assistant:
        run_id = (await assistant.call("find_email", **ADA, wait_seconds=0))["run_id"]
    async with connected("http", door.url, theirs.api_key) as assistant:
        assert "this id" in await assistant.refusal("get_result", id=run_id)
        with pytest.raises(MCPError, match="this id"):
            await assistant.client.read_resource(f"leadrun://runs/{run_id}")
