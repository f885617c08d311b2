"""The calls that a look-up makes as long as all before have missed, each with what is believed of it then."""

from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from typing import TypeVar

from app.domain.order.statistics import EVERYBODY, NOBODY, RouteKey, Statistics
from app.domain.order.waterfall import Accepts
from app.domain.planning.quote import QuotedStep
from app.domain.waterfall.answer import Miss
from app.domain.waterfall.attempt import Attempt, Offer, Skip
from app.domain.waterfall.policy import CascadePlan, Stop, next_step

OfferT = TypeVar("OfferT", bound=Offer)


def quoted_steps(
    plan: CascadePlan[OfferT], inputs: AbstractSet[str], known: Statistics, segment: str = EVERYBODY
) -> Iterator[QuotedStep]:
    """List the calls of a plan.

    Args:
        plan: Of one field.
        inputs: Names of what is known of the contact.
        known: What was observed.
        segment: The contact's.
    """
    attempts: list[Attempt] = []
    skipped: list[Skip] = []
    while not isinstance(step := next_step(plan, attempts, inputs, skipped), Stop):
        if isinstance(step, Skip):
            skipped.append(step)
            continue
        yield quoted_step(plan, step, known, segment, plan.missed(attempts))
        attempts.append(missed_call(step))


def quoted_step(
    plan: CascadePlan[OfferT],
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
