"""POST /enrich with several contacts, the job that it makes, its end and its cancellation."""

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Any

import httpx
import msgspec
import pytest

from app.dialects.leadsonar.request import parse_job
from app.domain.vocabulary import EnrichmentType
from app.redis.notifications import POLL_SECONDS
from tests.api.checks import limited, problem
from tests.api.door import PERSON, Door, new_id, opened
from tests.api.ending import break_off, end_open, spent
from tests.api.test_service import conforms
from tests.play.worker import ADDRESS, NOBODY

ENRICH = "/api/v1/enrich"


def person(number: int, **more: Any) -> dict[str, Any]:
    return {"first_name": "Jane", "last_name": f"Smith{number}", "domain": "acme.example", **more}


def job(contacts: int, **more: Any) -> dict[str, Any]:
    return {"contacts": [person(number) for number in range(contacts)], **more}


@pytest.fixture
async def client(door: Door) -> AsyncIterator[httpx.AsyncClient]:
    async with door.client(await door.key(plan="leadsonar")) as client:
        yield client


async def test_a_job_is_accepted_with_where_to_look_and_when(client: httpx.AsyncClient) -> None:
    answer = await client.post(ENRICH, json=job(3, fields=["email", "phone"]))
    assert answer.status_code == 201
    body = answer.json()
    assert list(body) == ["id", "status", "mode", "total_contacts", "estimated_seconds"]
    assert (body["status"], body["total_contacts"]) == ("processing", 3)
    assert body["estimated_seconds"] >= 1
    conforms("JobAccepted", body)
    limited(answer)
    assert answer.headers["location"] == f"{ENRICH}/{body['id']}"
    assert answer.headers["retry-after"] == "2"
    assert answer.headers["x-ratelimit-remaining"] == "59"
    assert await spent(client) == 18


async def test_a_job_is_shown_while_it_is_processed_and_with_its_contacts_when_it_is_completed(
    client: httpx.AsyncClient, door: Door
) -> None:
    sent = job(3, metadata={"list": 7})
    sent["contacts"][1]["domain"] = "https://www.Acme.example/about"
    location = (await client.post(ENRICH, json=sent)).headers["location"]
    await end_open(door, most=1)
    answer = await client.get(location)
    assert answer.headers["retry-after"] == "2"
    body = answer.json()
    assert body == {
        "id": location.rsplit("/", 1)[1], "status": "processing", "mode": "live",
        "progress": {"total": 3, "completed": 1, "emails_found": 1, "phones_found": 0},
        "metadata": {"list": 7},
    }  # fmt: skip
    conforms("Job", body)
    await end_open(door, NOBODY)
    answer = await client.get(location)
    assert "retry-after" not in answer.headers
    body = answer.json()
    conforms("Job", body)
    assert body["progress"] == {"total": 3, "completed": 3, "emails_found": 1, "phones_found": 0}
    assert [c["domain"] for c in body["contacts"]] == [c["domain"] for c in sent["contacts"]]
    assert [c["email"] for c in body["contacts"]] == [ADDRESS, None, None]
    assert [c["status"] for c in body["contacts"]] == ["found", "not_found", "not_found"]
    run = (await client.get(f"{ENRICH}/{body['contacts'][0]['run_id']}")).json()
    assert (run["jobId"], run["metadata"]) == (body["id"], {"list": 7})


async def test_a_waiting_get_is_answered_when_the_last_run_ends(client: httpx.AsyncClient, door: Door) -> None:
    location = (await client.post(ENRICH, json=job(2))).headers["location"]
    waiting = asyncio.create_task(client.get(location, headers={"prefer": "wait=20"}))
    await end_open(door, most=1)
    done, _ = await asyncio.wait({waiting}, timeout=0.3)
    assert not done
    began = time.monotonic()
    await end_open(door)
    answer = await waiting
    assert time.monotonic() - began < POLL_SECONDS - 1  # a signal woke it
    assert answer.json()["status"] == "completed"
    assert answer.headers["preference-applied"] == "wait=20"


async def test_a_job_of_duplicates_is_completed_at_once(client: httpx.AsyncClient, door: Door) -> None:
    await client.post(ENRICH, json=job(2))
    await end_open(door)
    answer = await client.post(ENRICH, json=job(2))
    assert answer.status_code == 201
    assert (answer.json()["status"], answer.json()["estimated_seconds"]) == ("completed", 0)
    assert "retry-after" not in answer.headers
    assert (await client.get(answer.headers["location"])).json()["progress"]["emails_found"] == 2
    assert await spent(client) == 2


