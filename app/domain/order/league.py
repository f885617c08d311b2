"""The league table: what each provider found, cost and took, compared without the bias of the order of asking."""

from collections.abc import Mapping
from decimal import Decimal

import msgspec

from app.domain.order.belief import Belief
from app.domain.vocabulary import Field


class MeasuredRate(msgspec.Struct, frozen=True, kw_only=True):
    """A share of tries with its interval of 90 % (Wilson)."""

    estimate: float
    low: float
    high: float
    tries: int


class Rescue(msgspec.Struct, frozen=True, kw_only=True):
    """The share that a provider accepts of contacts that another one has missed before it."""

    missed_by: str
    rate: MeasuredRate


class ProviderStanding(msgspec.Struct, frozen=True, kw_only=True):
    """One provider for one field.

    Attributes:
        calls: All of them that have ended.
        found: Values that passed our checks, risky ones among them.
        accepted: Values that ended the cascade.
        missed: Calls that found nobody.
        rejected: Values that did not pass.
        errors: Calls without a proper answer.
        first_asked: Proper answers about contacts of whom nobody else was asked before.
        first_accepted: Accepted values among them.
        later_asked: Proper answers about contacts that others had missed.
        later_accepted: Accepted values among them.
        cost_usd: What the calls were charged.
        latency_p50_ms: Half of the calls were as quick; two digits.
        latency_p95_ms: 95 % of the calls were as quick; two digits.
        rescues: What it finds of those that each of the others has missed.
        reported_wrong: Values that clients reported as wrong.
        reported_right: Values that clients reported as right.
    """

    provider: str
    field: Field
    calls: int
    found: int
    accepted: int
    missed: int
    rejected: int
    errors: int
    first_asked: int
    first_accepted: int
    later_asked: int
    later_accepted: int
    cost_usd: Decimal
    latency_p50_ms: int | None
    latency_p95_ms: int | None
    rescues: tuple[Rescue, ...] = ()
    reported_wrong: int = 0
    reported_right: int = 0

    @property
    def match_rate(self) -> MeasuredRate | None:
        """Share of contacts that it finds by itself, counted where it was asked first.

        A provider that is asked later sees only what the others have missed.
        """
        return _rate(self.first_accepted, self.first_asked)

    @property
    def rescue_rate(self) -> MeasuredRate | None:
        """Share that it finds of what others have missed."""
        return _rate(self.later_accepted, self.later_asked)

    @property
    def bounce_rate(self) -> MeasuredRate | None:
        """Share of its values that clients reported as wrong: the least that it can be, as few clients report."""
        return _rate(min(self.reported_wrong, self.found), self.found)

    @property
    def cost_per_accepted_usd(self) -> float | None:
        """The cost of an accepted value in USD, misses included."""
        return float(self.cost_usd) / self.accepted if self.accepted else None


def rescue(missed_by: str, accepted: int, asked: int) -> Rescue | None:
    """Return the share that is accepted of so many contacts; None where there are none."""
    rate = _rate(accepted, asked)
    return None if rate is None else Rescue(missed_by=missed_by, rate=rate)


def quantile(counts: Mapping[int, int], share: float) -> int | None:
    """Return the least value that so large a share of counted values does not exceed; None where none is counted."""
    below, wanted = 0, share * sum(counts.values())
    for value in sorted(counts):
        below += counts[value]
        if below >= wanted:
            return value
    return None


def _rate(hits: int, tries: int) -> MeasuredRate | None:
    if not tries:
        return None
    low, high = Belief(mean=hits / tries, weight=tries).interval()
    return MeasuredRate(estimate=hits / tries, low=low, high=high, tries=tries)
