"""A vendor on a raw loopback socket, for what an HTTP server would not do, and one call of it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from app.domain.contacts.contact import Contact
from app.domain.vocabulary import Field
from app.domain.waterfall.answer import Failed, Trouble
from app.domain.waterfall.policy import inputs
from app.providers.client.client import AttemptResult, ProviderClient, Ticket
from app.providers.client.http_exchange import HttpExchange
from app.providers.declaration.spec import Mode
from app.providers.setup.registry import Registry
from app.settings.settings import ProviderSettings, Settings
from tests.play.clock import FrozenClock
from tests.providers.replay import KEY

JANE = Contact(
    first_name="Jane",
    last_name="Smith",
    company_domain="acme.example",
    linkedin_url="https://www.linkedin.com/in/jane-smith",
)
FOUND = b'{"data": {"email": "jane.smith@acme.example", "score": 97, "verification": {"status": "valid"}}}'
Play = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def answer(body: bytes, status: str = "200 OK", *headers: str) -> bytes:
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", "Connection: close", *headers, "", ""]
    return "\r\n".join(lines).encode() + body


class Wire:
    """A raw server: it reads each request's head, then plays the next part; the last part is played on."""

    def __init__(self, *parts: Play | bytes) -> None:
        """Play these."""
        self.parts = parts
        self.heads: list[bytes] = []

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection."""
        try:
            self.heads.append(await reader.readuntil(b"\r\n\r\n"))
            part = self.parts[min(len(self.heads), len(self.parts)) - 1]
            if isinstance(part, bytes):
                writer.write(part)
                await writer.drain()
            else:
                await part(reader, writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[str]:
        """Listen on a free port."""
        server = await asyncio.start_server(self.serve, "127.0.0.1", 0)
        async with server:
            yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


async def forget(ticket: Ticket) -> None:
    """Keep no ticket."""


async def ask(
    url: str, provider: str = "hunter", *, patience: float = 5.0, clock: FrozenClock | None = None
) -> AttemptResult:
    registry = Registry(Settings(providers={provider: ProviderSettings(api_key=KEY, base_url=url)}))
    offer = next(o for o in registry.offers(Mode.LIVE) if o.provider == provider and o.field is Field.EMAIL)
    async with HttpExchange() as http:
        return await ProviderClient(http=http, clock=clock or FrozenClock()).ask(
            offer,
            JANE,
            inputs(JANE),
            mode=Mode.LIVE,
            patience=patience,
            ticket=None,
            save_ticket=forget,
            fields=frozenset({Field.EMAIL}),
        )


def trouble(asked: AttemptResult) -> Trouble | None:
    return asked.answer.trouble if isinstance(asked.answer, Failed) else None
