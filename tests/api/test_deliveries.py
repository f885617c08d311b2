"""Deliveries over HTTP: page by page, one with its tries, and asked for again."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from tests.api.checks import problem
from tests.api.door import PERSON, Door, new_id
from tests.api.test_endpoints import ENDPOINTS, make

DELIVERIES = "/api/v1/webhooks/deliveries"


async def owe(client: httpx.AsyncClient, number: int, **more: Any) -> str:
    """Make a run and end it by cancelling, so that its event is owed; returns the run's id."""
    answer = await client.post("/api/v1/enrich", json={**PERSON, "lastName": f"Smith{number}", **more})
    run_id = str(answer.json()["runId"])
    assert (await client.post(f"/api/v1/enrich/{run_id}/cancel")).status_code == 200
    return run_id


async def listed(client: httpx.AsyncClient, **query: str) -> list[dict[str, Any]]:
    answer = await client.get(DELIVERIES, params=query)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["deliveries"]
    return found


def fail(door: Door, delivery_id: str, *, ended: str = "now()") -> None:
    """End a delivery as failed after one try, as a dispatcher does."""
    door.sql(
        "INSERT INTO delivery_attempts (delivery_id, number, started_at, latency_ms, http_status, error, answer)"
        " VALUES (%s, 1, now(), 12, 500, 'the receiver answered 500', 'no')",
        delivery_id,
    )
    door.sql(
        f"UPDATE deliveries SET state = 'failed', due_at = NULL, ended_at = {ended}, reason = 'gave up' WHERE id = %s",  # noqa: S608 - our own text
        delivery_id,
    )


async def test_each_run_owes_a_delivery_to_its_url_and_to_each_endpoint(client: httpx.AsyncClient) -> None:
    endpoint = await make(client)
    run_id = await owe(client, 1, webhookUrl=endpoint["url"])
    to_endpoint, to_url = sorted(await listed(client, runId=run_id), key=lambda one: one["endpointId"] is None)
    assert (to_endpoint["endpointId"], to_url["endpointId"]) == (endpoint["id"], None)
    assert to_endpoint["id"] != to_url["id"]
    assert to_url == {
        "id": to_url["id"],
        "mode": "live",
        "webhookId": f"msg_{to_url['id'].replace('-', '')}",
        "event": "enrichment.cancelled",
        "runId": run_id,
        "jobId": None,
        "endpointId": None,
        "url": endpoint["url"],
        "state": "pending",
        "reason": None,
        "tryCount": 0,
        "nextTryAt": to_url["createdAt"],
        "createdAt": to_url["createdAt"],
        "endedAt": None,
        "payloadDeletedAt": None,
    }


async def test_filters_narrow_the_list(client: httpx.AsyncClient, door: Door) -> None:
    endpoint = await make(client)
    first = await owe(client, 1)
    [one] = await listed(client)
    fail(door, one["id"])
    other = await make(client, enabled=False)
    await owe(client, 2)
    [kept] = await listed(client, endpointId=other["id"])
    assert (kept["state"], kept["reason"], kept["tryCount"]) == ("failed", "the endpoint is disabled", 0)
    assert {d["id"] for d in await listed(client, state="failed")} == {one["id"], kept["id"]}
    assert [d["id"] for d in await listed(client, state="failed", endpointId=endpoint["id"])] == [one["id"]]
    assert [d["runId"] for d in await listed(client, runId=first)] == [first]
    assert len(await listed(client, event="enrichment.cancelled")) == 3
    assert await listed(client, event="job.completed") == []
    assert await listed(client, jobId=new_id()) == []
    assert [d["id"] for d in await listed(client, createdBefore=kept["createdAt"])] == [one["id"]]
    assert one["id"] not in {d["id"] for d in await listed(client, createdAfter=kept["createdAt"])}


async def test_pages_are_stable_while_deliveries_are_added(client: httpx.AsyncClient) -> None:
    await make(client)
    made = [await owe(client, number) for number in range(5)]
    seen, cursor = [], None
    while True:
        page = (await client.get(DELIVERIES, params={"limit": 2} | ({"cursor": cursor} if cursor else {}))).json()
        seen += [one["runId"] for one in page["deliveries"]]
        await owe(client, 100 + len(seen))
        if (cursor := page["nextCursor"]) is None:
            break
    assert seen == made[::-1]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("limit", "0"), ("cursor", "x"), ("state", "lost"), ("event", "run.done"), ("createdAfter", "today")),
        *(("createdBefore", "2026-01-01"), ("runId", "7"), ("jobId", "x"), ("endpointId", "-")),
    ],
)
async def test_a_wrong_parameter_is_named(client: httpx.AsyncClient, name: str, value: str) -> None:
    body = problem(await client.get(DELIVERIES, params={name: value}), 400, "invalid-input", "errors")
    assert [e["field"] for e in body["errors"]] == [name]


