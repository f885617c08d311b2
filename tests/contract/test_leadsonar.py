"""A client written for the published LeadSonar API works after changing base URL and key: each request of its page."""

import json
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest

from tests.contract import scripts
from tests.contract.comparing import without_sayings
from tests.contract.scripts import LANGUAGES, command_of, new_key
from tests.contract.supervised import ROOT, Up
from tests.webhooks.receiver import listening
from tests.workers.vendors import Vendor

CONTACTS = [
    {"first_name": "Magic", "last_name": "Found", "domain": "fabrikam.example"},
    {
        "first_name": "Jane",
        "last_name": "Smith",
        "domain": "initech.example",
        "linkedin_url": "https://linkedin.com/in/janesmith",
    },
    {"first_name": "Magic", "last_name": "Missing", "domain": "globex.example", "company_name": "Globex"},
]
PHONE = re.compile(r"\+1\d{3}55501\d\d")
SECONDS = 90


@pytest.fixture(scope="module")
async def sonar(house: Up) -> AsyncIterator[httpx.AsyncClient]:
    """The client of an account that only tests."""
    async with _client(house, new_key(house, "sonar", "--plan", "leadsonar", "--mode", "test")) as client:
        yield client


@pytest.fixture
async def paying(house: Up, hunter: tuple[Vendor, dict[str, str]]) -> AsyncIterator[httpx.AsyncClient]:
    """The client of an account with 50 credits, which reaches Hunter; forgets what Hunter was asked for it."""
    key = new_key(house, "sonar-live", "--plan", "leadsonar", "--credits", "50")
    asked = hunter[0].asked.copy()
    async with _client(house, key) as client:
        yield client
    hunter[0].asked[:] = asked


def _client(house: Up, key: str) -> httpx.AsyncClient:
    return httpx.AsyncClient(base_url=f"{house.ready['url']}/api/v1", headers={"X-API-Key": key}, timeout=SECONDS)


async def completed(client: httpx.AsyncClient, job_id: str) -> dict[str, Any]:
    """Poll a job until it is completed, checking each answer on the way."""
    while True:
        answer = await client.get(f"/enrich/{job_id}?wait=30")
        assert answer.status_code == 200
        body: dict[str, Any] = answer.json()
        assert body["id"] == job_id
        if body["status"] == "completed":
            return body
        assert set(body) == {"id", "status", "mode", "progress"}
        assert body["status"] == "processing"
        assert set(body["progress"]) == {"total", "completed", "emails_found", "phones_found"}


async def test_find_email(sonar: httpx.AsyncClient) -> None:
    answer = await sonar.post("/find-email", json=CONTACTS[1])
    assert answer.status_code == 200
    assert without_sayings(answer.json()) == {
        "email": "jane.smith@initech.example",
        "confidence": 0.95,
        "provider": "sandbox-mail",
        "verified": True,
        "cost_credits": 0,
    }
    assert answer.headers["location"] == f"/api/v1/enrich/{UUID(answer.headers['x-run-id'])}"


async def test_find_phone(sonar: httpx.AsyncClient) -> None:
    answer = await sonar.post("/find-phone", json=CONTACTS[0])
    assert answer.status_code == 200
    body = answer.json()
    assert PHONE.fullmatch(body["phone"])
    assert without_sayings(body) == {
        "phone": body["phone"],
        "phone_type": "mobile",
        "provider": "sandbox-dial",
        "validated": True,
        "cost_credits": 0,
    }


async def test_somebody_whom_nobody_knows_is_null(sonar: httpx.AsyncClient) -> None:
    email, phone = [(await sonar.post(path, json=CONTACTS[2])).json() for path in ("/find-email", "/find-phone")]
    assert without_sayings([email, phone]) == [
        {"email": None, "confidence": 0, "provider": None, "verified": False, "cost_credits": 0},
        {"phone": None, "phone_type": None, "provider": None, "validated": False, "cost_credits": 0},
    ]


async def test_a_job_of_three_contacts_and_both_fields(sonar: httpx.AsyncClient) -> None:
    answer = await sonar.post("/enrich", json={"contacts": CONTACTS, "fields": ["email", "phone"]})
    assert answer.status_code == 201
    accepted = answer.json()
    assert set(accepted) == {"id", "status", "mode", "total_contacts", "estimated_seconds"}
    assert (accepted["status"], accepted["total_contacts"]) == ("processing", 3)
    assert isinstance(accepted["estimated_seconds"], int)
    job = await completed(sonar, str(UUID(accepted["id"])))
    assert set(job) == {"id", "status", "mode", "progress", "contacts", "meta"}
    assert job["progress"]["total"] == job["progress"]["completed"] == 3
    assert job["progress"]["emails_found"] == 2
    assert job["progress"]["phones_found"] == sum(c["phone"] is not None for c in job["contacts"]) >= 1
    assert set(job["meta"]) == {"total_cost_usd", "duration_ms"}
    assert job["meta"]["total_cost_usd"] > 0
    assert isinstance(job["meta"]["duration_ms"], int)
    found, jane, missing = [
        {k: v for k, v in c.items() if k not in {"run_id", "status", "mode", "input"}} for c in job["contacts"]
    ]
    assert PHONE.fullmatch(found["phone"])
    assert found == {
        "first_name": "Magic",
        "last_name": "Found",
        "domain": "fabrikam.example",
        "email": "magic.found@fabrikam.example",
        "email_confidence": found["email_confidence"],
        "phone": found["phone"],
        "phone_type": "mobile",
        "providers_used": ["sandbox-mail", "sandbox-dial"],
    }
    assert 0 < found["email_confidence"] <= 1
    assert (jane["email"], jane["email_confidence"]) == ("jane.smith@initech.example", 0.95)
    assert missing == {
        "first_name": "Magic",
        "last_name": "Missing",
        "domain": "globex.example",
        "email": None,
        "email_confidence": None,
        "phone": None,
        "phone_type": None,
        "providers_used": [],
    }


