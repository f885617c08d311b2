"""Endpoints over HTTP: made, listed, changed, deleted; what is wrong is named, what is somebody else's is not found."""

from typing import Any

import httpx
import msgspec
import pytest

from app.domain.webhooks.endpoint import MAX_ENDPOINTS
from app.settings.settings import Settings
from tests.api.checks import limited, problem
from tests.api.door import PERSON, Door, new_id, opened

ENDPOINTS = "/api/v1/webhooks/endpoints"
# An address of its own, so that no name has to be resolved.
URL = "https://9.9.9.9/hook"


async def make(client: httpx.AsyncClient, **more: Any) -> dict[str, Any]:
    answer = await client.post(ENDPOINTS, json={"url": URL, **more})
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    assert answer.headers["location"] == f"{ENDPOINTS}/{made['id']}"
    limited(answer)
    return made


async def test_an_endpoint_is_made_read_listed_and_deleted(client: httpx.AsyncClient) -> None:
    made = await make(client, description="CRM", events=["job.completed", "enrichment.failed"])
    assert made == {
        "id": made["id"],
        "mode": "live",
        "keyId": made["keyId"],
        "url": URL,
        "events": ["enrichment.failed", "job.completed"],
        "description": "CRM",
        "enabled": True,
        "headerNames": [],
        "rateLimit": None,
        "disabledAt": None,
        "disabledReason": None,
        "failingSince": None,
        "createdAt": made["createdAt"],
        "updatedAt": made["createdAt"],
    }
    assert (await client.get(f"{ENDPOINTS}/{made['id']}")).json() == made
    other = await make(client)
    assert (await client.get(ENDPOINTS)).json() == {"endpoints": [made, other]}
    assert (await client.delete(f"{ENDPOINTS}/{made['id']}")).status_code == 204
    problem(await client.get(f"{ENDPOINTS}/{made['id']}"), 404, "not-found")
    assert (await client.get(ENDPOINTS)).json() == {"endpoints": [other]}


async def test_a_change_leaves_what_it_does_not_name(client: httpx.AsyncClient) -> None:
    made = await make(client, description="CRM", headers={"X-Tenant": "acme"})
    assert made["headerNames"] == ["X-Tenant"]
    path = f"{ENDPOINTS}/{made['id']}"
    changed = (await client.patch(path, json={"events": ["job.completed"], "description": None})).json()
    assert changed | {"updatedAt": made["updatedAt"]} == made | {"events": ["job.completed"]}
    disabled = (await client.patch(path, json={"enabled": False})).json()
    assert (disabled["enabled"], disabled["disabledReason"]) == (False, "disabled by its account")
    assert disabled["disabledAt"]
    enabled = (await client.patch(path, json={"enabled": True, "replay": True, "headers": {}})).json()
    assert (enabled["enabled"], enabled["disabledReason"], enabled["disabledAt"]) == (True, None, None)
    assert (enabled["replayed"], enabled["headerNames"]) == (0, [])


async def test_a_rate_limit_is_set_kept_changed_and_taken_away_by_null(client: httpx.AsyncClient) -> None:
    made = await make(client, rateLimit=5)
    path = f"{ENDPOINTS}/{made['id']}"
    given: list[dict[str, Any]] = [{}, {"rateLimit": 1000}, {"description": "x"}, {"rateLimit": None}, {}]
    rates = [(await client.patch(path, json=body)).json()["rateLimit"] for body in given]
    assert [made["rateLimit"], *rates] == [5, 5, 1000, 1000, None, None]
    assert (await make(client, rateLimit=None))["rateLimit"] is None


async def test_header_values_are_sealed_and_never_shown(client: httpx.AsyncClient, door: Door) -> None:
    made = await make(client, headers={"Authorization": "Bearer of-the-receiver"})
    shown = [(await client.get(path)).text for path in (ENDPOINTS, f"{ENDPOINTS}/{made['id']}")]
    ((sealed,),) = door.sql("SELECT encrypted_headers FROM webhook_endpoints")
    assert not any("of-the-receiver" in text for text in [str(made), *shown])
    assert b"of-the-receiver" not in sealed


