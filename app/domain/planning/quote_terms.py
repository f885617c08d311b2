"""Quotes as they are kept: their terms, the budget of a list that is stopped at its quote, and how lists compare."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

import msgspec

from app.domain.accounts.owner import Owner
from app.domain.planning.quote import QuotedInterval
from app.domain.vocabulary import EnrichmentType

# For so long a quote may be referred to; of an account's, so many are kept.
QUOTE_DAYS, MOST_QUOTES = 30, 1000


class QuoteTerms(msgspec.Struct, frozen=True, kw_only=True):
    """The terms of a quote, as the client sees them.

    Attributes:
        found: Contacts, those that the cache answers included.
        cost_usd: What the providers charge.
        credits: What the account is charged in the end.
        seconds: Until the last contact has ended.
    """

    found: QuotedInterval
    cost_usd: QuotedInterval
    credits: QuotedInterval
    seconds: int


class StoredQuote(msgspec.Struct, frozen=True, kw_only=True):
    """A quote that is kept.

    Attributes:
        type: What the list looks for.
        contacts: Rows of the list that would be accepted.
    """

    id: UUID
    owner: Owner
    type: EnrichmentType
    contacts: int
    terms: QuoteTerms
    created_at: datetime


class QuoteLimit(StrEnum):
    """A limit of a list that is stopped at its quote."""

    USD = "usd"
    CREDITS = "credits"


class QuotedJob(msgspec.Struct, frozen=True, kw_only=True):
    """A job or batch that was submitted by a quote.

    Attributes:
        limit_usd: The most that providers may charge for it; None where it is not stopped.
        limit_credits: The most that the account may be charged for it, likewise.
        used_usd: What was spent for it, and what is reserved for calls under way.
        reached: The limit that has stopped it.
    """

    job_id: UUID
    terms: QuoteTerms
    limit_usd: Decimal | None = None
    limit_credits: int | None = None
    used_usd: Decimal = Decimal(0)
    reached: QuoteLimit | None = None

    def has_room(self, more: Decimal, *, coming_back: Decimal = Decimal(0)) -> bool:
        """Return whether so many USD more fit, should an amount that is reserved come back."""
        return self.limit_usd is None or self.used_usd - coming_back + more <= self.limit_usd

    def spending(self, more: Decimal) -> "QuotedJob":
        """Return it with an amount that is spent or reserved, or, below zero, that was not needed."""
        changed: QuotedJob = msgspec.structs.replace(self, used_usd=max(Decimal(0), self.used_usd + more))
        return changed

    def sentence(self, limit: QuoteLimit) -> str:
        """Return the sentence that a limit stops it."""
        amount = f"{self.limit_usd:f} USD" if limit is QuoteLimit.USD else f"{self.limit_credits} credits"
        return f"the list was stopped at the upper bound of its quote, {amount}"


def stopping_at(terms: QuoteTerms) -> tuple[Decimal, int]:
    """Return the limits of a list that is stopped at its quote, in USD and in credits."""
    return Decimal(repr(terms.cost_usd.high)).quantize(Decimal("0.000001")), int(terms.credits.high)


class QuotedOutcome(msgspec.Struct, frozen=True, kw_only=True):
    """The outcome of a quoted list.

    Attributes:
        completed: Whether every contact was looked up; a cancelled list compares with nothing.
        seconds: From its acceptance to its end.
    """

    completed: bool
    found: int
    cost_usd: float
    credits: int
    seconds: float


class QuoteCoverage(msgspec.Struct, frozen=True, kw_only=True):
    """How often lists came to what was quoted.

    Attributes:
        lists: Lists that are compared.
        inside: Those within the bounds.
        below: Those that came to less than the lower bound.
        above: Those that came to more than the upper bound.
    """

    lists: int = 0
    inside: int = 0
    below: int = 0
    above: int = 0

    def counting(self, interval: QuotedInterval, value: float, *, is_above: bool = False) -> "QuoteCoverage":
        """Return it with one list more; `is_above` says that it was stopped, and would have come to more."""
        above = is_above or value > interval.high
        below = not above and value < interval.low
        return QuoteCoverage(
            lists=self.lists + 1,
            inside=self.inside + (not above and not below),
            below=self.below + below,
            above=self.above + above,
        )


class QuoteCalibration(msgspec.Struct, frozen=True, kw_only=True):
    """How well quotes foresaw what lists came to.

    Attributes:
        seconds_ratio: The median of what lists took, as a share of what was quoted.
    """

    found: QuoteCoverage = QuoteCoverage()
    cost_usd: QuoteCoverage = QuoteCoverage()
    credits: QuoteCoverage = QuoteCoverage()
    stopped: int = 0
    seconds_ratio: float | None = None


def calibration(lists: Iterable[tuple[QuotedJob, QuotedOutcome]]) -> QuoteCalibration:
    """Compare lists with their quotes.

    What was stopped found less and took less than it would have, so that only the amount that stopped it is compared.
    """
    found = cost = credits_ = QuoteCoverage()
    stopped, ratios = 0, list[float]()
    for job, outcome in lists:
        if not outcome.completed:
            continue
        terms, reached = job.terms, job.reached
        stopped += reached is not None
        if reached is not QuoteLimit.CREDITS:
            cost = cost.counting(terms.cost_usd, outcome.cost_usd, is_above=reached is QuoteLimit.USD)
        if reached is not QuoteLimit.USD:
            credits_ = credits_.counting(terms.credits, outcome.credits, is_above=reached is QuoteLimit.CREDITS)
        if reached is None:
            found = found.counting(terms.found, outcome.found)
            ratios.append(outcome.seconds / max(1, terms.seconds))
    return QuoteCalibration(
        found=found, cost_usd=cost, credits=credits_, stopped=stopped, seconds_ratio=_median(ratios)
    )


def _median(values: Sequence[float]) -> float | None:
    return sorted(values)[len(values) // 2] if values else None
