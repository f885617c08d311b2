"""The client against the published services, played as their pages describe them: only base URL and key differ."""

import asyncio
from collections.abc import Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import anyio.from_thread
import pytest
from aiohttp import web

from leadrun import Leadrun, errors

KEY = "lm_live_xxxxxxxxxxxxxxxx"
FOUND = {
    "runId": "550e8400-e29b-41d4-a716-446655440000",
    "status": "completed",
    "resultStatus": "found",
    "creditsUsed": 1,
    "result": {
        "email": "jane.smith@acme.example",
        "confidence": 95,
        "provider": "prospeo",
        "validation": {"status": "valid", "score": 100},
    },
}
JANE: dict[str, Any] = {"first_name": "Jane", "last_name": "Smith"}


class Published:
    """Both services at once: what a page does not name is not there."""

    def __init__(self) -> None:
        self.polls = 0
        self.posts: list[dict[str, Any]] = []
        self.app = web.Application()
        self.app.router.add_post("/api/v1/enrich", self.submit)
        self.app.router.add_get("/api/v1/enrich/{id}", self.poll)
        self.app.router.add_post("/api/v1/find-email", self.find_email)
        self.app.router.add_get("/api/v1/credits", self.credits)

    async def submit(self, request: web.Request) -> web.Response:
        if request.headers.get("Authorization") != f"Bearer {KEY}":
            return web.json_response({"error": "Invalid or missing API key"}, status=401)
        body = await request.json()
        self.posts.append(body)
        if len(self.posts) == 1:
            return web.json_response({"error": "Rate limit"}, status=429, headers={"Retry-After": "1"})
        if body["lastName"] == "Cut":
            assert request.transport
            request.transport.abort()
        if body["lastName"] == "Known":
            return web.json_response({**FOUND, "cached": True, "creditsUsed": 0})
        return web.json_response({"runId": FOUND["runId"], "status": "pending"}, status=202)

    async def poll(self, _: web.Request) -> web.Response:
        self.polls += 1
        headers = {"Retry-After": "1"}
        return web.json_response(FOUND if self.polls > 1 else {**FOUND, "status": "processing"}, headers=headers)

    async def find_email(self, request: web.Request) -> web.Response:
        if request.headers.get("X-API-Key") != KEY:
            return web.json_response({"error": "Invalid or missing API key"}, status=401)
        body = await request.json()
        assert set(body) == {"first_name", "last_name", "domain"}
        return web.json_response(
            {"email": "j@acme.example", "confidence": 0.95, "provider": "p", "verified": True, "cost_credits": 1}
        )

    async def credits(self, _: web.Request) -> web.Response:
        return web.json_response({"balance": 450, "total_earned": 500, "total_spent": 50})


@pytest.fixture
def service() -> Iterator[tuple[Published, str]]:
    with _serving() as found:
        yield found


@contextmanager
def _serving() -> Iterator[tuple[Published, str]]:
    played = Published()

    @asynccontextmanager
    async def serve() -> Any:
        runner = web.AppRunner(played.app, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
        await runner.cleanup()

    with anyio.from_thread.start_blocking_portal() as portal, portal.wrap_async_context_manager(serve()) as url:
        yield played, url


@pytest.mark.parametrize("base", ["", "/api/v1", "/api/v1/", "/api/v1/enrich"])
def test_any_published_base_url_is_taken(service: tuple[Published, str], base: str) -> None:
    assert Leadrun(KEY, service[1] + base).credits().balance == 450


def test_submit_poll_and_result(service: tuple[Published, str]) -> None:
    played, url = service
    client = Leadrun(KEY, url)
    run = client.enrich(**JANE, company_domain="acme.example")
    assert (run.email, run.found, run.credits_used) == ("jane.smith@acme.example", True, 1)
    assert (len(played.posts), played.polls) == (2, 2)
    cached = client.enrich(first_name="Jane", last_name="Known")
    assert (cached.cached, cached.credits_used) == (True, 0)


def test_the_other_service(service: tuple[Published, str]) -> None:
    client = Leadrun(KEY, service[1])
    assert client.find_email(**JANE, domain="acme.example").email == "j@acme.example"
    with pytest.raises(errors.AuthenticationError):
        Leadrun("ls_live_other", service[1]).find_email(**JANE, domain="acme.example")
    with pytest.raises(errors.NotFoundError):
        client.providers()


def test_a_service_without_idempotency_is_never_asked_twice(service: tuple[Published, str]) -> None:
    played, url = service
    played.posts.append({})
    with pytest.raises(errors.NoAnswerError) as lost:
        Leadrun(KEY, url, idempotent=False).enrich(first_name="Jane", last_name="Cut")
    assert lost.value.sent
    assert len(played.posts) == 2


async def test_many_contacts(service: tuple[Published, str]) -> None:
    contacts = [{"first_name": "Jane", "last_name": "Known"} for _ in range(5)]
    outcomes = await asyncio.to_thread(lambda: list(Leadrun(KEY, service[1]).enrich_many(contacts)))
    assert [one.email for one in outcomes] == ["jane.smith@acme.example"] * 5
