"""The order of a market of which everything was observed: what is left of the cost is not for want of knowledge."""

import itertools

from app.domain.order.cells import Cell, Counts, RouteKey
from app.domain.order.statistics import Statistics
from app.domain.order.waterfall import Rules, Strategy
from app.domain.vocabulary import Field, Lane
from app.domain.waterfall.attempt import Offer
from app.domain.waterfall.ranking import Ranking
from bench.learning import INPUTS, offer_of
from bench.markets import NAMES, Market

ANSWERS = 10_000_000.0


def order_of(here: Market) -> list[int]:
    """Return the order in which a ranking asks the providers of a market, each of them without a hit.

    Every provider has answered millions of times after every set of misses, as often as its true chance says.
    """
    ranking = Ranking(Rules(strategy=Strategy.CHEAPEST), Lane.BULK, statistics=Statistics(_observed(here)))
    missed = frozenset[str]()
    left: list[tuple[Offer, ...]] = [(offer_of(name, here),) for name in NAMES]
    order: list[Offer] = []
    while left:
        first, *left = ranking.sort(left, missed, INPUTS)
        order += first
        missed |= {first[0].provider}
    return [int(offer.provider) for offer in order]


def _observed(here: Market) -> dict[Cell, Counts]:
    counted = {}
    for name, size in itertools.product(NAMES, range(len(NAMES))):
        key = RouteKey(str(name), Field.EMAIL, "domain")
        for missed in itertools.combinations([other for other in NAMES if other != name], size):
            step = here.after(name, frozenset(missed))
            returned = step.returns * ANSWERS
            cell = Cell(key, missed=frozenset(map(str, missed)))
            counted[cell] = Counts(asked=ANSWERS, returned=returned, accepted=returned * step.accepts)
    return counted
