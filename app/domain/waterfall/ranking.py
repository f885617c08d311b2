"""Rank offers by their index, after what has missed, and explain why each stands where it does."""

from collections.abc import Callable, Sequence
from collections.abc import Set as AbstractSet
from typing import TypeVar

import msgspec

from app.domain.order.belief import Chance
from app.domain.order.cells import EVERYBODY, NOBODY, Cell, RouteKey
from app.domain.order.index import Step
from app.domain.order.look_ahead import MOST, Terms, best_order
from app.domain.order.statistics import Estimate, Statistics
from app.domain.order.waterfall import Accepts, Rules, Strategy, second_of, worth_of
from app.domain.vocabulary import Lane
from app.domain.waterfall.attempt import PATTERN, Expectation, Offer

OfferT = TypeVar("OfferT", bound=Offer)
# Answers after which a step may be taken before one of lower index, where that is cheaper in the end.
ENOUGH = 50.0
ORDERED = frozenset({Strategy.CHEAPEST, Strategy.FASTEST})


class Trial(msgspec.Struct, frozen=True):
    """An offer that is asked before its turn, to learn how good it is, once exactly these have missed."""

    offer: Offer
    missed: frozenset[str]


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
            missed_before: Providers that earlier look-ups of the contact asked without a hit.
            wait: Returns the seconds that a call of an offer would have to wait now.
        """
        self.rules = rules
        self.orders = rules.strategy in ORDERED
        self.worth = worth_of(rules)
        # Set where a provider is asked before its turn.
        self.trial: Trial | None = None
        # Whom looking ahead puts first, after some have missed, where the index alone would ask another.
        self._ahead: dict[frozenset[str], str | None] = {}
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

    def expect(self, offer: Offer, missed: frozenset[str], *, asked: bool = True) -> Expectation:
        """Explain where an offer stands after some have missed, and whether it is `asked` there before its turn."""
        step, _, estimate = self._step(offer, missed)
        wait = self._wait(offer) if self._wait else 0.0
        return Expectation(
            index_usd=_finite(self.index(offer, missed)),
            cost_usd=round(step.cost(), 6),
            chance=round(step.chance, 4),
            seconds=round(step.seconds + wait, 1),
            observations=round(estimate.observations, 1),
            prior=offer.prior.sources,
            explored=asked and offer.provider == self._tried(missed),
            looked_ahead=offer.provider == self._ahead.get(missed),
        )

    def sort(
        self, groups: Sequence[tuple[OfferT, ...]], missed: frozenset[str], inputs: AbstractSet[str]
    ) -> list[tuple[OfferT, ...]]:
        """Sort providers by the index of the offer that each would be asked by; those that cannot be asked come last.

        A provider that is tried comes first once those have missed after whom it is.
        """
        tried = self._tried(missed)

        def key(group: tuple[OfferT, ...]) -> tuple[int, float]:
            offer = ready(group, inputs)
            if offer is None:
                return 2, 0.0
            return (0 if offer.provider == tried else 1), self.index(offer, missed)

        ordered = sorted(groups, key=key)
        waits = self._wait is not None and any(self._wait(group[0]) > 0.0 for group in ordered)
        # Nobody knows how long the next steps will wait, so that the index alone decides then.
        best = ordered if tried or waits else self._looked_ahead(ordered, missed, inputs)
        self._ahead[missed] = best[0][0].provider if best and best[0] is not ordered[0] else None
        return best

    def _looked_ahead(
        self, ordered: list[tuple[OfferT, ...]], missed: frozenset[str], inputs: AbstractSet[str]
    ) -> list[tuple[OfferT, ...]]:
        """Put the first few of an order by the index in the order that is best with what their misses would teach."""
        offers = [offer for group in ordered[:MOST] if (offer := ready(group, inputs))]
        if len(offers) < 2 or not self._statistics.knows_misses(offers[0].field):  # noqa: PLR2004 - one has no order
            return ordered
        names = self._statistics.order(self._question(offers, missed)) or self._look_ahead(offers, missed)
        places = {name: place for place, name in enumerate(names)}
        return sorted(ordered, key=lambda group: places.get(group[0].provider, MOST))

    def _look_ahead(self, offers: Sequence[Offer], missed: frozenset[str]) -> tuple[str, ...]:
        known = {offer.provider: offer for offer in offers}
        second = self._second if self._is_fast else 0.0
        steps = {offer.provider: self._step(offer, missed)[0] for offer in offers}
        keys = {offer.provider: RouteKey(offer.provider, offer.field, offer.route) for offer in offers}

        def terms(name: str, gone: frozenset[str]) -> Terms:
            # Only the chances change with the misses.
            prior, step = known[name].prior, steps[name]
            cell = Cell(keys[name], self._segment, gone | self._missed_before)
            returns, accepts = self._statistics.chances(
                cell, returns=prior.returns, accepts=prior.accepts, keeps_risky=self._keeps_risky
            )
            cost = step.call + returns * (step.success + step.verify) + second * step.seconds
            return Terms(cost, returns * accepts, self._statistics.observed(cell) >= ENOUGH)

        names = best_order(tuple(known), missed, terms)
        # After a miss the rest of it is asked for.
        for place in range(len(names) - 1):
            left = [known[name] for name in names[place:]]
            self._statistics.keep_order(self._question(left, missed), names[place:])
            missed |= {names[place]}
        return names

    def _question(self, offers: Sequence[Offer], missed: frozenset[str]) -> tuple[object, ...]:
        second = self._second if self._is_fast else 0.0
        return frozenset(offers), missed | self._missed_before, self._segment, self._keeps_risky, second

    def explore(self, groups: Sequence[tuple[OfferT, ...]], inputs: AbstractSet[str], random: Chance) -> Trial | None:
        """Draw from the beliefs about the providers, and return the first place where such a world asks another one.

        That is Thompson sampling, at each place of the order by itself: a provider of which little is known after these
        misses is tried there as often as it may be the best.

        Args:
            groups: The providers that are left, in their order.
            inputs: Names of the known inputs.
            random: Floats in [0, 1).

        Returns:
            None where each place, the first few alone, has the same provider.
        """
        left, missed = [group for group in groups if ready(group, inputs)], NOBODY
        while len(left) > 1 and len(missed) < MOST:
            drawn = min(left, key=lambda group: self._drawn(ready(group, inputs) or group[0], missed, random))
            usual, *rest = self.sort(left, missed, inputs)
            if drawn is not usual:
                return Trial(ready(drawn, inputs) or drawn[0], missed)
            left, missed = rest, missed | {usual[0].provider}
        return None

    def _drawn(self, offer: Offer, missed: frozenset[str], random: Chance) -> float:
        step, _, estimate = self._step(offer, missed)
        returns, accepts = estimate.returns.draw(random), estimate.accepts.draw(random)
        drawn = msgspec.structs.replace(step, returns=returns, accepts=accepts)
        return drawn.index(self._second if self._is_fast else 0.0)

    def _tried(self, missed: frozenset[str]) -> str | None:
        """Return who is tried after these misses; where others have missed before, it is not waited for."""
        trial = self.trial
        if trial is None or trial.missed != missed - {PATTERN}:
            return None
        held = bool(trial.missed) and self._wait is not None and self._wait(trial.offer) > 0.0
        return None if held else trial.offer.provider

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
