"""Filters of GET /jobs and GET /batches: by mode, type, key, time, and by the contacts in them."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any

import httpx
import msgspec
import pytest

from app.domain.vocabulary import Mode
from app.usecases.accounts.manage_keys import NewKey
from tests.api.checks import problem
from tests.api.door import Door

JANE = {"first_name": "Jane", "last_name": "Smith", "domain": "acme.example"}
RITA = {"first_name": "Rita", "last_name": "van der Moss", "domain": "globex.example"}


class Listed(msgspec.Struct, kw_only=True):
    """Jobs by name of an account with two keys, the oldest first."""

    client: httpx.AsyncClient
    keys: tuple[NewKey, NewKey]
    ids: dict[str, str]

    async def names(self, **query: Any) -> list[str]:
        """List the names of the jobs that a query shows, the oldest first."""
        answer = await self.client.get("/api/v1/jobs", params=query)
        assert answer.status_code == 200, answer.text
        known = {job_id: name for name, job_id in self.ids.items()}
        return [known[job["id"]] for job in reversed(answer.json()["jobs"])]


@pytest.fixture
async def listed(door: Door) -> AsyncIterator[Listed]:
    first, second, test = await door.key(), await door.key(), await door.key(mode=Mode.TEST)
    async with AsyncExitStack() as stack:
        client, other, tester = [await stack.enter_async_context(door.client(key)) for key in (first, second, test)]
        ids = {}
        for name, key, body in (
            ("jane", client, {"contacts": [JANE]}),
            ("rita", other, {"contacts": [RITA], "fields": ["phone"]}),
            ("both", client, {"contacts": [JANE, RITA], "fields": ["email", "phone"]}),
        ):
            ids[name] = (await key.post("/api/v1/enrich", json=body)).json()["id"]
        await tester.post("/api/v1/enrich", json={"contacts": [JANE]})
        yield Listed(client=client, keys=(first, second), ids=ids)


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ({}, ["jane", "rita", "both"]),
        ({"mode": "live"}, ["jane", "rita", "both"]),
        ({"mode": "test"}, []),
        ({"enrichmentType": "email"}, ["jane"]),
        ({"enrichmentType": "phone"}, ["rita"]),
        ({"enrichmentType": "all"}, ["both"]),
        ({"domain": "acme.example"}, ["jane", "both"]),
        ({"domain": "https://www.acme.example/about"}, ["jane", "both"]),
        ({"domain": "nobody.example"}, []),
        ({"q": "smi"}, ["jane", "both"]),
        ({"q": "VAN DER M"}, ["rita", "both"]),
        ({"q": "globex"}, ["rita", "both"]),
        ({"q": "nobody"}, []),
        ({"q": "moss", "enrichmentType": "phone"}, []),
        ({"q": "rita", "domain": "globex.example", "enrichmentType": "phone"}, ["rita"]),
        ({"createdAfter": "2000-01-01T00:00:00Z"}, ["jane", "rita", "both"]),
        ({"createdBefore": "2000-01-01T00:00:00Z"}, []),
    ],
)
async def test_each_filter_narrows_the_list(listed: Listed, query: dict[str, str], names: list[str]) -> None:
    assert await listed.names(**query) == names


async def test_jobs_of_a_key_and_of_an_id(listed: Listed) -> None:
    first, second = listed.keys
    assert await listed.names(key=str(first.id)) == ["jane", "both"]
    assert await listed.names(key=second.api_key[:12]) == ["rita"]
    assert await listed.names(key="lr_nobody") == []
    assert await listed.names(q=listed.ids["rita"]) == ["rita"]


async def test_what_is_wrong_with_the_filters_is_said_at_once(listed: Listed) -> None:
    for path in ("/api/v1/jobs", "/api/v1/batches"):
        answer = await listed.client.get(path, params={"mode": "x", "enrichmentType": "x", "domain": "-", "q": "a"})
        problem(answer, 400, "invalid-input", "errors")
        assert [error["field"] for error in answer.json()["errors"]] == ["mode", "enrichmentType", "domain", "q"]


async def test_batches_are_filtered_alike(door: Door) -> None:
    async with door.client(await door.key()) as client:
        made = []
        for kind in ("email", "phone"):
            content = "first_name,last_name,domain\nJane,Smith,acme.example\n"
            headers = {"content-type": "text/csv"}
            answer = await client.post(f"/api/v1/batches?enrichment_type={kind}", content=content, headers=headers)
            made.append(answer.json()["id"])

        async def shown(**query: str) -> list[str]:
            answer = await client.get("/api/v1/batches", params=query)
            return [batch["id"] for batch in answer.json()["batches"]]

        assert await shown() == made[::-1]
        assert await shown(enrichmentType="phone") == made[1:]
        assert await shown(mode="test") == []
        assert await shown(q=made[0]) == made[:1]
        assert await shown(key="lr_nobody") == []
