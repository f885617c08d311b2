"""Our side of a callback without a database behind it: an endpoint on loopback, and the mailbox that reads from it."""

import asyncio
from typing import Any

import aiohttp
import msgspec
from aiohttp import web

from app.domain.callback import LENGTH, PATH, callback_url
from app.providers.caller import Clock
from app.providers.polling import CALLBACK, Post, Ticket

TOKEN = "t" * LENGTH
PART = "part-of-the-tests"


class Letterbox:
    """One mailbox; the vendor posts to it over a real socket, at the URL that it was told."""

    def __init__(self, clock: Clock, saved: list[Ticket]) -> None:
        """Begin empty."""
        self._clock = clock
        self._saved = saved
        self.url = ""
        self.told: str | None = None
        self.body: bytes | None = None
        self.gone = False

    async def open(self, _seconds: float) -> tuple[str, str]:
        """Store the ticket, which holds nothing of the token."""
        self._saved.append(Ticket(values={CALLBACK: PART}))
        return TOKEN, PART

    async def wait(self, part: str, seconds: float) -> bytes | Post:
        """Return what was posted; waiting takes no time and is only written down."""
        assert part == PART
        await asyncio.sleep(0)
        if self.body is not None or self.gone:
            return self.body or Post.GONE
        await self._clock.sleep(seconds)
        return Post.NONE_YET

    def add_route(self, application: web.Application, provider: str) -> None:
        """Listen at the path that a vendor is told."""
        application.router.add_route("POST", f"{PATH}/{provider}/{TOKEN}", self._receive)

    async def _receive(self, request: web.Request) -> web.Response:
        self.body = await request.read()
        return web.Response(status=204)

    def expect(self, public_url: str, provider: str) -> str:
        """Tell which URL the vendor must be told."""
        self.url = callback_url(public_url, provider, TOKEN)
        return self.url

    async def post(self, result: Any) -> None:
        """Post as the vendor does."""
        async with aiohttp.ClientSession() as session:
            content = msgspec.json.encode(result)
            async with session.post(self.url, data=content, headers={"content-type": "application/json"}) as answer:
                assert answer.status == 204
