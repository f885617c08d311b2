"""Vendors played on loopback: real sockets, answers that a test sets, and a record of what was asked."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from app.settings.settings import ProviderSettings

Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


def hunter_found(status: str = "valid") -> dict[str, Any]:
    """Hunter's answer for somebody it knows."""
    return {"data": {"email": "jane.smith@acme.example", "score": 97, "verification": {"status": status}}}


HUNTER_MISS: dict[str, Any] = {"data": {"email": None, "score": None}}
DROPCONTACT_PENDING = {"success": False, "error": False, "reason": "Request not ready yet, try again in 30 seconds"}
DROPCONTACT_FOUND = {
    "success": True,
    "error": False,
    "data": [{"email": [{"email": "jane.smith@acme.example", "qualification": "nominative@pro"}]}],
}


@dataclass(kw_only=True)
class Vendor:
    """One played vendor: answers every request with `answer`, and waits first while `hold` is not set."""

    answer: Any = None
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    hold: asyncio.Event = field(default_factory=asyncio.Event)
    asked: list[str] = field(default_factory=list)
    entered: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(0))

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Answer one request."""
        self.asked.append(f"{request.method} {request.path}")
        self.entered.release()
        await self.hold.wait()
        answer = self.answer(request) if callable(self.answer) else self.answer
        return web.json_response(answer, status=self.status, headers=self.headers)


@asynccontextmanager
async def vendor(**settings: Any) -> AsyncIterator[tuple[Vendor, ProviderSettings]]:
    """Run a vendor on a free port; yields it and the settings that lead there."""
    played = Vendor(**settings)
    played.hold.set()
    app = web.Application()
    app.router.add_route("*", "/{tail:.*}", played.handle)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    try:
        yield played, ProviderSettings(api_key="made-up-key", base_url=f"http://127.0.0.1:{port}")
    finally:
        played.hold.set()
        await runner.cleanup()
