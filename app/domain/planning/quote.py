"""Quotes: what a list is expected to find and to cost, with intervals of 90 %, by the beliefs about providers.

Two things make the outcome uncertain: chance, contact by contact, and that the chances themselves are not known
exactly. The second does not average out over a list, because all contacts meet the same providers. So worlds are drawn
by the beliefs, the outcome of the list is drawn in each, and the interval holds nine of ten. Providers are partly wrong
together: contacts that are harder than believed are harder for all of them.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from statistics import NormalDist

import msgspec

from app.domain.order.belief import Belief
from app.domain.vocabulary import Field

DRAWS = 400
_LOW, _HIGH = 0.05, 0.95
# The share of the variance of a provider's chance to return something that all providers have in common.
IN_COMMON = 0.125
_ALL, _EACH = math.sqrt(IN_COMMON), math.sqrt(1 - IN_COMMON)
_NORMAL = NormalDist()
# How much better or worse than believed a provider is for a field: that it returns something, that this is good. The
# first pair is for all contacts alike, the others for those of each group.
World = Mapping[tuple[str, Field], Sequence[tuple[float, float]]]
GroupWorld = Mapping[tuple[str, Field], tuple[tuple[float, float], tuple[float, float]]]


class QuotedStep(msgspec.Struct, frozen=True, kw_only=True):
    """A call that is made when all before it have missed; prices in USD.

    Attributes:
        returns: What is believed of the chance that it returns something.
        accepts: What is believed of the chance that this is accepted.
        keeps: The same, that it is accepted or at least kept.
        seconds: What the call takes.
    """

    provider: str
    field: Field
    call: float
    success: float
    returns: Belief
    accepts: Belief
    keeps: Belief
    seconds: float = 0.0


class QuotedGroup(msgspec.Struct, frozen=True, kw_only=True):
    """Contacts that are looked up alike: for each field the calls in their order."""

    contacts: int
    fields: tuple[tuple[QuotedStep, ...], ...]


class QuotedInterval(msgspec.Struct, frozen=True, kw_only=True):
    """An expectation, and the bounds that hold in nine of ten cases."""

    expected: float
    low: float
    high: float


class ExpectedOutcome(msgspec.Struct, frozen=True, kw_only=True):
    """The expected outcome of a list.

    Attributes:
        found: Contacts of whom anything is found.
        cost_usd: What the providers charge.
        seconds: What all calls take together, if each field's are made one after the other.
        calls: Of each provider.
    """

    found: QuotedInterval
    cost_usd: QuotedInterval
    seconds: QuotedInterval
    calls: Mapping[str, float]


class _Sum(msgspec.Struct):
    """A sum of independent contacts, by its mean and its variance."""

    mean: float = 0.0
    variance: float = 0.0

    def add(self, times: int, mean: float, variance: float) -> None:
        self.mean += times * mean
        self.variance += times * max(0.0, variance)

    def draw(self, random: Callable[[], float], most: float = math.inf) -> float:
        return min(most, max(0.0, self.mean + math.sqrt(self.variance) * _normal(random)))


class _ListOutcome(msgspec.Struct):
    """The outcome of a list in one world."""

    found: _Sum
    cost: _Sum
    seconds: _Sum


def expect(groups: Sequence[QuotedGroup], random: Callable[[], float], *, draws: int = DRAWS) -> ExpectedOutcome:
    """Return what a list is expected to come to.

    Args:
        groups: Its contacts.
        random: Floats in [0, 1).
        draws: Worlds that are drawn.
    """
    mean, contacts = _of_list(groups, {}), sum(group.contacts for group in groups)
    found, cost, seconds = [], [], []
    places = sorted({(step.provider, step.field) for group in groups for steps in group.fields for step in steps})
    for _ in range(draws):
        # One world: a provider is better or worse than believed, partly for all contacts alike.
        common = [_ALL * _normal(random) for _ in range(len(groups) + 1)]
        drawn = _of_list(
            groups, {place: [(all_ + _EACH * _normal(random), _normal(random)) for all_ in common] for place in places}
        )
        found.append(drawn.found.draw(random, contacts))
        cost.append(drawn.cost.draw(random))
        seconds.append(drawn.seconds.draw(random))
    return ExpectedOutcome(
        found=_interval(mean.found.mean, found),
        cost_usd=_interval(mean.cost.mean, cost),
        seconds=_interval(mean.seconds.mean, seconds),
        calls=_calls(groups),
    )


def _of_list(groups: Sequence[QuotedGroup], world: World) -> _ListOutcome:
    whole = _ListOutcome(found=_Sum(), cost=_Sum(), seconds=_Sum())
    for number, group in enumerate(groups, 1):
        _add_group(whole, group, {place: (pairs[0], pairs[number]) for place, pairs in world.items()})
    return whole


def _add_group(whole: _ListOutcome, group: QuotedGroup, world: GroupWorld) -> None:
    """Add contacts: each field from the last call backwards, as each is made when those before have missed."""
    not_found = 1.0
    for steps in group.fields:
        cost = square = seconds = seconds_square = 0.0
        for step in reversed(steps):
            common, own = world.get((step.provider, step.field), (None, None))
            returns, accepts, keeps = (
                belief.mean
                if common is None or own is None
                else belief.shifted(math.sqrt(belief.shared) * common[at] + math.sqrt(1 - belief.shared) * own[at])
                for belief, at in ((step.returns, 0), (step.accepts, 1), (step.keeps, 1))
            )
            low, high = step.call, step.call + step.success
            goes_on = 1 - returns * accepts
            now = low * (1 - returns) + high * returns
            now_square = low * low * (1 - returns) + high * high * returns
            # What it costs where the search goes on: a miss, or a value that is not accepted.
            before_more = low * (1 - returns) + high * returns * (1 - accepts)
            square = now_square + 2 * before_more * cost + goes_on * square
            cost = now + goes_on * cost
            seconds_square = step.seconds * (step.seconds + 2 * goes_on * seconds) + goes_on * seconds_square
            seconds = step.seconds + goes_on * seconds
            not_found *= 1 - returns * keeps
        whole.cost.add(group.contacts, cost, square - cost * cost)
        whole.seconds.add(group.contacts, seconds, seconds_square - seconds * seconds)
    whole.found.add(group.contacts, 1 - not_found, not_found * (1 - not_found))


def _normal(random: Callable[[], float]) -> float:
    return _NORMAL.inv_cdf(min(1 - 1e-9, max(1e-9, random())))


def _interval(expected: float, drawn: Sequence[float]) -> QuotedInterval:
    ordered = sorted(drawn)
    low, high = ordered[int(len(ordered) * _LOW)], ordered[int(len(ordered) * _HIGH)]
    return QuotedInterval(expected=expected, low=min(low, expected), high=max(high, expected))


def _calls(groups: Sequence[QuotedGroup]) -> dict[str, float]:
    calls: dict[str, float] = {}
    for group in groups:
        for steps in group.fields:
            reached = float(group.contacts)
            for step in steps:
                calls[step.provider] = calls.get(step.provider, 0.0) + reached
                reached *= 1 - step.returns.mean * step.accepts.mean
    return calls