async def test_a_leadmodule_key_pays_its_own_price(door: Door) -> None:
    async with door.client(await door.key()) as client:
        assert (await client.post(ENRICH, json=job(2, fields=["phone", "email", "email"]))).status_code == 201
        assert await spent(client) == 2


async def test_one_bad_contact_refuses_all_and_is_named_by_its_index(client: httpx.AsyncClient) -> None:
    contacts = [
        person(0), "Jane", person(2, domain="not a domain"), person(3, linkedin_url=5),
        {"first_name": "Jane"}, person(5, last_name=None), person(6, company_name=1), person(7, first_name=""),
    ]  # fmt: skip
    wrong = {
        "contacts": contacts, "fields": ["email", "fax"], "webhook_url": "ftp://example.com",
        "webhook_events": ["run.ended"], "metadata": 1, "providers": ["nobody"], "max_cost_usd": -1,
        "force_refresh": "no",
    }  # fmt: skip
    body = problem(await client.post(ENRICH, json=wrong), 400, "invalid-input", "errors")
    assert {e["field"] for e in body["errors"]} == {
        "contacts[1]", "contacts[2].domain", "contacts[3].linkedin_url", "contacts[4].last_name", "contacts[4].domain",
        "contacts[5].last_name", "contacts[6].company_name", "contacts[7].first_name", "fields[1]", "webhook_url",
        "webhook_events[0]", "metadata", "providers[0]", "max_cost_usd", "force_refresh",
    }  # fmt: skip
    assert (await client.get("/api/v1/runs")).json()["runs"] == []
    assert await spent(client) == 0


@pytest.mark.parametrize(
    ("contacts", "said"),
    [
        pytest.param([], "not 0", id="none"),
        pytest.param([person(n) for n in range(101)], "not 101", id="more than a hundred"),
        pytest.param({}, "a list", id="an object"),
        pytest.param(None, "a list", id="null"),
    ],
)
async def test_a_job_has_one_to_a_hundred_contacts(client: httpx.AsyncClient, contacts: Any, said: str) -> None:
    body = problem(await client.post(ENRICH, json={"contacts": contacts}), 400, "invalid-input", "errors")
    assert [e["field"] for e in body["errors"]] == ["contacts"]
    assert said in body["error"]


async def test_a_hundred_contacts_are_a_job(client: httpx.AsyncClient) -> None:
    assert (await client.post(ENRICH, json=job(100))).json()["total_contacts"] == 100


async def test_402_covers_the_whole_job_and_consumes_nothing(door: Door) -> None:
    async with door.client(await door.key(plan="leadsonar", amount=11)) as client:
        answer = await client.post(ENRICH, json=job(2, fields=["email", "phone"]))
        body = problem(answer, 402, "insufficient-credits", "creditsRequired", "creditsAvailable")
        assert (body["creditsRequired"], body["creditsAvailable"]) == (12, 11)
        assert answer.headers["x-ratelimit-remaining"] == "60"
        assert (await client.get("/api/v1/jobs")).json() == {"jobs": [], "next_cursor": None}


async def test_what_is_ignored_is_named(client: httpx.AsyncClient) -> None:
    sent = {"contacts": [person(0), person(1, linkedinUrl="x"), person(2, linkedinUrl="y")], "webhookUrl": "x"}
    warnings = (await client.post(ENRICH, json=sent | {"webhook_events": ["contact.completed"]})).json()["warnings"]
    assert warnings == [
        "unknown member 'webhookUrl' was ignored; did you mean 'webhook_url'?",
        "unknown member 'linkedinUrl' was ignored in contacts[1] and 1 more; did you mean 'linkedin_url'?",
        "webhook_events has no effect without webhook_url",
    ]


