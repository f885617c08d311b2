"""Where played vendors post: at an endpoint on loopback without a database behind it, or at the real one."""

import asyncio
import re
from typing import Any

import aiohttp
import msgspec
from aiohttp import web

from app.clock import Clock
from app.domain.waterfall.callback_token import LENGTH, PATH, callback_url, token_digest
from app.providers.client.polling import CALLBACK, NoPost, Ticket

TOKEN = "t" * LENGTH
PART = "part-of-the-tests"


class Address:
    """The URL at which a vendor posts; it does so over a real socket."""

    def __init__(self) -> None:
        """Begin with none."""
        self.url = ""

    def add_route(self, application: web.Application, provider: str) -> None:
        """Listen next to the vendor, where no other program does."""

    def expect(self, public_url: str, provider: str) -> None:
        """Learn where the vendor's neighbour listens."""

    async def post(self, result: Any) -> None:
        """Post as the vendor does."""
        assert await self.posted(self.url, result) == 204

    async def posted(self, url: str, result: Any) -> int:
        """Post to any URL; returns the status of the answer."""
        content, headers = msgspec.json.encode(result), {"content-type": "application/json"}
        async with (
            aiohttp.ClientSession() as session,
            session.post(url, data=content, headers=headers) as answer,
        ):
            return answer.status


class Door(Address):
    """The real API, as one vendor knows it: only by the URL in what it was sent."""

    def __init__(self, public_url: str, provider: str) -> None:
        """Begin without a URL."""
        super().__init__()
        self._public_url = public_url
        self._provider = provider
        self._form = re.compile(re.escape(callback_url(public_url, provider, "")) + f"[0-9A-Za-z]{{{LENGTH}}}")
        self.complaints: list[str] = []

    def hear(self, sent: str) -> bool:
        """Look for a URL of ours in what was sent; return whether there is one."""
        told = self._form.search(sent)
        self.url = told.group() if told else self.url
        return told is not None

    def know(self, token: str) -> None:
        """Know a token from a request that was made before the case begins."""
        self.url = callback_url(self._public_url, self._provider, token)

    @property
    def token(self) -> str | None:
        """The token of the URL; None where the vendor was given none."""
        return self.url.rpartition("/")[2] or None

    @property
    def digest(self) -> bytes | None:
        """What may be stored of the token."""
        return token_digest(self.token or "")

    async def post(self, result: Any) -> None:
        """Post as the vendor does, once; at any other token, and in another vendor's name, nobody is at home."""
        token = self.token or ""
        forged: dict[str, list[object]] = {"people": []}
        found = {
            "another token": await self.posted(callback_url(self._public_url, self._provider, token[::-1]), forged),
            "another vendor": await self.posted(callback_url(self._public_url, "wiza", token), forged),
            "the vendor": await self.posted(self.url, result),
            "the vendor once more": await self.posted(self.url, forged),
        }
        wanted = {"another token": 404, "another vendor": 404, "the vendor": 204, "the vendor once more": 404}
        self.complaints += [f"{who} posted: {found[who]}" for who in wanted if found[who] != wanted[who]]


class Letterbox(Address):
    """One mailbox without a database; the vendor posts to it at the URL that it was given."""

    def __init__(self, clock: Clock, saved: list[Ticket]) -> None:
        """Begin empty."""
        super().__init__()
        self._clock = clock
        self._saved = saved
        self.body: bytes | None = None
        self.gone = False

    async def open(self, _seconds: float) -> tuple[str, str]:
        """Store the ticket, which holds nothing of the token."""
        self._saved.append(Ticket(values={CALLBACK: PART}))
        return TOKEN, PART

    async def wait(self, part: str, seconds: float) -> bytes | NoPost:
        """Return what was posted; waiting takes no time and is only written down."""
        assert part == PART
        await asyncio.sleep(0)
        if self.body is not None or self.gone:
            return self.body or NoPost.GONE
        await self._clock.sleep(seconds)
        return NoPost.NONE_YET

    def add_route(self, application: web.Application, provider: str) -> None:
        """Listen at the path that a vendor is given."""
        application.router.add_route("POST", f"{PATH}/{provider}/{TOKEN}", self._receive)

    async def _receive(self, request: web.Request) -> web.Response:
        self.body = await request.read()
        return web.Response(status=204)

    def expect(self, public_url: str, provider: str) -> None:
        """Set the URL that the vendor must be given."""
        self.url = callback_url(public_url, provider, TOKEN)
