"""Quote made-up lists and look them up: how often the interval of 90 % holds what they came to."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random  # noqa: TID251 - seeds are fixed

from app.domain.order.cells import EVERYBODY, NOBODY, Cell, Counts, RouteKey
from app.domain.order.statistics import Statistics
from app.domain.order.waterfall import Rules, Strategy
from app.domain.planning.quote import QuotedGroup, QuotedInterval, expect
from app.domain.planning.simulation import replay
from app.domain.vocabulary import Field, Lane
from app.domain.waterfall.attempt import Offer
from app.domain.waterfall.policy import CascadePlan, make_plan
from app.domain.waterfall.ranking import Ranking
from bench.counted import Counted, walk
from bench.learning import offer_of
from bench.markets import NAMES, Market, market

INPUTS = frozenset({"company_domain"})
SEGMENTS = ("de names domain", "fr names domain", "world linkedin domain")
# Look-ups before the quote, and contacts of the list: as many of one size as of its tenth or its tenfold.
KNOWN, CONTACTS = (100, 1500), (50, 800)
FRESH = 50  # look-ups after which new answers are known to the planning


@dataclass(frozen=True, kw_only=True)
class Coverage:
    """How many lists came to what was quoted.

    Attributes:
        cost: Those whose cost was within the interval.
        found: Those of which as many contacts were found.
        width: The mean width of the interval of costs, as a share of what was expected.
    """

    lists: int
    cost: int
    found: int
    width: float


def covered(lists: int, *, seed: int = 5) -> Coverage:
    """Quote lists, each in a market of its own, and look them up."""
    chance = Random(seed)  # noqa: S311 - no secret
    cost = found = 0
    widths = []
    for number in range(lists):
        world = _World(chance, Strategy.CHEAPEST if number % 2 else Strategy.TIERS)
        world.learn(_size(chance, KNOWN))
        people = [world.person() for _ in range(_size(chance, CONTACTS))]
        known = Statistics(world.counted.cells)
        quote = expect(_groups(world, people, known), chance.random)
        spent, hits = 0.0, 0
        for segment, row in people:
            charge, is_found = world.look_up(segment, row, known)
            spent, hits = spent + charge, hits + is_found
        cost += _holds(quote.cost_usd, spent)
        found += _holds(quote.found, hits)
        widths.append((quote.cost_usd.high - quote.cost_usd.low) / quote.cost_usd.expected)
    return Coverage(lists=lists, cost=cost, found=found, width=sum(widths) / len(widths))


def _size(chance: Random, bounds: tuple[int, int]) -> int:
    return round(math.exp(chance.uniform(math.log(bounds[0]), math.log(bounds[1]))))


def _holds(interval: QuotedInterval, value: float) -> bool:
    return interval.low <= value <= interval.high


Person = tuple[str, Sequence[float]]


class _World:
    """A market whose segments have different shares of its hidden classes, and what was counted in it."""

    def __init__(self, chance: Random, strategy: Strategy) -> None:
        self._chance = chance
        self._rules = Rules(strategy=strategy)
        self._here: Market = market(chance)
        self._shares = {segment: [chance.uniform(0.1, 1.0) for _ in self._here.classes] for segment in SEGMENTS}
        self._keeps = [chance.uniform(0.2, 0.8) for _ in NAMES]
        self._offers = [offer_of(name, self._here) for name in NAMES]
        self.counted = Counted()
        self._walks: tuple[Statistics | None, dict[str, tuple[Offer, ...]]] = (None, {})

    def person(self) -> Person:
        """Draw a contact: its segment, and the chance of each provider to return something."""
        segment = self._chance.choice(SEGMENTS)
        return segment, self._chance.choices(self._here.classes, self._shares[segment])[0]

    def learn(self, look_ups: int) -> None:
        """Look contacts up, and count what is answered."""
        known = Statistics()
        for number in range(look_ups):
            if number % FRESH == 0:
                known = Statistics(self.counted.cells)
            self.look_up(*self.person(), known)

    def plan(self, segment: str, known: Statistics) -> CascadePlan[Offer]:
        ranking = Ranking(self._rules, Lane.BULK, statistics=known, segment=segment)
        return make_plan(Field.EMAIL, self._offers, rules=self._rules, ranking=ranking)

    def look_up(self, segment: str, row: Sequence[float], known: Statistics) -> tuple[float, bool]:
        """Look a contact up; return what it cost, and whether anything was found."""
        missed, cost, is_found = NOBODY, 0.0, False
        for offer in self._walk(segment, known):
            name = int(offer.provider)
            returned = self._chance.random() < row[name]
            accepted = returned and self._chance.random() < self._here.steps[name].accepts
            risky = returned and not accepted and self._chance.random() < self._keeps[name]
            self._count(offer, segment, missed, Counts(asked=1, returned=returned, accepted=accepted, risky=risky))
            cost += float(offer.price.call) + returned * float(offer.price.success)
            is_found = is_found or accepted or risky
            if accepted:
                break
            missed |= {offer.provider}
        return cost, is_found

    def _walk(self, segment: str, known: Statistics) -> tuple[Offer, ...]:
        if self._walks[0] is not known:
            self._walks = known, {}
        if segment not in self._walks[1]:
            self._walks[1][segment] = walk(self.plan(segment, known), INPUTS)
        return self._walks[1][segment]

    def _count(self, offer: Offer, segment: str, missed: frozenset[str], new: Counts) -> None:
        for place in (EVERYBODY, segment):
            self.counted.add(Cell(RouteKey(offer.provider, Field.EMAIL, offer.route), place, missed), new)


def _groups(world: _World, people: Sequence[Person], known: Statistics) -> list[QuotedGroup]:
    counts = {segment: sum(1 for one, _ in people if one == segment) for segment in SEGMENTS}
    return [
        QuotedGroup(contacts=count, fields=(replay(world.plan(one, known), INPUTS, (), known, one).steps,))
        for one, count in counts.items()
        if count
    ]
