"""POST /find-email and /find-phone: a run and a wait, in the shape of the published page."""

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Any

import httpx
import msgspec
import pytest

from app.domain.vocabulary import Field, Mode, ResultStatus, Tier
from app.domain.waterfall.answer import Deliverability, Found, PhoneType
from app.domain.waterfall.attempt import Attempt
from app.domain.waterfall.outcome import Conclusion
from app.settings.settings import Settings
from tests.api.checks import limited, problem
from tests.api.door import Door, opened
from tests.api.ending import break_off, end_open, spent
from tests.api.kept import KeptDoor
from tests.api.test_service import conforms
from tests.contract.comparing import without_sayings
from tests.kept import KeptDatabases
from tests.play.worker import ADDRESS, FOUND, NOBODY, TROUBLE

EMAIL, PHONE = "/api/v1/find-email", "/api/v1/find-phone"
JANE = {"first_name": "Jane", "last_name": "Smith", "domain": "acme.example"}
NUMBER = "+14155550123"
RISKY = Conclusion(
    status=ResultStatus.FOUND,
    winners={
        Field.EMAIL: msgspec.structs.replace(
            FOUND.winners[Field.EMAIL],
            answer=Found(field=Field.EMAIL, value=ADDRESS, status=Deliverability.RISKY, confidence=55, score=50),
        )
    },
)
DIALLED = Conclusion(
    status=ResultStatus.FOUND,
    winners={
        Field.PHONE: Attempt(
            provider="kaspr",
            tier=Tier.T2,
            field=Field.PHONE,
            route="profile",
            answer=Found(
                field=Field.PHONE,
                value=NUMBER,
                status=Deliverability.UNKNOWN,
                confidence=80,
                score=0,
                phone_type=PhoneType.MOBILE,
            ),
        )
    },
)


@pytest.fixture(scope="module")
async def kept_door(database_url: str, template_database: str, redis_url: str) -> AsyncIterator[KeptDoor]:
    """An API that waits ten seconds for a result."""
    kept = KeptDoor(KeptDatabases(database_url, template_database, redis_url), sync_wait_seconds=10)
    yield kept
    await kept.close()


@pytest.fixture
async def client(door: Door) -> AsyncIterator[httpx.AsyncClient]:
    async with door.client(await door.key(plan="leadsonar")) as client:
        yield client


async def asked(client: httpx.AsyncClient, door: Door, path: str, end: Conclusion, **more: Any) -> httpx.Response:
    """Send a look-up, and end its run when it is accepted."""
    waiting = asyncio.create_task(client.post(path, json={**JANE, **more}))
    async with asyncio.timeout(60):
        while not await end_open(door, end):
            await asyncio.wait({waiting}, timeout=0.02)
    return await waiting


@pytest.mark.parametrize(
    ("end", "expected"),
    [
        pytest.param(FOUND, (ADDRESS, 0.95, "hunter", True), id="found"),
        pytest.param(RISKY, (ADDRESS, 0.55, "hunter", False), id="found, but mail may not arrive"),
        pytest.param(NOBODY, (None, 0, None, False), id="nobody has it"),
    ],
)
async def test_find_email_answers_when_the_cascade_ends(
    client: httpx.AsyncClient, door: Door, end: Conclusion, expected: tuple[Any, ...]
) -> None:
    answer = await asked(client, door, EMAIL, end)
    assert answer.status_code == 200
    names = ("email", "confidence", "provider", "verified", "cost_credits")
    assert without_sayings(answer.json()) == dict(zip(names, (*expected, 1), strict=True))
    conforms("EmailFound", answer.json())
    limited(answer)
    assert answer.headers["location"] == f"/api/v1/enrich/{answer.headers['x-run-id']}"
    assert "retry-after" not in answer.headers
    assert "preference-applied" not in answer.headers
    run = (await client.get(answer.headers["location"])).json()
    assert (run["runId"], run["enrichmentType"], run["creditsUsed"]) == (answer.headers["x-run-id"], "email", 1)


