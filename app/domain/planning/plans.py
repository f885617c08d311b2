"""Plan the cascades of all fields of a look-up by its waterfall."""

from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from typing import TypeVar

from app.domain.contacts.contact import Contact
from app.domain.order.segment import segment_of
from app.domain.order.statistics import Statistics
from app.domain.order.waterfall import TIERS, Waterfall
from app.domain.vocabulary import Field, Lane
from app.domain.waterfall.asked_before import AskedBefore
from app.domain.waterfall.attempt import Offer
from app.domain.waterfall.policy import CascadePlan, make_plan
from app.domain.waterfall.ranking import Ranking

OfferT = TypeVar("OfferT", bound=Offer)


def make_plans(
    fields: Sequence[Field],
    offers: Iterable[OfferT],
    contact: Contact,
    *,
    waterfall: Waterfall | None = None,
    lane: Lane = Lane.INTERACTIVE,
    only: Sequence[str] | None = None,
    max_cost_usd: Decimal | None = None,
    before: Sequence[AskedBefore] = (),
    statistics: Statistics | None = None,
    wait: Callable[[Offer], float] | None = None,
    family: str | None = None,
) -> list[CascadePlan[OfferT]]:
    """Make one plan a field.

    Args:
        fields: That are wanted.
        offers: Every offer of the catalogue, those of a provider in their order of preference.
        contact: Whom the look-up is about.
        waterfall: Its rules; None is the published order, tier by tier.
        lane: Of the look-up.
        only: The only providers that may be asked.
        max_cost_usd: Upper bound of the providers' charges, in USD.
        before: Providers that earlier look-ups asked without a hit.
        statistics: What was observed; without it the priors stand alone.
        wait: Returns the seconds that a call of an offer would have to wait now.
        family: Of the mail servers of the company's domain, where that is known.
    """
    chosen, offers = waterfall or TIERS, tuple(offers)
    segment = segment_of(contact, family)
    plans = []
    for field in fields:
        rules = chosen.rules(field)
        ranking = Ranking(
            rules,
            lane,
            statistics=statistics,
            segment=segment,
            missed_before=frozenset(one.provider for one in before if one.field is field),
            wait=wait,
        )
        plans.append(
            make_plan(field, offers, only=only, max_cost_usd=max_cost_usd, wanted=fields, rules=rules, ranking=ranking)
        )
    return plans
