"""Show the order in which a waterfall asks the providers that are set up here, with the figures of its plan."""

from collections.abc import Sequence

import msgspec

from app.domain.accounts.owner import Owner
from app.domain.contacts.contact import Contact
from app.domain.order.cells import NOBODY
from app.domain.order.statistics import Statistics
from app.domain.order.waterfall import Strategy, Waterfall
from app.domain.planning.plans import make_plans
from app.domain.vocabulary import FINDABLE, Field, Tier
from app.domain.waterfall.attempt import Expectation
from app.domain.waterfall.policy import CascadePlan, inputs
from app.domain.waterfall.ranking import ready
from app.providers.setup.configured_route import ConfiguredRoute
from app.services import Services
from app.store.waterfall import provider_statistics

# A contact that has everything that a provider may need.
WELL_KNOWN = Contact(
    first_name="Jane",
    last_name="Smith",
    full_name="Jane Smith",
    company_domain="acme.example",
    company_name="Acme",
    linkedin_url="https://www.linkedin.com/in/jane-smith",
)


class OrderedProvider(msgspec.Struct, frozen=True):
    """A provider at its place: what is expected of it once those before it have missed."""

    provider: str
    tier: Tier
    expected: Expectation


class FieldOrder(msgspec.Struct, frozen=True):
    """The providers of a field in the order in which they are asked until one of them ends it."""

    field: Field
    strategy: Strategy
    providers: tuple[OrderedProvider, ...]


async def show_order(services: Services, owner: Owner, waterfall: Waterfall) -> list[FieldOrder]:
    """Order the providers of each field for a contact of whom everything is known, each after the misses before it.

    Raises:
        UnavailableError: The database cannot be reached.
    """
    async with services.read() as connection:
        known = Statistics(await provider_statistics.read(connection, owner.mode))
    fields = tuple(FINDABLE)
    plans = make_plans(
        fields, services.registry.offers(owner.mode), WELL_KNOWN, waterfall=waterfall, statistics=known, only=None
    )
    return [
        FieldOrder(plan.field, waterfall.rules(plan.field).strategy or Strategy.TIERS, _walk(plan)) for plan in plans
    ]


def _walk(plan: CascadePlan[ConfiguredRoute]) -> tuple[OrderedProvider, ...]:
    given, ranking, missed = inputs(WELL_KNOWN, "jane.smith@acme.example").keys(), plan.ranking, NOBODY
    left: Sequence[tuple[ConfiguredRoute, ...]] = [one for one in plan.providers if ready(one, given)]
    found = []
    while left and ranking is not None:
        if ranking.orders:
            left = ranking.sort(left, missed, given)
        if offer := ready(left[0], given):
            found.append(OrderedProvider(offer.provider, offer.tier, ranking.expect(offer, missed)))
            missed |= {offer.provider}
        left = left[1:]
    return tuple(found)
