"""Pricing: the credits that a request costs on each plan, and the refunds."""

from enum import StrEnum

import msgspec

from app.domain.vocabulary import EnrichmentType, Mode, ResultStatus


class EntryKind(StrEnum):
    """Kinds of ledger entries; a run has at most one charge and one refund.

    A batch's highest cost is held when the batch is accepted. The transaction that admits and charges rows releases
    their part of the hold.
    """

    GRANT = "grant"
    CHARGE = "charge"
    REFUND = "refund"
    HOLD = "hold"
    RELEASE = "release"


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """The prices of a plan in credits, and the results that it refunds.

    Attributes:
        prefix: The prefix of its API keys.
        refunds: Results after which the charge is refunded.
        refund_bounces: Whether the charge is refunded when the client reports everything found as wrong.
    """

    name: str
    prefix: str
    email: int
    phone: int
    all: int
    refunds: frozenset[ResultStatus] = frozenset()
    refund_bounces: bool = False


# Credits of a verdict on an address, on every plan.
VERIFICATION = 1
PLANS: dict[str, Plan] = {
    "leadmodule": Plan(name="leadmodule", prefix="lm", email=1, phone=1, all=1),
    "leadsonar": Plan(name="leadsonar", prefix="ls", email=1, phone=5, all=6),
}


def price(plan: Plan, mode: Mode, kind: EnrichmentType) -> int:
    """Return the price of a new look-up in credits; test mode is free."""
    if mode is Mode.TEST:
        return 0
    prices = {EnrichmentType.EMAIL: plan.email, EnrichmentType.PHONE: plan.phone, EnrichmentType.ALL: plan.all}
    return prices.get(kind, VERIFICATION)


def is_refunded(plan: Plan, result: ResultStatus | None, *, asked: bool, our_fault: bool = False) -> bool:
    """Return whether the charge of a run that ends is refunded.

    Args:
        plan: The plan that was charged.
        result: The result of the run; None when it was cancelled.
        asked: Whether any provider was called.
        our_fault: Whether it ended because too many workers were lost.
    """
    if result is None:
        return not asked
    if result is ResultStatus.ERROR and (our_fault or not asked):
        return True
    return result in plan.refunds
