"""Look ahead: the cheapest order of a few steps whose misses are correlated.

The index is nearsighted: a miss changes the chances of the steps that come after. A step is taken only where all
before it have missed, so that every policy is an order, and the best one is found from its end, over the sets of steps
that have missed (Held & Karp 1962). Guesses at many places look cheap at some of them by chance, so that the order
leaves the index only for steps of which enough was observed.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple, TypeVar

from app.domain.order.index import NEVER

NameT = TypeVar("NameT")
# Six steps have 192 pairs of a step and a set that has missed; each further step more than doubles that.
MOST = 6


class Terms(NamedTuple):
    """A step as it stands after some misses.

    Attributes:
        cost: Expected, in USD.
        chance: That it ends the search (0-1).
        observed: Enough is known of it to take it before one of lower index.
    """

    cost: float
    chance: float
    observed: bool = True


TermsOf = Callable[[NameT, frozenset[NameT]], Terms]


def best_order(names: Sequence[NameT], missed: frozenset[NameT], terms: TermsOf[NameT]) -> tuple[NameT, ...]:
    """Return the order of the lowest expected cost; of several the one that follows the index.

    Args:
        names: Steps not taken yet, at most `MOST`.
        missed: Steps that have missed.
        terms: Returns a step as it stands after these misses.
    """
    # All orders find the same in truth. Beliefs that do not fit together may promise less of one of them, which is not
    # cheaper for it: to find nothing costs what a hit costs by the index.
    nothing = _cost_of_a_hit(names, missed, terms)
    found: dict[frozenset[NameT], tuple[float, tuple[NameT, ...]]] = {missed.union(names): (nothing, ())}

    def best(gone: frozenset[NameT]) -> tuple[float, tuple[NameT, ...]]:
        if gone not in found:
            left = _left(names, gone, terms)
            first, usual = min(left, key=lambda one: _index(one[0]))
            whole, order = after(usual, first, gone)
            for step, name in left:
                if step.observed and name != usual:
                    other = after(name, step, gone)
                    whole, order = other if other[0] < whole else (whole, order)
            found[gone] = whole, order
        return found[gone]

    def after(name: NameT, step: Terms, gone: frozenset[NameT]) -> tuple[float, tuple[NameT, ...]]:
        rest, order = best(gone | {name})
        return step.cost + (1.0 - step.chance) * rest, (name, *order)

    return best(missed)[1]


def _cost_of_a_hit(names: Sequence[NameT], missed: frozenset[NameT], terms: TermsOf[NameT]) -> float:
    """Return the expected cost of the order by the index for each hit."""
    cost, reached, gone = 0.0, 1.0, missed
    while left := _left(names, gone, terms):
        step, name = min(left, key=lambda one: _index(one[0]))
        cost += reached * step.cost
        reached *= 1.0 - step.chance
        gone |= {name}
    return cost / (1.0 - reached) if reached < 1.0 else 0.0


def _left(names: Sequence[NameT], gone: frozenset[NameT], terms: TermsOf[NameT]) -> list[tuple[Terms, NameT]]:
    return [(terms(name, gone), name) for name in names if name not in gone]


def _index(step: Terms) -> float:
    return step.cost / step.chance if step.chance > 0.0 else NEVER
