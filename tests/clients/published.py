"""The published services, played as their pages describe them."""

from collections.abc import Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import anyio.from_thread
from aiohttp import web

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


@contextmanager
def published() -> Iterator[tuple[Published, str]]:
    """Play them on a free port; yields what was asked, and the URL."""
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
