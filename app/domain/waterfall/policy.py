"""The policy of the cascade: which offer comes next, and when to stop."""

from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from decimal import Decimal
from typing import Generic, TypeVar

import msgspec

from app.domain.contacts.contact import Contact
from app.domain.contacts.names.division import is_initial
from app.domain.contacts.names.person_name import read_name
from app.domain.order.cells import NOBODY
from app.domain.order.waterfall import TIERS, Accepts, Rules, Strategy
from app.domain.vocabulary import Field
from app.domain.waterfall.answer import AcceptancePolicy, Failed, acceptance_of, is_hit, is_risky
from app.domain.waterfall.attempt import SWITCHED_OFF, Attempt, Offer, Skip
from app.domain.waterfall.ranking import Ranking, ready

SLUG = "linkedin_slug"
INITIAL = "last_initial"
# What a route may need of a contact; `inputs` has the values.
INPUTS = (
    "first_name",
    "last_name",
    "full_name",
    "name",
    "company_domain",
    "company_name",
    "linkedin_url",
    SLUG,
    "region",
    "email",
)


ALL_INPUTS = frozenset(INPUTS)

OfferT = TypeVar("OfferT", bound=Offer)
OfferT_co = TypeVar("OfferT_co", bound=Offer, covariant=True)


class CascadePlan(msgspec.Struct, Generic[OfferT_co], frozen=True, kw_only=True):
    """The order in which one field's providers are called: for each provider its offers, the preferred first.

    Attributes:
        rules: Of the waterfall, for this field.
        ranking: Orders the providers again after each miss, where the rules want that, and explains their places.
    """

    field: Field
    providers: tuple[tuple[OfferT_co, ...], ...]
    max_cost_usd: Decimal | None = None
    wanted: frozenset[Field] = frozenset()
    rules: Rules = TIERS
    ranking: Ranking | None = None

    @property
    def acceptance(self) -> AcceptancePolicy:
        """The answers that end this field's cascade, and those that are kept."""
        return acceptance_of(self.field, takes_risky=self.rules.accept is Accepts.VALID_OR_RISKY)

    def missed(self, attempts: Iterable[Attempt]) -> frozenset[str]:
        """Return the providers of this field that have answered without ending it."""
        policy, field = self.acceptance, self.field
        names = [
            a.provider
            for a in attempts
            if a.field is field and not isinstance(a.answer, Failed) and not is_hit(policy, a.answer)
        ]
        return frozenset(names) if names else NOBODY


class Stop(msgspec.Struct, frozen=True, kw_only=True):
    """The field's cascade is over.

    Attributes:
        reason: Stands at the providers that were not reached.
        hit: Whether a verified hit ended it.
    """

    reason: str
    hit: bool = False


def make_plan(
    field: Field,
    offers: Iterable[OfferT],
    *,
    only: Sequence[str] | None = None,
    max_cost_usd: Decimal | None = None,
    wanted: Iterable[Field] = (),
    rules: Rules = TIERS,
    ranking: Ranking | None = None,
) -> CascadePlan[OfferT]:
    """Order the providers of one field: as they are listed, or by tier, then expected cost of an accepted value.

    Where the rules want the cheapest or the fastest, that order only decides between equals: see `next_step`.

    Args:
        field: The wanted field.
        offers: Every offer of the catalogue, those of a provider in their order of preference.
        only: The client's own list; then only these, in this order.
        max_cost_usd: Upper bound of the providers' charges for the run, in USD.
        wanted: All fields that the run wants; decides whether a call buys several.
        rules: Of the waterfall, for this field.
        ranking: By these rules.
    """
    listed = rules.providers if rules.providers is not None else only
    grouped: dict[str, list[OfferT]] = {}
    for offer in offers:
        allowed = (only is None or offer.provider in only) and (listed is None or offer.provider in listed)
        if offer.field is field and allowed:
            grouped.setdefault(offer.provider, []).append(offer)
    # A request's own list is an order as well; one of the waterfall is an order where its strategy says so.
    if listed is not None and (rules.strategy is Strategy.FIXED or rules.providers is None):
        order = [p for p in dict.fromkeys(listed) if p in grouped]
    else:
        order = sorted(grouped, key=lambda p: (grouped[p][0].tier, grouped[p][0].price.index, p))
    return CascadePlan(
        field=field,
        providers=tuple(tuple(grouped[p]) for p in order),
        max_cost_usd=max_cost_usd,
        wanted=frozenset(wanted),
        rules=rules,
        ranking=ranking,
    )


def inputs(contact: Contact, email: str | None = None) -> dict[str, str]:
    """Return the known inputs of a contact, by the names in `INPUTS`, with an e-mail address found meanwhile.

    A last name that is an initial is none for providers: they would find another person. It stands as `INITIAL`.
    """
    known = {name: getattr(contact, name) for name in INPUTS if name != "email"} | {"email": email or contact.email}
    if contact.full_name and not (contact.first_name and contact.last_name):
        # A contact that was stored before whole names were read when they are given.
        person = read_name(contact.first_name, contact.last_name, contact.full_name)
        known |= {"first_name": person.first, "last_name": person.last}
    if known["last_name"] and is_initial(known["last_name"]):
        first = known["first_name"]
        whole = first if contact.full_name else None
        known |= {INITIAL: known["last_name"], "last_name": None, "full_name": whole, "name": first}
    return {name: value for name, value in known.items() if value}