@pytest.mark.parametrize(
    ("end", "expected"),
    [
        pytest.param(DIALLED, (NUMBER, "mobile", "kaspr", True), id="found"),
        pytest.param(
            Conclusion(status=ResultStatus.NOT_FOUND, missed=frozenset({Field.PHONE})),
            (None, None, None, False),
            id="nobody has it",
        ),
    ],
)
async def test_find_phone_answers_when_the_cascade_ends(
    client: httpx.AsyncClient, door: Door, end: Conclusion, expected: tuple[Any, ...]
) -> None:
    answer = await asked(client, door, PHONE, end, linkedin_url="linkedin.com/in/janesmith", company_name="Acme")
    assert answer.status_code == 200
    names = ("phone", "phone_type", "provider", "validated", "cost_credits")
    assert without_sayings(answer.json()) == dict(zip(names, (*expected, 5), strict=True))
    conforms("PhoneFound", answer.json())


async def test_a_look_up_that_nobody_could_answer_says_so(client: httpx.AsyncClient, door: Door) -> None:
    body = (await asked(client, door, EMAIL, TROUBLE)).json()
    assert without_sayings(body) == {
        "email": None, "confidence": 0, "provider": None, "verified": False, "cost_credits": 1,
        "error": {"code": "all_providers_failed", "message": "all failed"},
    }  # fmt: skip
    conforms("EmailFound", body)
    # It is no answer, so the next one asks again.
    assert (await client.post(EMAIL, json=JANE, headers={"prefer": "respond-async"})).json()["creditsUsed"] == 1


async def test_a_run_that_is_cancelled_meanwhile_says_so(client: httpx.AsyncClient) -> None:
    waiting = asyncio.create_task(client.post(PHONE, json=JANE))
    async with asyncio.timeout(60):
        while not (runs := (await client.get("/api/v1/runs")).json()["runs"]):
            await asyncio.wait({waiting}, timeout=0.02)
    await client.post(f"/api/v1/enrich/{runs[0]['runId']}/cancel")
    answer = await waiting
    assert answer.status_code == 200
    assert (answer.json()["error"]["code"], answer.json()["cost_credits"]) == ("cancelled", 0)
    conforms("PhoneFound", answer.json())


async def test_a_duplicate_costs_nothing_whatever_its_spelling(client: httpx.AsyncClient, door: Door) -> None:
    first = await asked(client, door, EMAIL, FOUND)
    again = await client.post(EMAIL, json={**JANE, "first_name": " JANE", "domain": "https://www.Acme.example/"})
    assert without_sayings(again.json()) == without_sayings(first.json()) | {"cost_credits": 0}
    assert again.headers["x-run-id"] != first.headers["x-run-id"]
    # The same contact as the other dialect spells it.
    native = {"firstName": "Jane", "lastName": "Smith", "companyDomain": "acme.example"}
    assert (await client.post("/api/v1/enrich", json=native)).json()["cached"] is True
    assert await spent(client) == 1


@pytest.mark.parametrize(
    ("plan", "mode", "email", "phone"),
    [
        pytest.param("leadsonar", Mode.LIVE, 1, 5, id="LeadSonar"),
        pytest.param("leadmodule", Mode.LIVE, 1, 1, id="LeadModule"),
        pytest.param("leadsonar", Mode.TEST, 0, 0, id="test key"),
    ],
)
async def test_the_key_decides_the_price(door: Door, plan: str, mode: Mode, email: int, phone: int) -> None:
    async with door.client(await door.key(plan=plan, mode=mode, amount=0 if mode is Mode.TEST else 10)) as client:
        for path, price in ((EMAIL, email), (PHONE, phone)):
            answer = await client.post(path, json=JANE, headers={"prefer": "respond-async"})
            assert (answer.status_code, answer.json()["creditsUsed"]) == (202, price)
        assert await spent(client) == email + phone