async def test_a_job_is_processed_then_completed_and_costs_what_the_page_says(
    paying: httpx.AsyncClient, hunter: tuple[Vendor, dict[str, str]]
) -> None:
    vendor, _ = hunter
    assert (await paying.get("/credits")).json() == {"balance": 50, "total_earned": 50, "total_spent": 0}
    vendor.hold.clear()
    try:
        contacts = [{"first_name": "Jane", "last_name": "Smith", "domain": "acme.example"}] * 2
        sent = {"contacts": [*contacts, CONTACTS[0] | {"domain": "acme.example"}], "fields": ["phone", "email"]}
        accepted = (await paying.post("/enrich", json=sent)).json()
        job = (await paying.get(f"/enrich/{accepted['id']}")).json()
        assert job == {
            "id": accepted["id"],
            "status": "processing",
            "mode": "live",
            "progress": {"total": 3, "completed": 0, "emails_found": 0, "phones_found": 0},
        }
    finally:
        vendor.hold.set()
    job = await completed(paying, accepted["id"])
    assert [contact["providers_used"] for contact in job["contacts"]][:2] == [["hunter"]] * 2
    # Two people, e-mail and phone each; the one given twice costs once.
    assert (await paying.get("/credits")).json() == {"balance": 38, "total_earned": 50, "total_spent": 12}
    again = await paying.post("/find-email", json=contacts[0])
    assert without_sayings(again.json()) == {
        "email": "jane.smith@acme.example", "confidence": 0.97, "provider": "hunter", "verified": True,
        "cost_credits": 0,
    }  # fmt: skip
    fresh = await paying.post("/find-email", json={**contacts[0], "domain": "acme.example", "force_refresh": True})
    assert fresh.json() == again.json() | {"cost_credits": 1}


async def test_credits_and_providers(sonar: httpx.AsyncClient) -> None:
    assert (await sonar.get("/credits")).json() == {"balance": 0, "total_earned": 0, "total_spent": 0}
    body = (await sonar.get("/providers")).json()
    assert set(body) == {"providers", "total_enabled"}
    assert all(set(provider) == {"name", "type", "tier", "enabled"} for provider in body["providers"])
    assert {provider["type"] for provider in body["providers"]} == {"email", "phone", "both"}
    assert {provider["tier"] for provider in body["providers"]} == {"T1", "T2", "T3"}
    assert body["total_enabled"] == sum(provider["enabled"] for provider in body["providers"]) > 0


def test_no_key_is_told_in_the_words_of_the_page(house: Up) -> None:
    answer = httpx.get(f"{house.ready['url']}/api/v1/credits")
    assert (answer.status_code, answer.json()["error"]) == (401, "Invalid or missing API key")


async def test_the_webhooks_of_a_job_arrive(sonar: httpx.AsyncClient) -> None:
    async with listening() as receiver:
        sent = {"contacts": CONTACTS[:2], "webhook_url": receiver.url, "webhook_events": ["contact.completed"]}
        accepted = (await sonar.post("/enrich", json=sent | {"force_refresh": True})).json()
        await receiver.wait_for(3)
    told = [(request.headers["x-leadmodule-event"], json.loads(request.body)) for request in receiver.requests]
    assert all(body["type"] == event for event, body in told)
    (end,) = [body for event, body in told if event == "job.completed"]
    shown = (await sonar.get(f"/enrich/{accepted['id']}")).json()
    assert end == shown | {"type": "job.completed", "timestamp": end["timestamp"]}
    contacts = {body["index"]: body for event, body in told if event == "contact.completed"}
    assert [contacts[index]["email"] for index in (0, 1)] == [contact["email"] for contact in shown["contacts"]]
    assert {body["job_id"] for body in contacts.values()} == {accepted["id"]}


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_script_does_what_the_page_describes(house: Up, language: str, tmp_path: Path) -> None:
    key = new_key(house, f"sonar-{language}", "--plan", "leadsonar", "--mode", "test")
    status, said, complaints = scripts.run(command_of("leadsonar", language, tmp_path), house, key)
    assert (status, complaints) == (0, "")
    one, jane, found = said.splitlines()
    assert one.lower() == "jane.smith@initech.example (verified: true)"
    assert jane.startswith("Jane Smith: jane.smith@initech.example, ")
    assert re.fullmatch(r"Magic Found: magic\.found@fabrikam\.example, \+1\d{10}", found)


async def test_the_line_of_the_readme_answers_what_is_printed_under_it(sonar: httpx.AsyncClient) -> None:
    readme = (ROOT / "README.md").read_text()
    sent, printed = re.findall(r"<!-- example: leadsonar.*? -->\n```\w+\n(.*?)```", readme, re.DOTALL)
    body = re.search(r"-d '(.*)'", sent)
    assert body
    assert "/api/v1/find-email" in sent
    assert (await sonar.post("/find-email", content=body[1])).json() == json.loads(printed)