def next_step(
    plan: CascadePlan[OfferT], attempts: Sequence[Attempt], inputs: AbstractSet[str], skipped: Sequence[Skip] = ()
) -> OfferT | Skip | Stop:
    """Decide what comes next for one field.

    Args:
        plan: The order.
        attempts: All attempts of the run so far, of every field.
        inputs: Names of the known inputs.
        skipped: All skipped providers so far.

    Returns:
        The offer to call, a provider to skip, or the end of this field's cascade.
    """
    policy, field, ranking = plan.acceptance, plan.field, plan.ranking
    mine = [a for a in attempts if a.field is field]
    for attempt in mine:
        if is_hit(policy, attempt.answer):
            return Stop(reason="a verified hit came first", hit=True)
    passed = {a.provider for a in mine}
    passed.update([s.provider for s in skipped if s.field is field])
    left: Sequence[tuple[OfferT, ...]]
    left = [o for o in plan.providers if o[0].provider not in passed]
    if not left:
        return Stop(reason="no provider is left")
    missed = plan.missed(mine) if ranking else NOBODY
    if ranking is not None and ranking.orders:
        left = ranking.sort(left, missed, inputs)
    chosen = _choose(plan, left[0], inputs, attempts)
    if ranking is not None and ranking.worth.accepted is not None and not isinstance(chosen, str):
        chosen = ranking.too_dear(chosen, missed, in_hand=any(is_risky(a.answer) for a in mine)) or chosen
    if isinstance(chosen, str):
        return Skip(provider=left[0][0].provider, tier=left[0][0].tier, field=plan.field, reason=chosen)
    return chosen


def _choose(
    plan: CascadePlan[OfferT], offers: Sequence[OfferT], inputs: AbstractSet[str], attempts: Sequence[Attempt]
) -> OfferT | str:
    """Choose the first offer whose inputs are known and that can be paid, or say why there is none."""
    limit, dear = plan.max_cost_usd, None
    for offer in offers:
        if offer.unusable or not offer.needs <= inputs:
            continue
        worst = offer.worst(plan.wanted)
        if limit is None or sum((a.cost_usd for a in attempts), worst) <= limit:
            return offer
        dear = worst if dear is None else dear
    if dear is not None:
        return f"could cost {dear} USD, which maxCostUsd does not leave"
    usable = [offer for offer in offers if not offer.unusable]
    return _needs(usable, inputs) if usable else offers[0].unusable or "it is switched off"


def _needs(offers: Iterable[Offer], inputs: AbstractSet[str]) -> str:
    # A client gives the profile's URL, whichever part of it the provider gets.
    needs = (sorted(offer.needs - {SLUG} | ({"linkedin_url"} if SLUG in offer.needs else set())) for offer in offers)
    wanted = " or ".join(dict.fromkeys(map(" + ".join, needs)))
    hidden = INITIAL in inputs and "last_name" in wanted
    return f"needs {wanted}" + ("; an initial is no last name" if hidden else "")


def unasked(plans: Iterable[CascadePlan[Offer]], inputs: AbstractSet[str]) -> str | None:
    """Return why no provider of any plan could be asked first, or None where one could."""
    offers = [offer for plan in plans for group in plan.providers for offer in group]
    usable = [offer for offer in offers if not offer.unusable]
    if not offers:
        return "no provider finds it"
    if not usable:
        # The setting that is missing is for the operator: `leadrun providers` names it.
        if any(offer.unusable == SWITCHED_OFF for offer in offers):
            return "each provider for it is switched off; the operator of this service must switch one on"
        return "no provider for it is configured here; the operator of this service must add one"
    return None if any(offer.needs <= inputs for offer in usable) else _needs(usable, inputs)


def not_reached(
    plan: CascadePlan[Offer], attempts: Sequence[Attempt], skipped: Sequence[Skip], reason: str
) -> list[Skip]:
    """List the providers that were not reached, each with the reason why the cascade stopped before them."""
    seen = {a.provider for a in attempts if a.field is plan.field}
    seen |= {s.provider for s in skipped if s.field is plan.field}
    ranking, missed = plan.ranking, plan.missed(attempts)
    left = [r for r in plan.providers if r[0].provider not in seen]
    usable = {r[0].provider: ready(r, ALL_INPUTS) for r in left}
    return [
        Skip(
            provider=r[0].provider,
            tier=r[0].tier,
            field=plan.field,
            reason=r[0].unusable or reason,
            expected=ranking.expect(offer, missed, asked=False)
            if ranking and (offer := usable[r[0].provider])
            else None,
        )
        for r in left
    ]
