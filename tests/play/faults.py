"""A proxy before a real server that loses requests and answers, or answers in the server's stead, as a test decides."""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from enum import Enum

import anyio.from_thread
from aiohttp import ClientSession, ClientTimeout, TCPConnector, web

HOP_BY_HOP = {"transfer-encoding", "content-length", "connection", "content-encoding", "host"}


class Fault(Enum):
    """What happens to a request."""

    # The server never sees it.
    LOSE_REQUEST = "lose request"
    # The server does it, and nobody learns.
    LOSE_ANSWER = "lose answer"
    TOO_MANY = 429
    FAILED = 500
    BAD_GATEWAY = 502
    UNAVAILABLE = 503


_SESSION = web.AppKey("session", ClientSession)
Decide = Callable[[web.Request], Fault | None]


@dataclass(kw_only=True)
class FaultyProxy:
    """The proxy.

    Attributes:
        decide: Chooses the fault of each request.
        seen: Method and path of each request.
        faults: Those that happened.
    """

    upstream: str
    url: str = ""
    decide: Decide = lambda _: None
    seen: list[str] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Pass on a request, or do not."""
        self.seen.append(f"{request.method} {request.path}")
        fault = self.decide(request)
        if fault:
            self.faults.append(fault)
        if isinstance(fault, Fault) and isinstance(fault.value, int):
            headers = {"retry-after": "1"} if fault in {Fault.TOO_MANY, Fault.UNAVAILABLE} else {}
            return web.json_response({"error": "not now"}, status=fault.value, headers=headers)
        if fault is Fault.LOSE_REQUEST:
            return _cut(request)
        headers = {name: value for name, value in request.headers.items() if name.lower() not in HOP_BY_HOP}
        body = await request.read()
        to = self.upstream + request.path_qs
        async with request.app[_SESSION].request(request.method, to, data=body, headers=headers) as answer:
            content = await answer.read()
            if fault is Fault.LOSE_ANSWER:
                return _cut(request)
            kept = {name: value for name, value in answer.headers.items() if name.lower() not in HOP_BY_HOP}
            return web.Response(status=answer.status, headers=kept, body=content)


def _cut(request: web.Request) -> web.Response:
    # A client that was killed has gone already.
    if request.transport:
        request.transport.abort()
    return web.Response()


@asynccontextmanager
async def _serving(proxy: FaultyProxy) -> AsyncIterator[FaultyProxy]:
    timeout, connector = ClientTimeout(total=90), TCPConnector(limit=0)
    async with ClientSession(timeout=timeout, connector=connector, auto_decompress=False) as session:
        app = web.Application(client_max_size=2**27)
        app[_SESSION] = session
        app.router.add_route("*", "/{tail:.*}", proxy.handle)
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        proxy.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        try:
            yield proxy
        finally:
            await runner.cleanup()


@contextmanager
def faulty(upstream: str) -> Iterator[FaultyProxy]:
    """Run a proxy before a server, in a thread of its own."""
    with (
        anyio.from_thread.start_blocking_portal() as portal,
        portal.wrap_async_context_manager(_serving(FaultyProxy(upstream=upstream))) as proxy,
    ):
        yield proxy
