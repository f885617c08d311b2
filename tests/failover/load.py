"""Clients that submit at a steady rate and repeat what was not accepted, and the vendor who is paid for each."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
from aiohttp import web

from tests.contract.supervised import bearer
from tests.workers.vendors import DROPCONTACT_FOUND, DROPCONTACT_PENDING

# Requests at once: more would wait in the client itself, whose loop the proxies share.
CLIENTS = 60


class Load:
    """Clients that repeat each submission with its key until it is accepted."""

    def __init__(self, url: str, key: str, hook: str) -> None:
        self._hook = hook
        self._client = httpx.AsyncClient(
            base_url=url,
            headers=bearer(key),
            timeout=60,
            trust_env=False,
            limits=httpx.Limits(max_connections=CLIENTS),
        )
        self.runs: dict[str, str] = {}
        self.answers: Counter[str] = Counter()
        self.wrong: list[str] = []
        self.slowest = 0.0
        self.begun = 0
        self._places = asyncio.Semaphore(CLIENTS)

    async def submit(self, seconds: float, rate: float) -> None:
        """Submit at a rate, and wait until all is accepted."""
        loop = asyncio.get_running_loop()
        begun = loop.time()
        async with asyncio.TaskGroup() as group:
            while (now := loop.time() - begun) < seconds:
                while self.begun < now * rate:
                    group.create_task(self._one(f"Smith{self.begun}x"))
                    self.begun += 1
                await asyncio.sleep(0.02)

    async def _one(self, name: str) -> None:
        body = {
            "firstName": "Jane",
            "lastName": name,
            "companyDomain": "acme.example",
            "webhookUrl": self._hook,
            "providers": ["dropcontact", "hunter"],
        }
        while (run_id := await self._post(name, body)) is None:  # noqa: ASYNC110 - the API says when
            await asyncio.sleep(1)
        self.runs[name] = run_id

    async def _post(self, name: str, body: dict[str, Any]) -> str | None:
        loop = asyncio.get_running_loop()
        try:
            async with self._places:
                began = loop.time()
                answer = await self._client.post("/api/v1/enrich", json=body, headers={"Idempotency-Key": name})
        except httpx.TransportError as error:
            self.answers[type(error).__name__] += 1
            return None
        self.slowest = max(self.slowest, loop.time() - began)
        found = answer.json()
        self.answers[f"{answer.status_code} {found.get('type', '')}".strip()] += 1
        if answer.status_code in {200, 202}:
            return str(found["runId"])
        if answer.status_code not in {409, 503} or not int(answer.headers["Retry-After"]):
            self.wrong.append(answer.text)
        return None

    async def close(self) -> None:
        """Disconnect."""
        await self._client.aclose()


@asynccontextmanager
async def dropcontact() -> AsyncIterator[tuple[str, Counter[str]]]:
    """Play Dropcontact, which finds half of the people at the second look; yields its URL and who was bought."""
    bought: Counter[str] = Counter()
    looks: Counter[str] = Counter()

    async def buy(request: web.Request) -> web.Response:
        name = (await request.json())["data"][0]["last_name"]
        bought[name] += 1
        return web.json_response({"success": True, "error": False, "request_id": name, "credits_left": 9})

    async def look(request: web.Request) -> web.Response:
        name = request.match_info["name"]
        looks[name] += 1
        nobody = {"success": True, "error": False, "data": [{"email": []}]}
        found = DROPCONTACT_FOUND if int(name.strip("Smithx")) % 2 else nobody
        return web.json_response(DROPCONTACT_PENDING if looks[name] == 1 else found)

    app = web.Application()
    app.router.add_post("/v1/enrich/all", buy)
    app.router.add_get("/v1/enrich/all/{name}", look)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}", bought
    finally:
        await runner.cleanup()
