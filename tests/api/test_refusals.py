"""Every row of the contract's table of errors: exact status, headers and body."""

import json
from typing import Any

import httpx
import msgspec
import pytest

from tests.api.checks import limited, problem
from tests.api.door import PERSON, Door, new_id, opened

ENRICH = "/api/v1/enrich"


async def test_400_names_every_wrong_member_at_once(client: httpx.AsyncClient) -> None:
    wrong = {
        "firstName": 7,
        "companyDomain": "not a domain",
        "linkedInUrl": "https://example.com/in/jane",
        "enrichmentType": "fax",
        "forceRefresh": "yes",
        "webhookUrl": "ftp://example.com/hook",
        "metadata": [],
        "providers": ["hunter", "nobody", 3, "hunter"],
        "maxCostUsd": 0,
    }
    answer = await client.post(ENRICH, json=wrong, headers={"Idempotency-Key": ""})
    body = problem(answer, 400, "invalid-input", "errors")
    assert {e["field"] for e in body["errors"]} == {
        "firstName", "companyDomain", "linkedInUrl", "enrichmentType", "forceRefresh", "webhookUrl", "metadata",
        "providers[1]", "providers[2]", "providers[3]", "maxCostUsd", "Idempotency-Key",
    }  # fmt: skip
    assert "hunter" in next(e["message"] for e in body["errors"] if e["field"] == "providers[1]")
    limited(answer)
    assert answer.headers["x-ratelimit-remaining"] == "60"


async def test_402_says_what_is_needed_and_what_there_is_and_consumes_nothing(door: Door) -> None:
    async with door.client(await door.key(plan="leadsonar", amount=5)) as client:
        answer = await client.post(ENRICH, json={**PERSON, "enrichmentType": "all"}, headers={"Idempotency-Key": "k"})
        body = problem(answer, 402, "insufficient-credits", "creditsRequired", "creditsAvailable")
        assert (body["creditsRequired"], body["creditsAvailable"]) == (6, 5)
        limited(answer)
        assert answer.headers["x-ratelimit-remaining"] == "60"
        assert (await client.get("/api/v1/runs")).json()["runs"] == []
        # The key is free again, even for another body.
        assert (await client.post(ENRICH, json=PERSON, headers={"Idempotency-Key": "k"})).status_code == 202


async def test_404_for_anothers_run_is_indistinguishable_from_one_that_never_was(door: Door) -> None:
    async with door.client(await door.key("acme")) as owner, door.client(await door.key("other")) as other:
        run = (await owner.post(ENRICH, json=PERSON)).json()["runId"]
        bodies: dict[str, set[str]] = {}
        for run_id in (run, new_id(), "not-a-uuid"):
            for suffix in ("", "/attempts", "/events"):
                answer = await other.get(f"{ENRICH}/{run_id}{suffix}", headers={"accept": "*/*"})
                limited(answer)
                body = problem(answer, 404, "not-found")
                bodies.setdefault(suffix, set()).add(body["detail"])
            answer = await other.post(f"{ENRICH}/{run_id}/cancel")
            bodies.setdefault("/cancel", set()).add(problem(answer, 404, "not-found")["detail"])
        assert {len(told) for told in bodies.values()} == {1}


async def test_404_for_a_path_that_does_not_exist(client: httpx.AsyncClient) -> None:
    problem(await client.get("/api/v1/nothing"), 404, "unknown-route")
    problem(await client.get("/docs/assets/../../secret"), 404, "unknown-route")


@pytest.mark.parametrize(
    ("method", "path", "allow"),
    [
        pytest.param("GET", ENRICH, {"POST", "OPTIONS"}, id="enrich"),
        pytest.param("DELETE", "/api/v1/runs", {"GET", "HEAD", "OPTIONS"}, id="runs"),
        pytest.param("PATCH", "/api/v1/webhooks/secret", {"GET", "HEAD", "POST", "OPTIONS"}, id="two methods"),
        pytest.param("TRACE", "/health/live", {"GET", "HEAD", "OPTIONS"}, id="trace"),
    ],
)
async def test_405_lists_what_is_allowed(client: httpx.AsyncClient, method: str, path: str, allow: set[str]) -> None:
    answer = await client.request(method, path)
    problem(answer, 405, "method-not-allowed")
    assert set(answer.headers["allow"].split(", ")) == allow


async def test_options_and_head_answer_as_http_says(client: httpx.AsyncClient) -> None:
    options = await client.options(ENRICH)
    assert options.status_code == 204
    assert set(options.headers["allow"].split(", ")) == {"POST", "OPTIONS"}
    head = await client.head("/api/v1/credits")
    assert head.status_code == 200
    assert head.content == b""
    assert int(head.headers["content-length"]) > 0


