"""What serves operators and readers: health, metrics, specification, documentation, secrets, credits."""

from pathlib import Path

import httpx
import jsonschema
import pytest

from app.api.http.errors import STATUS
from app.api.openapi.document import specification
from app.api.operations import operations
from app.api.service.error_pages import PAGES
from app.domain.errors import RequestError
from scripts.write_api_documents import DOCUMENTS
from tests.api.door import PERSON, Door
from tests.api.ending import end_run, record
from tests.play.worker import HIT

DOCS = Path(__file__).parents[2] / "docs"


def conforms(name: str, body: object) -> None:
    """Check an answer against the schema that the specification publishes, with every member listed there."""
    schemas = specification(operations())["components"]["schemas"]
    schema = {"$ref": f"#/components/schemas/{name}", "components": {"schemas": schemas}}
    jsonschema.validate(body, schema, format_checker=jsonschema.FormatChecker())
    if isinstance(body, dict):
        assert set(body) <= set(schemas[name]["properties"])


async def test_health_needs_no_key(door: Door) -> None:
    async with door.client() as client:
        live, ready = await client.get("/health/live"), await client.get("/health/ready")
        assert live.json() == {"status": "live"}
        assert ready.json() == {"status": "ready", "checks": {"database": "up", "redis": "up"}}
        assert "ratelimit" not in ready.headers


async def test_metrics_count_requests_and_show_the_backlog(client: httpx.AsyncClient) -> None:
    await client.post("/api/v1/enrich", json=PERSON)
    answer = await client.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain")
    assert 'leadrun_http_requests_total{method="POST",route="/api/v1/enrich",status="202"}' in answer.text
    assert 'leadrun_backlog{queue="interactive"} 1.0' in answer.text
    assert 'leadrun_backlog{queue="webhooks"} 0.0' in answer.text
    assert "leadrun_backlog_oldest_seconds" in answer.text
    assert "jane" not in answer.text.lower()


async def test_credits_add_up(client: httpx.AsyncClient) -> None:
    await client.post("/api/v1/enrich", json=PERSON)
    body = (await client.get("/api/v1/credits")).json()
    assert body == {"balance": 999, "total_earned": 1000, "total_spent": 1}


async def test_providers_are_those_of_the_keys_mode(client: httpx.AsyncClient) -> None:
    body = (await client.get("/api/v1/providers")).json()
    conforms("Providers", body)
    assert {"hunter", "dropcontact", "kaspr"} <= {p["name"] for p in body["providers"]}
    assert body["total_enabled"] == sum(p["enabled"] for p in body["providers"]) == 0


async def test_a_rotated_webhook_secret_signs_along(client: httpx.AsyncClient) -> None:
    first = (await client.get("/api/v1/webhooks/secret")).json()
    rotated = (await client.post("/api/v1/webhooks/secret")).json()
    for body in (first, rotated):
        conforms("WebhookSecret", body)
        assert body["secret"].startswith("whsec_")
    assert rotated["secret"] != first["secret"]
    assert [p["secret"] for p in rotated["previous"]] == [first["secret"]]


async def test_answers_conform_to_the_published_schemas(client: httpx.AsyncClient, door: Door) -> None:
    accepted = await client.post("/api/v1/enrich", json={**PERSON, "x": 1})
    conforms("RunAccepted", accepted.json())
    run = accepted.json()["runId"]
    conforms("Run", (await client.get(f"/api/v1/enrich/{run}")).json())
    await record(door, run, ("hunter", HIT))
    conforms("Attempts", (await client.get(f"/api/v1/enrich/{run}/attempts")).json())
    await end_run(door, run)
    conforms("Run", (await client.get(f"/api/v1/enrich/{run}")).json())
    conforms("Run", (await client.post("/api/v1/enrich", json=PERSON)).json())
    conforms("RunPage", (await client.get("/api/v1/runs")).json())
    conforms("CreditBalance", (await client.get("/api/v1/credits")).json())
    conforms("Problem", (await client.post("/api/v1/enrich", json={"firstName": 1})).json())
    conforms("ErrorPage", (await client.get("/errors/invalid-input")).json())


@pytest.mark.parametrize("name", list(DOCUMENTS))
def test_a_generated_document_is_the_committed_one(name: str) -> None:
    assert DOCUMENTS[name]() == (DOCS / name).read_text(encoding="utf-8"), "run `python -m app.api`"


def test_every_refusal_has_a_status_and_an_explanation() -> None:
    kinds, waiting = set[type[RequestError]](), [RequestError]
    while waiting:
        kind = waiting.pop()
        waiting.extend(kind.__subclasses__())
        kinds.add(kind)
    assert all(set(kind.__mro__) & set(STATUS) for kind in kinds - {RequestError})
    assert {kind.code for kind in kinds - {RequestError}} == set(PAGES)
    assert {kind.code for kind in STATUS} == set(PAGES)


async def test_the_root_leads_people_to_the_app_and_programs_to_the_documents(door: Door) -> None:
    async with door.client() as client:
        page = await client.get("/", headers={"accept": "text/html,application/xhtml+xml,*/*;q=0.8"})
        assert (page.status_code, page.headers["location"], page.headers["vary"]) == (303, "app", "accept")
        body = (await client.get("/")).json()
        assert body["name"] == "leadrun"
        for name, path in body["links"].items():
            if name != "app":  # served by the front
                assert (await client.get(f"/{path}")).status_code == 200


async def test_the_page_of_the_documentation_keeps_no_key(door: Door) -> None:
    async with door.client() as client:
        assert "persistAuthorization" not in (await client.get("/docs/assets/start.js")).text


async def test_the_documentation_page_loads_nothing_from_elsewhere(door: Door) -> None:
    async with door.client() as client:
        page = await client.get("/docs")
        assert page.headers["content-type"].startswith("text/html")
        assert "default-src 'none'" in page.headers["content-security-policy"]
        assert "//" not in page.text.replace("<!doctype", "")
        for name, kind in (
            ("swagger-ui-bundle.js", "javascript"),
            ("swagger-ui.css", "css"),
            ("start.js", "javascript"),
        ):
            assert name in page.text
            asset = await client.get(f"/docs/assets/{name}")
            assert asset.status_code == 200
            assert kind in asset.headers["content-type"]
