"""The world around a stack under fault: a receiver of events, and a client that repeats what was not accepted."""

import asyncio
import json
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
from aiohttp import web


@dataclass(kw_only=True)
class Receiver:
    """What arrived: for each run the `webhook-id`s of its events."""

    url: str = ""
    events: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    moved: asyncio.Event = field(default_factory=asyncio.Event)

    async def handle(self, request: web.Request) -> web.Response:
        """Take one event."""
        body = json.loads(await request.read())
        self.events[body["runId"]].append(request.headers["webhook-id"])
        self.moved.set()
        return web.Response(status=204)


@asynccontextmanager
async def receiver() -> AsyncIterator[Receiver]:
    """Run a receiver on a free port."""
    taking = Receiver()
    app = web.Application()
    app.router.add_post("/hook", taking.handle)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    taking.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    try:
        yield taking
    finally:
        await runner.cleanup()


class Script:
    """What a careful client does: repeats with the same Idempotency-Key until it is accepted."""

    def __init__(self, url: str, key: str) -> None:
        """Speak to one API with one key."""
        self._client = httpx.AsyncClient(
            base_url=url, headers={"Authorization": f"Bearer {key}"}, timeout=30, trust_env=False
        )

    async def submit(self, name: str, body: dict[str, Any]) -> str:
        """Submit one contact; returns its runId."""
        while True:
            try:
                answer = await self._client.post("/api/v1/enrich", json=body, headers={"Idempotency-Key": name})
            except httpx.TransportError:
                await asyncio.sleep(0.2)
                continue
            if answer.status_code in {200, 202}:
                return str(answer.json()["runId"])
            assert answer.status_code in {409, 429, 503}, answer.text
            await asyncio.sleep(min(1.0, float(answer.headers.get("Retry-After", 0.2))))

    async def run(self, run_id: str, wait: int = 0) -> dict[str, Any]:
        """Read a run, patiently."""
        while True:
            try:
                answer = await self._client.get(f"/api/v1/enrich/{run_id}", params={"wait": wait} if wait else {})
            except httpx.TransportError:
                await asyncio.sleep(0.2)
                continue
            if answer.status_code == httpx.codes.OK:
                found: dict[str, Any] = answer.json()
                return found
            assert answer.status_code in {429, 503}, answer.text
            await asyncio.sleep(0.5)

    async def close(self) -> None:
        """Disconnect."""
        await self._client.aclose()
