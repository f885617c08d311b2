"""Learn the order online, from house priors, in a made-up market that changes in the middle."""

from dataclasses import dataclass
from decimal import Decimal
from random import Random  # noqa: TID251 - seeds are fixed
from uuid import UUID

from app.domain.order.cells import NOBODY, Cell, Counts, RouteKey
from app.domain.order.statistics import Statistics
from app.domain.order.waterfall import Rules, Strategy
from app.domain.vocabulary import Field, Lane, Tier
from app.domain.waterfall.attempt import Offer, Price
from app.domain.waterfall.policy import make_plan
from app.domain.waterfall.ranking import Ranking, Trial
from app.usecases.planning.plan_cascade import ExplorationBudget
from bench.counted import Counted, walk
from bench.markets import NAMES, Market, market, next_of

CHEAPEST = Rules(strategy=Strategy.CHEAPEST)
FRESH = 20  # contacts after which new answers are known to the planning
ACCOUNT, INPUTS = UUID(int=1), frozenset({"company_domain"})


@dataclass(frozen=True, kw_only=True)
class Learned:
    """The cost of learning.

    Attributes:
        excess: By which share the whole cost more than with the order of one who knows the market.
        explored: Share of spend that tried what was little known.
    """

    excess: float
    explored: float


def learn(contacts: int, *, seed: int, share: float = 0.02) -> Learned:
    """Look up contacts one after the other, and change the market when half of them are done."""
    chance = Random(seed)  # noqa: S311 - no secret
    markets = [market(chance), market(chance)]
    # Prices stay: what changes is who knows whom.
    markets[1] = Market(shares=markets[1].shares, classes=markets[1].classes, steps=markets[0].steps)
    learner = _Learner(markets[0], ExplorationBudget(share), chance)
    orders = [clairvoyant(here) for here in markets]
    spent = best = explored = 0.0
    for number in range(contacts):
        here = markets[number * 2 // contacts]
        if number % FRESH == 0:
            learner.read()
        row = chance.choices(here.classes, here.shares)[0]
        returned = [chance.random() < chance_of for chance_of in row]
        hits = [r and chance.random() < here.steps[n].accepts for n, r in enumerate(returned)]
        cost, tried = learner.run(here, returned, hits)
        spent, explored = spent + cost, explored + tried
        for name in orders[number * 2 // contacts]:
            best += _cost(here, name, returned=returned[name])
            if hits[name]:
                break
    return Learned(excess=spent / best - 1, explored=explored / spent)


def offer_of(name: int, here: Market) -> Offer:
    """Return the offer of a provider of a market."""
    step = here.steps[name]
    price = Price(call=Decimal(str(round(step.call, 6))), success=Decimal(str(round(step.success, 6))))
    return Offer(provider=str(name), tier=Tier.T1, field=Field.EMAIL, route="domain", needs=INPUTS, price=price)


def _cost(here: Market, name: int, *, returned: bool) -> float:
    step = here.steps[name]
    return step.call + (step.success if returned else 0.0)


class _Learner:
    """Looks contacts up in the order that it has learned so far."""

    def __init__(self, here: Market, budget: ExplorationBudget, chance: Random) -> None:
        self._offers = [offer_of(name, here) for name in NAMES]
        self._budget = budget
        self._chance = chance
        self._counted = Counted()
        self.read()

    def read(self) -> None:
        """Plan by what was counted so far."""
        self._ranking = Ranking(CHEAPEST, Lane.BULK, statistics=Statistics(self._counted.cells))
        self._plan = make_plan(Field.EMAIL, self._offers, rules=CHEAPEST, ranking=self._ranking)
        self._walks: dict[Trial | None, tuple[Offer, ...]] = {}

    def run(self, here: Market, returned: list[bool], hits: list[bool]) -> tuple[float, float]:
        """Look one contact up; return its cost, and the part that tried what was little known."""
        self._ranking.trial = None
        trial = self._ranking.explore(self._plan.providers, INPUTS, self._chance.random)
        if trial and not self._budget.allows(ACCOUNT, trial.offer.price.worst):
            trial = None
        self._ranking.trial = trial
        if trial not in self._walks:
            self._walks[trial] = walk(self._plan, INPUTS)
        missed, cost, tried = NOBODY, 0.0, 0.0
        for offer in self._walks[trial]:
            name = int(offer.provider)
            charge = _cost(here, name, returned=returned[name])
            cell = Cell(RouteKey(offer.provider, Field.EMAIL, "domain"), missed=missed)
            self._counted.add(cell, Counts(asked=1, returned=returned[name], accepted=hits[name]))
            cost += charge
            if trial and offer is trial.offer:
                tried = charge
            if hits[name]:
                break
            missed |= {offer.provider}
        unused = trial.offer.price.worst - Decimal(str(round(tried, 6))) if trial else Decimal(0)
        self._budget.settle(ACCOUNT, Decimal(str(round(cost, 6))), unused=unused)
        return cost, tried


def clairvoyant(here: Market) -> list[int]:
    """Return the order of one who knows the market, though not the contacts."""
    order: list[int] = []
    while left := [name for name in NAMES if name not in order]:
        order.append(next_of(left, frozenset(order), here.after))
    return order
