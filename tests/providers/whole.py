"""A house for whole cascades of the case files: one database, one Redis and one set of connections for all of them."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Text, cast, func, literal_column, select
from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.contacts.contact import Contact
from app.domain.runs.lookup_options import LookupOptions
from app.domain.runs.view import AttemptView, RunView
from app.domain.vocabulary import EnrichmentType, Field, Mode, Tier
from app.domain.waterfall.answer import Deliverability, Found
from app.domain.waterfall.attempt import Attempt, Offer
from app.domain.waterfall.callback_token import token_digest
from app.providers.client.polling import CALLBACK
from app.providers.setup.registry import Registry
from app.redis.provider_gate import ProviderGate
from app.services import Services
from app.settings.settings import ProviderSettings, Settings
from app.store.runs import runs
from app.store.tables import core
from app.store.tables.callbacks import provider_callbacks
from app.store.waterfall import attempts, cascades
from app.store.waterfall.attempts import NewAttempt, StoredAttempt
from app.store.waterfall.cascades import LeasedCascade
from app.usecases.accounts.authenticate import Principal
from app.usecases.runs.submission import Submission
from app.usecases.runs.submit import Submit
from app.usecases.waterfall.await_callback import CallbackListener
from app.usecases.waterfall.collect_late_results import CollectLateResults
from app.usecases.waterfall.record_attempt import RecordAttempt
from app.usecases.waterfall.run_cascade import RunCascade
from tests.play.clock import FrozenClock, PassingClock, TodaysClock
from tests.providers.posting import Door
from tests.providers.replay import KEY, SECRET, Case
from tests.providers.test_cases import choose, optional_routes
from tests.providers.watched import Watched, is_posted, mode_of

EARLIER = "hunter"  # found the address that a case begins with


class Ended(msgspec.Struct, frozen=True, kw_only=True):
    """What a whole cascade left behind.

    Attributes:
        token: Of the URL at which the vendor posts; None where it was given none.
        posted: What was kept of what it posted.
        late: Whether the result is to be looked for when all is over.
        kept: Everything that the database and Redis hold of it, as text.
    """

    run: RunView
    lines: list[AttemptView]
    stored: list[StoredAttempt]
    tickets: list[dict[str, str] | None]
    clock: FrozenClock
    gates: list[tuple[str, bool]]
    token: str | None
    posted: bytes | None
    late: bool
    kept: str

    @property
    def part(self) -> str | None:
        """What stands for that URL in the ticket."""
        digest = token_digest(self.token) if self.token else None
        return digest.hex() if digest else None

    def of(self, provider: str, field: str) -> tuple[AttemptView, Attempt]:
        """Return one attempt, as clients see it and as it is stored."""
        line = next(line for line in self.lines if (line.provider, line.field) == (provider, field))
        stored = next(row.attempt for row in self.stored if (row.provider, row.field) == (provider, field))
        assert stored
        return line, stored


class House:
    """Runs cases one after the other."""

    def __init__(self, services: Services, principals: Mapping[Mode, Principal], public_url: str) -> None:
        """Use these; `public_url` is where the API on the same databases listens."""
        settings = msgspec.structs.replace(services.settings, public_url=public_url)
        self._services: Services = msgspec.structs.replace(services, settings=settings)
        self._public_url = public_url
        self._principals = principals

    async def run(self, provider: str, case: Case, late: Any = msgspec.UNSET) -> Ended:
        """Run one case as a submission of its own, through the whole cascade, by itself at its provider.

        Args:
            provider: Whose case it is.
            case: What is played.
            late: What the vendor posts when all is over.
        """
        await self._services.redis.flushdb()
        door = Door(self._public_url, provider)
        vendor = Watched(case, self._services, provider, door)
        async with vendor.listening() as url, self._closing():
            clock = TodaysClock() if is_posted(case) else PassingClock()
            services = _set_up(self._services, provider, case, url, clock)
            submitted = (await Submit(services)([self._submission(provider, case)]))[0].run
            assert submitted.cascade_id
            if case.ticket or case.email:
                await _begin(services, submitted.cascade_id, provider, case, door)
            leased = await lease(services, submitted.cascade_id)
            await RunCascade(services, lambda: False)(leased)
            if late is not msgspec.UNSET:
                await self._forget_others(submitted.cascade_id)
                await door.post(late)
                assert await CollectLateResults(services)() == 1
        assert vendor.complaints + door.complaints == []
        assert vendor.seen >= len(case.exchanges), "a documented request was not made"
        async with services.engine.connect() as connection:
            kept = select(provider_callbacks.c.body).where(provider_callbacks.c.cascade_id == submitted.cascade_id)
            due = select(func.count(core.attempts.c.late_result_due_at)).where(
                core.attempts.c.cascade_id == submitted.cascade_id
            )
            return Ended(
                run=(await runs.by_ids(connection, [submitted.id]))[submitted.id],
                lines=await attempts.list_views(connection, submitted.cascade_id),
                stored=(await attempts.stored(connection, [submitted.cascade_id]))[submitted.cascade_id],
                tickets=vendor.tickets,
                clock=clock,
                gates=[(state.reason, state.paused) for state in await ProviderGate(services.redis).states()],
                token=door.token,
                posted=(await connection.scalars(kept)).one_or_none(),
                late=bool(await connection.scalar(due)),
                kept=await _kept(connection, services, submitted.cascade_id),
            )

    async def _forget_others(self, cascade_id: UUID) -> None:
        """Let nobody look for what other cases have given up."""
        column = core.attempts.c
        async with self._services.engine.begin() as connection:
            others = column.late_result_due_at.is_not(None), column.cascade_id != cascade_id
            await connection.execute(core.attempts.update().where(*others).values(late_result_due_at=None))

    @asynccontextmanager
    async def _closing(self) -> AsyncIterator[None]:
        """Close what a case that fails leaves open, so that no other case joins it."""
        try:
            yield
        except BaseException:
            async with self._services.engine.begin() as connection:
                await connection.execute(core.cascades.update().values(open=False))
            raise

    def _submission(self, provider: str, case: Case) -> Submission:
        kind = EnrichmentType.ALL if len(case.fields) > 1 or case.email else EnrichmentType(case.field)
        return Submission(
            principal=self._principals[mode_of(provider)],
            contact=Contact(**case.contact),
            options=LookupOptions(type=kind, only_providers=(provider,), force_refresh=True),
        )


def _set_up(base: Services, provider: str, case: Case, url: str, clock: FrozenClock) -> Services:
    """Make services whose provider is the played one; the connections are those of all cases."""
    key = None if provider.startswith("sandbox") else KEY
    own = ProviderSettings(api_key=key, api_secret=SECRET, base_url=url, routes=optional_routes(provider))
    settings: Settings = msgspec.structs.replace(
        base.settings,
        providers={provider: own},
        # The time limit passes in real time, and on a busy machine each request takes its part of it.
        provider_timeout_seconds=max(case.patience, min(4 * case.patience, 5.0)),
    )
    made: Services = msgspec.structs.replace(base, settings=settings, registry=Registry(settings), clock=clock)
    return made


async def _kept(connection: AsyncConnection, services: Services, cascade_id: UUID) -> str:
    rows = [
        await connection.scalars(select(cast(literal_column(table.name), Text)).where(column == cascade_id))
        for table, column in (
            (core.cascades, core.cascades.c.id),
            (core.runs, core.runs.c.cascade_id),
            (core.attempts, core.attempts.c.cascade_id),
            (provider_callbacks, provider_callbacks.c.cascade_id),
        )
    ]
    live = [(key, await services.redis.dump(key)) async for key in services.redis.scan_iter()]
    return f"{[list(found) for found in rows]} {live}"


async def lease(services: Services, cascade_id: UUID) -> LeasedCascade:
    """Take the lease of a cascade, as a worker does."""
    async with services.engine.begin() as connection:
        (leased,) = await cascades.lease(connection, [cascade_id], owner=services.name, lease_seconds=30)
    return leased


async def _begin(services: Services, cascade_id: UUID, provider: str, case: Case, door: Door) -> None:
    """Leave behind what a worker that was lost had come to: a ticket, or an address from another provider."""
    leased, record = await lease(services, cascade_id), RecordAttempt(services)
    if case.ticket:
        offer = choose(services.registry, provider, case, leased.contact)
        beginning = _beginning(services, leased, provider, Field(case.field), offer)
        await record.begin(beginning)
        ticket = case.ticket
        if CALLBACK in ticket:
            token, part = await CallbackListener(services, record).of(beginning).open(7200)
            door.know(token)
            ticket = ticket | {CALLBACK: part}
        await record.ticket(beginning, ticket)
    if case.email:
        beginning = _beginning(services, leased, EARLIER, Field.EMAIL, None)
        found = Found(field=Field.EMAIL, value=case.email, status=Deliverability.VALID, confidence=99, score=100)
        await record.begin(beginning)
        attempt = Attempt(provider=EARLIER, tier=Tier.T3, field=Field.EMAIL, route="domain", answer=found)
        await record.end(beginning, attempt)
    async with services.engine.begin() as connection:
        await cascades.hand_back(connection, [cascade_id], owner=services.name)


def _beginning(
    services: Services, leased: LeasedCascade, provider: str, field: Field, offer: Offer | None
) -> NewAttempt:
    return NewAttempt(
        cascade_id=leased.id,
        fencing_token=leased.fencing_token,
        provider=provider,
        field=field,
        tier=offer.tier if offer else Tier.T3,
        route=offer.route if offer else "domain",
        position=0,
        missed_before=(),
        started_at=services.now(),
    )
