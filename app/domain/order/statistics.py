"""Count the answers of providers by who had missed before: beliefs without the bias of stopping at the first hit.

A provider that is asked later sees only what the others missed, so a raw rate says nothing of its skill. A provider's
own rate counts only contacts of whom it was asked first; what is left after misses is counted for each missed set by
itself.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping

import msgspec

from app.domain.order.belief import Belief
from app.domain.vocabulary import Field

# The observations that a belief stands for at most where it is the prior of a finer cell.
PRIOR_WEIGHT, COARSER_WEIGHT = 10.0, 25.0
MOST_KEPT = 20_000  # estimates in memory
NOBODY: frozenset[str] = frozenset()
EVERYBODY = ""  # the segment of all contacts


class Counts(msgspec.Struct, frozen=True, kw_only=True):
    """The counts of one cell; older observations weigh less, so these are no whole numbers.

    Attributes:
        asked: Proper answers: a value, a rejected value or a miss; failures say nothing of the skill.
        returned: Values that came, whether they were good or not: what a vendor charges as a success.
        accepted: Values that end a cascade.
        risky: Values that are kept while the cascade goes on.
        failed: Calls without a proper answer.
        cost_usd: What the calls were charged.
        seconds: What the calls took, together.
    """

    asked: float = 0.0
    returned: float = 0.0
    accepted: float = 0.0
    risky: float = 0.0
    failed: float = 0.0
    cost_usd: float = 0.0
    seconds: float = 0.0

    def __add__(self, other: "Counts") -> "Counts":
        """Add two cells."""
        return Counts(
            asked=self.asked + other.asked,
            returned=self.returned + other.returned,
            accepted=self.accepted + other.accepted,
            risky=self.risky + other.risky,
            failed=self.failed + other.failed,
            cost_usd=self.cost_usd + other.cost_usd,
            seconds=self.seconds + other.seconds,
        )

    def without(self, *finer: "Counts") -> "Counts":
        """Return what is left without cells within this one, never below zero: they fade at different speeds."""
        names = self.__struct_fields__ if finer else ()
        left = {n: max(0.0, getattr(self, n) - sum(getattr(one, n) for one in finer)) for n in names}
        return Counts(**left) if finer else self


class RouteKey(msgspec.Struct, frozen=True):
    """One route of one provider to one field."""

    provider: str
    field: Field
    route: str


class Cell(msgspec.Struct, frozen=True):
    """Where something was counted: a route, a segment of contacts, and who had missed before."""

    key: RouteKey
    segment: str = EVERYBODY
    missed: frozenset[str] = NOBODY


class Estimate(msgspec.Struct, frozen=True, kw_only=True):
    """The belief about a route for one contact after some misses.

    Attributes:
        returns: Chance that it returns something.
        accepts: Chance that what it returns is accepted.
        keeps: Chance that what it returns is accepted or at least kept, as a risky address is.
        observations: Answers that speak of this case; 0 is the prior alone.
        seconds: What a call takes on average, or None without observations.
    """

    returns: Belief
    accepts: Belief
    keeps: Belief
    observations: float = 0.0
    seconds: float | None = None


class Statistics:
    """Counts in memory, arranged for questions; it never changes."""

    def __init__(self, counted: Mapping[Cell, Counts] | Iterable[tuple[Cell, Counts]] = ()) -> None:
        """Arrange what was counted; each answer is expected under its segment and under `EVERYBODY`."""
        pairs = counted.items() if isinstance(counted, Mapping) else counted
        self._cells: dict[Cell, Counts] = defaultdict(Counts)
        self._by_number: dict[tuple[RouteKey, int], Counts] = defaultdict(Counts)
        self._all: dict[RouteKey, Counts] = defaultdict(Counts)
        for cell, counts in pairs:
            self._cells[cell] += counts
            if cell.segment == EVERYBODY:
                self._by_number[cell.key, len(cell.missed)] += counts
                self._all[cell.key] += counts
        self._estimates: dict[tuple[object, ...], Estimate] = {}
        self._shifts: dict[tuple[Field, int, float], float] = {}

    def counts(self, key: RouteKey) -> Counts:
        """Return everything that was counted of a route: what it cost and took; a biased measure of its skill."""
        return self._all.get(key, Counts())

    def own(self, key: RouteKey, segment: str = EVERYBODY) -> Counts:
        """Return what was counted where it was asked first: the measure of its own skill."""
        return self._cells.get(Cell(key, segment), Counts())

    def estimate(
        self,
        key: RouteKey,
        *,
        returns: float,
        accepts: float,
        segment: str = EVERYBODY,
        missed: frozenset[str] = NOBODY,
        keeps_risky: bool = True,
    ) -> Estimate:
        """Return what is believed of a route, each cell shrunk towards the coarser one and at last towards the prior.

        Args:
            key: The route.
            returns: Prior chance that it returns something.
            accepts: Prior chance that what it returns is accepted.
            segment: The contact's.
            missed: Providers that have missed.
            keeps_risky: A risky value does not end the cascade.
        """
        asked = (key.provider, key.field, key.route, returns, accepts, segment, missed, keeps_risky)
        known = self._estimates.get(asked)
        if known is None:
            if len(self._estimates) >= MOST_KEPT:
                self._estimates.clear()
            prior = [Belief(mean=_inside(mean), weight=PRIOR_WEIGHT) for mean in (returns, accepts)]
            known = self._estimates[asked] = self._estimate(
                Cell(key, segment, missed), prior[0], prior[1], keeps_risky=keeps_risky
            )
        return known

    def _estimate(self, cell: Cell, found: Belief, good: Belief, *, keeps_risky: bool) -> Estimate:
        key, kept, prior = cell.key, good, found.mean
        beliefs = (found, good, kept)
        if cell.missed:
            own = self._cells.get(Cell(key), Counts())
            found, good, kept = _updated(beliefs, own, keeps_risky=keeps_risky)
            shift = self._fall(key.field, len(cell.missed), prior)
            beliefs = (Belief(mean=_odds_shifted(found.mean, shift), weight=PRIOR_WEIGHT), good, kept)
        for counts in self._nested(cell):
            beliefs = _updated(beliefs, counts, keeps_risky=keeps_risky)
        found, good, kept = beliefs if cell.segment else (_common(one) for one in beliefs)
        whole = self._all.get(key, Counts())
        calls = whole.asked + whole.failed
        return Estimate(
            returns=found,
            accepts=good,
            keeps=kept,
            observations=self._cells.get(Cell(key, EVERYBODY, cell.missed), Counts()).asked,
            seconds=whole.seconds / calls if calls >= 1 else None,
        )

    def _nested(self, cell: Cell) -> list[Counts]:
        """List the counts from the coarsest cell to the finest, each without the finer one: no answer counts twice."""
        key, missed = cell.key, cell.missed
        exact = self._cells.get(Cell(key, EVERYBODY, missed), Counts())
        finest = [self._cells.get(cell, Counts())] if cell.segment else []
        others = [self._by_number.get((key, len(missed)), Counts()).without(exact)] if missed else []
        return [*others, exact.without(*finest), *finest]

    def _fall(self, field: Field, number: int, prior: float) -> float:
        """Return how far the logit of a provider's own rate falls after so many misses, by all providers together.

        Contacts that some have missed are harder for all. Observed hits are compared with those that the own rates of
        the same providers make expect.
        """
        known = self._shifts.get((field, number, prior))
        if known is None:
            own = Belief(mean=prior, weight=PRIOR_WEIGHT)
            asked = returned = expected = 0.0
            for (key, misses), counts in self._by_number.items():
                if misses == number and key.field is field:
                    first = self._cells.get(Cell(key), Counts())
                    asked, returned = asked + counts.asked, returned + counts.returned
                    expected += counts.asked * own.updated(first.returned, first.asked).mean
            mean = _inside(expected / asked) if asked else prior
            seen = Belief(mean=mean, weight=PRIOR_WEIGHT).updated(returned, asked).mean
            known = self._shifts[field, number, prior] = _logit(_inside(seen)) - _logit(mean)
        return known


Beliefs = tuple[Belief, Belief, Belief]


def _updated(beliefs: Beliefs, counts: Counts, *, keeps_risky: bool) -> Beliefs:
    """Return what is believed of a finer cell."""
    found, good, kept = beliefs
    usable = counts.accepted + counts.risky
    return (
        found.finer(counts.returned, counts.asked, COARSER_WEIGHT),
        good.finer(counts.accepted if keeps_risky else usable, counts.returned, COARSER_WEIGHT),
        kept.finer(usable, counts.returned, COARSER_WEIGHT),
    )


def _common(belief: Belief) -> Belief:
    """Return the belief about all contacts: there are no segments that differ."""
    return Belief(mean=belief.mean, weight=belief.weight)


def _logit(chance: float) -> float:
    return math.log(chance / (1 - chance))


def _odds_shifted(chance: float, shift: float) -> float:
    return 1 / (1 + math.exp(-_logit(_inside(chance)) - shift))


def _inside(chance: float) -> float:
    """Keep a prior away from certainty, which no observation could change."""
    return min(max(chance, 0.001), 0.999)
