"""A house for whole cascades of the case files: one database, one Redis and one set of connections for all of them."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from uuid import UUID

import msgspec
from aiohttp import web
from sqlalchemy import select

from app.config import ProviderSettings, Settings
from app.context import Services
from app.domain.answer import Deliverability, Found
from app.domain.attempt import Attempt, Offer, Tier
from app.domain.contact import Contact, EnrichmentType, Field
from app.domain.run import Mode
from app.domain.view import AttemptView, RunView
from app.live.gate import Gate
from app.providers.registry import Registry
from app.store import attempts, cascades, runs, tables
from app.store.attempts import Beginning, Stored
from app.store.cascades import Claimed
from app.usecases.authenticate import Principal
from app.usecases.execute import Execute
from app.usecases.record import Record
from app.usecases.submission import Submission
from app.usecases.submit import Submit
from tests.providers.replay import KEY, Case, FastClock, Vendor
from tests.providers.test_cases import choose, optional_routes

EARLIER = "hunter"  # found the address that a case begins with


class PassingClock(FastClock):
    """A clock on which time passes only by sleeping, which takes none of ours."""

    def monotonic(self) -> float:
        """Return what was slept so far, at most an hour: whoever looks until patience ends sleeps for years."""
        return min(3600.0, sum(self.slept[:1000]))


class Ended(msgspec.Struct, frozen=True, kw_only=True):
    """What a whole cascade left behind."""

    run: RunView
    lines: list[AttemptView]
    stored: list[Stored]
    tickets: list[dict[str, str] | None]
    clock: FastClock
    gates: list[tuple[str, bool]]

    def of(self, provider: str, field: str) -> tuple[AttemptView, Attempt]:
        """Return one attempt, as clients see it and as it is stored."""
        line = next(line for line in self.lines if (line.provider, line.field) == (provider, field))
        stored = next(row.attempt for row in self.stored if (row.provider, row.field) == (provider, field))
        assert stored
        return line, stored


class Watched(Vendor):
    """A played vendor that also looks which ticket is in the database when a request comes."""

    def __init__(self, case: Case, services: Services, provider: str) -> None:
        """Play these; where no ticket is expected nothing is looked for."""
        throttled = case.expected.trouble == "rate_limited" and mode_of(provider) is Mode.TEST
        # The gate of a made-up provider never closes, so that a throttled one is asked again at once.
        again = [msgspec.structs.replace(case.exchanges[-1], repeats=True)] if throttled else case.exchanges[-1:]
        super().__init__([*case.exchanges[:-1], *again])
        self._looks = len(case.exchanges) if case.expected.ticket or case.expected.tickets else 0
        self._services = services
        self._provider = provider
        self.tickets: list[dict[str, str] | None] = []

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Look, then answer."""
        if len(self.tickets) < self._looks:  # what is repeated until patience ends needs no more looks
            column = tables.attempts.c
            query = select(column.ticket).where(column.provider == self._provider, column.outcome.is_(None))
            async with self._services.engine.connect() as connection:
                self.tickets.append(await connection.scalar(query))
        return await super().handle(request)


class House:
    """Runs cases one after the other."""

    def __init__(self, services: Services, principals: Mapping[Mode, Principal]) -> None:
        """Use these."""
        self._services = services
        self._principals = principals

    async def run(self, provider: str, case: Case) -> Ended:
        """Run one case as a submission of its own, through the whole cascade, by itself at its provider."""
        await self._services.redis.flushdb()
        vendor = Watched(case, self._services, provider)
        async with vendor.listening() as url, self._closing():
            clock = PassingClock()
            services = _set_up(self._services, provider, case, url, clock)
            submitted = (await Submit(services)([self._submission(provider, case)]))[0].run
            assert submitted.cascade_id
            if case.ticket or case.email:
                await _begin(services, submitted.cascade_id, provider, case)
            claimed = await claim(services, submitted.cascade_id)
            await Execute(services, lambda: False)(claimed)
        assert vendor.complaints == []
        assert vendor.seen >= len(case.exchanges), "a documented request was not made"
        async with services.engine.connect() as connection:
            return Ended(
                run=(await runs.by_ids(connection, [submitted.id]))[submitted.id],
                lines=await attempts.views(connection, submitted.cascade_id),
                stored=(await attempts.stored(connection, [submitted.cascade_id]))[submitted.cascade_id],
                tickets=vendor.tickets,
                clock=clock,
                gates=[(state.reason, state.paused) for state in await Gate(services.redis).states()],
            )

    @asynccontextmanager
    async def _closing(self) -> AsyncIterator[None]:
        """Close what a case that fails leaves open, so that no other case joins it."""
        try:
            yield
        except BaseException:
            async with self._services.engine.begin() as connection:
                await connection.execute(tables.cascades.update().values(open=False))
            raise

    def _submission(self, provider: str, case: Case) -> Submission:
        both = len(case.fields) > 1 or case.email
        return Submission(
            principal=self._principals[mode_of(provider)],
            contact=Contact(**case.contact),
            type=EnrichmentType.ALL if both else EnrichmentType(case.field),
            only_providers=(provider,),
            force_refresh=True,
        )


def mode_of(provider: str) -> Mode:
    """Tell in which mode a provider is asked."""
    return Mode.TEST if provider.startswith("sandbox") else Mode.LIVE


def _set_up(base: Services, provider: str, case: Case, url: str, clock: FastClock) -> Services:
    """Make services whose provider is the played one; the connections are those of all cases."""
    key = None if provider.startswith("sandbox") else KEY
    own = ProviderSettings(api_key=key, api_secret="s", base_url=url, routes=optional_routes(provider))
    settings: Settings = msgspec.structs.replace(
        base.settings,
        providers={provider: own},
        interactive_patience=case.patience,
        public_url=url.removesuffix("/vendor"),
    )
    made: Services = msgspec.structs.replace(base, settings=settings, registry=Registry(settings), clock=clock)
    return made


async def claim(services: Services, cascade_id: UUID) -> Claimed:
    """Take the lease of a cascade, as a worker does."""
    async with services.engine.begin() as connection:
        (claimed,) = await cascades.claim(connection, [cascade_id], owner=services.name, lease_seconds=30)
        await runs.start(connection, [cascade_id])
    return claimed


async def _begin(services: Services, cascade_id: UUID, provider: str, case: Case) -> None:
    """Leave behind what a worker that was lost had come to: a ticket, or an address from another provider."""
    claimed, record = await claim(services, cascade_id), Record(services)
    if case.ticket:
        offer = choose(services.registry, provider, case, claimed.contact)
        beginning = _beginning(services, claimed, provider, Field(case.field), offer)
        await record.begin(beginning)
        await record.ticket(beginning, case.ticket)
    if case.email:
        beginning = _beginning(services, claimed, EARLIER, Field.EMAIL, None)
        found = Found(field=Field.EMAIL, value=case.email, status=Deliverability.VALID, confidence=99, score=100)
        await record.begin(beginning)
        attempt = Attempt(provider=EARLIER, tier=Tier.T3, field=Field.EMAIL, route="domain", answer=found)
        await record.end(beginning, attempt)
    async with services.engine.begin() as connection:
        await cascades.hand_back(connection, [cascade_id], owner=services.name)


def _beginning(services: Services, claimed: Claimed, provider: str, field: Field, offer: Offer | None) -> Beginning:
    return Beginning(
        cascade_id=claimed.id,
        epoch=claimed.epoch,
        provider=provider,
        field=field,
        tier=offer.tier if offer else Tier.T3,
        route=offer.route if offer else "domain",
        position=0,
        missed_before=(),
        started_at=services.now(),
    )
