"""Second opinions: when another vendor judges an address that its finder is not sure of, and what follows from it."""

from collections.abc import Collection, Iterable, Sequence
from collections.abc import Set as AbstractSet
from decimal import Decimal

import msgspec

from app.domain.vocabulary import Field
from app.domain.waterfall.answer import ACCEPTANCE, ZERO, Deliverability, Found, Rejected, is_hit, is_kept, is_risky
from app.domain.waterfall.attempt import PATTERN, Attempt, Expectation, Offer, Price, Prior, Skip
from app.domain.waterfall.outcome import best
from app.domain.waterfall.policy import CascadePlan, OfferT, Stop, next_step

# Verifications of one run; each verifier judges one address of it.
MOST_OPINIONS = 3
_EMAIL = ACCEPTANCE[Field.EMAIL]


# Whether a verifier confirms an address that its finder calls risky, and one that a company's pattern makes: a verdict
# always comes, and nobody publishes how often it is a good one.
OF_DOUBTFUL = Prior(returns=1.0, accepts=0.5)
OF_PATTERN = Prior(returns=1.0, accepts=0.7)


def doubtful(attempts: Sequence[Attempt]) -> str | None:
    """Return the best kept address that nobody has judged yet; None where a hit came or enough was asked."""
    asked = [a for a in attempts if a.field is Field.VERIFY]
    if len(asked) >= MOST_OPINIONS:
        return None
    judged = {a.answer.value for a in asked if isinstance(a.answer, Found)}
    left = []
    for attempt in attempts:
        if attempt.field is Field.EMAIL and isinstance(attempt.answer, Found):
            if is_hit(_EMAIL, attempt.answer):
                return None
            if attempt.answer.value not in judged:
                left.append(attempt)
    found = best(Field.EMAIL, left)
    return found.answer.value if found and isinstance(found.answer, Found) else None


def choose_verifier(
    offers: Iterable[OfferT],
    address: str,
    attempts: Sequence[Attempt],
    *,
    passed: Collection[str],
    only: Collection[str] | None,
    most_usd: Decimal | None,
    left: Decimal | None,
) -> OfferT | None:
    """Choose the cheapest verifier whose judgement is worth its price.

    Args:
        offers: Every offer of the catalogue.
        address: The address to judge.
        attempts: All attempts of the run so far; who gave the address does not judge it.
        passed: Verifiers that could not be called.
        only: The client's own list of providers.
        most_usd: The most that a second opinion may cost in USD; None asks for none.
        left: What the run may still spend in USD; None is no limit.

    Returns:
        The offer; None where there is none.
    """
    if most_usd is None:
        return None
    gave = {a.provider for a in attempts if isinstance(a.answer, Found) and a.answer.value == address}
    out = {a.provider for a in attempts if a.field is Field.VERIFY} | gave | set(passed)
    most = most_usd if left is None else min(most_usd, left)
    usable = [
        offer
        for offer in offers
        if offer.field is Field.VERIFY
        and not offer.unusable
        and offer.provider not in out
        and (only is None or offer.provider in only)
        and offer.price.worst <= most
    ]
    return min(usable, key=lambda offer: (offer.price.worst, offer.provider), default=None)


def as_offer(verifier: Offer, prior: Prior, provider: str, field: Field, route: str) -> Offer:
    """Return a verification as the index sees it: the most that it can cost, for a chance that the address is good.

    Args:
        verifier: Who would be asked.
        prior: The chance before anything was observed.
        provider: Under which it is counted.
        field: Likewise.
        route: Likewise.
    """
    price = Price(call=verifier.price.worst)
    prior = msgspec.structs.replace(prior, seconds=verifier.prior.seconds)
    return Offer(
        provider=provider, tier=verifier.tier, field=field, route=route, needs=frozenset(), price=price, prior=prior
    )


def its_turn(
    offer: Offer,
    plan: CascadePlan[Offer],
    attempts: Sequence[Attempt],
    inputs: AbstractSet[str],
    skipped: Sequence[Skip],
) -> Expectation | None:
    """Return why a verification comes before the next finder; None where it does not.

    Where the index orders the finders, the verification waits for those of a lower one, and is not made where it is not
    worth its price; in an order that is fixed it comes at once.
    """
    ranking = plan.ranking
    if ranking is None:
        return Expectation()
    missed = plan.missed(attempts)
    index = ranking.index(offer, missed)
    if ranking.orders:
        step = next_step(plan, attempts, inputs, skipped)
        if isinstance(step, Skip) or (isinstance(step, Offer) and ranking.index(step, missed) < index):
            return None
        if isinstance(step, Stop) and step.hit:
            return None
    in_hand = any(a.field is plan.field and is_risky(a.answer) for a in attempts)
    return ranking.expect(offer, missed) if ranking.worth.pays(index, risky_in_hand=in_hand) else None


def with_opinions(attempts: Iterable[Attempt]) -> list[Attempt]:
    """Return the attempts with kept addresses graded as their verdicts say.

    A valid verdict makes the address a hit, an invalid one no value at all, and a risky one leaves it risky.
    """
    attempts = list(attempts)
    verdicts = {a.answer.value: a.answer for a in attempts if a.field is Field.VERIFY and isinstance(a.answer, Found)}
    return attempts if not verdicts else [_judged(attempt, verdicts) for attempt in attempts]


def _judged(attempt: Attempt, verdicts: dict[str, Found]) -> Attempt:
    found = attempt.answer
    if (
        attempt.field is not Field.EMAIL
        or attempt.provider == PATTERN  # it weighs the verdicts itself
        or not isinstance(found, Found)
        or not is_kept(_EMAIL, found)
    ):
        return attempt
    verdict = verdicts.get(found.value)
    if verdict is None or verdict.status is Deliverability.UNKNOWN:
        return attempt
    if verdict.status is Deliverability.INVALID:
        answer: Found | Rejected = Rejected(reason="a second opinion: mail to the address does not arrive")
    else:
        answer = msgspec.structs.replace(
            found, status=verdict.status, score=verdict.score, confidence=max(found.confidence, verdict.confidence)
        )
    judged: Attempt = msgspec.structs.replace(attempt, answer=answer)
    return judged


def spent_on(attempts: Iterable[Attempt]) -> Decimal:
    """Return what the attempts cost, in USD."""
    return sum((attempt.cost_usd for attempt in attempts), ZERO)
