"""Counts in memory that fade as those of the database do; time does not pass."""

from app.domain.order.cells import NOTHING, Cell, Counts
from app.store.waterfall.provider_statistics import HALF_LIFE_ANSWERS

_FADE = 0.5 ** (1 / HALF_LIFE_ANSWERS)


class Counted:
    """Counts by cell."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.cells: dict[Cell, Counts] = {}

    def add(self, cell: Cell, new: Counts) -> None:
        """Count one answer."""
        old = self.cells.get(cell, NOTHING)
        self.cells[cell] = new + Counts(**{name: getattr(old, name) * _FADE for name in Counts.__struct_fields__})
