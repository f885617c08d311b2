"""The outcome of a cascade: the result of its attempts, or an error with the remedy."""

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from app.domain.vocabulary import Field, ResultStatus
from app.domain.waterfall.answer import ACCEPTANCE, Deliverability, Failed, Found, Miss, Rejected
from app.domain.waterfall.attempt import SWITCHED_OFF, Attempt, Offer, Skip, outcome_of
from app.domain.waterfall.policy import CascadePlan

# A code of errors, and of fields that were missed.
QUOTE_REACHED = "quote_reached"


class RunError(msgspec.Struct, frozen=True, kw_only=True):
    """Why a run failed: a stable code and a sentence with the remedy."""

    code: str
    message: str


_NONE_CONFIGURED = RunError(
    code="no_provider_configured",
    message="No provider is configured here that could look this up; the operator of this service must add one.",
)
_NONE_SWITCHED_ON = RunError(
    code="no_provider_configured",
    message="Each provider that could look this up is switched off; the operator of this service must switch one on.",
)


# The place of each deliverability in the acceptance policy of a field, the best first.
_RANKS = {
    field: {status: rank for rank, status in enumerate((*policy.stops, *policy.keeps))}
    for field, policy in ACCEPTANCE.items()
}
_WORST = (len(Deliverability), 0)


class Conclusion(msgspec.Struct, frozen=True, kw_only=True):
    """The combined result of the attempts of a cascade.

    Attributes:
        winners: For each field found, the attempt whose value is the result.
        missed: Fields for which at least one provider answered without a usable value.
        degraded: Nothing was found, and at least one provider could not answer or not be asked at that time.
        reasons: Why a field was missed, where no provider said so.
        lacking: Settings of which the operator must make at least one, where no provider is configured.
    """

    status: ResultStatus
    winners: dict[Field, Attempt] = {}
    missed: frozenset[Field] = frozenset()
    reasons: dict[Field, str] = {}
    degraded: bool = False
    error: RunError | None = None
    lacking: tuple[str, ...] = ()


def best(field: Field, attempts: Iterable[Attempt]) -> Attempt | None:
    """Return the winning attempt of one field: a verified hit, else the best kept answer."""
    found: Attempt | None = None
    found_rank = _WORST
    for attempt in attempts:
        answer = attempt.answer
        if attempt.field is field and isinstance(answer, Found) and answer.status in (order := _RANKS[field]):
            rank = (order[answer.status], -answer.confidence)
            if rank < found_rank:
                found, found_rank = attempt, rank
    return found


def conclude(
    plans: Sequence[CascadePlan[Offer]],
    attempts: Sequence[Attempt],
    skipped: Sequence[Skip],
    missed_before: Iterable[Field] = (),
    refused: Mapping[Field, str] | None = None,
) -> Conclusion:
    """Return the conclusion of a cascade that has ended.

    It is found when any field was found, not found when at least one provider answered, and otherwise an error with
    the remedy.

    Args:
        plans: One for each field.
        attempts: All of them.
        skipped: The providers that were not called.
        missed_before: Fields for which providers that are not asked again answered without a usable value.
        refused: Fields for which nobody needed to be asked, each with the reason.
    """
    fields = {plan.field for plan in plans}
    # Verdicts on found addresses have changed these; by themselves they are no answer for the contact.
    attempts = [attempt for attempt in attempts if attempt.field in fields]
    skipped = [skip for skip in skipped if skip.field in fields]
    winners = {p.field: w for p in plans if (w := best(p.field, attempts))}
    answered = {a.field for a in attempts if isinstance(a.answer, Miss | Rejected)}
    missed = frozenset(answered.union(missed_before, refused or ())) - winners.keys()
    reasons = {field: reason for field, reason in (refused or {}).items() if field in missed}
    failures = [a for a in attempts if isinstance(a.answer, Failed)]
    if winners:
        return Conclusion(status=ResultStatus.FOUND, winners=winners, missed=missed, reasons=reasons)
    if missed:
        degraded = bool(failures) or any(skip.rested for skip in skipped)
        return Conclusion(status=ResultStatus.NOT_FOUND, missed=missed, reasons=reasons, degraded=degraded)
    offers = [offer for plan in plans for routes in plan.providers for offer in routes]
    if offers and not failures and all(offer.unusable for offer in offers):
        if any(offer.unusable == SWITCHED_OFF for offer in offers):
            return Conclusion(status=ResultStatus.ERROR, error=_NONE_SWITCHED_ON)
        return Conclusion(status=ResultStatus.ERROR, error=_NONE_CONFIGURED, lacking=_settings(offers))
    return Conclusion(status=ResultStatus.ERROR, error=_explain(offers, failures, skipped))


def cut_short(conclusion: Conclusion, sentence: str | None) -> Conclusion:
    """Return the conclusion of a cascade that the quote of its list has stopped, which says why; None is not stopped.

    What was found stays. A miss is incomplete: whom it left out is asked by the next request.
    """
    if sentence is None or conclusion.status is ResultStatus.FOUND:
        return conclusion
    changed: Conclusion = (
        msgspec.structs.replace(conclusion, reasons=dict.fromkeys(conclusion.missed, QUOTE_REACHED), degraded=True)
        if conclusion.status is ResultStatus.NOT_FOUND
        else msgspec.structs.replace(
            conclusion,
            lacking=(),
            error=RunError(
                code=QUOTE_REACHED,
                message=f"{sentence[0].upper()}{sentence[1:]}. This contact cost nothing; submit it again to go on.",
            ),
        )
    )
    return changed


def _settings(offers: Iterable[Offer]) -> tuple[str, ...]:
    names = dict.fromkeys(offer.provider.upper().replace("-", "_") for offer in offers)
    return tuple(f"LEADRUN_PROVIDER_{name}_API_KEY" for name in names)


def _explain(offers: Sequence[Offer], failures: Sequence[Attempt], skipped: Sequence[Skip]) -> RunError:
    if failures:
        seen = dict.fromkeys(f"{a.provider} {outcome_of(a.field, a.answer)[0].value}" for a in failures)
        return RunError(
            code="all_providers_failed",
            message=f"No provider could give a proper answer ({', '.join(seen)}). See the attempts of this run.",
        )
    if not offers:
        return RunError(code="no_provider", message="None of the named providers offers what was asked for.")
    # What keeps the others from being asked is not about this contact, and the attempts list it.
    usable = {(offer.provider, offer.field) for offer in offers if not offer.unusable}
    reasons = dict.fromkeys(f"{s.provider}: {s.reason}" for s in skipped if (s.provider, s.field) in usable)
    return RunError(
        code="no_provider_usable",
        message=f"No provider could be asked for this contact. {'; '.join(reasons)}.",
    )
