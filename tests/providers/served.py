"""The sandbox as a real service on a free port, and a client of it."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import msgspec
import pytest

from app.clock import SystemClock
from app.domain.contacts.contact import Contact
from app.domain.vocabulary import FINDABLE, Field
from app.domain.waterfall.attempt import Attempt
from app.domain.waterfall.policy import Stop, inputs, make_plan, next_step
from app.providers.client.client import AttemptResult, ProviderClient, Ticket
from app.providers.client.http_exchange import HttpExchange
from app.providers.declaration.spec import Mode
from app.providers.setup.configured_route import ConfiguredRoute
from app.providers.setup.registry import Registry
from app.sandbox.app import make_app
from app.sandbox.magic import Magic
from app.sandbox.server import make_server
from app.settings.settings import ProviderSettings, Settings

QUICK = Settings(sandbox_latency_ms=0, sandbox_slow_seconds=0.9, sandbox_match_rate=1.0)
OFFERS = [
    pytest.param(o.provider, o.field, id=f"{o.provider}-{o.field.value}")
    for o in Registry(Settings()).offers(Mode.TEST)
    if o.field in FINDABLE
]


class Sandbox(msgspec.Struct, frozen=True):
    """A served sandbox and a client of it."""

    http: httpx.AsyncClient
    client: ProviderClient
    registry: Registry
    url: str

    def offer(self, provider: str, field: Field) -> ConfiguredRoute:
        return next(o for o in self.registry.offers(Mode.TEST) if (o.provider, o.field) == (provider, field))

    async def ask(
        self, offer: ConfiguredRoute, contact: Contact, *, patience: float = 10, both: bool = False
    ) -> AttemptResult:
        async def forget(ticket: Ticket) -> None:
            assert ticket.values

        return await self.client.ask(
            offer,
            contact,
            inputs(contact),
            mode=Mode.TEST,
            patience=patience,
            ticket=None,
            save_ticket=forget,
            fields=frozenset(Field) if both else frozenset({offer.field}),
        )

    async def cascade(self, field: Field, contact: Contact) -> list[Attempt]:
        """Ask one provider after the other, as a run does."""
        plan, attempts = make_plan(field, self.registry.offers(Mode.TEST)), list[Attempt]()
        while not isinstance(step := next_step(plan, attempts, inputs(contact).keys()), Stop):
            assert isinstance(step, ConfiguredRoute)
            asked = await self.ask(step, contact)
            attempts.append(
                Attempt(
                    provider=step.provider,
                    tier=step.tier,
                    field=field,
                    route=step.route,
                    answer=asked.answer,
                    latency_ms=asked.latency_ms,
                )
            )
        return attempts

    async def journal(self) -> list[dict[str, object]]:
        answer = await self.http.get(f"{self.url}/journal")
        return msgspec.json.decode(answer.content, type=list[dict[str, object]])


@asynccontextmanager
async def served(settings: Settings, **providers: ProviderSettings) -> AsyncIterator[Sandbox]:
    listener = socket.create_server(("127.0.0.1", 0))
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    server = make_server(make_app(settings))
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    registry = Registry(msgspec.structs.replace(settings, sandbox_url=url, providers=providers))
    try:
        async with HttpExchange() as exchange, httpx.AsyncClient(trust_env=False) as http:
            yield Sandbox(http, ProviderClient(http=exchange, clock=SystemClock()), registry, url)
    finally:
        server.should_exit = True
        await serving


def magic(which: Magic, domain: str | None = "acme.example") -> Contact:
    return Contact(first_name="Magic", last_name=which.value.capitalize(), company_domain=domain)
