"""Plays a vendor on a real loopback socket: answers as a case says, and compares requests with the documented ones."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Literal, TypeVar

import msgspec
from aiohttp import web

from tests.providers.posting import Address

CASES = Path(__file__).parent / "cases"
Kind = TypeVar("Kind")
KEY, SECRET = "key-of-the-tests", "secret-of-the-tests"


class Sent(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The request as the vendor documents it; headers are those that must be there, everything else is exact."""

    method: str
    path: str
    query: dict[str, str] = {}
    headers: dict[str, str] = {}
    json: Any = None
    form: dict[str, str] | None = None


class Answered(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The vendor's answer: JSON or text; `drop` breaks the connection instead."""

    status: int = 200
    headers: dict[str, str] = {}
    json: Any = msgspec.UNSET
    text: str = ""
    drop: bool = False


class Exchange(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One request and its answer; `repeats` answers any number of the same requests.

    `posts` is what the vendor posts to the URL that it was given, before it answers; `{callback_url}` in a query stands
    for that URL.
    """

    request: Sent
    response: Answered
    repeats: bool = False
    posts: Any = msgspec.UNSET


class Expected(msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """What the client must make of it; only members that are named are compared.

    `ticket` is the first that is stored, `tickets` are all, in their order.
    """

    outcome: Literal["hit", "miss", "rejected", "failed"]
    value: str | None = None
    status: Literal["valid", "risky", "invalid", "unknown"] | None = None
    confidence: int | None = None
    phone_type: str | None = None
    trouble: str | None = None
    retry_after: float | None = None
    reason: str | None = None
    cost_usd: str | None = None
    ticket: dict[str, str] | None = None
    tickets: list[dict[str, str]] | None = None
    waits: list[float] | None = None
    also: dict[str, str] = {}


class Case(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One case file; `source` says which statement of the vendor it plays."""

    source: str
    contact: dict[str, str]
    field: str
    exchanges: list[Exchange]
    expected: Expected
    email: str | None = None
    fields: list[str] = []
    ticket: dict[str, str] | None = None
    patience: float = 10.0


class Left(msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """What an account call must come to: ``works`` with exactly these pools, or ``failed``."""

    outcome: Literal["works", "failed"]
    pools: dict[str, float | str] = {}
    trouble: str | None = None
    retry_after: float | None = None


class AccountCase(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One case file of a provider's account call, in files that are called ``balance-…``."""

    source: str
    call: Literal["balance"]
    exchanges: list[Exchange]
    expected: Left


def load(path: Path) -> Case:
    """Read a case file."""
    return _read(path, Case)


def load_account(path: Path) -> AccountCase:
    """Read a case file of an account call."""
    return _read(path, AccountCase)


def _read(path: Path, kind: type[Kind]) -> Kind:
    try:
        return msgspec.json.decode(path.read_bytes(), type=kind)
    except msgspec.DecodeError as error:
        raise AssertionError(f"{path.parent.name}/{path.name}: {error}") from None


def case_paths(provider: str = "*") -> list[Path]:
    """List the case files of look-ups, of one provider or of all."""
    return [path for path in sorted(CASES.glob(f"{provider}/*.json")) if not path.name.startswith("balance-")]


def account_paths(provider: str = "*") -> list[Path]:
    """List the case files of account calls, of one provider or of all."""
    return sorted(CASES.glob(f"{provider}/balance-*.json"))


class Vendor:
    """The played vendor of one case."""

    def __init__(self, exchanges: list[Exchange], address: Address | None = None, slug: str = "") -> None:
        """Answer the exchanges in their order, and post to the address where they say so."""
        self.exchanges = exchanges
        self.address = address
        self.slug = slug
        self.complaints: list[str] = []
        self.seen = 0
        self.url = ""

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Answer the next request."""
        repeating = self.exchanges and self.exchanges[-1].repeats
        if self.seen >= len(self.exchanges) and not repeating:
            self.complaints.append(f"one request too many: {request.method} {request.rel_url}")
            return web.Response(status=599)
        exchange = self.exchanges[min(self.seen, len(self.exchanges) - 1)]
        self.seen += 1
        told = self.address.url if self.address else ""
        self.complaints += await differences(request, exchange.request, told)
        if exchange.posts is not msgspec.UNSET and self.address:
            await self.address.post(exchange.posts)
        answer = exchange.response
        if answer.drop:
            if request.transport:
                request.transport.abort()
            return web.Response()
        body = answer.text.encode() if answer.json is msgspec.UNSET else msgspec.json.encode(answer.json)
        headers = {"content-type": "application/json"} | answer.headers
        return web.Response(status=answer.status, headers=headers, body=body)

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[str]:
        """Listen on a free port; the URL carries a prefix, as a proxy's would."""
        application = web.Application()
        if self.address:
            self.address.add_route(application, self.slug)
        application.router.add_route("*", "/{tail:.*}", self.handle)
        runner = web.AppRunner(application)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        port = runner.addresses[0][1]
        if self.address:
            self.address.expect(f"http://127.0.0.1:{port}", self.slug)
        try:
            yield f"http://127.0.0.1:{port}/vendor"
        finally:
            await runner.cleanup()


async def differences(request: web.Request, wanted: Sent, told: str = "") -> list[str]:
    """Compare a request with the documented one; `told` is the URL at which the vendor posts."""
    found: list[str] = []
    body = await request.read()
    form = dict((await request.post()).items()) if wanted.form is not None else None
    pairs = [
        ("method", request.method, wanted.method),
        ("path", request.rel_url.raw_path, f"/vendor{wanted.path}"),
        ("query", dict(request.query), {n: v.replace("{callback_url}", told) for n, v in wanted.query.items()}),
        ("form", form, wanted.form),
    ]
    if wanted.form is None:
        sent = msgspec.json.decode(body.replace(told.encode(), b"{callback_url}") if told else body) if body else None
        pairs.append(("json", sent, wanted.json))
    pairs += [(f"header {name}", request.headers.get(name), value) for name, value in wanted.headers.items()]
    found += [
        f"{what}: sent {sent!r}, documented {documented!r}" for what, sent, documented in pairs if sent != documented
    ]
    return found