@pytest.mark.parametrize(
    ("prefer", "least", "applied"),
    [
        pytest.param("respond-async", 0.0, "respond-async", id="at once"),
        pytest.param("wait=1", 0.9, "wait=1", id="a second"),
        pytest.param("Respond-Async, wait=1", 0.9, "respond-async, wait=1", id="both"),
        pytest.param("wait=0", 0.0, "wait=0", id="not at all"),
    ],
)
async def test_a_client_that_does_not_wait_gets_the_run(
    client: httpx.AsyncClient, prefer: str, least: float, applied: str
) -> None:
    began = time.monotonic()
    answer = await client.post(EMAIL, json=JANE, headers={"prefer": prefer})
    assert least <= time.monotonic() - began < least + 8  # of the ten that it would wait by itself
    assert answer.status_code == 202
    body = answer.json()
    expected = {"runId": answer.headers["x-run-id"], "status": "pending", "creditsUsed": 1}
    assert without_sayings(body) == expected
    conforms("RunAccepted", body)
    assert answer.headers["location"] == f"/api/v1/enrich/{body['runId']}"
    assert int(answer.headers["retry-after"]) >= 1
    assert answer.headers["preference-applied"] == applied


async def test_without_a_result_in_time_the_run_goes_on(settings: Settings) -> None:
    with opened(msgspec.structs.replace(settings, sync_wait_seconds=1)) as door:
        async with door.client(await door.key()) as client:
            answer = await client.post(EMAIL, json=JANE, headers={"prefer": "wait=60"})
            assert (answer.status_code, answer.headers["preference-applied"]) == (202, "wait=1")
            await end_open(door)
            assert (await client.get(answer.headers["location"])).json()["result"]["email"] == ADDRESS


async def test_every_wrong_member_is_named_at_once(client: httpx.AsyncClient) -> None:
    wrong = {
        "first_name": 7, "last_name": " ", "linkedin_url": "https://example.com/in/jane", "force_refresh": 1,
        "providers": ["nobody"], "max_cost_usd": 0, "metadata": [], "webhook_url": "http://127.0.0.1/hook",
    }  # fmt: skip
    answer = await client.post(EMAIL, json=wrong, headers={"Idempotency-Key": ""})
    body = problem(answer, 400, "invalid-input", "errors")
    told = {e["field"]: e["message"] for e in body["errors"]}
    assert set(told) == {*wrong, "domain", "Idempotency-Key"} - {"providers"} | {"providers[0]"}
    assert told["last_name"] == told["domain"] == "is required"
    assert await spent(client) == 0


async def test_unknown_members_are_named_and_guessed(client: httpx.AsyncClient) -> None:
    answer = await client.post(EMAIL, json={**JANE, "forceRefresh": True}, headers={"prefer": "respond-async"})
    assert answer.json()["warnings"] == ["unknown member 'forceRefresh' was ignored; did you mean 'force_refresh'?"]


async def test_a_look_up_is_replayed_and_goes_on_after_a_crash(client: httpx.AsyncClient, door: Door) -> None:
    headers = {"Idempotency-Key": "order-1", "prefer": "respond-async"}
    first = await client.post(EMAIL, json=JANE, headers=headers)
    again = await client.post(EMAIL, json=JANE, headers=headers)
    assert (again.status_code, again.content, again.headers["x-run-id"]) == (
        202, first.content, first.headers["x-run-id"],
    )  # fmt: skip
    assert again.headers["idempotent-replayed"] == "true"
    # The key belongs to the operation: elsewhere it is another request.
    assert (await client.post(PHONE, json=JANE, headers=headers)).json()["creditsUsed"] == 5
    break_off(door)
    await end_open(door)
    resumed = await client.post(EMAIL, json=JANE, headers={"Idempotency-Key": "order-1"})
    assert (resumed.status_code, resumed.json()["email"]) == (200, ADDRESS)
    assert resumed.headers["x-run-id"] == first.headers["x-run-id"]
    assert await spent(client) == 6
