"""Count the answers of providers by the misses before them: beliefs without the bias of stopping at the first hit.

A provider that is asked later sees only what the others missed, so a raw rate says nothing of its skill. A provider's
own rate counts only contacts for whom it was asked first; what is left after misses is counted for each missed set by
itself.
"""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping

import msgspec

from app.domain.order.belief import Belief
from app.domain.order.cells import EVERYBODY, NOBODY, NOTHING, Cell, Counts, RouteKey
from app.domain.order.segment import coarser
from app.domain.order.shrinkage import COARSER_WEIGHT, PRIOR_WEIGHT, common, finer, inside, logit, odds_shifted, updated
from app.domain.vocabulary import Field

MOST_KEPT = 20_000  # estimates in memory


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
        self._numbers: dict[RouteKey, dict[int, Counts]] = defaultdict(lambda: defaultdict(Counts))
        self._all: dict[RouteKey, Counts] = defaultdict(Counts)
        for cell, counts in pairs:
            self._cells[cell] += counts
            if whole := coarser(cell.segment):
                self._cells[Cell(cell.key, whole, cell.missed)] += counts
            if cell.segment == EVERYBODY:
                self._numbers[cell.key][len(cell.missed)] += counts
                self._all[cell.key] += counts
        self._bases: dict[tuple[RouteKey, int, float, bool], Belief] = {}
        self._estimates: dict[tuple[object, ...], Estimate] = {}
        self._orders: dict[Hashable, tuple[str, ...]] = {}
        self._after_misses = {key.field for key, numbers in self._numbers.items() if any(numbers)}
        self._shifts: dict[tuple[Field, int, float, bool], float] = {}

    def knows_misses(self, field: Field) -> bool:
        """Return whether anything was counted of a field after misses; if not, the chances before them stand."""
        return field in self._after_misses

    def order(self, question: Hashable) -> tuple[str, ...] | None:
        """Return the order that was found for a question, if one was."""
        return self._orders.get(question)

    def keep_order(self, question: Hashable, names: tuple[str, ...]) -> None:
        """Keep an order that follows from these statistics, for the next that asks the same."""
        if len(self._orders) >= MOST_KEPT:
            self._orders.clear()
        self._orders[question] = names

    def counts(self, key: RouteKey) -> Counts:
        """Return everything that was counted of a route: what it cost and took; a biased measure of its skill."""
        return self._all.get(key, NOTHING)

    def own(self, key: RouteKey, segment: str = EVERYBODY) -> Counts:
        """Return what was counted where it was asked first: the measure of its own skill."""
        return self._cells.get(Cell(key, segment), NOTHING)

    def estimate(
        self,
        key: RouteKey,
        *,
        returns: float,
        accepts: float,
        segment: str = EVERYBODY,
        missed: frozenset[str] = NOBODY,
        keeps_risky: bool = True,
        quoted: bool = False,
    ) -> Estimate:
        """Return what is believed of a route, each cell shrunk towards the coarser one and at last towards the prior.

        Args:
            key: The route.
            returns: Prior chance that it returns something.
            accepts: Prior chance that what it returns is accepted.
            segment: The contact's.
            missed: Providers that have missed.
            keeps_risky: A risky value does not end the cascade.
            quoted: It is right on average over what is little known, as a quote has to be; without that, who is little
                known is not thought worse because others are, as an order has to find out.
        """
        asked = (key.provider, key.field, key.route, returns, accepts, segment, missed, keeps_risky, quoted)
        known = self._estimates.get(asked)
        if known is None:
            if len(self._estimates) >= MOST_KEPT:
                self._estimates.clear()
            prior = [Belief(mean=inside(mean), weight=PRIOR_WEIGHT) for mean in (returns, accepts)]
            known = self._estimates[asked] = self._estimate(
                Cell(key, segment, missed), prior[0], prior[1], keeps_risky=keeps_risky, quoted=quoted
            )
        return known

    def observed(self, cell: Cell) -> float:
        """Return how many answers of all contacts speak of a case."""
        return self._cells.get(Cell(cell.key, EVERYBODY, cell.missed), NOTHING).asked

    def chances(self, cell: Cell, returns: float, accepts: float, *, keeps_risky: bool = True) -> tuple[float, float]:
        """Return the means of an estimate alone: the chances to return something, and that it is accepted.

        Looking ahead asks for hundreds of them.
        """
        base = self._base(cell.key, len(cell.missed), inside(returns))
        found, good = (base.mean, base.weight), (inside(accepts), PRIOR_WEIGHT)
        if cell.missed:
            good = finer(good, self._cells.get(Cell(cell.key), NOTHING), keeps_risky=keeps_risky)
        for counts in self._nested(cell):
            weight = min(found[1], COARSER_WEIGHT)
            found = (weight * found[0] + counts.returned) / (weight + counts.asked), weight + counts.asked
            good = finer(good, counts, keeps_risky=keeps_risky)
        return found[0], good[0]

    def _estimate(self, cell: Cell, found: Belief, good: Belief, *, keeps_risky: bool, quoted: bool) -> Estimate:
        key, base = cell.key, self._base(cell.key, len(cell.missed), found.mean, by_all=quoted)
        beliefs = (base, good, good)
        if cell.missed:
            own = self._cells.get(Cell(key), NOTHING)
            beliefs = (base, *updated(beliefs, own, keeps_risky=keeps_risky)[1:])
        for counts in self._nested(cell):
            beliefs = updated(beliefs, counts, keeps_risky=keeps_risky)
        found, good, kept = beliefs if cell.segment else (common(one) for one in beliefs)
        whole = self._all.get(key, NOTHING)
        calls = whole.asked + whole.failed
        return Estimate(
            returns=found,
            accepts=good,
            keeps=kept,
            observations=self.observed(cell),
            seconds=whole.seconds / calls if calls >= 1 else None,
        )

    def _base(self, key: RouteKey, number: int, prior: float, *, by_all: bool = False) -> Belief:
        """Return what the prior and the answers after other numbers of misses say of the chance after so many.

        Each number's rate is taken back to the provider's own, in log odds, and from there to this number.
        """
        known = self._bases.get((key, number, prior, by_all))
        if known is None:
            rate = asked = 0.0
            for other, counts in self._numbers.get(key, {}).items():
                if other != number and counts.asked:
                    seen = Belief(mean=prior, weight=1.0).updated(counts.returned, counts.asked).mean
                    rate += counts.asked * odds_shifted(seen, -self._fall(key.field, other, prior, by_all=by_all))
                    asked += counts.asked
            found = Belief(mean=prior, weight=PRIOR_WEIGHT).updated(rate, asked)
            mean = odds_shifted(found.mean, self._fall(key.field, number, prior, by_all=by_all))
            # What is quoted has to say how much is not known: answers after other misses are less sure of these.
            most = PRIOR_WEIGHT if number and by_all else COARSER_WEIGHT
            known = Belief(mean=mean, weight=min(found.weight, most))
            self._bases[key, number, prior, by_all] = known
        return known

    def _nested(self, cell: Cell) -> list[Counts]:
        """List the counts from the coarsest cell to the finest, each without the finer one: no answer counts twice."""
        key, missed = cell.key, cell.missed
        whole = self._cells.get(Cell(key, EVERYBODY, missed), NOTHING)
        nested, inner = [], NOTHING
        for segment in filter(None, (cell.segment, coarser(cell.segment))):
            counts = self._cells.get(Cell(key, segment, missed), NOTHING)
            nested.append(counts.without(inner))
            inner = counts
        nested.append(whole.without(inner))
        if missed:
            nested.append(self._numbers.get(key, {}).get(len(missed), NOTHING).without(whole))
        return nested[::-1]

    def _fall(self, field: Field, number: int, prior: float, *, by_all: bool) -> float:
        """Return how far the logit of a provider's own rate falls after so many misses, by all providers together.

        Contacts that some have missed are harder for all. Observed hits are compared with those that the own rates of
        the same providers make expect. Providers differ, so that the answers of each stand for no more than a few: one
        provider that knows the same contacts as those before it says little of the others. Where all count
        it begins with the fall after one miss less: contacts that more have missed are no easier.

        Args:
            field: The wanted field.
            number: Of misses.
            prior: Chance of a provider of which nothing is known.
            by_all: Providers whose own rate is nothing but the prior count as well; they may be bad themselves.
        """
        if not number:
            return 0.0
        known = self._shifts.get((field, number, prior, by_all))
        if known is None:
            own = Belief(mean=prior, weight=PRIOR_WEIGHT)
            asked = returned = expected = 0.0
            for key, numbers in self._numbers.items():
                counts = numbers.get(number)
                if counts and key.field is field:
                    first = self._cells.get(Cell(key), NOTHING)
                    share = min(1.0, COARSER_WEIGHT / counts.asked) if counts.asked else 0.0
                    share *= 1.0 if by_all else first.asked / (first.asked + PRIOR_WEIGHT)
                    asked, returned = asked + share * counts.asked, returned + share * counts.returned
                    expected += share * counts.asked * own.updated(first.returned, first.asked).mean
            mean = inside(expected / asked) if asked else prior
            before = odds_shifted(mean, self._fall(field, number - 1, prior, by_all=True)) if by_all else mean
            seen = Belief(mean=before, weight=PRIOR_WEIGHT).updated(returned, asked).mean
            known = self._shifts[field, number, prior, by_all] = logit(inside(seen)) - logit(mean)
        return known
