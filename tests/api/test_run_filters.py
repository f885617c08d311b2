"""Filters of GET /runs: each narrows the list, together they narrow it further, and pages go on with them."""

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
from tests.api.ending import end_run
from tests.play.worker import ADDRESS

RUNS = "/api/v1/runs"
PEOPLE: dict[str, dict[str, str]] = {
    "jane": {"firstName": "Jane", "lastName": "Smith", "companyDomain": "acme.example"},
    "zoe": {"firstName": "Zoë", "lastName": "O\u2019Brian", "companyDomain": "globex.example"},
    "all": {"fullName": "Rita van der Moss", "companyDomain": "initech.example", "enrichmentType": "all"},
    "phone": {"firstName": "Bob", "lastName": "Ranes", "companyDomain": "acme.example", "enrichmentType": "phone"},
    "cancelled": {"firstName": "Cid", "lastName": "Norton", "companyDomain": "acme-labs.example"},
    "nameless": {"companyName": "Umbrella", "linkedInUrl": "linkedin.com/in/somebody"},
}


class Listed(msgspec.Struct, kw_only=True):
    """An account with runs by the names above, of two keys; `test` is a run of a test key."""

    client: httpx.AsyncClient
    keys: tuple[NewKey, NewKey]
    runs: dict[str, str]

    async def names(self, **query: Any) -> list[str]:
        """List the names of the runs that a query shows, the oldest first."""
        answer = await self.client.get(RUNS, params=query)
        assert answer.status_code == 200, answer.text
        known = {run_id: name for name, run_id in self.runs.items()}
        return [known[run["runId"]] for run in reversed(answer.json()["runs"])]


@pytest.fixture
async def listed(door: Door) -> AsyncIterator[Listed]:
    first, second, test = await door.key(), await door.key(), await door.key(mode=Mode.TEST)
    async with AsyncExitStack() as stack:
        client, other, tester = [await stack.enter_async_context(door.client(key)) for key in (first, second, test)]
        runs = {}
        for name, person in PEOPLE.items():
            key = other if name == "zoe" else client
            runs[name] = (await key.post("/api/v1/enrich", json=person)).json()["runId"]
        await tester.post("/api/v1/enrich", json=PEOPLE["jane"])
        await end_run(door, runs["jane"])
        assert (await client.post(f"/api/v1/enrich/{runs['cancelled']}/cancel")).status_code == 200
        yield Listed(client=client, keys=(first, second), runs=runs)


CASES: dict[str, tuple[dict[str, str], list[str]]] = {
    "all": ({}, [*PEOPLE]),
    "own mode": ({"mode": "live"}, [*PEOPLE]),
    "the other mode": ({"mode": "test"}, []),
    "pending": ({"status": "pending"}, ["zoe", "all", "phone", "nameless"]),
    "processing": ({"status": "processing"}, []),
    "completed": ({"status": "completed"}, ["jane"]),
    "cancelled": ({"status": "cancelled"}, ["cancelled"]),
    "failed": ({"status": "failed"}, []),
    "found": ({"resultStatus": "found"}, ["jane"]),
    "not found": ({"resultStatus": "not_found"}, []),
    "email": ({"enrichmentType": "email"}, ["jane", "zoe", "cancelled", "nameless"]),
    "phone": ({"enrichmentType": "phone"}, ["phone"]),
    "both": ({"enrichmentType": "all"}, ["all"]),
    "domain": ({"domain": "acme.example"}, ["jane", "phone"]),
    "domain of a URL": ({"domain": "https://www.ACME.example/about"}, ["jane", "phone"]),
    "another domain": ({"domain": "labs.example"}, []),
    "last name": ({"q": "smith"}, ["jane"]),
    "name in capitals": ({"q": "JANE S"}, ["jane"]),
    "blanks around it": ({"q": " Jane "}, ["jane"]),
    "another apostrophe": ({"q": "o'br"}, ["zoe"]),
    "an accent": ({"q": "zoë"}, ["zoe"]),
    "no accent": ({"q": "ZOE O"}, ["zoe"]),
    "an accent too many": ({"q": "jané smíth"}, ["jane"]),
    "particles": ({"q": "rita van"}, ["all"]),
    "not the beginning": ({"q": "mith"}, []),
    "domains": ({"q": "acme"}, ["jane", "phone", "cancelled"]),
    "one domain": ({"q": "acme.example"}, ["jane", "phone"]),
    "found address": ({"q": "jane.smith@acme"}, ["jane"]),
    "found address in capitals": ({"q": "JANE.Smith@Acme.example"}, ["jane"]),
    "signs of patterns": ({"q": "%" * 2}, []),
    "another sign of patterns": ({"q": "sm_th"}, []),
    "the last character": ({"q": "\U0010ffff\U0010ffff"}, []),
    "together": ({"q": "acme", "enrichmentType": "phone"}, ["phone"]),
    "all together": ({"q": "acme", "status": "completed", "domain": "acme.example"}, ["jane"]),
    "after all": ({"createdAfter": "2999-01-01T00:00:00Z"}, []),
    "before the end": ({"createdBefore": "2999-01-01T00:00:00Z"}, [*PEOPLE]),
    "before the first moment": ({"createdBefore": "0001-01-01T00:00:00Z"}, []),
    "after the last moment": ({"createdAfter": "9999-12-31T23:59:59Z"}, []),
}


