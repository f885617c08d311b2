"""Beliefs about a chance: a Beta distribution by its mean and by the observations that it stands for."""

import math
from collections.abc import Callable

import msgspec

Chance = Callable[[], float]
# The quantile of the normal distribution for an interval of 90 %.
NINETY = 1.6449


class Belief(msgspec.Struct, frozen=True, kw_only=True):
    """A chance that is not known exactly.

    Attributes:
        mean: The expected chance, 0-1.
        weight: Observations that it stands for; those of a prior count as well.
    """

    mean: float
    weight: float

    def updated(self, hits: float, tries: float) -> "Belief":
        """Return the belief after more observations: Bayes' rule for a Beta prior."""
        weight = self.weight + tries
        return Belief(mean=(self.weight * self.mean + hits) / weight, weight=weight) if tries > 0 else self

    def at_most(self, weight: float) -> "Belief":
        """Return it as the prior of a finer cell, which may differ: it stands for no more observations than these."""
        return Belief(mean=self.mean, weight=min(self.weight, weight))

    def interval(self, quantile: float = NINETY) -> tuple[float, float]:
        """Return bounds of the chance, by Wilson's score interval; of 90 % unless another quantile is given."""
        square, mean = quantile * quantile / self.weight, self.mean
        middle = (mean + square / 2) / (1 + square)
        half = math.sqrt(mean * (1 - mean) * square + square * square / 4) / (1 + square)
        return max(0.0, middle - half), min(1.0, middle + half)

    def draw(self, random: Chance) -> float:
        """Draw a chance from the distribution, as Thompson sampling does.

        Args:
            random: Floats in [0, 1).
        """
        left = _gamma(max(self.mean * self.weight, 1e-3), random)
        right = _gamma(max((1 - self.mean) * self.weight, 1e-3), random)
        return left / (left + right) if left + right > 0 else self.mean


def _gamma(shape: float, random: Chance) -> float:
    """Draw from a Gamma distribution of scale 1 (Marsaglia & Tsang, ACM TOMS 26(3), 2000)."""
    if shape < 1:
        return _gamma(shape + 1, random) * math.exp(math.log(1.0 - random()) / shape)
    d = shape - 1 / 3
    while True:
        x = math.sqrt(-2 * math.log(1.0 - random())) * math.cos(2 * math.pi * random())
        v = (1 + x / math.sqrt(9 * d)) ** 3
        if v > 0 and math.log(1.0 - random()) < x * x / 2 + d - d * v + d * math.log(v):
            return d * v
