"""POST /enrich and GET of the run, over a socket."""

import httpx

from app.domain.vocabulary import Mode
from tests.api.door import PERSON, Door
from tests.api.ending import end_run, record
from tests.play.worker import HIT, MISS


async def test_a_new_contact_is_accepted_with_where_to_look_and_when(client: httpx.AsyncClient) -> None:
    answer = await client.post("/api/v1/enrich", json=PERSON)
    assert answer.status_code == 202
    body = answer.json()
    expected = {"runId": body["runId"], "status": "pending", "creditsUsed": 1, "mode": "live"}
    assert body == expected | {"input": body["input"]}
    assert answer.headers["location"] == f"/api/v1/enrich/{body['runId']}"
    assert int(answer.headers["retry-after"]) >= 1
    assert answer.headers["content-type"] == "application/json"


async def test_a_pending_run_is_shown_with_its_metadata_and_a_hint_when_to_poll(client: httpx.AsyncClient) -> None:
    sent = {**PERSON, "metadata": {"crmId": "42", "nested": {"a": [1, None, 0.5]}}}
    location = (await client.post("/api/v1/enrich", json=sent)).headers["location"]
    answer = await client.get(location)
    assert answer.status_code == 200
    assert answer.headers["retry-after"] == "2"
    body = answer.json()
    assert body["status"] == "pending"
    assert body["metadata"] == sent["metadata"]
    assert body["resultStatus"] is None


async def test_a_duplicate_in_flight_joins_and_costs_nothing(client: httpx.AsyncClient) -> None:
    first = (await client.post("/api/v1/enrich", json=PERSON)).json()
    again = await client.post("/api/v1/enrich", json={**PERSON, "firstName": " JANE "})
    assert again.status_code == 202
    assert again.json()["creditsUsed"] == 0
    assert again.json()["runId"] != first["runId"]
    assert (await client.get("/api/v1/credits")).json() == {"balance": 999, "total_earned": 1000, "total_spent": 1}


async def test_a_duplicate_of_a_finished_run_is_the_whole_run_at_once(client: httpx.AsyncClient, door: Door) -> None:
    first = (await client.post("/api/v1/enrich", json=PERSON)).json()
    await end_run(door, first["runId"])
    again = await client.post("/api/v1/enrich", json={**PERSON, "metadata": {"own": 1}, "colour": "red"})
    assert again.status_code == 200
    body = again.json()
    assert body["cached"] is True
    assert body["creditsUsed"] == 0
    assert body["status"] == "completed"
    assert body["result"]["email"] == "jane.smith@acme.example"
    assert body["metadata"] == {"own": 1}
    assert body["runId"] != first["runId"]
    assert body["warnings"] == ["unknown member 'colour' was ignored"]
    assert "retry-after" not in again.headers


async def test_an_unknown_member_is_named_and_a_misspelt_one_guessed(client: httpx.AsyncClient) -> None:
    answer = await client.post("/api/v1/enrich", json={**PERSON, "force_refresh": True})
    assert answer.status_code == 202
    assert answer.json()["warnings"] == ["unknown member 'force_refresh' was ignored; did you mean 'forceRefresh'?"]


async def test_a_leadsonar_key_may_use_the_endpoint_at_its_own_price(door: Door) -> None:
    async with door.client(await door.key(plan="leadsonar")) as client:
        answer = await client.post("/api/v1/enrich", json={**PERSON, "enrichmentType": "all"})
        assert answer.status_code == 202
        assert answer.json()["creditsUsed"] == 6


async def test_a_test_key_costs_nothing(door: Door) -> None:
    async with door.client(await door.key(mode=Mode.TEST, amount=0)) as client:
        answer = await client.post("/api/v1/enrich", json=PERSON)
        assert answer.status_code == 202
        assert answer.json()["creditsUsed"] == 0


async def test_cancelling_gives_the_credit_back_and_a_second_time_is_a_conflict(client: httpx.AsyncClient) -> None:
    location = (await client.post("/api/v1/enrich", json=PERSON)).headers["location"]
    cancelled = await client.post(f"{location}/cancel")
    assert cancelled.status_code == 200
    assert cancelled.json()["status"] == "cancelled"
    assert cancelled.json()["creditsUsed"] == 0
    again = await client.post(f"{location}/cancel")
    assert again.status_code == 409
    assert again.json()["type"] == "/errors/already-ended"


async def test_attempts_are_shown_in_order(client: httpx.AsyncClient, door: Door) -> None:
    run = (await client.post("/api/v1/enrich", json=PERSON)).json()["runId"]
    await record(door, run, ("hunter", MISS), ("dropcontact", HIT))
    body = (await client.get(f"/api/v1/enrich/{run}/attempts")).json()
    assert body["runId"] == run
    assert [(a["provider"], a["outcome"]) for a in body["attempts"]] == [("hunter", "miss"), ("dropcontact", "hit")]


async def test_a_request_id_of_the_client_is_kept_and_a_mad_one_replaced(client: httpx.AsyncClient) -> None:
    kept = await client.get("/health/live", headers={"X-Request-Id": "order-42"})
    assert kept.headers["x-request-id"] == "order-42"
    replaced = await client.get("/health/live", headers={"X-Request-Id": "x" * 500})
    assert len(replaced.headers["x-request-id"]) == 36
