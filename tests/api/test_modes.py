"""Test keys see and touch test data alone, live keys live data alone: what is of the other mode is not found."""

import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any

import httpx
import msgspec
import pytest

from app.domain.vocabulary import Mode
from tests.api.checks import problem
from tests.api.door import PERSON, Door, new_id
from tests.api.test_deliveries import DELIVERIES
from tests.api.test_endpoints import ENDPOINTS, make

HOOK = "https://hooks.example/in"
CONTACT = {"first_name": "Jane", "last_name": "Smith", "domain": "acme.example"}
COLLECTIONS = {
    "/api/v1/runs": "runs",
    "/api/v1/jobs": "jobs",
    "/api/v1/batches": "batches",
    ENDPOINTS: "endpoints",
    DELIVERIES: "deliveries",
}
# The objects that stand at a path's parameter, in the order in which they are tried.
KINDS = {
    "run_id": ("run", "job"),
    "batch_id": ("batch",),
    "endpoint_id": ("endpoint",),
    "delivery_id": ("delivery",),
    "key_id": ("key",),
}


class Side(msgspec.Struct, kw_only=True):
    """The keys of a mode: a client, and one object of each kind, by its id."""

    client: httpx.AsyncClient
    ids: dict[str, str] = {}


async def populate(side: Side) -> None:
    """Make one object of each kind; the run is cancelled, so that its event is owed."""
    client = side.client
    endpoint = await make(client)
    run_id = (await client.post("/api/v1/enrich", json={**PERSON, "webhookUrl": HOOK})).json()["runId"]
    assert (await client.post(f"/api/v1/enrich/{run_id}/cancel")).status_code == 200
    job = await client.post("/api/v1/enrich", json={"contacts": [CONTACT], "webhook_url": HOOK})
    batch = await client.post("/api/v1/batches", json={"contacts": [CONTACT]})
    deliveries = (await client.get(DELIVERIES, params={"runId": run_id})).json()["deliveries"]
    assert {one["endpointId"] for one in deliveries} == {endpoint["id"], None}
    side.ids = {
        "run": run_id,
        "job": job.json()["id"],
        "batch": batch.json()["id"],
        "endpoint": endpoint["id"],
        "delivery": deliveries[0]["id"],
        "key": (await client.post("/api/v1/keys", json={})).json()["id"],
    }


@pytest.fixture
async def sides(door: Door) -> AsyncIterator[dict[Mode, Side]]:
    """Two keys of one account, one of each mode, each with data of its own."""
    async with AsyncExitStack() as stack:
        made = {}
        for mode in Mode:
            client = await stack.enter_async_context(door.client(await door.key(mode=mode)))
            made[mode] = Side(client=client)
            await populate(made[mode])
        yield made


async def routes(side: Side) -> list[tuple[str, str]]:
    """List every operation on something with an id, once for each kind of object that may stand there."""
    found = []
    for path, operations in (await side.client.get("/api/v1/openapi.json")).json()["paths"].items():
        assert set(re.findall(r"\{(\w+)\}", path)) <= {*KINDS, "provider", "token", "code", "name"}, (
            f"{path} has no object here"
        )
        for name, kinds in KINDS.items():
            if f"{{{name}}}" in path:
                found += [
                    (method.upper(), path.replace(f"{{{name}}}", side.ids[kind]))
                    for kind in kinds
                    for method in ("get", "post", "patch", "delete")
                    if method in operations
                ]
    return found


def _body(method: str, path: str) -> dict[str, str] | None:
    if path.endswith("/feedback") and method == "POST":
        return {"outcome": "bounced"}
    return {} if method in {"POST", "PATCH"} else None


