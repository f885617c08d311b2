"""Providers that were asked before: none is asked twice for a field of a contact within the cache's lifetime."""

from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime
from decimal import Decimal
from uuid import UUID

import msgspec

from app.domain.vocabulary import Field
from app.domain.waterfall.answer import ZERO, Answer, Miss, Rejected
from app.domain.waterfall.attempt import Attempt, Offer, Outcome, Skip, outcome_of
from app.domain.waterfall.late_results import MAX_AGE
from app.domain.waterfall.policy import CascadePlan, Stop, next_step


class AskedBefore(msgspec.Struct, frozen=True, kw_only=True):
    """A provider that answered without a usable value: a miss, or a value that was rejected.

    A timeout stands for a look-up that was given up and whose paid result is still awaited.

    Attributes:
        cost_usd: The provider's charge, in USD.
        at: When it answered, in UTC.
    """

    provider: str
    field: Field
    outcome: Outcome
    cost_usd: Decimal = ZERO
    at: datetime


class Restriction(msgspec.Struct, frozen=True, kw_only=True):
    """The providers that a request allows to ask, and the most that they may charge, in USD; None is no restriction.

    Attributes:
        budget_id: The quoted job or batch whose budget ends it.
    """

    only_providers: tuple[str, ...] | None = None
    max_cost_usd: Decimal | None = None
    budget_id: UUID | None = None

    def covers(self, other: "Restriction") -> bool:
        """Return whether it allows everything that the other one allows."""
        mine, theirs = self.only_providers, other.only_providers
        allowed = mine is None or (theirs is not None and set(theirs) <= set(mine))
        most, wanted = self.max_cost_usd, other.max_cost_usd
        lasts = self.budget_id in {None, other.budget_id}
        return lasts and allowed and (most is None or (wanted is not None and wanted <= most))


def widest(restrictions: Iterable[Restriction]) -> Restriction:
    """Return what at least one of these allows."""
    known = list(restrictions)
    lists = [one.only_providers for one in known]
    costs = [one.max_cost_usd for one in known]
    budgets = [one.budget_id for one in known]
    return Restriction(
        only_providers=None if None in lists else tuple(dict.fromkeys(name for names in lists for name in names or ())),
        max_cost_usd=None if None in costs else max((cost for cost in costs if cost is not None), default=None),
        budget_id=None if None in budgets else next(iter(budgets), None),
    )


def asked_now(attempts: Iterable[Attempt], now: datetime) -> tuple[AskedBefore, ...]:
    """Return the attempts that later look-ups need not repeat; those that failed are asked again."""
    answered = (asked(one.provider, one.field, one.answer, now, one.cost_usd) for one in attempts)
    return tuple(one for one in answered if one)


def asked(provider: str, field: Field, answer: Answer, at: datetime, cost_usd: Decimal = ZERO) -> AskedBefore | None:
    """Return an answer as one that later look-ups need not ask for; None for a value and for a failure."""
    if not isinstance(answer, Miss | Rejected):
        return None
    outcome, _ = outcome_of(field, answer)
    return AskedBefore(provider=provider, field=field, outcome=outcome, cost_usd=cost_usd, at=at)


def merged(groups: Iterable[Iterable[AskedBefore]]) -> tuple[AskedBefore, ...]:
    """Return the latest answer of each provider for each field, with the most that one of them cost.

    A report that a provider's value was wrong costs nothing: what it was paid for a miss stays paid for that.
    """
    latest: dict[tuple[str, Field], AskedBefore] = {}
    for one in sorted((one for group in groups for one in group), key=lambda one: one.at):
        place, paid = (one.provider, one.field), latest.get((one.provider, one.field))
        latest[place] = one
        if paid and paid.cost_usd > one.cost_usd:
            missed = (paid.outcome, one.outcome) == (Outcome.MISS, Outcome.REJECTED)
            outcome = paid.outcome if missed else one.outcome
            latest[place] = msgspec.structs.replace(one, cost_usd=paid.cost_usd, outcome=outcome)
    return tuple(latest.values())


def still_known(before: Iterable[AskedBefore], *, since: datetime, now: datetime) -> tuple[AskedBefore, ...]:
    """Return the answers that came after `since`, and those that are still awaited."""
    awaited_since = max(since, now - MAX_AGE)
    return tuple(one for one in before if one.at > (awaited_since if one.outcome is Outcome.TIMEOUT else since))


def missed_before(before: Iterable[AskedBefore]) -> set[Field]:
    """Return the fields for which a provider has answered."""
    return {one.field for one in before if one.outcome is not Outcome.TIMEOUT}


def left_to_spend(max_cost_usd: Decimal | None, before: Iterable[AskedBefore]) -> Decimal | None:
    """Return what a look-up may spend in USD after what earlier ones spent on the same contact; None is no limit."""
    if max_cost_usd is None:
        return None
    return max(ZERO, max_cost_usd - sum((one.cost_usd for one in before), ZERO))


def skips_of(plans: Iterable[CascadePlan[Offer]], before: Sequence[AskedBefore]) -> list[Skip]:
    """Skip the providers of plans that were asked before, each with what it answered and when."""
    known = {(one.provider, one.field): one for one in before}
    return [
        Skip(
            provider=routes[0].provider,
            tier=routes[0].tier,
            field=plan.field,
            reason=f"asked before: {one.outcome.value} on {one.at:%Y-%m-%d}",
        )
        for plan in plans
        for routes in plan.providers
        if (one := known.get((routes[0].provider, plan.field)))
    ]


def has_rest(plans: Iterable[CascadePlan[Offer]], before: Sequence[AskedBefore], inputs: AbstractSet[str]) -> bool:
    """Return whether the plans ask any provider that was not asked before."""
    plans = list(plans)
    skipped = skips_of(plans, before)
    for plan in plans:
        while isinstance(step := next_step(plan, (), inputs, skipped), Skip):
            skipped.append(step)
        if not isinstance(step, Stop):
            return True
    return False
