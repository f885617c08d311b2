"""The world around a stack under fault: a receiver of events, and a client that repeats what was not accepted."""

import asyncio
import json
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Collection
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
        """Speak to one API with one key; `put_off` counts the answers that asked to come again, and said when."""
        self.put_off: Counter[int] = Counter()
        self._client = httpx.AsyncClient(
            base_url=url, headers={"Authorization": f"Bearer {key}"}, timeout=30, trust_env=False
        )

    async def submit(self, name: str, body: dict[str, Any]) -> str:
        """Submit one contact; returns its runId."""
        return str((await self._accepted(name, body))["runId"])

    async def job(self, name: str, body: dict[str, Any]) -> str:
        """Submit several contacts together; returns the id of their job."""
        return str((await self._accepted(name, body))["id"])

    async def cancel(self, run_id: str) -> None:
        """Cancel a run, unless it has ended."""
        await self._patiently("POST", f"/api/v1/enrich/{run_id}/cancel", {200, 409})

    async def _accepted(self, name: str, body: dict[str, Any]) -> dict[str, Any]:
        # 409: the same request of before is still being worked on.
        answer = await self._patiently(
            "POST", "/api/v1/enrich", {200, 201, 202}, {409}, json=body, headers={"Idempotency-Key": name}
        )
        accepted: dict[str, Any] = answer.json()
        return accepted

    async def run(self, run_id: str, wait: int = 0) -> dict[str, Any]:
        """Read a run, patiently."""
        asked = {"wait": wait} if wait else {}
        answer = await self._patiently("GET", f"/api/v1/enrich/{run_id}", {200}, params=asked)
        found: dict[str, Any] = answer.json()
        return found

    async def _patiently(
        self, method: str, path: str, wanted: set[int], again: Collection[int] = (), **request: Any
    ) -> httpx.Response:
        """Repeat what could not be answered now, and what is too early."""
        while True:
            try:
                answer = await self._client.request(method, path, **request)
            except httpx.TransportError:
                await asyncio.sleep(0.2)
                continue
            if answer.status_code in wanted:
                return answer
            assert answer.status_code in {429, 503, *again}, answer.text
            self.put_off[answer.status_code] += 1
            await asyncio.sleep(min(1.0, int(answer.headers["Retry-After"])))

    async def close(self) -> None:
        """Disconnect."""
        await self._client.aclose()
