"""Counts in memory that fade as those of the database do, and the order in which a plan asks."""

from collections.abc import Set as AbstractSet

from app.domain.order.cells import NOTHING, Cell, Counts
from app.domain.planning.quoted_calls import in_vain
from app.domain.waterfall.attempt import Offer
from app.domain.waterfall.policy import CascadePlan
from app.store.waterfall.provider_statistics import (
    CHANGED_ERRORS,
    FEW,
    HALF_LIFE_ANSWERS,
    RECENT_HALF_LIFE_ANSWERS,
)


class Counted:
    """Counts by cell; time does not pass."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.cells: dict[Cell, Counts] = {}
        self._recent: dict[Cell, Counts] = {}

    def add(self, cell: Cell, new: Counts) -> None:
        """Count an answer."""
        whole = _faded(self.cells.get(cell, NOTHING), HALF_LIFE_ANSWERS) + new
        recent = _faded(self._recent.get(cell, NOTHING), RECENT_HALF_LIFE_ANSWERS) + new
        self.cells[cell], self._recent[cell] = whole, recent
        older = whole.without(recent)
        if min(recent.asked, older.asked) < FEW:
            return
        rate = (whole.returned + 1) / (whole.asked + 2)
        apart = recent.returned / recent.asked - older.returned / older.asked
        if apart**2 > CHANGED_ERRORS**2 * rate * (1 - rate) * (1 / recent.asked + 1 / older.asked):
            values = recent.returned / max(whole.returned, 1e-9)
            self.cells[cell] = Counts(
                asked=recent.asked,
                returned=recent.returned,
                accepted=whole.accepted * values,
                risky=whole.risky * values,
            )


def _faded(old: Counts, half_life: float) -> Counts:
    fade = 0.5 ** (1 / half_life)
    return Counts(
        asked=old.asked * fade, returned=old.returned * fade, accepted=old.accepted * fade, risky=old.risky * fade
    )


def walk(plan: CascadePlan[Offer], inputs: AbstractSet[str]) -> tuple[Offer, ...]:
    """Return the offers in the order in which they are asked as long as all of them miss."""
    return tuple(step for step, _ in in_vain(plan, inputs) if isinstance(step, Offer))
