"""The whole product in one process: the API over a socket, a worker, and a vendor that notes what it is asked."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import httpx
import msgspec
from aiohttp import web

from app.services import open_services
from app.settings.settings import Settings
from tests.api.door import Door, opened
from tests.workers.vendors import HUNTER_MISS, vendor
from workers.batch_feeder import BatchFeeder
from workers.cascade_runner import CascadeRunner

Asked = dict[str, str]


class Product:
    """A running product.

    Attributes:
        client: With a live key and credits.
        asked: The parameters of each request to Hunter, in order.
        answer: Makes the address that Hunter gives for what it is asked; None for a miss.
    """

    def __init__(self, door: Door, client: httpx.AsyncClient) -> None:
        self.door = door
        self.client = client
        self.asked: list[Asked] = []
        self.answer: Callable[[Asked], str | None] = lambda _: None
        self.feeder: BatchFeeder
        self.runner: CascadeRunner

    def play(self, request: web.Request) -> dict[str, Any]:
        """Answer as Hunter does."""
        asked = dict(request.query)
        self.asked.append(asked)
        email = self.answer(asked)
        return {"data": {"email": email, "score": 97, "verification": {"status": "valid"}}} if email else HUNTER_MISS

    async def enrich(self, contact: dict[str, Any]) -> dict[str, Any]:
        """Submit one contact and give its run when it has ended."""
        made = await self.client.post("/api/v1/enrich", json=contact)
        assert made.status_code in {200, 202}, made.text
        return await self._ended(made.json()["runId"])

    async def batch(self, body: str, kind: str = "text/csv") -> list[dict[str, Any]]:
        """Upload a file and give its results when it has ended."""
        made = await self.client.post("/api/v1/batches", content=body.encode(), headers={"content-type": kind})
        assert made.status_code == 201, made.text
        while await self.feeder.feed():
            pass
        results = f"{made.headers['location']}/results"
        for row in (await self.client.get(results)).json()["results"]:
            if row["run_id"]:
                await self._ended(row["run_id"])
        found: list[dict[str, Any]] = (await self.client.get(results)).json()["results"]
        return found

    async def _ended(self, run_id: str) -> dict[str, Any]:
        cascade = self.door.sql("SELECT cascade_id FROM runs WHERE id = %s AND ended_at IS NULL", UUID(run_id))
        if cascade and cascade[0][0]:
            await self.runner.accept([cascade[0][0]])
        body: dict[str, Any] = (await self.client.get(f"/api/v1/enrich/{run_id}", params={"wait": 30})).json()
        assert body["completedAt"], body
        return body

    async def spent(self) -> int:
        """Give the credits that were charged, those given back not counted."""
        return int((await self.client.get("/api/v1/credits")).json()["total_spent"])


@asynccontextmanager
async def served(settings: Settings) -> AsyncIterator[Product]:
    """Run the product with Hunter alone."""
    async with vendor() as (hunter, provider):
        made = msgspec.structs.replace(settings, providers={"hunter": provider}, provider_poll_scale=0.001)
        with opened(made) as door:
            async with open_services(made) as services, door.client(await door.key()) as client:
                product = Product(door, client)
                hunter.answer = product.play
                product.feeder, product.runner = BatchFeeder(services), CascadeRunner(services)
                product.runner.open()
                try:
                    yield product
                finally:
                    await product.runner.drain(0.1)
