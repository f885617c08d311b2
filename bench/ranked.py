"""Proof (h): what the index adds to a step."""

import itertools
import time
from dataclasses import dataclass
from random import Random  # noqa: TID251 - seeds are fixed

from app.domain.order.cells import Cell, Counts, RouteKey
from app.domain.order.statistics import Statistics
from app.domain.order.waterfall import Rules, Strategy
from app.domain.vocabulary import Field, Lane, Mode
from app.domain.waterfall.ranking import Ranking
from app.providers.setup.registry import Registry
from app.settings.provider_settings import ProviderSettings
from app.settings.settings import Settings
from bench.figures import share

DEEP = 5
PROVIDERS = ("hunter", "datagma", "leadmagic", "prospeo", "findymail", "icypeas")


@dataclass(frozen=True, kw_only=True)
class StepTime:
    """CPU time of sorting the providers that are left, once for each step, in microseconds.

    Attributes:
        first: The slowest of the first contact, after statistics were read.
        again: The median of all others.
    """

    steps: int
    first: float
    again: float


def index_of_a_step(contacts: int, *, seed: int = 8) -> StepTime:
    """Rank the six providers of each contact again after each of five misses, with statistics of every missed set.

    Args:
        contacts: How many; each has a ranking of its own, as in a run.
        seed: Of what was counted.
    """
    chance = Random(seed)  # noqa: S311 - no secret
    offers = [
        offer
        for offer in Registry(Settings(providers={p: ProviderSettings(api_key="made-up") for p in PROVIDERS})).offers(
            Mode.LIVE
        )
        if offer.field is Field.EMAIL and offer.provider in PROVIDERS
    ]
    counted: dict[Cell, Counts] = {}
    for offer in offers:
        key = RouteKey(offer.provider, offer.field, offer.route)
        others = [name for name in PROVIDERS if name != offer.provider]
        for size in range(DEEP + 1):
            for missed in itertools.combinations(others, size):
                asked = float(chance.randrange(5, 500))
                returned = asked * chance.random()
                counted[Cell(key, missed=frozenset(missed))] = Counts(asked=asked, returned=returned, accepted=returned)
    groups = [tuple(offer for offer in offers if offer.provider == name) for name in PROVIDERS]
    known, rules = Statistics(counted), Rules(strategy=Strategy.CHEAPEST)
    needs = frozenset().union(*(offer.needs for offer in offers))
    taken: list[float] = []
    for _ in range(contacts):
        ranking, left, missed_now = Ranking(rules, Lane.INTERACTIVE, statistics=known), list(groups), frozenset[str]()
        for _ in range(DEEP):
            begun = time.thread_time_ns()
            left = ranking.sort(left, missed_now, needs)
            taken.append((time.thread_time_ns() - begun) / 1000)
            missed_now |= {left.pop(0)[0].provider}
    return StepTime(steps=len(taken), first=max(taken[:DEEP]), again=share(sorted(taken[DEEP:]), 0.5))
