"""Show the order in which a waterfall asks the providers that are set up here, with the figures of its plan."""

from decimal import Decimal

import msgspec

from app.domain.accounts.owner import Owner
from app.domain.contacts.contact import Contact
from app.domain.order.statistics import Statistics
from app.domain.order.waterfall import Strategy, Waterfall
from app.domain.planning.plans import make_plans
from app.domain.planning.quoted_calls import in_vain
from app.domain.vocabulary import FINDABLE, Field, Tier
from app.domain.waterfall.attempt import Expectation, Skip
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
    """A provider at its place: what is expected of it once those before it have missed.

    Attributes:
        skipped: Why it would not be asked there, or None.
    """

    provider: str
    tier: Tier
    expected: Expectation
    skipped: str | None = None


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
    most = waterfall.max_cost_usd
    plans = make_plans(
        fields,
        services.registry.offers(owner.mode),
        WELL_KNOWN,
        waterfall=waterfall,
        statistics=known,
        max_cost_usd=None if most is None else Decimal(repr(most)),
    )
    return [
        FieldOrder(plan.field, waterfall.rules(plan.field).strategy or Strategy.TIERS, _walk(plan)) for plan in plans
    ]


def _walk(plan: CascadePlan[ConfiguredRoute]) -> tuple[OrderedProvider, ...]:
    given, ranking = inputs(WELL_KNOWN, "jane.smith@acme.example").keys(), plan.ranking
    usable = {offer.provider: offer for group in plan.providers if (offer := ready(group, given))}
    found = []
    for step, missed in in_vain(plan, given):
        # A provider that is not set up here has no place in the order.
        if ranking is not None and (offer := usable.get(step.provider)):
            reason = step.reason if isinstance(step, Skip) else None
            found.append(OrderedProvider(offer.provider, offer.tier, ranking.expect(offer, missed), reason))
    return tuple(found)
