"""List the files and functions that one request or one provider call passes: `python -m scripts.trace_request post`.

`post` sends one POST /api/v1/enrich through the real application, with PostgreSQL and Redis of its own; a path such as
`/api/v1/usage` is read by a GET instead. `call` makes one call to a provider on this machine. Each warms up once first,
so that only the work of a request is counted.
"""

import asyncio
import shutil
import sys
import tempfile
from base64 import urlsafe_b64encode
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from types import CodeType, FrameType
from typing import Any, cast

import click
import httpx
import msgspec

from app.api.app import make_app
from app.clock import SystemClock
from app.domain.contacts.contact import Contact
from app.domain.vocabulary import Field, Mode
from app.domain.waterfall.policy import inputs
from app.embedded.servers import start_servers
from app.embedded.watchdog import Watchdog
from app.providers.client.client import ProviderClient, Ticket
from app.providers.client.http_exchange import HttpExchange
from app.providers.setup.registry import Registry
from app.services import open_services
from app.settings.settings import ProviderSettings, Settings
from app.store.database import migrate
from app.usecases.accounts.manage_keys import ManageKeys

ROOT = Path(__file__).parents[1]
OURS = tuple(f"{ROOT / package}/" for package in ("app", "workers", "webhooks"))
FOUND = b'{"data": {"email": "jane.smith@acme.example", "score": 97, "verification": {"status": "valid"}}}'


class Trace(msgspec.Struct, frozen=True, kw_only=True):
    """The functions of ours that ran, in the order in which each was entered first.

    Attributes:
        files: Paths from the root of the repository.
        functions: ``path:qualified name``; comprehensions and lambdas count with the function that holds them.
        climbs: How often a function of a lower file called one of a file that was entered earlier.
    """

    files: list[str]
    functions: list[str]
    climbs: int


class Tracer:
    """A profile hook that notes each first call of a function of ours."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self._seen: dict[CodeType, str] = {}
        self._order: list[str] = []
        self._files: dict[str, int] = {}
        self._climbs = 0

    def hook(self, frame: FrameType, event: str, _argument: object) -> None:
        """Note a call; the signature is that of `sys.setprofile`."""
        code = frame.f_code
        if event != "call" or code in self._seen or not code.co_filename.startswith(OURS) or "<" in code.co_name:
            return
        path = str(Path(code.co_filename).relative_to(ROOT))
        self._seen[code] = path
        self._order.append(f"{path}:{code.co_qualname}")
        caller = self._seen.get(frame.f_back.f_code) if frame.f_back else None
        known = path in self._files
        self._files.setdefault(path, len(self._files))
        if caller and known and caller != path and self._files[path] < self._files[caller]:
            self._climbs += 1

    def result(self) -> Trace:
        """Return what was noted."""
        return Trace(files=list(self._files), functions=self._order, climbs=self._climbs)


async def traced(work: Callable[[], Awaitable[object]]) -> Trace:
    """Run some work under the profile hook."""
    tracer = Tracer()
    sys.setprofile(tracer.hook)
    try:
        await work()
    finally:
        sys.setprofile(None)
    return tracer.result()


@contextmanager
def databases() -> Iterator[Settings]:
    """Start a PostgreSQL and a Redis for one trace; both end with it."""
    path = Path(tempfile.mkdtemp(prefix="leadrun-trace-"))
    path.chmod(0o711)
    guard = Watchdog(path / "guard")
    servers = start_servers(path, guard, durable=False)
    try:
        if servers.postgres is None or servers.valkey is None:
            raise RuntimeError("the servers did not start")
        migrate.upgrade(servers.postgres.url)
        secret = urlsafe_b64encode(bytes(32)).decode()
        yield Settings(database_url=servers.postgres.url, redis_url=servers.valkey.url, secret_key=secret)
    finally:
        servers.stop()
        guard.close()
        shutil.rmtree(path, ignore_errors=True)


async def trace_request(settings: Settings, path: str | None = None) -> Trace:
    """Trace one request from the ASGI entry to the answer.

    Args:
        settings: With the databases to use.
        path: Read by a GET; None is a POST /api/v1/enrich, with the Celery message that it causes.
    """
    async with open_services(settings) as services:
        key = await ManageKeys(services).create(account="trace", amount=10)
    api = make_app(settings)
    transport = httpx.ASGITransport(app=cast("Any", api))
    headers = {"authorization": f"Bearer {key.api_key}"}

    async def send(last_name: str) -> None:
        body = {"firstName": "Jane", "lastName": last_name, "companyDomain": "acme.example"}
        answer = await (client.get(path) if path else client.post("/api/v1/enrich", json=body))
        answer.raise_for_status()

    async with (
        api.lifespan(),
        httpx.AsyncClient(transport=transport, base_url="http://trace", headers=headers) as client,
    ):
        await send("Warm")
        await asyncio.sleep(0.2)  # until what follows the first request has ended
        return await traced(lambda: send("Smith"))


async def trace_call() -> Trace:
    """Trace one call to a provider whose answer is a hit."""
    contact = Contact(first_name="Jane", last_name="Smith", company_domain="acme.example")
    known = inputs(contact)  # of the cascade, which decides by them
    async with _vendor() as url, HttpExchange() as http:
        registry = Registry(Settings(providers={"hunter": ProviderSettings(api_key="key-of-the-trace", base_url=url)}))
        offers = registry.offers(Mode.LIVE)
        offer = next(o for o in offers if o.provider == "hunter" and o.field is Field.EMAIL)
        client = ProviderClient(http=http, clock=SystemClock())

        async def call() -> None:
            await client.ask(
                offer,
                contact,
                known,
                mode=Mode.LIVE,
                patience=5.0,
                ticket=None,
                save_ticket=_keep_no_ticket,
                fields=frozenset({Field.EMAIL}),
            )

        await call()
        return await traced(call)


async def _keep_no_ticket(_ticket: Ticket) -> None:
    """Keep nothing: this provider answers at once."""


@asynccontextmanager
async def _vendor() -> AsyncIterator[str]:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(FOUND)}\r\nConnection: close\r\n\r\n"
        writer.write(head.encode() + FOUND)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


@click.command()
@click.argument("what")
@click.option("--json", "as_json", is_flag=True, help="Print one line of JSON.")
def main(what: str, *, as_json: bool) -> None:
    """Print the files and functions of one POST (post), of a GET (its path), or of one provider call (call)."""
    if what == "call":
        trace = asyncio.run(trace_call())
    elif what == "post" or what.startswith("/"):
        with databases() as settings:
            trace = asyncio.run(trace_request(settings, None if what == "post" else what))
    else:
        raise click.BadParameter(f"{what!r} is neither `post` nor `call` nor a path such as /api/v1/usage")
    if as_json:
        click.echo(msgspec.json.encode(trace).decode())
        return
    for function in trace.functions:
        click.echo(function)
    click.echo(f"{len(trace.files)} files, {len(trace.functions)} functions, {trace.climbs} climbs")


if __name__ == "__main__":
    main()
