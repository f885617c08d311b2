"""Warnings over a socket: stored with what was accepted, and shown wherever it is shown."""

import csv
import io
import json
from typing import Any

import httpx
import pytest

from app.settings.settings import Settings
from tests.api.door import Door, opened
from tests.api.ending import end_open

PAGE = "https://www.linkedin.com/company/acme"
JANE = {"firstName": "Jane", "lastName": "Smith", "companyDomain": "acme.example"}
CONTACT = {"first_name": "Jane", "last_name": "Smith", "domain": "acme.example"}


async def test_a_run_keeps_its_warnings_in_every_body(client: httpx.AsyncClient, door: Door) -> None:
    made = await client.post("/api/v1/enrich", json=JANE | {"linkedInUrl": PAGE, "colour": 1})
    assert made.status_code == 202
    said = made.json()["warnings"]
    assert said[0].startswith("linkedInUrl was ignored: 'https://www.linkedin.com/company/acme': it is a company page")
    assert said[1] == "unknown member 'colour' was ignored"
    location = made.headers["location"]
    assert (await client.get(location)).json()["warnings"] == said
    await end_open(door)
    assert (await client.get(location)).json()["warnings"] == said
    assert (await client.get("/api/v1/runs")).json()["runs"][0]["warnings"] == said
    # Another request for the same contact has its own.
    again = await client.post("/api/v1/enrich", json=JANE)
    assert again.json()["cached"] is True
    assert "warnings" not in again.json()


async def test_only_a_contact_of_which_nothing_is_left_is_refused(client: httpx.AsyncClient) -> None:
    refused = await client.post("/api/v1/enrich", json={"companyDomain": "localhost", "linkedInUrl": PAGE})
    assert refused.status_code == 400
    assert [error["field"] for error in refused.json()["errors"]] == ["companyDomain", "linkedInUrl"]


async def test_a_replayed_answer_has_the_warnings_of_the_first(client: httpx.AsyncClient) -> None:
    sent: dict[str, Any] = {"json": JANE | {"linkedInUrl": PAGE}, "headers": {"idempotency-key": "one"}}
    first = await client.post("/api/v1/enrich", **sent)
    assert (await client.post("/api/v1/enrich", **sent)).content == first.content


async def test_a_job_and_its_contacts_keep_their_warnings(door: Door) -> None:
    async with door.client(await door.key(plan="leadsonar")) as client:
        contacts = [CONTACT, CONTACT | {"last_name": "Doe", "linkedin_url": PAGE}]
        made = await client.post("/api/v1/enrich", json={"contacts": contacts})
        assert made.status_code == 201, made.text
        (said,) = made.json()["warnings"]
        assert said.startswith("contacts[1].linkedin_url was ignored: ")
        location = made.headers["location"]
        assert (await client.get(location)).json()["warnings"] == [said]
        await end_open(door)
        shown = (await client.get(location)).json()
        assert shown["warnings"] == [said]
        assert "warnings" not in shown["contacts"][0]
        (own,) = shown["contacts"][1]["warnings"]
        assert said == f"contacts[1].{own}"
        run = await client.get(f"/api/v1/enrich/{shown['contacts'][1]['run_id']}")
        assert run.json()["warnings"] == [own]


async def test_the_events_of_a_job_and_its_contacts_carry_the_warnings(door: Door) -> None:
    async with door.client(await door.key(plan="leadsonar")) as client:
        sent = {
            "contacts": [CONTACT | {"linkedin_url": PAGE}],
            "webhook_url": "https://hooks.example/end",
            "webhook_events": ["contact.completed"],
        }
        made = await client.post("/api/v1/enrich", json=sent)
        assert made.status_code == 201, made.text
        await end_open(door)
        bodies = [json.loads(bytes(body)) for (body,) in door.sql("SELECT body FROM deliveries ORDER BY id")]
        assert {body["type"] for body in bodies} == {"contact.completed", "job.completed"}
        for body in bodies:
            assert any("linkedin_url was ignored: " in warning for warning in body["warnings"])


async def test_a_lookup_shows_its_warnings(door: Door) -> None:
    async with door.client(await door.key(plan="leadsonar")) as client:
        sent = CONTACT | {"linkedin_url": PAGE}
        made = await client.post("/api/v1/find-email", json=sent, headers={"prefer": "respond-async"})
        assert made.status_code == 202
        assert made.json()["warnings"][0].startswith("linkedin_url was ignored: ")


TABLE = f"First Name,Last Name,Domain,LinkedIn URL\nJane,Smith,acme.example,\nJohn,Doe,umbrella.example,{PAGE}\n"


async def test_the_rows_of_a_batch_keep_their_warnings(settings: Settings) -> None:
    with opened(settings) as door:
        async with door.client(await door.key()) as client:
            made = await client.post("/api/v1/batches", content=TABLE, headers={"content-type": "text/csv"})
            assert made.status_code == 201, made.text
            body = made.json()
            assert (body["accepted"], body["rejected"]) == (2, 0)
            (said,) = body["warnings"]
            assert said.startswith("row 2: LinkedIn URL was ignored: ")
            assert (await client.get(made.headers["location"])).json()["warnings"] == [said]
            results = f"{made.headers['location']}/results"
            rows = (await client.get(results)).json()["results"]
            assert [row["warnings"] for row in rows] == [None, said.removeprefix("row 2: ")]
            table = list(csv.DictReader(io.StringIO((await client.get(results, params={"format": "csv"})).text)))
            assert [row["warnings"] for row in table] == ["", said.removeprefix("row 2: ")]


async def test_a_strict_batch_still_refuses_a_row_with_an_unusable_cell(client: httpx.AsyncClient, door: Door) -> None:
    refused = await client.post(
        "/api/v1/batches", content=TABLE, params={"strict": "true"}, headers={"content-type": "text/csv"}
    )
    assert refused.status_code == 400
    assert [error["field"] for error in refused.json()["errors"]] == ["row 2 (line 3): LinkedIn URL"]
    assert door.sql("SELECT count(*) FROM job_rows") == [(0,)]


@pytest.mark.parametrize("count", [49, 120])
async def test_the_warnings_of_a_batch_are_bounded(client: httpx.AsyncClient, count: int) -> None:
    rows = [{"last_name": f"Doe{number}", "domain": "?"} for number in range(count)]
    body = "\n".join(map(json.dumps, rows))
    made = await client.post("/api/v1/batches", content=body, headers={"content-type": "application/x-ndjson"})
    said = made.json()["warnings"]
    assert len(said) == min(count, 50)
    assert count < 50 or said[-1] == f"and {count - 49} more warnings"