@pytest.mark.parametrize(
    ("accept", "status"),
    [
        pytest.param("text/html", 406, id="html only"),
        pytest.param("application/json;q=0", 406, id="weight zero"),
        pytest.param("application/json;q=0, */*", 406, id="excluded by the nearest range"),
        pytest.param("application/*;q=0.1, text/html", 202, id="family"),
        pytest.param("text/html, */*;q=0.1", 202, id="anything"),
        pytest.param("application/problem+json", 202, id="problem documents"),
        pytest.param("APPLICATION/JSON", 202, id="another case"),
    ],
)
async def test_406_when_json_is_excluded(client: httpx.AsyncClient, accept: str, status: int) -> None:
    answer = await client.post(ENRICH, json=PERSON, headers={"accept": accept})
    if status == 202:
        assert answer.status_code == 202
    else:
        problem(answer, 406, "not-acceptable")
        limited(answer)


async def test_413_above_one_mebibyte_declared_or_streamed(client: httpx.AsyncClient) -> None:
    big = json.dumps({**PERSON, "x": "y" * (1 << 20)}).encode()

    async def stream() -> Any:
        for start in range(0, len(big), 65536):
            yield big[start : start + 65536]

    kind = {"content-type": "application/json"}
    for content in (big, stream()):
        answer = await client.post(ENRICH, content=content, headers=kind)
        problem(answer, 413, "body-too-large")
        limited(answer)
    assert (await client.get("/api/v1/credits")).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param({"content-type": "text/plain"}, id="text"),
        pytest.param({"content-type": "application/x-www-form-urlencoded"}, id="form"),
        pytest.param({"content-type": "application/json; charset=latin-1"}, id="charset"),
        pytest.param({"content-type": "application/json", "content-encoding": "gzip"}, id="compressed"),
    ],
)
async def test_415_for_what_is_not_plain_json(client: httpx.AsyncClient, headers: dict[str, str]) -> None:
    answer = await client.post(ENRICH, content=msgspec.json.encode(PERSON), headers=headers)
    problem(answer, 415, "unsupported-media-type")
    limited(answer)


async def test_422_for_a_key_reused_with_another_body(client: httpx.AsyncClient) -> None:
    key = {"Idempotency-Key": "order-1"}
    assert (await client.post(ENRICH, json=PERSON, headers=key)).status_code == 202
    answer = await client.post(ENRICH, json={**PERSON, "firstName": "June"}, headers=key)
    problem(answer, 422, "idempotency-mismatch")
    limited(answer)
    assert answer.headers["x-ratelimit-remaining"] == "59"


async def test_503_when_the_database_is_away_and_nothing_was_consumed(door: Door) -> None:
    key = await door.key()
    async with door.client(key) as client:
        assert (await client.get("/api/v1/credits")).status_code == 200
        away = msgspec.structs.replace(door.settings, database_url="postgresql://nobody@127.0.0.1:1/none")
        with opened(away) as broken:
            cut_off = broken.client(key)
            for answer in (await cut_off.post(ENRICH, json=PERSON), await cut_off.get("/api/v1/credits")):
                body = problem(answer, 503, "unavailable")
                assert "nothing was accepted or charged" in body["error"]
                assert int(answer.headers["retry-after"]) >= 1
            ready = await cut_off.get("/health/ready")
            await cut_off.aclose()
            assert problem(ready, 503, "unavailable", "checks")["checks"] == {"database": "down", "redis": "up"}


async def test_503_names_the_secret_key_that_the_operator_has_to_set(door: Door) -> None:
    key = await door.key()
    endpoint = {"url": "https://hooks.acme.example/leads", "headers": {"x-token": "secret"}}
    sealed = {None: "LEADRUN_SECRET_KEY is not set", "another-key-of-this-installation": "add the key that encrypted"}
    async with door.client(key) as client:
        assert (await client.get("/api/v1/webhooks/secret")).status_code == 200
    for secret_key, sentence in sealed.items():
        with opened(msgspec.structs.replace(door.settings, secret_key=secret_key)) as other:
            client = other.client(key)
            answers = [await client.get("/api/v1/webhooks/secret")]
            if secret_key is None:
                answers += [
                    await client.post("/api/v1/webhooks/secret"),
                    await client.post("/api/v1/webhooks/endpoints", json=endpoint),
                ]
            for answer in answers:
                assert sentence in problem(answer, 503, "unavailable")["error"]
                assert answer.headers["retry-after"] == "60"
            await client.aclose()


async def test_500_reveals_nothing_but_the_request_id(own_door: Door) -> None:
    key = await own_door.key()
    own_door.sql("DROP TABLE credit_entries, cache_entries")
    async with own_door.client(key) as client:
        answer = await client.post(ENRICH, json=PERSON)
        body = problem(answer, 500, "internal-error")
        assert body["requestId"] in body["detail"]
        assert "ledger" not in answer.text
        assert "cache_entries" not in answer.text


async def test_every_type_resolves(door: Door) -> None:
    async with door.client() as client:
        page = await client.get("/errors/quota-exceeded")
        assert page.status_code == 200
        assert page.json()["status"] == 429
        problem(await client.get("/errors/none"), 404, "unknown-route")
