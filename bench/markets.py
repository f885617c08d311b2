"""Made-up markets of providers, for the bench of the order: seeds are fixed, so every run has the same figures."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import permutations
from random import Random  # noqa: TID251 - seeds are fixed

from app.domain.order.index import Step, in_order

NAMES = tuple(range(6))


def stack(chance: Random) -> dict[int, Step]:
    """Draw six providers: billed by the call, by the success or both, with independent hits."""
    return {name: _priced(chance, chance.uniform(0.05, 0.8)) for name in NAMES}


def _priced(chance: Random, returns: float) -> Step:
    price, kind = chance.uniform(0.01, 0.10), chance.randrange(3)
    return Step(
        call=0.0 if kind == 0 else price / kind,
        success=0.0 if kind == 1 else price / max(kind, 1),
        returns=returns,
        accepts=chance.uniform(0.7, 1.0),
    )


def total_cost(steps: Iterable[Step]) -> float:
    """Return the expected cost in USD of independent steps, taken in this order until one is accepted."""
    cost, reached = 0.0, 1.0
    for step in steps:
        cost += reached * step.cost()
        reached *= 1.0 - step.chance
    return cost


def next_of(left: Sequence[int], missed: frozenset[int], step_after: Callable[[int, frozenset[int]], Step]) -> int:
    """Return the step of the lowest index now that some have missed; the first of several."""
    return min(left, key=lambda name: step_after(name, missed).index())


def exhaustive(steps: dict[int, Step]) -> float:
    """Return the lowest expected cost of all orders, each of them tried."""
    return min(total_cost([steps[name] for name in order]) for order in permutations(steps))


def best_of_orders(steps: dict[int, Step]) -> float:
    """Return the lowest expected cost of all orders, sharing the cost of what they have in common at the end."""

    @cache
    def best(left: frozenset[int]) -> float:
        costs = (steps[n].cost() + (1 - steps[n].chance) * best(left - {n}) for n in left)
        return min(costs, default=0.0)

    return best(frozenset(steps))


def by_index(steps: dict[int, Step]) -> float:
    """Return the expected cost of the order by the index."""
    return total_cost([steps[name] for name in in_order(steps)])


@dataclass(frozen=True, kw_only=True)
class Market:
    """Six providers whose misses are correlated: each contact belongs to one of some hidden classes.

    Attributes:
        shares: Of the classes; they sum to 1.
        classes: For each class the chance that each provider returns something.
    """

    shares: tuple[float, ...]
    classes: tuple[tuple[float, ...], ...]
    steps: tuple[Step, ...]

    def after(self, name: int, missed: frozenset[int]) -> Step:
        """Return a step as it stands after misses, by Bayes' rule over the classes."""
        weights = [
            share * _all_missed(self.steps, row, missed) for share, row in zip(self.shares, self.classes, strict=True)
        ]
        returns = sum(w * row[name] for w, row in zip(weights, self.classes, strict=True)) / sum(weights)
        step = self.steps[name]
        return Step(call=step.call, success=step.success, returns=returns, accepts=step.accepts)

    def cost(self, first: int, missed: frozenset[int], rest: float) -> float:
        """Return the expected cost of a step after misses and of what follows it."""
        step = self.after(first, missed)
        return step.cost() + (1 - step.chance) * rest

    def best(self, missed: frozenset[int] = frozenset()) -> float:
        """Return the cost of the best policy, by a dynamic program over the missed sets."""

        @cache
        def best(gone: frozenset[int]) -> float:
            left = [n for n in NAMES if n not in gone]
            return min((self.cost(n, gone, best(gone | {n})) for n in left), default=0.0)

        return best(missed)

    def greedy(self, *, conditional: bool = True) -> float:
        """Return the cost of going by the index, on the chance after the misses or on the one before any."""

        def go_on(gone: frozenset[int]) -> float:
            left = [n for n in NAMES if n not in gone]
            if not left:
                return 0.0
            chosen = next_of(left, gone if conditional else frozenset(), self.after)
            return self.cost(chosen, gone, go_on(gone | {chosen}))

        return go_on(frozenset())

    def in_fixed_order(self, order: Sequence[int]) -> float:
        """Return the cost of one fixed order."""
        cost, reached, gone = 0.0, 1.0, frozenset[int]()
        for name in order:
            step = self.after(name, gone)
            cost += reached * step.cost()
            reached *= 1 - step.chance
            gone |= {name}
        return cost


def _all_missed(steps: Sequence[Step], row: Sequence[float], missed: frozenset[int]) -> float:
    share = 1.0
    for name in missed:
        share *= 1 - row[name] * steps[name].accepts
    return share


def market(chance: Random, classes: int = 4) -> Market:
    """Draw a market with hidden classes of contacts, some of which are hard for everybody."""
    weights = [chance.uniform(0.2, 1.0) for _ in range(classes)]
    ease = [chance.uniform(0.2, 1.0) for _ in range(classes)]
    return Market(
        shares=tuple(w / sum(weights) for w in weights),
        classes=tuple(tuple(e * chance.uniform(0.05, 0.95) for _ in NAMES) for e in ease),
        steps=tuple(_priced(chance, 0.0) for _ in NAMES),
    )
