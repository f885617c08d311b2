"""The collection of runs, page by page."""

import httpx
import pytest

from app.api.http.pagination import read_cursor, write_cursor
from app.services import uuid7
from tests.api.door import PERSON, Door
from tests.api.ending import end_run

RUNS = "/api/v1/runs"


async def submit(client: httpx.AsyncClient, number: int) -> str:
    answer = await client.post("/api/v1/enrich", json={**PERSON, "lastName": f"Smith{number}"})
    return str(answer.json()["runId"])


async def test_pages_are_stable_while_runs_are_added(client: httpx.AsyncClient) -> None:
    made = [await submit(client, n) for n in range(7)]
    seen: list[str] = []
    cursor, number = "", 100
    while True:
        page = (await client.get(RUNS, params={"limit": 3, **({"cursor": cursor} if cursor else {})})).json()
        seen += [run["runId"] for run in page["runs"]]
        await submit(client, number)
        number += 1
        if page["nextCursor"] is None:
            break
        cursor = page["nextCursor"]
    assert seen == made[::-1]


async def test_filters_narrow_the_list(client: httpx.AsyncClient, door: Door) -> None:
    made = [await submit(client, n) for n in range(3)]
    await end_run(door, made[0])
    await client.post(f"/api/v1/enrich/{made[1]}/cancel")
    middle = (await client.get(f"/api/v1/enrich/{made[1]}")).json()["createdAt"]

    async def listed(**query: str) -> list[str]:
        answer = await client.get(RUNS, params=query)
        assert answer.status_code == 200, answer.text
        return [run["runId"] for run in answer.json()["runs"]]

    assert await listed(status="completed") == [made[0]]
    assert await listed(status="cancelled") == [made[1]]
    assert await listed(resultStatus="found") == [made[0]]
    assert made[2] in await listed(createdAfter=middle)
    assert made[0] not in await listed(createdAfter=middle)
    assert await listed(createdAfter="2999-01-01T00:00:00+01:00") == []


async def test_others_runs_are_not_listed(door: Door) -> None:
    async with door.client(await door.key("acme")) as one, door.client(await door.key("other")) as two:
        run = await submit(one, 1)
        assert (await two.get(RUNS)).json() == {"runs": [], "nextCursor": None}
        # A cursor is a place, not a permission.
        stolen = await two.get(RUNS, params={"cursor": write_cursor(uuid7(2**47))})
        assert run not in stolen.text


@pytest.mark.parametrize(
    ("name", "value"),
    [
        pytest.param("limit", "0", id="no runs"),
        pytest.param("limit", "101", id="too many"),
        pytest.param("limit", "ten", id="no number"),
        pytest.param("limit", "-1", id="negative"),
        pytest.param("cursor", "garbage", id="no cursor"),
        pytest.param("cursor", "AAAAAAAAAAAAAAAAAAAAAAA", id="another version"),
        pytest.param("cursor", "é" * 23, id="not ASCII"),
        pytest.param("status", "done", id="unknown status"),
        pytest.param("resultStatus", "maybe", id="unknown result"),
        pytest.param("createdAfter", "yesterday", id="no time"),
        pytest.param("createdAfter", "2026-01-01T00:00:00", id="no offset"),
    ],
)
async def test_a_wrong_parameter_is_named(client: httpx.AsyncClient, name: str, value: str) -> None:
    answer = await client.get(RUNS, params={name: value})
    assert answer.status_code == 400
    assert [e["field"] for e in answer.json()["errors"]] == [name]


async def test_all_wrong_parameters_are_named_at_once(client: httpx.AsyncClient) -> None:
    answer = await client.get(f"{RUNS}?limit=0&status=x&cursor=y&limit=2")
    assert {e["field"] for e in answer.json()["errors"]} == {"limit", "status", "cursor"}


def test_a_cursor_is_opaque_url_safe_and_reads_back() -> None:
    run_id = uuid7(1_700_000_000_000)
    text = write_cursor(run_id)
    assert read_cursor(text) == run_id
    assert text.replace("-", "").replace("_", "").isalnum()
