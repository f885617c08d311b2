"""Lay out a bar chart: one bar for each value, part of which is filled."""

from collections.abc import Iterable

import msgspec

WIDTH, HEIGHT = 720, 120
GAP = 0.25


class Amount(msgspec.Struct, frozen=True):
    """One bar's values: `part` of `whole`, and the words that say so."""

    whole: int
    part: int
    words: str


class AmountBar(msgspec.Struct, frozen=True):
    """One bar in the units of the picture: its outline from `top`, filled from `part_top` down to `HEIGHT`."""

    left: float
    width: float
    top: float
    part_top: float
    words: str

    @property
    def height(self) -> float:
        """The height of the outline."""
        return round(HEIGHT - self.top, 2)

    @property
    def part_height(self) -> float:
        """The height of the filled part."""
        return round(HEIGHT - self.part_top, 2)


def lay_out(amounts: Iterable[Amount]) -> list[AmountBar]:
    """Return the bars from left to right; the highest takes the whole height."""
    shown = list(amounts)
    most = max((one.whole for one in shown), default=0) or 1
    step = WIDTH / max(1, len(shown))

    def top(value: int) -> float:
        return round(HEIGHT * (1 - value / most), 2)

    return [
        AmountBar(
            left=round(step * (place + GAP / 2), 2),
            width=round(step * (1 - GAP), 2),
            top=top(one.whole),
            part_top=top(one.part),
            words=one.words,
        )
        for place, one in enumerate(shown)
    ]
