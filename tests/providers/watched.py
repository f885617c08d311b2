"""A played vendor next to a real database: looks at what is committed by the time that a request reaches it."""

import msgspec
from aiohttp import web
from sqlalchemy import select

from app.domain.vocabulary import Mode
from app.providers.client.polling import CALLBACK
from app.services import Services
from app.store.tables import core
from app.store.tables.callbacks import provider_callbacks
from tests.providers.posting import Door
from tests.providers.replay import Case, Vendor


def mode_of(provider: str) -> Mode:
    """Return in which mode a provider is asked."""
    return Mode.TEST if provider.startswith("sandbox") else Mode.LIVE


def is_posted(case: Case) -> bool:
    """Return whether the vendor may post the result."""
    return b"{callback_url}" in msgspec.json.encode(case) or CALLBACK in (case.ticket or {})


class Watched(Vendor):
    """A played vendor that also looks which ticket is in the database when a request comes."""

    def __init__(self, case: Case, services: Services, provider: str, door: Door) -> None:
        """Play these; where no ticket is expected nothing is looked for."""
        throttled = case.expected.trouble == "rate_limited" and mode_of(provider) is Mode.TEST
        # The gate of a made-up provider never closes, so that a throttled one is asked again at once.
        again = [msgspec.structs.replace(case.exchanges[-1], repeats=True)] if throttled else case.exchanges[-1:]
        super().__init__([*case.exchanges[:-1], *again], door, provider)
        self.door = door
        self._looks = len(case.exchanges) if case.expected.ticket or case.expected.tickets else 0
        self._services = services
        self._provider = provider
        self.tickets: list[dict[str, str] | None] = []

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Look, then answer."""
        sent = " ".join(request.query.values()) + (await request.read()).decode()
        if self.door.hear(sent) and not await self._is_announced():
            self.complaints.append("the vendor was told an URL that nobody knows")
        if len(self.tickets) < self._looks:  # what is repeated until patience ends needs no more looks
            column = core.attempts.c
            query = select(column.ticket).where(column.provider == self._provider, column.outcome.is_(None))
            async with self._services.engine.connect() as connection:
                self.tickets.append(await connection.scalar(query))
        return await super().handle(request)

    async def _is_announced(self) -> bool:
        """Return whether what may be posted is accepted already, and is what a crash would wait for."""
        attempt, digest = core.attempts.c, self.door.digest
        query = select(provider_callbacks.c.token_digest).where(
            provider_callbacks.c.token_digest == digest,
            provider_callbacks.c.body.is_(None),
            attempt.cascade_id == provider_callbacks.c.cascade_id,
            attempt.provider == provider_callbacks.c.provider,
            attempt.field == provider_callbacks.c.field,
            attempt.ticket[CALLBACK].astext == (digest or b"").hex(),
        )
        async with self._services.engine.connect() as connection:
            return await connection.scalar(query) == digest
