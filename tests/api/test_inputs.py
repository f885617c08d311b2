"""What a run says of itself: the contact as it was understood, the mode of its key, and metadata as it was sent."""

import httpx
import pytest

from app.domain.vocabulary import Mode
from tests.api.door import Door
from tests.api.ending import end_open, end_run

SENT = (
    '{"price": 1.10, "crmId": 9007199254740993, "a": [-0.0, 1e400, {"z": "\\u00e9", "b": " x "}], "A": 1E+2, "": null}'
)
KEPT = SENT.replace(": ", ":").replace(", ", ",")
CONTACT = (
    '"firstName":" Jane ","lastName":"Smith","companyDomain":"https://WWW.Acme.example/about",'
    '"linkedInUrl":"linkedin.com/in/jane-smith"'
)
INPUT = {
    "firstName": "Jane",
    "lastName": "Smith",
    "fullName": None,
    "companyDomain": "acme.example",
    "companyName": None,
    "linkedInUrl": "https://www.linkedin.com/in/jane-smith",
}
SNAKE = {
    "first_name": "Jane",
    "last_name": "Smith",
    "full_name": None,
    "domain": "acme.example",
    "company_name": None,
    "linkedin_url": "https://www.linkedin.com/in/jane-smith",
}
ROW = {
    "first_name": " Jane ",
    "last_name": "Smith",
    "domain": "https://WWW.Acme.example/",
    "linkedin_url": "linkedin.com/in/jane-smith",
}
HOOK = "https://hooks.example/in"
JSON = {"content-type": "application/json"}


async def send(client: httpx.AsyncClient, path: str, body: str) -> httpx.Response:
    return await client.post(path, content=body.encode(), headers=JSON)


def says(answer: httpx.Response | str) -> None:
    """Check that the only run, job or batch of a body has the metadata as it was sent."""
    assert f'"metadata":{KEPT},' in (answer if isinstance(answer, str) else answer.text)


async def test_a_run_says_what_was_understood_and_what_was_sent_in_every_representation(
    client: httpx.AsyncClient, door: Door
) -> None:
    body = f'{{{CONTACT},"metadata":{SENT},"webhookUrl":"{HOOK}"}}'
    accepted = await send(client, "/api/v1/enrich", body)
    assert accepted.status_code == 202
    assert (accepted.json()["mode"], accepted.json()["input"]) == ("live", INPUT)
    run_id = accepted.json()["runId"]
    pending = await client.get(f"/api/v1/enrich/{run_id}")
    await end_run(door, run_id)
    ended, listed = await client.get(f"/api/v1/enrich/{run_id}"), await client.get("/api/v1/runs")
    cached = await send(client, "/api/v1/enrich", body)
    assert (cached.status_code, cached.json()["cached"]) == (200, True)
    for answer in (pending, ended, cached):
        says(answer)
        assert (answer.json()["mode"], answer.json()["input"]) == ("live", INPUT)
    says(listed)
    assert (listed.json()["runs"][0]["mode"], listed.json()["runs"][0]["input"]) == ("live", INPUT)
    events = (await client.get(f"/api/v1/enrich/{run_id}/events")).text
    says(events)
    assert '"companyDomain":"acme.example"' in events
    posted = [bytes(row[0]).decode() for row in door.sql("SELECT body FROM deliveries ORDER BY id")]
    assert len(posted) == 2
    for event in posted:
        says(event)
        assert '"mode":"live","input":{"firstName":"Jane",' in event


async def test_a_job_says_it_for_each_contact_and_in_its_events(door: Door) -> None:
    async with door.client(await door.key(plan="leadsonar", mode=Mode.TEST)) as client:
        rows = f'{{"contacts":[{{"first_name":" Jane ","last_name":"Smith","domain":"acme.example"}}],"metadata":{SENT}'
        more = f',"webhook_url":"{HOOK}","webhook_events":["contact.completed"]}}'
        accepted = await send(client, "/api/v1/enrich", rows + more)
        assert (accepted.status_code, accepted.json()["mode"]) == (201, "test")
        await end_open(door)
        shown = await client.get(accepted.headers["location"])
        says(shown)
        plain = SNAKE | {"linkedin_url": None}
        contact = shown.json()["contacts"][0]
        assert (shown.json()["mode"], contact["mode"], contact["input"]) == ("test", "test", plain)
        assert (await client.get("/api/v1/jobs")).json()["jobs"][0]["mode"] == "test"
        # The runs of a job have its metadata, too.
        says(await client.get(f"/api/v1/enrich/{contact['run_id']}"))
        posted = {event: bytes(body).decode() for event, body in door.sql("SELECT event, body FROM deliveries")}
        assert posted.keys() == {"contact.completed", "job.completed"}
        says(posted["job.completed"])
        for body in posted.values():
            assert '"mode":"test","input":{"first_name":"Jane",' in body


@pytest.mark.parametrize("path", ["/api/v1/find-email", "/api/v1/find-phone"])
async def test_a_look_up_says_it(client: httpx.AsyncClient, path: str) -> None:
    answer = await client.post(path, json=ROW, headers={"prefer": "respond-async"})
    assert (answer.status_code, answer.json()["mode"], answer.json()["input"]) == (202, "live", INPUT)


async def test_an_answered_look_up_says_it(client: httpx.AsyncClient, door: Door) -> None:
    await client.post("/api/v1/find-email", json=ROW, headers={"prefer": "respond-async"})
    await end_open(door)
    answer = await client.post("/api/v1/find-email", json=ROW)
    assert (answer.status_code, answer.json()["mode"], answer.json()["input"]) == (200, "live", SNAKE)


async def test_a_batch_says_its_mode_and_its_metadata(client: httpx.AsyncClient, door: Door) -> None:
    rows = '{"contacts":[{"first_name":"Jane","domain":"acme.example"}]'
    body = f'{rows},"metadata": {SENT} ,"webhook_url":"{HOOK}"}}'
    accepted = await send(client, "/api/v1/batches", body)
    assert (accepted.status_code, accepted.json()["mode"]) == (201, "live")
    shown = await client.get(accepted.headers["location"])
    says(shown)
    assert shown.json()["mode"] == "live"
    says(await client.get("/api/v1/batches"))
    says(await client.post(f"{accepted.headers['location']}/cancel"))
    says(bytes(door.sql("SELECT body FROM deliveries")[0][0]).decode())
    assert (await client.get(f"{accepted.headers['location']}/results")).json()["mode"] == "live"


async def test_what_is_no_longer_kept_is_null(client: httpx.AsyncClient, door: Door) -> None:
    run_id = (await send(client, "/api/v1/enrich", f"{{{CONTACT}}}")).json()["runId"]
    door.sql("UPDATE runs SET contact = NULL")
    assert (await client.get(f"/api/v1/enrich/{run_id}")).json()["input"] is None


async def test_an_idempotent_answer_is_replayed_with_its_metadata(client: httpx.AsyncClient, door: Door) -> None:
    body = f'{{{CONTACT},"metadata":{SENT}}}'
    run_id = (await send(client, "/api/v1/enrich", body)).json()["runId"]
    await end_run(door, run_id)
    headers = JSON | {"idempotency-key": "k1"}
    answers = [await client.post("/api/v1/enrich", content=body, headers=headers) for _ in range(2)]
    assert answers[0].content == answers[1].content
    says(answers[1])
