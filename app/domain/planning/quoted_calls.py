"""Calls of a quote: each answer is estimated, after the misses of the calls before it."""

from collections.abc import Iterator
from collections.abc import Set as AbstractSet

from app.domain.order.cells import EVERYBODY, NOBODY, RouteKey
from app.domain.order.statistics import Statistics
from app.domain.order.waterfall import Accepts
from app.domain.planning.quote import QuotedStep
from app.domain.waterfall.answer import Miss
from app.domain.waterfall.attempt import Attempt, Offer, Skip
from app.domain.waterfall.policy import CascadePlan, OfferT, Stop, next_step


def quoted_step(
    plan: CascadePlan[Offer],
    offer: Offer,
    known: Statistics,
    segment: str = EVERYBODY,
    missed: frozenset[str] = NOBODY,
) -> QuotedStep:
    """Return what is believed of a call after some have missed."""
    estimate = known.estimate(
        RouteKey(offer.provider, offer.field, offer.route),
        returns=offer.prior.returns,
        accepts=offer.prior.accepts,
        segment=segment,
        missed=missed,
        keeps_risky=plan.rules.accept is not Accepts.VALID_OR_RISKY,
        quoted=True,
    )
    return QuotedStep(
        provider=offer.provider,
        field=offer.field,
        call=float(offer.price.call),
        success=float(offer.price.success),
        returns=estimate.returns,
        accepts=estimate.accepts,
        keeps=estimate.keeps,
        seconds=offer.prior.seconds if estimate.seconds is None else estimate.seconds,
    )


def missed_call(offer: Offer) -> Attempt:
    """Return the attempt of a call that finds nothing."""
    return Attempt(
        provider=offer.provider,
        tier=offer.tier,
        field=offer.field,
        route=offer.route,
        answer=Miss(),
        cost_usd=offer.price.call,
    )


def in_vain(plan: CascadePlan[OfferT], inputs: AbstractSet[str]) -> Iterator[tuple[OfferT | Skip, frozenset[str]]]:
    """Walk a field whose every call finds nothing: yield each step and who has missed before it.

    Args:
        plan: Of the field.
        inputs: Names of what is known of the contact.
    """
    made: list[Attempt] = []
    skipped: list[Skip] = []
    while not isinstance(step := next_step(plan, made, inputs, skipped), Stop):
        yield step, plan.missed(made)
        if isinstance(step, Skip):
            skipped.append(step)
        else:
            made.append(missed_call(step))
