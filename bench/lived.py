"""Proof (c) through real runs: the order is learned from nothing by cascades and a store, and the market changes."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from random import Random  # noqa: TID251 - seeds are fixed
from typing import Any

from sqlalchemy import text

from app.domain.contacts.contact import Contact
from app.domain.order.cells import Cell, Counts
from app.domain.order.index import Step
from app.domain.order.look_ahead import Terms, best_order
from app.domain.order.statistics import Statistics
from app.domain.order.waterfall import BUILT_IN
from app.domain.runs.lookup_options import LookupOptions
from app.domain.vocabulary import Mode
from app.services import Services
from app.settings.provider_settings import ProviderSettings
from app.settings.settings import Settings
from app.store.waterfall import provider_statistics
from app.usecases.planning.plan_cascade import FRESH_SECONDS
from bench.lookups import WORKERS, bureau
from bench.markets import Market, market

SLUGS = ("hunter", "datagma", "leadmagic", "findymail")
ALL = range(len(SLUGS))
# What cascades have spent, and what of it tried a provider of which little was known.
_SPENT = text(
    "SELECT coalesce(sum(cost_usd), 0), "
    "coalesce(sum(cost_usd) FILTER (WHERE (expected ->> 'explored')::boolean), 0), "
    "count(*) FILTER (WHERE outcome NOT IN ('hit', 'miss')) FROM attempts"
)
TIMED = 50


@dataclass(frozen=True, kw_only=True)
class Lived:
    """The cost of learning through real runs.

    Attributes:
        excess: By which share the bills were above the order of one who knows the market.
        late: The same for the last quarter.
        failed: Calls without a proper answer: on a busy machine they are late.
        explored: Share of spend that tried what was little known.
        cpu_ms: CPU time of this process for a run, its part in the played vendors included.
        counting: Share of that for counting answers, reading the counts and arranging them.
    """

    runs: int
    excess: float
    late: float
    failed: int
    explored: float
    cpu_ms: float
    counting: float

    def __str__(self) -> str:
        """Show it in two lines."""
        return (
            f"learned through {self.runs} real runs, changed in the middle: {self.excess:+.2%}, "
            f"{self.late:+.2%} in the last quarter; tried for {self.explored:.1%} of spend; "
            f"{self.failed} calls failed\n"
            f"    statistics take {self.counting:.1%} of the {self.cpu_ms:.1f} ms of CPU of a run"
        )


class _Town:
    """Contacts, which of the vendors know each of them, and what the vendors have billed."""

    def __init__(self, contacts: int, chance: Random) -> None:
        first = market(chance)
        self.steps = tuple(_priced(step) for step in first.steps)
        self.markets = [self._as_priced(first), self._as_priced(market(chance))]
        # A change that changes no order would prove nothing.
        while (best := [_order(one) for one in self.markets])[0] == best[1] or best[0] == tuple(ALL):
            self.markets = [self._as_priced(market(chance)) for _ in range(2)]
        self._orders = best
        self.known = []
        for number in range(contacts):
            now = self.markets[number * 2 // contacts]
            [row] = chance.choices(now.classes, now.shares)
            self.known.append([chance.random() < row[name] for name in ALL])
        self.bills = [0.0] * contacts

    def _as_priced(self, one: Market) -> Market:
        return Market(shares=one.shares, classes=one.classes, steps=self.steps)

    def answer(self, name: int, query: Mapping[str, str]) -> dict[str, Any]:
        """Answer as a vendor does, and bill."""
        domain = next(value for value in query.values() if value.endswith(".example"))
        number = int(domain.partition(".")[0])
        hit = self.known[number][name]
        self.bills[number] += self.cost(name, hit=hit)
        address = f"jane.smith@{domain}" if hit else None
        if SLUGS[name] == "datagma":
            return {"email": address, "status": "valid"} if hit else {"email": None, "phone": {"mobiles": []}}
        if SLUGS[name] == "leadmagic":
            return {"email": address, "status": "valid" if hit else "not_found"}
        if SLUGS[name] == "findymail":
            return {"contact": {"email": address}}
        return {"data": {"email": address, "score": 97 if hit else None, "verification": {"status": "valid"}}}

    def cost(self, name: int, *, hit: bool) -> float:
        """Return the price of a call."""
        return self.steps[name].call + hit * self.steps[name].success

    def best(self) -> list[float]:
        """Return what each contact costs in the order of one who knows the market, though not the contact."""
        costs = []
        for number, row in enumerate(self.known):
            cost = 0.0
            for name in self._orders[number * 2 // len(self.known)]:
                cost += self.cost(name, hit=row[name])
                if row[name]:
                    break
            costs.append(cost)
        return costs


def _priced(step: Step) -> Step:
    return Step(call=round(step.call, 4), success=round(step.success, 4), returns=0.0)


def _order(here: Market) -> tuple[int, ...]:
    """Return the best order of one who knows the market."""

    def terms(name: int, missed: frozenset[int]) -> Terms:
        step = here.after(name, missed)
        return Terms(step.cost(), step.chance)

    return best_order(ALL, frozenset(), terms)


async def live(settings: Settings, contacts: int, *, seed: int = 9) -> Lived:
    """Look contacts up one chunk after the other, and change the market when half of them are done.

    Args:
        settings: Name databases that are migrated and empty.
        contacts: Their number.
        seed: Of the market and of who knows whom.
    """
    town = _Town(contacts, Random(seed))  # noqa: S311 - no secret
    played = {
        slug: (
            lambda query, n=name: town.answer(n, query),
            ProviderSettings(
                price_call=Decimal(str(town.steps[name].call)), price_success=Decimal(str(town.steps[name].success))
            ),
        )
        for name, slug in enumerate(SLUGS)
    }
    async with bureau(settings, played) as open_bureau:
        [account] = open_bureau.accounts
        people = [
            Contact(first_name="Jane", last_name="Smith", company_domain=f"{number}.example")
            for number in range(contacts)
        ]
        begun, used = time.perf_counter(), time.process_time()
        options = LookupOptions(waterfall=BUILT_IN["cheapest"])
        await open_bureau.look_up([(account, person) for person in people], options, chunk=64)
        used, seconds = time.process_time() - used, time.perf_counter() - begun
        reads = WORKERS * (1 + seconds / FRESH_SECONDS)
        counting = await _counting(open_bureau.services, contacts, reads)
        async with open_bureau.services.read() as connection:
            spent, explored, failed = (await connection.execute(_SPENT)).one()
    best, last = town.best(), contacts * 3 // 4
    return Lived(
        runs=contacts,
        excess=sum(town.bills) / sum(best) - 1,
        late=sum(town.bills[last:]) / sum(best[last:]) - 1,
        failed=failed,
        explored=float(explored / spent),
        cpu_ms=1000 * used / contacts,
        counting=counting / used,
    )


async def _counting(services: Services, runs: int, reads: float) -> float:
    """Measure the CPU time that counting took at most, in seconds: each run by itself, though runs share statements.

    Args:
        services: Of the process.
        runs: How many were counted.
        reads: How often the counts were read.
    """
    async with services.read() as connection:
        counted = await provider_statistics.read(connection, Mode.LIVE)
    answers = sum(counts.asked for cell, counts in counted.items() if not cell.segment)
    some = dict(sorted(counted.items(), key=lambda one: -one[1].asked)[: 2 * max(1, round(answers / runs))])
    one: dict[tuple[Mode, Cell], Counts] = {(Mode.TEST, cell): Counts(asked=1, returned=1) for cell in some}
    async with services.write() as connection:
        begun = time.process_time()
        for _ in range(TIMED):
            await provider_statistics.add(connection, one, services.now())
        adding = (time.process_time() - begun) / TIMED
    begun = time.process_time()
    async with services.read() as connection:
        Statistics(await provider_statistics.read(connection, Mode.LIVE))
    return adding * runs + (time.process_time() - begun) * reads
