"""The scripts of docs/quickstart do against `leadrun up` what the published quickstart does, and lose nothing."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
import requests

from app.domain.webhooks.delivery import SECRET_PREFIX, Event
from app.settings.settings import Settings
from tests.contract import scripts
from tests.contract.played import DOMAIN
from tests.contract.scripts import LANGUAGES, command_of, new_key, receiving
from tests.contract.standing import Standing, standing
from tests.contract.supervised import Up
from tests.workers.vendors import Vendor

DOT = {"firstName": "Dot", "lastName": "Olsen", "companyDomain": DOMAIN}
CONTACTS = [{**DOT, "companyName": f"C{number}"} for number in range(15)]
# Less than a key and its minute, so that nobody waits for one; a script that pauses between contacts never comes to it.
LIMIT, WINDOW = 12, 10.0
ENDED = {"completed", "failed", "cancelled"}
RUN: dict[str, object] = {"runId": "7", "status": "completed"}
# The names and results in the body of each event (docs/webhooks.md), and the line that the receivers print.
EVENTS: dict[str, tuple[dict[str, object], str]] = {
    "enrichment.completed": (RUN | {"resultStatus": "found"}, "7 found"),
    "enrichment.failed": (RUN | {"status": "failed", "resultStatus": "error"}, "7 error"),
    "enrichment.cancelled": (RUN | {"status": "cancelled"}, "7"),
    "job.completed": ({"id": "8", "status": "completed", "contacts": []}, "8"),
    "contact.completed": ({"job_id": "8", "index": 0, "email": None}, "8 0"),
    "batch.completed": ({"id": "9", "status": "completed"}, "9"),
    "webhook.ping": ({"endpointId": "5"}, "5"),
    "endpoint.disabled": ({"endpointId": "5", "url": "https://example.com/"}, "5"),
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_one_contact_is_submitted_polled_and_used(house: Up, language: str, tmp_path: Path) -> None:
    key = new_key(house, f"one-{language}", "--mode", "test")
    status, said, complaints = scripts.run(command_of("quickstart", language, tmp_path), house, key)
    assert (status, complaints) == (0, "")
    assert said == "E-mail: jane.smith@initech.example (valid)\nConfidence: 95\nProvider: sandbox-mail\n"
    runs = _runs(house.ready["url"], key)
    assert [run["cached"] for run in runs] == [False]


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_error_is_shown_in_the_words_of_the_api(house: Up, language: str, tmp_path: Path) -> None:
    status, _, complaints = scripts.run(command_of("quickstart", language, tmp_path), house, "lm_test_nonsense")
    assert status == 1
    assert "401: Invalid or missing API key" in complaints


async def test_a_live_run_costs_one_credit_and_its_duplicate_nothing(
    house: Up, hunter: tuple[Vendor, dict[str, str]]
) -> None:
    vendor, _ = hunter
    async with httpx.AsyncClient(base_url=house.ready["url"], timeout=60) as client:
        client.headers["Authorization"] = f"Bearer {house.ready['apiKey']}"
        body = {"firstName": "Jane", "lastName": "Smith", "companyDomain": "acme.example"}
        before = (await client.get("/api/v1/credits")).json()["balance"]
        submitted = await client.post("/api/v1/enrich", json=body)
        assert submitted.status_code == 202
        assert submitted.json()["creditsUsed"] == 1
        run = (await client.get(f"{submitted.headers['Location']}?wait=30")).json()
        assert (run["status"], run["resultStatus"], run["creditsUsed"]) == ("completed", "found", 1)
        assert (run["result"]["email"], run["result"]["provider"]) == ("jane.smith@acme.example", "hunter")
        again = await client.post("/api/v1/enrich", json=body | {"firstName": " JANE "})
        assert again.status_code == 200
        assert (again.json()["cached"], again.json()["creditsUsed"]) == (True, 0)
        assert again.json()["runId"] != run["runId"]
        assert (await client.get("/api/v1/credits")).json()["balance"] == before - 1
    assert vendor.asked == ["GET /email-finder"]


async def test_a_contact_that_no_provider_can_be_asked_for_says_why_and_costs_nothing(house: Up) -> None:
    async with httpx.AsyncClient(base_url=house.ready["url"], timeout=60) as client:
        client.headers["Authorization"] = f"Bearer {house.ready['apiKey']}"
        before = (await client.get("/api/v1/credits")).json()
        body = {"firstName": "Jane", "lastName": "Smith", "enrichmentType": "phone"}
        run = (await client.post("/api/v1/enrich", json=body, headers={"Prefer": "wait=30"})).json()
        assert (run["status"], run["resultStatus"], run["creditsUsed"]) == ("failed", "error", 0)
        assert run["error"]["code"] == "no_provider_configured"
        assert "LEADRUN_" not in run["error"]["message"], "the variables are for the operator's log"
        assert (await client.get("/api/v1/credits")).json() == before


def test_batches_at_the_rate_limit_answer_every_contact_exactly_once(settings: Settings, tmp_path: Path) -> None:
    """Both languages at the same time, each with an account of its own: their contacts need a second window."""
    commands = {language: command_of("batch", language, tmp_path) for language in LANGUAGES}
    with standing(settings, window=WINDOW) as stood:
        stood.work()
        _check_batches(stood, commands)


def _check_batches(stood: Standing, commands: dict[str, list[str]]) -> None:
    keys = {one: stood.new_key(account=one, amount=1000, rate_limit=LIMIT).api_key for one in commands}
    lines = "".join(json.dumps(contact) + "\n" for contact in CONTACTS)
    batches = {one: scripts.begin_at(command, stood.url, keys[one]) for one, command in commands.items()}
    for batch in batches.values():
        assert batch.stdin
        batch.stdin.write(lines)
        batch.stdin.close()
        batch.stdin = None
    first = {}
    for language, batch in batches.items():
        assert batch.stdout
        first[language] = batch.stdout.readline()
        # A result is written when it is there, not when everything is submitted.
        assert len(_runs(stood.url, keys[language])) < len(CONTACTS), first
    for language, batch in batches.items():
        assert batch.stdout
        # Through the same reader, which may hold the next lines already: `communicate` would pass them over.
        others = batch.stdout.read()
        _, complaints = batch.communicate(timeout=scripts.SECONDS)
        assert batch.returncode == 0, complaints
        _check_batch(stood.url, keys[language], first[language] + others, complaints)


def _check_batch(url: str, key: str, said: str, complaints: str) -> None:
    answers = [json.loads(line) for line in said.splitlines()]
    assert [answer["contact"] for answer in answers] == CONTACTS
    assert {answer["run"]["status"] for answer in answers} <= ENDED
    assert "waiting" in complaints  # at least one 429 came, and was waited out
    ids = [answer["run"]["runId"] for answer in answers]
    runs = sorted(_runs(url, key), key=lambda run: run["createdAt"])
    assert len(set(ids)) == len(CONTACTS)
    assert {run["runId"] for run in runs} == set(ids)
    created = [datetime.fromisoformat(run["createdAt"]) for run in runs]
    gaps = [(later - earlier).total_seconds() for earlier, later in zip(created, created[LIMIT:], strict=False)]
    assert min(gaps) >= WINDOW / 2  # rows are written a little after their place was taken


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_contact_that_is_refused_does_not_stop_a_batch(house: Up, language: str, tmp_path: Path) -> None:
    key = new_key(house, f"odd-{language}", "--mode", "test")
    lines = '{}\n{"firstName": "Magic", "lastName": "Missing", "companyDomain": "acme.example"}\n'
    status, said, complaints = scripts.run(command_of("batch", language, tmp_path), house, key, lines)
    assert (status, complaints) == (0, "")
    first, second = (json.loads(line)["run"] for line in said.splitlines())
    assert first["status"] == "refused"
    assert "firstName" in first["error"]
    assert (second["status"], second["resultStatus"]) == ("completed", "not_found")


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_webhook_of_a_run_arrives_and_is_verified(house: Up, language: str, tmp_path: Path) -> None:
    key = new_key(house, f"hook-{language}", "--mode", "test")
    with receiving(command_of("webhook_receiver", language, tmp_path), house, key) as (url, receiver):
        contact = {"firstName": "Magic", "lastName": "Found", "companyDomain": "acme.example", "webhookUrl": url}
        answer = requests.post(f"{house.ready['url']}/api/v1/enrich", json=contact, headers=_key(key), timeout=30)
        assert answer.status_code == 202, answer.text
        assert receiver.stdout
        assert receiver.stdout.readline().split() == ["enrichment.completed", answer.json()["runId"], "found"]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param({"webhook-signature": "v1,AAAA"}, id="another signature"),
        pytest.param({"webhook-signature": ""}, id="no signature"),
        pytest.param({"webhook-id": "msg_other"}, id="another id"),
        pytest.param({"webhook-timestamp": "1600000000"}, id="an old time"),
        pytest.param({"webhook-timestamp": "soon"}, id="no time"),
    ],
)
def test_the_receivers_refuse_what_is_not_genuine(
    house: Up, language: str, tmp_path: Path, spoil: dict[str, str]
) -> None:
    from standardwebhooks import Webhook  # noqa: PLC0415 - only here do we sign as somebody else

    key = house.ready["testKey"]
    secret = requests.get(f"{house.ready['url']}/api/v1/webhooks/secret", headers=_key(key), timeout=30).json()[
        "secret"
    ]
    assert secret.startswith(SECRET_PREFIX)
    body = '{"type": "enrichment.completed", "runId": "1", "resultStatus": "found"}'
    now = datetime.now().astimezone()  # noqa: TID251 - the receivers compare with the machine's clock
    genuine = {
        "webhook-id": "msg_1",
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": f"v1,AAAA {Webhook(secret).sign('msg_1', now, body)}",
    }
    with receiving(command_of("webhook_receiver", language, tmp_path), house, key) as (url, receiver):
        assert requests.post(url, body, headers=genuine | spoil, timeout=10).status_code == 401
        assert requests.post(url, body + " ", headers=genuine, timeout=10).status_code == 401
        assert requests.post(url, body, headers=genuine, timeout=10).status_code == 204
        assert receiver.stdout
        assert receiver.stdout.readline() == "enrichment.completed 1 found\n"


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_receivers_survive_every_type_of_event(house: Up, language: str, tmp_path: Path) -> None:
    from standardwebhooks import Webhook  # noqa: PLC0415 - only here do we sign as leadrun does

    key = house.ready["testKey"]
    address = f"{house.ready['url']}/api/v1/webhooks/secret"
    webhook = Webhook(requests.get(address, headers=_key(key), timeout=30).json()["secret"])
    with receiving(command_of("webhook_receiver", language, tmp_path), house, key) as (url, receiver):
        assert receiver.stdout
        for event, (members, shown) in EVENTS.items():
            body, now = json.dumps({"type": event, **members}), datetime.now().astimezone()  # noqa: TID251 - as above
            headers = {
                "webhook-id": event,
                "webhook-timestamp": str(int(now.timestamp())),
                "webhook-signature": webhook.sign(event, now, body),
            }
            assert requests.post(url, body, headers=headers, timeout=10).status_code == 204
            assert receiver.stdout.readline() == f"{event} {shown}\n"


def test_every_type_of_event_is_tried() -> None:
    assert set(EVENTS) == set(Event)


def _runs(url: str, key: str) -> list[dict[str, Any]]:
    answer = requests.get(f"{url}/api/v1/runs?limit=100", headers=_key(key), timeout=30)
    runs: list[dict[str, Any]] = answer.json()["runs"]
    return runs


def _key(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}
