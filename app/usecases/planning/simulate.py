"""Simulate the look-ups of an account under another waterfall."""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random  # noqa: TID251 - the same runs give the same figures
from uuid import UUID

import msgspec

from app.domain.accounts.owner import Owner
from app.domain.order.segment import segment_of
from app.domain.order.statistics import Statistics
from app.domain.order.waterfall import Waterfall
from app.domain.planning.plans import make_plans
from app.domain.planning.simulation import ReplayedField, SimulatedRuns, replay, simulate
from app.domain.runs.lookup_options import LookupOptions
from app.domain.vocabulary import FIELDS_OF, FINDABLE
from app.domain.waterfall.answer import ZERO
from app.domain.waterfall.attempt import PATTERN, Attempt
from app.domain.waterfall.outcome import best
from app.domain.waterfall.policy import inputs
from app.services import Services
from app.store.waterfall import attempts, provider_statistics
from app.store.waterfall.recorded_lookups import RecordedLookup, recorded

# More look-ups are sampled.
MOST_LOOKUPS, SEED = 2000, 15


class RecordedTotals(msgspec.Struct, frozen=True, kw_only=True):
    """The recorded look-ups; `seconds` is what their calls took together."""

    found: int
    cost_usd: float
    seconds: float


class Simulation(msgspec.Struct, frozen=True, kw_only=True):
    """Look-ups as they were, and as they would have been.

    Attributes:
        lookups: All that there are.
        sampled: Those that are simulated.
    """

    lookups: int
    sampled: int
    actual: RecordedTotals
    simulated: SimulatedRuns


class SimulateWaterfall:
    """Simulates waterfalls."""

    def __init__(self, services: Services) -> None:
        """Use the process's services."""
        self._services = services

    async def __call__(
        self, owner: Owner, waterfall: Waterfall, *, since: datetime, run_ids: Sequence[UUID] | None = None
    ) -> Simulation:
        """Simulate the look-ups that have asked providers since a time, or those of some runs.

        What companies' patterns found is left out, because no waterfall changes it.

        Raises:
            UnavailableError: The database cannot be reached.
        """
        until = self._services.now() + timedelta(seconds=1)
        async with self._services.read() as connection:
            whole, lookups = await recorded(
                connection, owner, since=since, until=until, run_ids=run_ids, most=MOST_LOOKUPS
            )
            stored = await attempts.stored(connection, [one.id for one in lookups]) if lookups else {}
            known = Statistics(await provider_statistics.read(connection, owner.mode))
        made = {
            key: [row.attempt for row in rows if row.attempt and row.field in FINDABLE] for key, rows in stored.items()
        }
        mine = [
            (one, calls)
            for one in lookups
            if (calls := made.get(one.id)) and not any(call.provider == PATTERN for call in calls)
        ]
        # In a thread of its own: some thousand look-ups take a second of computing.
        random = Random(SEED).random  # noqa: S311 - no secret
        simulated = await asyncio.to_thread(
            lambda: simulate((self._replayed(owner, waterfall, one, calls, known) for one, calls in mine), random)
        )
        return Simulation(
            lookups=whole, sampled=len(mine), actual=_actual([calls for _, calls in mine]), simulated=simulated
        )

    def _replayed(
        self, owner: Owner, waterfall: Waterfall, lookup: RecordedLookup, calls: Sequence[Attempt], known: Statistics
    ) -> list[ReplayedField]:
        options = _own_options(lookup).under(waterfall)
        plans = make_plans(
            FIELDS_OF[lookup.type],
            self._services.registry.offers(owner.mode),
            lookup.contact,
            waterfall=options.waterfall,
            lane=lookup.lane,
            only=options.only_providers,
            max_cost_usd=options.max_cost_usd,
            statistics=known,
        )
        names, segment = inputs(lookup.contact).keys(), segment_of(lookup.contact)
        return [replay(plan, names, calls, known, segment) for plan in plans]


def _own_options(lookup: RecordedLookup) -> LookupOptions:
    """Return what the request itself restricted, without what its waterfall did."""
    old = lookup.waterfall
    cost = lookup.max_cost_usd
    if old and old.max_cost_usd is not None and cost == Decimal(repr(old.max_cost_usd)):
        cost = None
    only = None if old and old.only == lookup.only_providers else lookup.only_providers
    return LookupOptions(type=lookup.type, only_providers=only, max_cost_usd=cost)


def _actual(runs: Sequence[Sequence[Attempt]]) -> RecordedTotals:
    calls = [call for run in runs for call in run]
    return RecordedTotals(
        found=sum(any(best(field, run) for field in FINDABLE) for run in runs),
        cost_usd=float(sum((call.cost_usd for call in calls), ZERO)),
        seconds=sum(call.latency_ms or 0 for call in calls) / 1000,
    )