async def test_each_filter_narrows_the_list(listed: Listed) -> None:
    shown = {name: await listed.names(**query) for name, (query, _) in CASES.items()}
    assert shown == {name: names for name, (_, names) in CASES.items()}


async def test_times_keys_and_ids_narrow_the_list(listed: Listed) -> None:
    first, second = listed.keys
    mine = [name for name in PEOPLE if name != "zoe"]
    assert await listed.names(key=str(first.id)) == mine
    assert await listed.names(key=str(second.id)) == ["zoe"]
    assert await listed.names(key=second.api_key[:12]) == ["zoe"]
    # A key that is pasted whole counts by its beginning, which is all that is kept of its text.
    assert await listed.names(key=second.api_key) == ["zoe"]
    assert await listed.names(key="lm_live_") == [*PEOPLE]
    assert await listed.names(key="lm_test_") == await listed.names(key="nobody%") == []
    shown = (await listed.client.get(f"/api/v1/enrich/{listed.runs['phone']}")).json()
    later = await listed.names(createdAfter=shown["createdAt"])
    assert set(later) >= {"cancelled", "nameless"}
    assert not set(later) & {"jane", "zoe", "all"}
    assert set(await listed.names(createdBefore=shown["createdAt"])) == {"jane", "zoe", "all"}
    run_id = listed.runs["zoe"]
    assert await listed.names(q=run_id) == await listed.names(q=run_id.replace("-", "").upper()) == ["zoe"]
    assert "zoe" in await listed.names(q=run_id[:8])


async def test_pages_go_on_with_their_filter(listed: Listed) -> None:
    seen: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        answer = await listed.client.get(RUNS, params={"q": "acme", "limit": 1, **cursor})
        body = answer.json()
        seen += [run["runId"] for run in body["runs"]]
        if body["nextCursor"] is None:
            break
        cursor = {"cursor": body["nextCursor"]}
    assert seen == [listed.runs[name] for name in ("cancelled", "phone", "jane")]


async def test_what_the_cache_answers_is_found_by_its_address(listed: Listed) -> None:
    again = (await listed.client.post("/api/v1/enrich", json=PEOPLE["jane"])).json()
    assert again["cached"]
    listed.runs["again"] = again["runId"]
    assert await listed.names(q=ADDRESS) == ["jane", "again"]


WRONG = [
    ("mode", "both"),
    ("enrichmentType", "fax"),
    ("domain", "localhost"),
    ("q", "a"),
    ("q", "  "),
    ("q", "x" * 101),
    *((name, "a\0b") for name in ("q", "key", "status", "domain", "cursor", "no-parameter")),
    ("createdBefore", "yesterday"),
    ("createdBefore", "2026-01-01T00:00:00"),
    ("createdBefore", "9999-12-31T23:59:59-23:59"),
]


async def test_a_filter_that_cannot_be_read_is_named(client: httpx.AsyncClient) -> None:
    for name, value in WRONG:
        body = problem(await client.get(RUNS, params={name: value}), 400, "invalid-input", "errors")
        assert [error["field"] for error in body["errors"]] == [name], value


async def test_a_name_that_was_stored_with_its_accents_is_found_by_them(door: Door, listed: Listed) -> None:
    door.sql("UPDATE runs SET search_name = 'zoë o''brien' WHERE key_id = %s", listed.keys[1].id)
    assert await listed.names(q="zoë o'b") == ["zoe"]
