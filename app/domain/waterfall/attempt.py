"""Offers of providers, attempts, and the outcome of an attempt."""

from decimal import Decimal
from enum import StrEnum

import msgspec

from app.domain.vocabulary import Field, Tier
from app.domain.waterfall.answer import (
    ACCEPTANCE,
    ZERO,
    Answer,
    Deliverability,
    Failed,
    Found,
    Miss,
    Rejected,
    Trouble,
    is_kept,
)

# The provider of addresses that a company's pattern makes.
PATTERN = "pattern"


class Outcome(StrEnum):
    """How one attempt ended, in the words of the contract."""

    HIT = "hit"
    MISS = "miss"
    REJECTED = "rejected"
    ERROR = "error"
    TIMEOUT = "timeout"
    RATE_LIMITED = "rate_limited"
    SKIPPED = "skipped"


class Price(msgspec.Struct, frozen=True, kw_only=True):
    """The price of a route in USD: per call, and more per success.

    Attributes:
        match_rate: Prior chance (0-1) that a call returns something; orders the providers, never judges them.
        precision: Prior chance (0-1) that the returned value is accepted.
    """

    call: Decimal = ZERO
    success: Decimal = ZERO
    match_rate: float = 0.5
    precision: float = 0.9

    @property
    def worst(self) -> Decimal:
        """The most that one call can cost."""
        return self.call + self.success

    @property
    def index(self) -> float:
        """Expected cost of an accepted value: ``a/(f·q) + s/q``; the lower, the earlier."""
        return float(self.call) / (self.match_rate * self.precision) + float(self.success) / self.precision


class Prior(msgspec.Struct, frozen=True, kw_only=True):
    """The belief about a route before anything was observed; it orders providers, and never judges them.

    Attributes:
        returns: Chance (0-1) that a call returns something.
        accepts: Chance (0-1) that a returned value is accepted.
        seconds: A call takes about so long.
        source: Where the chances come from.
        seconds_source: What is published of the time, and where; empty for a house prior.
    """

    returns: float = 0.5
    accepts: float = 0.9
    seconds: float = 2.0
    source: str = "house prior"
    seconds_source: str = ""

    @property
    def sources(self) -> str:
        """Where its figures come from, in a few words."""
        return f"{self.source}, seconds as published" if self.seconds_source else self.source


class Expectation(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The reason why a provider stands where it stands in the order.

    Attributes:
        index_usd: Expected cost of an accepted value, waiting included; None where it has no chance.
        cost_usd: Expected charge of asking it.
        chance: That it ends the search (0-1).
        seconds: Until it answers, waiting included.
        observations: Answers that speak of this case; with 0 the prior stands alone.
        prior: Source of the prior.
        explored: It was asked before its turn to learn how good it is, within the share of spend that is set for that.
        looked_ahead: It was asked before one of lower index, because its miss says more of the others.
    """

    index_usd: float | None = None
    cost_usd: float = 0.0
    chance: float = 0.0
    seconds: float = 0.0
    observations: float = 0.0
    prior: str = ""
    explored: bool = False
    looked_ahead: bool = False


SWITCHED_OFF = "switched off by an operator"
"""Why a route is not called although its provider is set up."""


class Offer(msgspec.Struct, frozen=True, kw_only=True):
    """One route of one provider to one field.

    Attributes:
        route: Unique within provider and field.
        needs: Names of the inputs without which the route cannot be called.
        also: Fields that the same paid call answers as well, in runs that want them.
        together: The most that such a call can cost in USD.
        unusable: Why the route cannot be called at all (no key, disabled), or None.
        repeatable: Repeating is documented to cost nothing more, so an interrupted call may be repeated.
    """

    provider: str
    tier: Tier
    field: Field
    route: str
    needs: frozenset[str]
    price: Price
    prior: Prior = Prior()
    also: frozenset[Field] = frozenset()
    together: Decimal = ZERO
    unusable: str | None = None
    repeatable: bool = False

    def worst(self, wanted: frozenset[Field]) -> Decimal:
        """Return the most that a call can cost, in USD, in a run that wants these fields."""
        return self.together if self.also and self.also <= wanted else self.price.worst


class Attempt(msgspec.Struct, frozen=True, kw_only=True):
    """One call of a provider and its answer.

    Attributes:
        cost_usd: The provider's charge, in USD.
        latency_ms: Milliseconds from the first byte sent to the verdict; None when nothing was sent.
        http_status: Of the last HTTP answer, if there was one.
    """

    provider: str
    tier: Tier
    field: Field
    route: str
    answer: Answer
    cost_usd: Decimal = ZERO
    latency_ms: int | None = None
    http_status: int | None = None


class Skip(msgspec.Struct, frozen=True, kw_only=True):
    """A provider that was not called, and why.

    Attributes:
        rested: Whether it would have been called, but could not be at that time: it rested, or had no slot free.
        outcome: As it is listed among the attempts.
        expected: What calling it would have come to, where it could have been called.
    """

    provider: str
    tier: Tier
    field: Field
    reason: str
    rested: bool = False
    outcome: Outcome = Outcome.SKIPPED
    expected: Expectation | None = None


def outcome_of(field: Field, answer: Answer) -> tuple[Outcome, str | None]:  # noqa: PLR0911 - a table, one row a kind of answer
    """Translate an answer into the contract's outcome and reason."""
    match answer:
        case Found(status=Deliverability.INVALID):
            return Outcome.REJECTED, "invalid: mail to the address does not arrive"
        case Found() if field is Field.VERIFY:
            return Outcome.HIT, f"{answer.status.value}: the verdict on the address"
        case Found() if is_kept(ACCEPTANCE[field], answer):
            return Outcome.HIT, f"{answer.status.value}: kept in case nothing better comes"
        case Found():
            return Outcome.HIT, None
        case Miss():
            return Outcome.MISS, None
        case Rejected(reason=reason):
            return Outcome.REJECTED, reason
        case Failed(trouble=Trouble.TIMEOUT, reason=reason):
            return Outcome.TIMEOUT, reason
        case Failed(trouble=Trouble.RATE_LIMITED, reason=reason):
            return Outcome.RATE_LIMITED, reason
        case Failed(trouble=trouble, reason=reason):  # pragma: no branch - the last kind of answer
            return Outcome.ERROR, f"{trouble.value}: {reason}"