@pytest.mark.parametrize(
    "name",
    [
        *("Host", "user-agent", "Content-Type", "CONTENT-LENGTH", "webhook-id", "Webhook-Signature"),
        *("X-LeadModule-Event", "Transfer-Encoding", "Connection", "TE", "Proxy-Authorization", "Accept-Encoding"),
    ],
)
async def test_w10_convoy_standard_headers_cannot_be_overridden(client: httpx.AsyncClient, name: str) -> None:
    answer = await client.post(ENDPOINTS, json={"url": URL, "headers": {name: "mine", "X-Fine": "yes"}})
    body = problem(answer, 400, "invalid-input", "errors")
    assert [(e["field"], "deliveries set themselves" in e["message"]) for e in body["errors"]] == [
        (f"headers.{name}", True)
    ]


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        pytest.param({}, ["url"], id="no URL"),
        pytest.param({"url": 7}, ["url"], id="number for a URL"),
        pytest.param({"url": "ftp://example.com"}, ["url"], id="no http"),
        pytest.param({"url": "http://127.0.0.1/"}, ["url"], id="private"),
        pytest.param({"url": URL, "events": "all"}, ["events"], id="no list"),
        pytest.param({"url": URL, "events": ["run.done", "webhook.ping"]}, ["events[0]", "events[1]"], id="events"),
        pytest.param({"url": URL, "description": "x" * 501}, ["description"], id="long description"),
        pytest.param({"url": URL, "enabled": "yes"}, ["enabled"], id="no flag"),
        pytest.param({"url": URL, "headers": ["X: y"]}, ["headers"], id="list of headers"),
        pytest.param({"url": URL, "headers": {f"X-{n}": "y" for n in range(21)}}, ["headers"], id="many headers"),
        pytest.param({"url": URL, "headers": {"X-A": "b\r\nc: d"}}, ["headers.X-A"], id="line break"),
        pytest.param({"url": URL, "headers": {"X-A": "ü"}}, ["headers.X-A"], id="not ASCII"),
        pytest.param({"url": URL, "headers": {"X-A": ""}}, ["headers.X-A"], id="empty value"),
        pytest.param({"url": URL, "headers": {"X A": "b"}}, ["headers.X A"], id="no token"),
        pytest.param({"url": URL, "headers": {"X-A": 1}}, ["headers.X-A"], id="no string"),
        pytest.param({"url": URL, "headers": {"X-A": "1", "x-a": "2"}}, ["headers.x-a"], id="twice"),
        *(
            pytest.param({"url": URL, "rateLimit": rate}, ["rateLimit"], id=f"rate {rate!r}")
            for rate in (0, -1, 1001, 1.5, "5", True, [5])
        ),
        pytest.param({"enabled": 1, "events": [1]}, ["url", "events[0]", "enabled"], id="all at once"),
    ],
)
async def test_what_is_wrong_with_an_endpoint_is_named(
    client: httpx.AsyncClient, body: dict[str, Any], fields: list[str]
) -> None:
    answer = problem(await client.post(ENDPOINTS, json=body), 400, "invalid-input", "errors")
    assert [e["field"] for e in answer["errors"]] == fields
    assert (await client.get(ENDPOINTS)).json() == {"endpoints": []}


async def test_replay_needs_enabling(client: httpx.AsyncClient) -> None:
    made = await make(client)
    answer = await client.patch(f"{ENDPOINTS}/{made['id']}", json={"replay": True})
    assert [e["field"] for e in problem(answer, 400, "invalid-input", "errors")["errors"]] == ["replay"]


async def test_unknown_members_are_named_in_warnings(client: httpx.AsyncClient) -> None:
    made = await make(client, webhook_url="x", header={})
    assert [warning.split("'")[1] for warning in made["warnings"]] == ["webhook_url", "header"]


async def test_an_account_has_so_many_endpoints_and_no_more(client: httpx.AsyncClient) -> None:
    made = [await make(client) for _ in range(MAX_ENDPOINTS)]
    problem(await client.post(ENDPOINTS, json={"url": URL}), 409, "too-many-endpoints")
    await client.delete(f"{ENDPOINTS}/{made[0]['id']}")
    await make(client)


