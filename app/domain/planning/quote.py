"""Quotes: what a list is expected to find and to cost, with intervals of 90 %, by the beliefs about providers.

Two things make the outcome uncertain: chance, contact by contact, and that the chances themselves are not known
exactly. The second does not average out over a list, because all contacts meet the same providers. So worlds are drawn
by the beliefs, the outcome of the list is drawn in each, and the interval holds nine of ten.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from statistics import NormalDist

import msgspec

from app.domain.order.belief import Belief

DRAWS = 400
_LOW, _HIGH = 0.05, 0.95
_NORMAL = NormalDist()


class QuotedStep(msgspec.Struct, frozen=True, kw_only=True):
    """A call that is made when all before it have missed; prices in USD.

    Attributes:
        returns: What is believed of the chance that it returns something.
        accepts: What is believed of the chance that this is accepted.
    """

    provider: str
    call: float
    success: float
    returns: Belief
    accepts: Belief


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
        calls: Of each provider.
    """

    found: QuotedInterval
    cost_usd: QuotedInterval
    calls: Mapping[str, float]


class _ContactOutcome(msgspec.Struct):
    """The mean and the variance of one contact: what it costs, and whether anything is found."""

    cost: float = 0.0
    cost_variance: float = 0.0
    not_found: float = 1.0


def expect(groups: Sequence[QuotedGroup], random: Callable[[], float]) -> ExpectedOutcome:
    """Return what a list is expected to come to.

    Args:
        groups: Its contacts.
        random: Floats in [0, 1).
    """
    mean = [_of_contact(group, {}) for group in groups]
    found, cost = [], []
    providers = sorted({step.provider for group in groups for steps in group.fields for step in steps})
    for _ in range(DRAWS):
        # One world: a provider is better or worse than believed for all contacts alike.
        world = {provider: (_normal(random), _normal(random)) for provider in providers}
        drawn = [_of_contact(group, world) for group in groups]
        n = [group.contacts for group in groups]
        usd = sum(k * one.cost for k, one in zip(n, drawn, strict=True))
        usd_variance = sum(k * one.cost_variance for k, one in zip(n, drawn, strict=True))
        hits = sum(k * (1 - one.not_found) for k, one in zip(n, drawn, strict=True))
        hits_variance = sum(k * one.not_found * (1 - one.not_found) for k, one in zip(n, drawn, strict=True))
        cost.append(max(0.0, usd + math.sqrt(usd_variance) * _normal(random)))
        found.append(min(float(sum(n)), max(0.0, hits + math.sqrt(hits_variance) * _normal(random))))
    contacts = [group.contacts for group in groups]
    return ExpectedOutcome(
        found=_interval(sum(k * (1 - one.not_found) for k, one in zip(contacts, mean, strict=True)), found),
        cost_usd=_interval(sum(k * one.cost for k, one in zip(contacts, mean, strict=True)), cost),
        calls=_calls(groups),
    )


def _of_contact(group: QuotedGroup, world: Mapping[str, tuple[float, float]]) -> _ContactOutcome:
    """Add up the fields of one contact; from the last call backwards, as each is made when those before have missed."""
    whole = _ContactOutcome()
    for steps in group.fields:
        cost = square = 0.0
        for step in reversed(steps):
            returns, accepts = _chances(step, world)
            low, high = step.call, step.call + step.success
            ends, goes_on = returns * accepts, returns * (1 - accepts)
            now = low * (1 - returns) + high * returns
            now_square = low * low * (1 - returns) + high * high * returns
            # What it costs where the search goes on: a miss, or a value that is not accepted.
            before_more = low * (1 - returns) + high * goes_on
            square = now_square + 2 * before_more * cost + (1 - ends) * square
            cost = now + (1 - ends) * cost
            whole.not_found *= 1 - returns
        whole.cost += cost
        whole.cost_variance += max(0.0, square - cost * cost)
    return whole


def _chances(step: QuotedStep, world: Mapping[str, tuple[float, float]]) -> tuple[float, float]:
    shifts = world.get(step.provider, (0.0, 0.0))
    return _shifted(step.returns, shifts[0]), _shifted(step.accepts, shifts[1])


def _shifted(belief: Belief, shift: float) -> float:
    """Return the chance so many standard deviations away from the mean."""
    if not shift:
        return belief.mean
    deviation = math.sqrt(belief.mean * (1 - belief.mean) / (belief.weight + 1))
    return min(1.0, max(0.0, belief.mean + shift * deviation))


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
