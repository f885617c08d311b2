"""Cells of the statistics: what was counted of a route, for a segment of contacts, after certain misses."""

import msgspec

from app.domain.vocabulary import Field

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

    def without(self, finer: "Counts") -> "Counts":
        """Return the answers that are left without those of a cell within this one.

        Cells fade at different speeds: none is below zero, and no more are returned than asked, or good than returned.
        """
        asked = max(0.0, self.asked - finer.asked)
        returned = min(asked, max(0.0, self.returned - finer.returned))
        accepted = min(returned, max(0.0, self.accepted - finer.accepted))
        risky = min(returned - accepted, max(0.0, self.risky - finer.risky))
        return Counts(asked=asked, returned=returned, accepted=accepted, risky=risky)


NOTHING = Counts()


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