@pytest.mark.parametrize("mode", Mode)
async def test_every_route_answers_for_an_id_of_the_other_mode_as_for_one_that_does_not_exist(
    sides: dict[Mode, Side], mode: Mode
) -> None:
    mine, other = sides[mode], sides[Mode.TEST if mode is Mode.LIVE else Mode.LIVE]
    tried = await routes(other)
    assert len(tried) >= 20, tried
    for method, path in tried:
        unknown = path
        for known in other.ids.values():
            unknown = unknown.replace(known, new_id())
        there, nowhere = [await mine.client.request(method, url, json=_body(method, url)) for url in (path, unknown)]
        said = problem(there, 404, "not-found")
        assert said["error"] == nowhere.json()["error"], (method, path)
    for path in COLLECTIONS:
        assert (await other.client.get(path)).status_code == 200
    # Nothing of the other mode was touched.
    endpoint = (await other.client.get(f"{ENDPOINTS}/{other.ids['endpoint']}")).json()
    assert endpoint["enabled"] is True
    assert (await other.client.get(f"/api/v1/enrich/{other.ids['job']}")).json()["status"] == "processing"
    assert (await other.client.get(f"/api/v1/batches/{other.ids['batch']}")).json()["status"] == "processing"


@pytest.mark.parametrize("mode", Mode)
async def test_every_route_answers_for_an_id_of_its_own_mode(sides: dict[Mode, Side], mode: Mode) -> None:
    mine = sides[mode]
    for method, path in await routes(mine):
        if method == "GET" and not path.endswith(("/events", "/attempts", "/plan", "/feedback")):
            assert (await mine.client.get(path)).status_code == 200, path


@pytest.mark.parametrize("path", COLLECTIONS)
async def test_collections_show_one_mode_alone(sides: dict[Mode, Side], path: str) -> None:
    shown: dict[Mode, set[str]] = {}
    for mode, side in sides.items():
        listed: list[dict[str, Any]] = (await side.client.get(path)).json()[COLLECTIONS[path]]
        shown[mode] = {one["runId" if path == "/api/v1/runs" else "id"] for one in listed}
        assert shown[mode]
    assert not shown[Mode.LIVE] & shown[Mode.TEST]


async def test_deliveries_of_the_other_modes_runs_and_endpoints_are_neither_listed_nor_recovered(
    sides: dict[Mode, Side],
) -> None:
    live, test = sides[Mode.LIVE], sides[Mode.TEST]
    for name, kind in (("runId", "run"), ("jobId", "job"), ("endpointId", "endpoint")):
        assert (await test.client.get(DELIVERIES, params={name: live.ids[kind]})).json()["deliveries"] == []
        if kind != "job":
            body = {"since": "2999-01-01T00:00:00Z", name: live.ids[kind]}
            problem(await test.client.post(f"{DELIVERIES}/recover", json=body), 404, "not-found")


async def test_events_of_test_runs_go_to_endpoints_of_test_keys_alone(sides: dict[Mode, Side]) -> None:
    for side in sides.values():
        deliveries = (await side.client.get(DELIVERIES)).json()["deliveries"]
        assert {one["endpointId"] for one in deliveries} == {side.ids["endpoint"], None}


async def test_each_mode_has_a_webhook_secret_of_its_own_that_rotates_alone(sides: dict[Mode, Side]) -> None:
    path = "/api/v1/webhooks/secret"
    before = {mode: (await side.client.get(path)).json()["secret"] for mode, side in sides.items()}
    assert before[Mode.LIVE] != before[Mode.TEST]
    rotated = (await sides[Mode.TEST].client.post(path)).json()
    assert rotated["previous"][0]["secret"] == before[Mode.TEST]
    assert (await sides[Mode.LIVE].client.get(path)).json()["secret"] == before[Mode.LIVE]


async def test_test_keys_have_no_credits_and_live_keys_those_of_the_account(sides: dict[Mode, Side]) -> None:
    nothing = {"balance": 0, "total_earned": 0, "total_spent": 0}
    assert (await sides[Mode.TEST].client.get("/api/v1/credits")).json() == nothing
    assert (await sides[Mode.LIVE].client.get("/api/v1/credits")).json()["total_earned"] == 2000


async def test_usage_counts_the_runs_of_one_mode(sides: dict[Mode, Side]) -> None:
    for side in sides.values():
        rows = (await side.client.get("/api/v1/usage", params={"by": "key"})).json()["usage"]
        assert [row["runs"] for row in rows] == [2]


async def test_an_account_has_as_many_endpoints_in_each_mode(sides: dict[Mode, Side]) -> None:
    for _ in range(19):
        await make(sides[Mode.TEST].client)
    answer = await sides[Mode.TEST].client.post(ENDPOINTS, json={"url": HOOK})
    problem(answer, 409, "too-many-endpoints")
    await make(sides[Mode.LIVE].client)