async def test_each_endpoint_has_a_secret_of_its_own_that_rotates(client: httpx.AsyncClient) -> None:
    first, second = await make(client), await make(client)
    paths = [f"{ENDPOINTS}/{one['id']}/secret" for one in (first, second)] + ["/api/v1/webhooks/secret"]
    secrets = [(await client.get(path)).json()["secret"] for path in paths]
    assert len(set(secrets)) == 3
    rotated = (await client.post(paths[0])).json()
    assert [old["secret"] for old in rotated["previous"]] == [secrets[0]]
    assert rotated["secret"] not in secrets
    assert [(await client.get(path)).json()["previous"] for path in paths[1:]] == [[], []]


async def test_a_ping_is_accepted_and_can_be_looked_at(client: httpx.AsyncClient) -> None:
    made = await make(client, enabled=False)
    answer = await client.post(f"{ENDPOINTS}/{made['id']}/test")
    assert answer.status_code == 202
    ping = answer.json()
    assert (ping["event"], ping["state"], ping["endpointId"]) == ("webhook.ping", "pending", made["id"])
    assert (await client.get(answer.headers["location"])).json() == ping | {"tries": []}


async def test_others_endpoints_are_not_found(door: Door) -> None:
    async with door.client(await door.key("acme")) as one, door.client(await door.key("other")) as two:
        path = f"{ENDPOINTS}/{(await make(one))['id']}"
        for place in (path, f"{ENDPOINTS}/{new_id()}", f"{ENDPOINTS}/nonsense"):
            for method, where in (
                *(("GET", place), ("PATCH", place), ("DELETE", place), ("POST", f"{place}/test")),
                *(("GET", f"{place}/secret"), ("POST", f"{place}/secret")),
            ):
                body = {"enabled": False} if method == "PATCH" else None
                problem(await two.request(method, where, json=body), 404, "not-found")
        assert (await two.get(ENDPOINTS)).json() == {"endpoints": []}
        assert (await one.get(path)).json()["enabled"] is True


async def test_options_lists_every_method_of_a_path(client: httpx.AsyncClient) -> None:
    for path, methods in (
        (ENDPOINTS, "GET, HEAD, OPTIONS, POST"),
        (f"{ENDPOINTS}/x", "DELETE, GET, HEAD, OPTIONS, PATCH"),
    ):
        told = await client.options(path)
        assert (told.status_code, told.headers["allow"]) == (204, methods)
        refused = await client.put(path)
        assert problem(refused, 405, "method-not-allowed")
        assert refused.headers["allow"] == methods


async def test_w10_svix_endpoint_https_only(settings: Settings) -> None:
    with opened(msgspec.structs.replace(settings, webhook_https_only=True)) as door:
        async with door.client(await door.key()) as client:
            refused = await client.post(ENDPOINTS, json={"url": "http://9.9.9.9/hook"})
            body = problem(refused, 400, "invalid-input", "errors")
            assert body["errors"] == [{"field": "url", "message": "the URL must begin with https://"}]
            made = await make(client)
            await client.patch(f"{ENDPOINTS}/{made['id']}", json={"url": "http://9.9.9.9/hook"})
            assert (await client.get(f"{ENDPOINTS}/{made['id']}")).json()["url"] == URL


async def test_w10_svix_message_validation(client: httpx.AsyncClient) -> None:
    large = b'{"url":"' + b"x" * 8_000_000 + b'"}'
    for path in (ENDPOINTS, "/api/v1/enrich", "/api/v1/webhooks/deliveries/recover"):
        answer = await client.post(path, content=large, headers={"content-type": "application/json"})
        problem(answer, 413, "body-too-large")
    problem(await client.post(ENDPOINTS, content=b"{", headers={"content-type": "application/json"}), 400, *_INVALID)
    problem(await client.post(ENDPOINTS, content=b"a=b", headers={"content-type": "text/plain"}), 415, _MEDIA)


async def test_w10_svix_idempotency(client: httpx.AsyncClient, door: Door) -> None:
    await make(client)
    headers = {"idempotency-key": "one"}
    answers = [await client.post("/api/v1/enrich", json=PERSON, headers=headers) for _ in range(3)]
    assert len({answer.json()["runId"] for answer in answers}) == 1
    await client.post(f"/api/v1/enrich/{answers[0].json()['runId']}/cancel")
    assert door.sql("SELECT event, state FROM deliveries") == [("enrichment.cancelled", "pending")]


_INVALID = ("invalid-input", "errors")
_MEDIA = "unsupported-media-type"
