"""Feedback over HTTP: one report or a list, checked, idempotent, of the own account alone."""

import httpx
import pytest

from app.domain.accounts.key_terms import KeyTerms, Scope
from tests.api.checks import problem
from tests.api.door import PERSON, Door, new_id
from tests.api.ending import end_open
from tests.api.test_service import conforms

ENRICH, LIST = "/api/v1/enrich", "/api/v1/feedback"


def of(run_id: str) -> str:
    return f"/api/v1/runs/{run_id}/feedback"


async def found(door: Door, client: httpx.AsyncClient, **more: str) -> str:
    run_id = (await client.post(ENRICH, json=PERSON | more)).json()["runId"]
    assert await end_open(door) == 1
    return str(run_id)


async def test_a_report_is_taken_once_shown_and_keeps_the_value_out_of_the_cache(
    door: Door, client: httpx.AsyncClient
) -> None:
    run_id = await found(door, client)
    assert (await client.post(ENRICH, json=PERSON)).json()["cached"] is True
    first = await client.post(of(run_id), json={"outcome": "bounced"})
    assert first.status_code == 200, first.text
    conforms("Feedback", first.json())
    assert first.json() == {
        "runId": run_id,
        "outcome": "bounced",
        "fields": ["email"],
        "repeated": False,
        "creditsRefunded": 0,
    }
    again = await client.post(of(run_id), json={"outcome": "bounced", "field": "email"})
    assert again.json() == first.json() | {"repeated": True}
    shown = (await client.get(of(run_id))).json()
    conforms("RunFeedback", shown)
    assert [(one["outcome"], one["field"]) for one in shown["feedback"]] == [("bounced", "email")]
    # No provider that could be asked is configured, so the duplicate is a miss.
    assert (await client.post(ENRICH, json=PERSON)).json()["resultStatus"] == "not_found"
    assert (await client.get(f"{ENRICH}/{run_id}")).json()["result"]["email"] == "jane.smith@acme.example"


async def test_a_list_stores_what_it_can_and_names_the_rest(door: Door, client: httpx.AsyncClient) -> None:
    run_id = await found(door, client)
    open_run = (await client.post(ENRICH, json=PERSON | {"lastName": "Doe"})).json()["runId"]
    reports = [
        {"runId": run_id, "outcome": "bounced"},
        {"runId": run_id, "outcome": "bounced"},
        {"runId": new_id(), "outcome": "bounced"},
        {"runId": open_run, "outcome": "bounced"},
        {"runId": run_id, "outcome": "disconnected"},
        {"runId": run_id, "outcome": "bounced", "field": "phone"},
    ]
    answer = await client.post(LIST, json={"feedback": reports})
    body = answer.json()
    conforms("FeedbackList", body)
    assert (body["recorded"], body["repeated"]) == (1, 1)
    assert {one["field"]: one["message"] for one in body["errors"]} == {
        "feedback[2].runId": "No run with this id belongs to your account.",
        "feedback[3].outcome": "the run has found no email, so there is nothing to report about it",
        "feedback[4].outcome": "the run has found no phone, so there is nothing to report about it",
        "feedback[5].field": "bounced cannot be said of a value of the field phone",
    }


async def test_a_report_about_what_was_not_found_is_a_conflict(door: Door, client: httpx.AsyncClient) -> None:
    run_id = await found(door, client)
    problem(await client.post(of(run_id), json={"outcome": "disconnected"}), 409, "nothing-to-report")


@pytest.mark.parametrize(
    ("body", "field"),
    [({}, "outcome"), ({"outcome": "vanished"}, "outcome"), ({"outcome": "bounced", "field": "fax"}, "field")],
)
async def test_a_wrong_report_is_named(client: httpx.AsyncClient, body: dict[str, str], field: str) -> None:
    answer = problem(await client.post(of(new_id()), json=body), 400, "invalid-input", "errors")
    assert [fault["field"] for fault in answer["errors"]] == [field]
    listed = problem(await client.post(LIST, json={"feedback": [body]}), 400, "invalid-input", "errors")
    assert f"feedback[0].{field}" in [fault["field"] for fault in listed["errors"]]


async def test_only_the_account_in_its_mode_reports_with_a_key_that_may_submit(
    door: Door, client: httpx.AsyncClient
) -> None:
    run_id = await found(door, client)
    bounced = {"outcome": "bounced"}
    async with door.client(await door.key("other")) as other:
        problem(await other.post(of(run_id), json=bounced), 404, "not-found")
        problem(await other.get(of(run_id)), 404, "not-found")
    reader = await door.key(terms=KeyTerms(scopes=(Scope.READ,)))
    async with door.client(reader) as reads:
        problem(await reads.post(of(run_id), json=bounced), 403, "forbidden", "requiredScope")
        assert (await reads.get(of(run_id))).json()["feedback"] == []
