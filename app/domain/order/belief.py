"""Beliefs about a chance: a Beta distribution by its mean and by the observations that it stands for."""

import math
from collections.abc import Callable
from functools import lru_cache

import msgspec

Chance = Callable[[], float]
# The quantile of the normal distribution for an interval of 90 %.
NINETY = 1.6449


class Belief(msgspec.Struct, frozen=True, kw_only=True):
    """A chance that is not known exactly.

    Attributes:
        mean: The expected chance, 0-1.
        weight: Observations that it stands for; those of a prior count as well.
        shared: The share (0-1) of its variance that it has in common with the same belief about other segments.
    """

    mean: float
    weight: float
    shared: float = 1.0

    def updated(self, hits: float, tries: float) -> "Belief":
        """Return the belief after more observations: Bayes' rule for a Beta prior."""
        weight = self.weight + tries
        return Belief(mean=(self.weight * self.mean + hits) / weight, weight=weight) if tries > 0 else self

    def at_most(self, weight: float) -> "Belief":
        """Return it as the prior of a finer cell, which may differ: it stands for no more observations than these."""
        return Belief(mean=self.mean, weight=min(self.weight, weight))

    def finer(self, hits: float, tries: float, most: float) -> "Belief":
        """Return the belief about a finer cell, of which this one is the prior.

        Its mean is `(w·m + hits) / (w + tries)`. What is not known of `m` is the same for all finer cells; how each of
        them differs, and what was observed there, is its own.

        Args:
            hits: Observed in the finer cell.
            tries: Likewise.
            most: Observations that this belief stands for at most, as finer cells differ.
        """
        prior = self.at_most(most)
        belief = prior.updated(hits, tries)
        shared = (prior.weight / belief.weight) ** 2 * (belief.weight + 1) / (self.weight + 1)
        return Belief(mean=belief.mean, weight=belief.weight, shared=min(1.0, shared))

    def interval(self, quantile: float = NINETY) -> tuple[float, float]:
        """Return bounds of the chance, by Wilson's score interval; of 90 % unless another quantile is given."""
        square, mean = quantile * quantile / self.weight, self.mean
        middle = (mean + square / 2) / (1 + square)
        half = math.sqrt(mean * (1 - mean) * square + square * square / 4) / (1 + square)
        return max(0.0, middle - half), min(1.0, middle + half)

    def shifted(self, normal: float) -> float:
        """Return the chance at a quantile, given as that of the normal distribution: 0 is the middle, 1.64 the 95 %.

        The logit of a Beta distribution is taken as normal, with its own mean and variance. Beliefs that are shifted
        alike are good or bad together.
        """
        if not 0.0 < self.mean < 1.0:
            return self.mean
        middle, deviation = _logit(self.mean, self.weight)
        return 1.0 / (1.0 + math.exp(-min(max(middle + normal * deviation, -700.0), 700.0)))

    def draw(self, random: Chance) -> float:
        """Draw a chance from the distribution, as Thompson sampling does.

        Args:
            random: Floats in [0, 1).
        """
        left = _gamma(max(self.mean * self.weight, 1e-3), random)
        right = _gamma(max((1 - self.mean) * self.weight, 1e-3), random)
        return left / (left + right) if left + right > 0 else self.mean


@lru_cache(maxsize=10_000)
def _logit(mean: float, weight: float) -> tuple[float, float]:
    """Return the mean and the standard deviation of the logit of a Beta distribution (Johnson & Kotz, chapter 25)."""
    (left, left_variance), (right, right_variance) = _log_gamma(mean * weight), _log_gamma((1 - mean) * weight)
    return left - right, math.sqrt(left_variance + right_variance)


def _log_gamma(shape: float) -> tuple[float, float]:
    """Return mean and variance of the logarithm of a Gamma variable: digamma and trigamma of its shape.

    Recurrence up to 6, then the asymptotic series (Abramowitz & Stegun 6.3.18 and 6.4.12).
    """
    mean = variance = 0.0
    shape = max(shape, 1e-3)
    while shape < 6:  # noqa: PLR2004 - where the series is exact to nine digits
        mean, variance, shape = mean - 1 / shape, variance + 1 / shape**2, shape + 1
    square = 1 / shape**2
    mean += math.log(shape) - 0.5 / shape - square * (1 / 12 - square * (1 / 120 - square / 252))
    variance += (1 + 0.5 / shape + square * (1 / 6 - square * (1 / 30 - square / 42))) / shape
    return mean, variance


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
