"""Shrink what was counted in a cell towards the coarser one."""

import math

from app.domain.order.belief import Belief
from app.domain.order.cells import Counts

# The observations that a belief stands for at most where it is the prior of a finer cell.
PRIOR_WEIGHT, COARSER_WEIGHT = 10.0, 25.0

Beliefs = tuple[Belief, Belief, Belief]


def updated(beliefs: Beliefs, counts: Counts, *, keeps_risky: bool) -> Beliefs:
    """Return what is believed of a finer cell."""
    found, good, kept = beliefs
    usable = counts.accepted + counts.risky
    return (
        found.finer(counts.returned, counts.asked, COARSER_WEIGHT),
        good.finer(counts.accepted if keeps_risky else usable, counts.returned, COARSER_WEIGHT),
        kept.finer(usable, counts.returned, COARSER_WEIGHT),
    )


def finer(good: tuple[float, float], counts: Counts, *, keeps_risky: bool) -> tuple[float, float]:
    """Return mean and weight of the chance to be accepted in a finer cell."""
    accepted = counts.accepted if keeps_risky else counts.accepted + counts.risky
    weight = min(good[1], COARSER_WEIGHT)
    return (weight * good[0] + accepted) / (weight + counts.returned), weight + counts.returned


def common(belief: Belief) -> Belief:
    """Return the belief about all contacts: there are no segments that differ."""
    return Belief(mean=belief.mean, weight=belief.weight)


def logit(chance: float) -> float:
    """Return the logarithm of the odds of a chance inside 0 and 1."""
    return math.log(chance / (1 - chance))


def odds_shifted(chance: float, shift: float) -> float:
    """Return the chance whose odds are higher or lower, by a shift of their logarithm."""
    return 1 / (1 + math.exp(-logit(inside(chance)) - shift))


def inside(chance: float) -> float:
    """Keep a prior away from certainty, which no observation could change."""
    return min(max(chance, 0.001), 0.999)