async def test_a_delivery_shows_its_tries_and_is_asked_for_again(client: httpx.AsyncClient, door: Door) -> None:
    await make(client)
    await owe(client, 1)
    [one] = await listed(client)
    fail(door, one["id"])
    shown = (await client.get(f"{DELIVERIES}/{one['id']}")).json()
    [tried] = shown["tries"]
    assert tried | {"startedAt": ""} == {
        "number": 1,
        "startedAt": "",
        "latencyMs": 12,
        "httpStatus": 500,
        "error": "the receiver answered 500",
        "answer": "no",
    }
    assert (shown["state"], shown["reason"], shown["tryCount"], shown["nextTryAt"]) == ("failed", "gave up", 1, None)
    answer = await client.post(f"{DELIVERIES}/{one['id']}/redeliver")
    assert (answer.status_code, answer.headers["location"]) == (202, f"{DELIVERIES}/{one['id']}")
    due = answer.json()
    assert (due["state"], due["endedAt"], due["reason"]) == ("pending", None, None)
    assert due["nextTryAt"]
    assert door.sql("SELECT once FROM deliveries") == [(True,)]


async def test_what_failed_is_recovered_in_one_request(client: httpx.AsyncClient, door: Door) -> None:
    await make(client)
    runs = [await owe(client, number) for number in range(3)]
    for one in await listed(client):
        fail(door, one["id"])
    since = (datetime.now(UTC) - timedelta(hours=1)).isoformat()  # noqa: TID251 - the API goes by the real time
    answer = await client.post(f"{DELIVERIES}/recover", json={"since": since, "runId": runs[0]})
    assert (answer.status_code, answer.json()) == (202, {"recovered": 1})
    answer = await client.post(f"{DELIVERIES}/recover", json={"since": since, "endpoint": "x"})
    assert answer.json() == {"recovered": 2, "warnings": ["unknown member 'endpoint' was ignored"]}
    assert (await client.post(f"{DELIVERIES}/recover", json={"since": since})).json() == {"recovered": 0}


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        pytest.param({}, ["since"], id="no time"),
        pytest.param({"since": "yesterday"}, ["since"], id="not a time"),
        pytest.param({"since": 5, "endpointId": "x", "runId": []}, ["since", "endpointId", "runId"], id="all wrong"),
    ],
)
async def test_what_is_wrong_with_a_recovery_is_named(
    client: httpx.AsyncClient, body: dict[str, Any], fields: list[str]
) -> None:
    answer = problem(await client.post(f"{DELIVERIES}/recover", json=body), 400, "invalid-input", "errors")
    assert [e["field"] for e in answer["errors"]] == fields


async def test_w10_svix_recovery_should_fail_if_start_time_too_old(client: httpx.AsyncClient) -> None:
    now = datetime.now(UTC)  # noqa: TID251 - the API goes by the real time
    body = {"since": (now - timedelta(days=14, minutes=1)).isoformat()}
    problem(await client.post(f"{DELIVERIES}/recover", json=body), 422, "recovery-too-old")
    body = {"since": (now - timedelta(days=14) + timedelta(minutes=1)).isoformat()}
    assert (await client.post(f"{DELIVERIES}/recover", json=body)).status_code == 202


async def test_what_cannot_be_sent_again_is_said(client: httpx.AsyncClient, door: Door) -> None:
    endpoint = await make(client)
    await owe(client, 1)
    [one] = await listed(client)
    path = f"{DELIVERIES}/{one['id']}"
    assert (await client.delete(f"{path}/payload")).status_code == 204
    shown = (await client.get(path)).json()
    assert (shown["state"], shown["reason"]) == ("failed", "its payload was deleted")
    assert shown["payloadDeletedAt"]
    problem(await client.post(f"{path}/redeliver"), 409, "payload-expunged")
    assert door.sql("SELECT octet_length(body) FROM deliveries") == [(0,)]
    await owe(client, 2)
    [two] = await listed(client, state="pending")
    since = {"since": two["createdAt"], "endpointId": endpoint["id"]}
    await client.patch(f"{ENDPOINTS}/{endpoint['id']}", json={"enabled": False})
    problem(await client.post(f"{DELIVERIES}/recover", json=since), 409, "endpoint-closed")
    await client.delete(f"{ENDPOINTS}/{endpoint['id']}")
    problem(await client.post(f"{DELIVERIES}/{two['id']}/redeliver"), 409, "endpoint-closed")
    problem(await client.post(f"{DELIVERIES}/recover", json=since), 404, "not-found")


async def test_others_deliveries_are_not_found(door: Door) -> None:
    async with door.client(await door.key("acme")) as one, door.client(await door.key("other")) as two:
        endpoint = await make(one)
        run_id = await owe(one, 1)
        [delivery] = await listed(one)
        for place in (delivery["id"], new_id(), "nonsense"):
            problem(await two.get(f"{DELIVERIES}/{place}"), 404, "not-found")
            problem(await two.post(f"{DELIVERIES}/{place}/redeliver"), 404, "not-found")
            problem(await two.delete(f"{DELIVERIES}/{place}/payload"), 404, "not-found")
        assert (
            await listed(two) == await listed(two, runId=run_id) == await listed(two, endpointId=endpoint["id"]) == []
        )
        since = {"since": delivery["createdAt"]}
        problem(await two.post(f"{DELIVERIES}/recover", json=since | {"endpointId": endpoint["id"]}), 404, "not-found")
        problem(await two.post(f"{DELIVERIES}/recover", json=since | {"runId": run_id}), 404, "not-found")
        fail(door, delivery["id"])
        assert (await two.post(f"{DELIVERIES}/recover", json=since)).json() == {"recovered": 0}
