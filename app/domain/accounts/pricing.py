"""What a request costs on each plan, and when the credits come back."""

from enum import StrEnum

import msgspec

from app.domain.vocabulary import EnrichmentType, Mode, ResultStatus


class EntryKind(StrEnum):
    """Kinds of ledger entries; a run has at most one charge and one refund.

    What a batch may cost is held when it is accepted; as its rows are admitted, a portion of the hold is released in
    the transaction that charges them.
    """

    GRANT = "grant"
    CHARGE = "charge"
    REFUND = "refund"
    HOLD = "hold"
    RELEASE = "release"


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What a plan charges, in credits, and which outcomes it gives back.

    Attributes:
        prefix: Of its API keys.
        refunds: Results after which the charge is returned.
    """

    name: str
    prefix: str
    email: int
    phone: int
    all: int
    refunds: frozenset[ResultStatus] = frozenset()


PLANS: dict[str, Plan] = {
    "leadmodule": Plan(name="leadmodule", prefix="lm", email=1, phone=1, all=1),
    "leadsonar": Plan(name="leadsonar", prefix="ls", email=1, phone=5, all=6),
}


def price(plan: Plan, mode: Mode, kind: EnrichmentType) -> int:
    """Tell what a fresh look-up costs, in credits; test mode is free."""
    if mode is Mode.TEST:
        return 0
    return {EnrichmentType.EMAIL: plan.email, EnrichmentType.PHONE: plan.phone, EnrichmentType.ALL: plan.all}[kind]


def is_refunded(plan: Plan, result: ResultStatus | None, *, asked: bool, our_fault: bool = False) -> bool:
    """Tell whether the charge of a run that ends comes back.

    Args:
        plan: The plan that was charged.
        result: What the run came to; None when it was cancelled.
        asked: Whether any provider was called for it.
        our_fault: Whether it ended because workers were lost too often.
    """
    if result is None:
        return not asked
    if result is ResultStatus.ERROR and (our_fault or not asked):
        return True
    return result in plan.refunds
