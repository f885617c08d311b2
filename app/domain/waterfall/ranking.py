"""Rank offers by their index, after what has missed, and explain why each stands where it does."""

from collections.abc import Callable, Sequence
from collections.abc import Set as AbstractSet
from typing import TypeVar

import msgspec

from app.domain.order.belief import Chance
from app.domain.order.index import Step
from app.domain.order.statistics import EVERYBODY, NOBODY, Estimate, RouteKey, Statistics
from app.domain.order.waterfall import Accepts, Rules, Strategy, second_of, worth_of
from app.domain.vocabulary import Lane
from app.domain.waterfall.attempt import Expectation, Offer

OfferT = TypeVar("OfferT", bound=Offer)
ORDERED = frozenset({Strategy.CHEAPEST, Strategy.FASTEST})


class Ranking:
    """The ranking of one field's offers for one contact; what it has computed it keeps."""

    def __init__(
        self,
        rules: Rules,
        lane: Lane,
        *,
        statistics: Statistics | None = None,
        segment: str = EVERYBODY,
        missed_before: frozenset[str] = NOBODY,
        wait: Callable[[Offer], float] | None = None,
    ) -> None:
        """Rank by the rules of a field.

        Args:
            rules: Of the field.
            lane: Decides what a second costs where the rules do not say it.
            statistics: What was observed; without it the priors stand alone.
            segment: The contact's.
            missed_before: Providers that earlier look-ups of the contact asked in vain.
            wait: Returns the seconds that a call of an offer would have to wait now.
        """
        self.rules = rules
        self.orders = rules.strategy in ORDERED
        self.worth = worth_of(rules)
        # Set where a provider is asked first to learn how good it is.
        self.explored: str | None = None
        self._second = second_of(rules, lane)
        self._is_fast = rules.strategy is Strategy.FASTEST
        self._keeps_risky = rules.accept is not Accepts.VALID_OR_RISKY
        self._statistics = statistics or Statistics()
        self._segment = segment
        self._missed_before = missed_before
        self._wait = wait
        self._known: dict[tuple[str, str, frozenset[str]], tuple[Step, float, Estimate]] = {}

    def index(self, offer: Offer, missed: frozenset[str]) -> float:
        """Return the expected cost of an accepted value in USD, with the price of a wait, after some have missed."""
        step, index, _ = self._step(offer, missed)
        wait = self._wait(offer) if self._wait and self.orders else 0.0
        return index + self._second * wait / step.chance if wait > 0.0 and step.chance > 0.0 else index

    def too_dear(self, offer: Offer, missed: frozenset[str], *, in_hand: bool) -> str | None:
        """Return why it does not pay to call an offer, or None; `in_hand` says that there is a risky value."""
        if self.worth.accepted is None:
            return None
        index = self.index(offer, missed)
        if self.worth.pays(index, risky_in_hand=in_hand):
            return None
        more = "is worth beyond the risky one in hand" if in_hand else "is worth"
        return f"an accepted value would cost about {index:.4f} USD here, which is more than it {more}"

    def expect(self, offer: Offer, missed: frozenset[str]) -> Expectation:
        """Explain where an offer stands after some have missed."""
        step, _, estimate = self._step(offer, missed)
        wait = self._wait(offer) if self._wait else 0.0
        return Expectation(
            index_usd=_finite(self.index(offer, missed)),
            cost_usd=round(step.cost(), 6),
            chance=round(step.chance, 4),
            seconds=round(step.seconds + wait, 1),
            observations=round(estimate.observations, 1),
            prior=offer.prior.source,
            explored=offer.provider == self.explored and not missed,
        )

    def sort(
        self, groups: Sequence[tuple[OfferT, ...]], missed: frozenset[str], inputs: AbstractSet[str]
    ) -> list[tuple[OfferT, ...]]:
        """Sort providers by the index of the offer that each would be asked by; those that cannot be asked come last.

        A provider that is explored comes first while nobody has missed.
        """
        explored = None if missed else self.explored

        def key(group: tuple[OfferT, ...]) -> tuple[int, float]:
            offer = ready(group, inputs)
            if offer is None:
                return 2, 0.0
            return (0 if offer.provider == explored else 1), self.index(offer, missed)

        return sorted(groups, key=key)

    def explore(self, groups: Sequence[tuple[OfferT, ...]], inputs: AbstractSet[str], random: Chance) -> OfferT | None:
        """Draw from the belief about each provider, and return the offer that such a world would ask first.

        That is Thompson sampling: a provider of which little is known is tried as often as it may be the best.

        Args:
            groups: The providers that are left, in their order.
            inputs: Names of the known inputs.
            random: Floats in [0, 1).

        Returns:
            None where it would be asked first anyway.
        """
        best: tuple[float, OfferT] | None = None
        first: tuple[float, OfferT] | None = None
        for group in groups:
            if (offer := ready(group, inputs)) is None:
                continue
            step, _, estimate = self._step(offer, NOBODY)
            drawn = msgspec.structs.replace(
                step, returns=estimate.returns.draw(random), accepts=estimate.accepts.draw(random)
            )
            index = drawn.index(self._second if self._is_fast else 0.0)
            best = (index, offer) if best is None or index < best[0] else best
            usual = self.index(offer, NOBODY)
            first = (usual, offer) if first is None or usual < first[0] else first
        if best is None or first is None or best[1] is first[1]:
            return None
        return best[1]

    def _step(self, offer: Offer, missed: frozenset[str]) -> tuple[Step, float, Estimate]:
        key = (offer.provider, offer.route, missed)
        known = self._known.get(key)
        if known is None:
            prior = offer.prior
            estimate = self._statistics.estimate(
                RouteKey(offer.provider, offer.field, offer.route),
                returns=prior.returns,
                accepts=prior.accepts,
                segment=self._segment,
                missed=missed | self._missed_before,
                keeps_risky=self._keeps_risky,
            )
            step = Step(
                call=float(offer.price.call),
                success=float(offer.price.success),
                returns=estimate.returns.mean,
                accepts=estimate.accepts.mean,
                seconds=prior.seconds if estimate.seconds is None else estimate.seconds,
            )
            index = step.index(self._second if self._is_fast else 0.0)
            known = self._known[key] = step, index, estimate
        return known


def ready(group: Sequence[OfferT], inputs: AbstractSet[str]) -> OfferT | None:
    """Return the offer by which a provider would be asked, or None."""
    for offer in group:
        if not offer.unusable and offer.needs <= inputs:
            return offer
    return None


def _finite(index: float) -> float | None:
    return round(index, 6) if index < float("inf") else None