def test_everything_is_translated() -> None:
    sent = job(1, fields=["phone"], providers=["hunter"], max_cost_usd=0.1, force_refresh=True, metadata={"a": 1})
    hook = {"webhook_url": "https://hook.example/x", "webhook_events": ["job.completed", "contact.completed"]}
    draft, problems = parse_job(sent | hook)
    assert (problems, draft.warnings) == ([], ())
    said = draft.options
    assert (said.type, said.only_providers, str(said.max_cost_usd)) == (EnrichmentType.PHONE, ("hunter",), "0.100000")
    assert (said.force_refresh, said.metadata, said.webhook_url) == (True, msgspec.Raw(b'{"a":1}'), hook["webhook_url"])
    assert draft.webhook_events == ("contact.completed",)
    absent = dict.fromkeys([*sent, *hook]) | {"contacts": [person(0, company_name=None)]}
    draft, problems = parse_job(absent)
    assert (problems, draft.options.type, draft.given) == ([], EnrichmentType.EMAIL, (person(0),))


async def test_a_job_is_replayed_and_found_again_after_a_crash(client: httpx.AsyncClient, door: Door) -> None:
    key = {"Idempotency-Key": "order-1"}
    first = await client.post(ENRICH, json=job(3), headers=key)
    again = await client.post(ENRICH, json=job(3), headers=key)
    assert (again.status_code, again.content, again.headers["location"]) == (
        201, first.content, first.headers["location"],
    )  # fmt: skip
    assert again.headers["idempotent-replayed"] == "true"
    # One key, one request, in either dialect.
    assert (await client.post(ENRICH, json=PERSON, headers=key)).status_code == 422
    break_off(door)
    resumed = await client.post(ENRICH, json=job(3), headers=key)
    assert (resumed.status_code, resumed.json()["id"]) == (201, first.json()["id"])
    assert len((await client.get("/api/v1/jobs")).json()["jobs"]) == 1
    assert await spent(client) == 3


async def test_cancelling_a_job_ends_it_and_a_second_time_is_a_conflict(client: httpx.AsyncClient, door: Door) -> None:
    location = (await client.post(ENRICH, json=job(3))).headers["location"]
    await end_open(door, most=1)
    waiting = asyncio.create_task(client.get(f"{location}?wait=20"))
    await asyncio.wait({waiting}, timeout=0.2)
    cancelled = await client.post(f"{location}/cancel")
    assert cancelled.status_code == 200
    assert [c["status"] for c in cancelled.json()["contacts"]] == ["found", "cancelled", "cancelled"]
    assert (await waiting).json() == cancelled.json()
    assert await spent(client) == 1
    problem(await client.post(f"{location}/cancel"), 409, "already-ended")


async def test_a_job_has_no_attempts_or_events_and_is_nobody_elses(client: httpx.AsyncClient, door: Door) -> None:
    location = (await client.post(ENRICH, json=job(1))).headers["location"]
    for suffix in ("/attempts", "/events"):
        told = problem(await client.get(location + suffix, headers={"accept": "*/*"}), 404, "not-found")
        assert "No run with" in told["error"]
    async with door.client(await door.key("other")) as other:
        foreign, unknown = await other.get(location), await other.get(f"{ENRICH}/{new_id()}")
        assert problem(foreign, 404, "not-found")["error"] == problem(unknown, 404, "not-found")["error"]
        problem(await other.post(f"{location}/cancel"), 404, "not-found")


async def test_jobs_are_listed_page_by_page_newest_first(client: httpx.AsyncClient) -> None:
    made = [(await client.post(ENRICH, json=job(n))).json()["id"] for n in (1, 2, 3)]
    first = (await client.get("/api/v1/jobs?limit=2")).json()
    conforms("JobPage", first)
    rest = (await client.get("/api/v1/jobs", params={"cursor": first["next_cursor"]})).json()
    assert [line["id"] for line in (*first["jobs"], *rest["jobs"])] == made[::-1]
    assert rest["next_cursor"] is None
    problem(await client.get("/api/v1/jobs?cursor=x&limit=0"), 400, "invalid-input", "errors")


async def test_private_receivers_are_refused_unless_the_operator_allows_them(door: Door) -> None:
    sent = job(1, webhook_url="http://127.0.0.1:9/hook")
    key = await door.key()
    async with door.client(key) as client:
        body = problem(await client.post(ENRICH, json=sent), 400, "invalid-input", "errors")
        assert [e["field"] for e in body["errors"]] == ["webhook_url"]
    allowing = msgspec.structs.replace(door.settings, webhook_allow_private=("127.0.0.0/8",))
    with opened(allowing) as kinder:
        async with kinder.client(key) as client:
            assert (await client.post(ENRICH, json=sent)).status_code == 201
