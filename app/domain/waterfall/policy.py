"""The policy of the cascade: whom to ask next, and when to stop."""

from collections.abc import Iterable, Sequence
from decimal import Decimal

import msgspec

from app.domain.contacts.contact import Contact
from app.domain.vocabulary import Field
from app.domain.waterfall.answer import ACCEPTANCE, ZERO, is_hit
from app.domain.waterfall.attempt import Attempt, Offer, Skip

SLUG = "linkedin_slug"


class CascadePlan(msgspec.Struct, frozen=True, kw_only=True):
    """The order in which one field's providers are asked: per provider its routes, the preferred first."""

    field: Field
    providers: tuple[tuple[Offer, ...], ...]
    max_cost_usd: Decimal | None = None
    wanted: frozenset[Field] = frozenset()


class Stop(msgspec.Struct, frozen=True, kw_only=True):
    """The field's cascade is over; reason says why, as the providers left over will tell it."""

    reason: str


def make_plan(
    field: Field,
    offers: Iterable[Offer],
    *,
    only: Sequence[str] | None = None,
    max_cost_usd: Decimal | None = None,
    wanted: Iterable[Field] = (),
) -> CascadePlan:
    """Order the providers of one field: tier first, then expected cost of an accepted value.

    Args:
        field: The field looked for.
        offers: Every offer of the catalogue, routes of a provider in their order of preference.
        only: The client's own list; then only these, in this order.
        max_cost_usd: Upper bound of what the providers may charge for the run.
        wanted: All fields that the run looks for; decides whether a call buys several.
    """
    grouped: dict[str, list[Offer]] = {}
    for offer in offers:
        if offer.field is field and (only is None or offer.provider in only):
            grouped.setdefault(offer.provider, []).append(offer)
    if only is None:
        order = sorted(grouped, key=lambda p: (grouped[p][0].tier, grouped[p][0].price.index, p))
    else:
        order = [p for p in dict.fromkeys(only) if p in grouped]
    providers = tuple(tuple(grouped[p]) for p in order)
    return CascadePlan(field=field, providers=providers, max_cost_usd=max_cost_usd, wanted=frozenset(wanted))


def inputs_of(contact: Contact, email: str | None = None) -> frozenset[str]:
    """Name the inputs that a route may need and that are known now, an e-mail found meanwhile included."""
    known = {name: getattr(contact, name) for name in contact.__struct_fields__}
    known |= {"name": contact.name, SLUG: contact.linkedin_slug, "email": email}
    if contact.full_name and not (contact.first_name and contact.last_name):
        first, _, last = contact.full_name.partition(" ")
        known |= {"first_name": first, "last_name": last or None}
    return frozenset(name for name, value in known.items() if value)


def next_step(
    plan: CascadePlan, attempts: Sequence[Attempt], inputs: frozenset[str], skipped: Sequence[Skip] = ()
) -> Offer | Skip | Stop:
    """Decide what comes next for one field.

    Args:
        plan: The order.
        attempts: All attempts of the run so far, of every field.
        inputs: From `inputs_of`.
        skipped: What was skipped so far.

    Returns:
        The offer to call, a provider to skip, or the end of this field's cascade.
    """
    policy = ACCEPTANCE[plan.field]
    mine = {a.provider: a for a in attempts if a.field is plan.field}
    if any(is_hit(policy, a.answer) for a in mine.values()):
        return Stop(reason="a verified hit came first")
    passed = {s.provider for s in skipped if s.field is plan.field}
    spent = sum((a.cost_usd for a in attempts), ZERO)
    for routes in plan.providers:
        first = routes[0]
        if first.provider in mine or first.provider in passed:
            continue
        verdict = _usable(plan, routes, inputs, spent)
        if isinstance(verdict, Offer):
            return verdict
        return Skip(provider=first.provider, tier=first.tier, field=plan.field, reason=verdict)
    return Stop(reason="no provider is left")


def _usable(plan: CascadePlan, routes: Sequence[Offer], inputs: frozenset[str], spent: Decimal) -> Offer | str:
    """Pick the first route that can be asked and paid, or say why there is none."""
    usable = [offer for offer in routes if not offer.unusable]
    if not usable:
        return routes[0].unusable or "it is switched off"
    askable = [offer for offer in usable if offer.needs <= inputs]
    if not askable:
        # A client gives the profile's URL, whichever part of it the provider is told.
        needs = (
            sorted(offer.needs - {SLUG} | ({"linkedin_url"} if SLUG in offer.needs else set())) for offer in usable
        )
        wanted = " or ".join(dict.fromkeys(map(" + ".join, needs)))
        return f"needs {wanted}"
    limit = plan.max_cost_usd
    affordable = [o for o in askable if limit is None or spent + o.worst(plan.wanted) <= limit]
    if not affordable:
        return f"could cost {askable[0].worst(plan.wanted)} USD, which maxCostUsd does not leave"
    return affordable[0]


def not_reached(plan: CascadePlan, attempts: Sequence[Attempt], skipped: Sequence[Skip], reason: str) -> list[Skip]:
    """List the providers never reached, each with the reason why the cascade stopped before them."""
    seen = {a.provider for a in attempts if a.field is plan.field}
    seen |= {s.provider for s in skipped if s.field is plan.field}
    return [
        Skip(provider=r[0].provider, tier=r[0].tier, field=plan.field, reason=r[0].unusable or reason)
        for r in plan.providers
        if r[0].provider not in seen
    ]
