"""POST /verify-email, and the list of verifiers."""

import httpx
import pytest

from tests.api.checks import problem

VERIFY = "/api/v1/verify-email"


async def test_an_address_is_accepted_as_a_run_and_joined_by_its_duplicates(client: httpx.AsyncClient) -> None:
    answer = await client.post(VERIFY, json={"email": " Jane.Smith@ACME.example ", "metadata": {"crmId": "42"}})

    assert answer.status_code == 202
    body = answer.json()
    assert (body["creditsUsed"], body["input"]["email"]) == (1, "jane.smith@acme.example")
    run = (await client.get(answer.headers["location"])).json()
    assert (run["enrichmentType"], run["metadata"]) == ("verify", {"crmId": "42"})
    again = await client.post(VERIFY, json={"email": "jane.smith@acme.example"})
    assert (again.status_code, again.json()["creditsUsed"]) == (202, 0)
    other = await client.post(VERIFY, json={"email": "john.smith@acme.example"})
    assert other.json()["creditsUsed"] == 1


@pytest.mark.parametrize("email", ["jane.smith", "", None, "j***@acme.example", 5])
async def test_what_is_no_address_is_refused(client: httpx.AsyncClient, email: object) -> None:
    refused = problem(await client.post(VERIFY, json={"email": email}), 400, "invalid-input", "errors")

    assert [error["field"] for error in refused["errors"]] == ["email"]


async def test_a_contact_is_not_verified_by_the_operation_that_finds(client: httpx.AsyncClient) -> None:
    sent = {"firstName": "Jane", "lastName": "Smith", "companyDomain": "acme.example", "enrichmentType": "verify"}

    problem(await client.post("/api/v1/enrich", json=sent), 400, "invalid-input", "errors")


async def test_verifiers_are_listed_apart(client: httpx.AsyncClient) -> None:
    finders = (await client.get("/api/v1/providers")).json()["providers"]
    verifiers = (await client.get("/api/v1/providers?kind=verify")).json()["providers"]

    assert len(finders) == 20
    assert {one["type"] for one in verifiers} == {"verify"}
    names = {one["name"] for one in verifiers}
    assert {"zerobounce", "neverbounce", "millionverifier", "bouncer", "emailable", "hunter"} <= names
    assert not {"datagma", "voilanorbert"} & names
    assert not {"zerobounce", "neverbounce"} & {one["name"] for one in finders}
    problem(await client.get("/api/v1/providers?kind=guess"), 400, "invalid-input", "errors")
