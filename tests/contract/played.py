"""Vendors whose answers are a pure function of the person and of a generation, behind a gate that a test closes."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, NamedTuple

from aiohttp import web

from app.settings.settings import ProviderSettings, Settings

DOMAIN = "acme.example"
NO_LIMIT = ((100_000, 1.0),)
NOBODY_ASKS = ("sandbox-duo", "sandbox-later", "sandbox-moody")


class Word(StrEnum):
    """What a vendor says about somebody."""

    HIT = "hit"
    MISS = "miss"
    # An answer that cannot be read: unlike a 5xx it is not sent again, nor does it make the vendor rest.
    ERROR = "error"


HIT, MISS, ERROR = Word


class Knows(NamedTuple):
    """What is known of somebody: e-mail by the vendor asked first and by the second, and phone."""

    first: Word
    second: Word
    phone: Word


# Nobody is missed for one field and failed for the other alone, so that what both looks say does not differ.
PEOPLE: dict[str, Knows] = {
    "Ada Lovell": Knows(HIT, MISS, HIT),
    "Bea Marsh": Knows(MISS, HIT, MISS),
    "Cid Norton": Knows(MISS, MISS, HIT),
    "Dot Olsen": Knows(MISS, MISS, MISS),
    "Eve Parks": Knows(ERROR, ERROR, ERROR),
    "Fay Quill": Knows(ERROR, MISS, ERROR),
    "Gil Rhodes": Knows(ERROR, HIT, ERROR),
    "Hal Stone": Knows(ERROR, ERROR, HIT),
}
NAMES = tuple(PEOPLE)
# A first name is not enough for any vendor nor for the sandbox, so that nobody is asked.
NAMELESS = "Ivo"

# For each mode and field: who is asked, in this order, and which column of the table above they know.
ASKED: dict[str, dict[str, tuple[tuple[str, str], ...]]] = {
    "live": {"email": (("datagma", "first"), ("hunter", "second")), "phone": (("datagma", "phone"),)},
    "test": {"email": (("sandbox-mail", "second"),), "phone": (("sandbox-dial", "phone"),)},
}


def known_of(name: str) -> Knows:
    """Return what vendors know of somebody."""
    return PEOPLE.get(name, Knows(MISS, MISS, MISS))


def asked_for(mode: str, name: str, field: str) -> tuple[tuple[str, str], ...]:
    """List who can be asked for a field of somebody, as in `ASKED`."""
    return () if name == NAMELESS else ASKED[mode][field]


def address(name: str, generation: int) -> str:
    """Return the e-mail address of somebody."""
    return f"{name.lower().replace(' ', '.')}.g{generation}@{DOMAIN}"


def number(name: str, generation: int) -> str:
    """Return the phone number of somebody, in E.164."""
    return f"+1415555{1000 + 1000 * [*NAMES, NAMELESS].index(name) + generation:04d}"


@dataclass(kw_only=True)
class Vendors:
    """All vendors on one port; while `gate` is closed none of them answers.

    Attributes:
        generation: Raised by a test whenever people get other addresses and numbers.
    """

    url: str = ""
    generation: int = 0
    gate: asyncio.Event = field(default_factory=asyncio.Event)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Answer one request."""
        asked: dict[str, Any] = dict(request.query)
        if request.method == "POST":
            asked = (await request.json())["person"]
        await self.gate.wait()
        said = asked.get("fullName") or asked.get("name") or f"{asked['first_name']} {asked.get('last_name') or ''}"
        name = next(name for name in (*NAMES, NAMELESS) if name.casefold() == said.strip().casefold())
        return self._answer(request.path, name)

    def _answer(self, path: str, name: str) -> web.StreamResponse:
        knows = known_of(name)
        email, phone = address(name, self.generation), number(name, self.generation)
        match path:
            case "/datagma/api/ingress/v8/findEmail":
                word = knows.first
                found: dict[str, Any] = {"email": email, "status": "valid"} if word is HIT else {"email": None}
            case "/datagma/api/ingress/v2/full":
                word = knows.phone
                found = {"phone": {"mobiles": [{"value": phone}] if word is HIT else []}}
            case "/hunter/email-finder":
                word = knows.second
                known = {"email": email, "score": 97, "verification": {"status": "valid"}}
                found = {"data": known if word is HIT else {"email": None}}
            case "/sandbox/mail/v2/find":
                word = knows.second
                if word is MISS:
                    return web.json_response({"error": "not_found"}, status=404)
                found = {"email": email, "verdict": "deliverable", "score": 88}
            case "/sandbox/dial/lookup":
                word = knows.phone
                found = {"number": phone if word is HIT else None, "line": "cell"}
            case _:
                return web.Response(status=500, text=f"nobody is played at {path}")
        if word is ERROR:
            return web.Response(text="<html>down for maintenance</html>", content_type="text/html")
        return web.json_response(found)

    def settings(self, settings: Settings) -> dict[str, Any]:
        """Return the settings that lead here, and no further vendor."""
        providers = {name: ProviderSettings(enabled=False) for name in NOBODY_ASKS}
        providers |= {
            name: ProviderSettings(api_key="made-up-key", base_url=f"{self.url}/{name}", limits=NO_LIMIT, routes=routes)
            for name, routes in (("datagma", ("domain",)), ("hunter", ()))
        }
        return {"providers": settings.providers | providers, "sandbox_url": f"{self.url}/sandbox"}


@asynccontextmanager
async def playing() -> AsyncIterator[Vendors]:
    """Run the vendors on a free port, their gate open."""
    vendors = Vendors()
    vendors.gate.set()
    app = web.Application()
    app.router.add_route("*", "/{tail:.*}", vendors.handle)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    vendors.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield vendors
    finally:
        vendors.gate.set()
        await runner.cleanup()
