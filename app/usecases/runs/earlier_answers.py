"""Find what earlier look-ups of a contact give: an answer, or the providers that are paid for and not asked again."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from app.domain.order.waterfall import lifetime
from app.domain.planning.plans import make_plans
from app.domain.vocabulary import FIELDS_OF, EnrichmentType, ResultStatus
from app.domain.waterfall.asked_before import AskedBefore, has_rest, left_to_spend, merged, still_known
from app.domain.waterfall.cache_policy import answered_by, project
from app.domain.waterfall.policy import inputs
from app.domain.waterfall.result import Result
from app.providers.setup.registry import Registry
from app.store.waterfall.cache import CacheEntry
from app.usecases.runs.submission import Submission


class EarlierAnswers(msgspec.Struct, frozen=True, kw_only=True):
    """The earlier look-ups of a submission's contact.

    Attributes:
        hit: The entry that answers it, if any.
        asked: Providers that need not be asked again.
        paid_at: When the look-up ended that was paid for and that this submission completes; None where it is new.
    """

    hit: tuple[CacheEntry, ResultStatus, Result] | None = None
    asked: tuple[AskedBefore, ...] = ()
    paid_at: datetime | None = None


NOTHING_EARLIER = EarlierAnswers()


def earlier_answers(
    submission: Submission, entries: Sequence[CacheEntry], registry: Registry, *, since: datetime, now: datetime
) -> EarlierAnswers:
    """Return what cache entries of the same contact, newest first, are worth for a submission.

    What was found answers it. That nobody has it answers only a submission that would ask no provider beyond those that
    were asked; else the rest is asked, at no charge if the look-up that is completed was paid for.

    Args:
        submission: The submission.
        entries: Of the same contact, of any type.
        registry: The providers.
        since: Answers of providers before this time are asked for again.
        now: The time in UTC.
    """
    options = submission.options
    if options.force_refresh or not entries:
        return NOTHING_EARLIER
    if options.waterfall and options.waterfall.max_age_days is not None:
        since = max(since, now - lifetime(options.waterfall, options.waterfall.max_age_days))
    usable = [one for one in entries if one.ended_at > max(since, submission.answers_since or since)]
    if not usable:
        return NOTHING_EARLIER
    types = answered_by(options.type)
    covering = [one for one in usable if one.type in types]
    before: tuple[AskedBefore, ...] | None = None
    is_complete = False
    for entry in covering:
        answer = project(entry.result, options.type)
        if answer and answer[0] is not ResultStatus.FOUND and before is None:
            before = _before(usable, options.type, since=since, now=now)
            is_complete = not _has_rest(submission, before, registry)
        if answer and (answer[0] is ResultStatus.FOUND or is_complete):
            return EarlierAnswers(hit=(entry, *answer))
    paid_at = next((one.ended_at for one in covering if one.paid), None)
    if before is None:
        before = _before(usable, options.type, since=since, now=now)
    return EarlierAnswers(asked=before, paid_at=paid_at)


def _before(
    entries: Sequence[CacheEntry], kind: EnrichmentType, *, since: datetime, now: datetime
) -> tuple[AskedBefore, ...]:
    fields = FIELDS_OF[kind]
    known = merged([one for one in entry.asked_before if one.field in fields] for entry in entries)
    return still_known(known, since=since, now=now)


def _has_rest(submission: Submission, before: Sequence[AskedBefore], registry: Registry) -> bool:
    options = submission.options
    fields, offers = FIELDS_OF[options.type], registry.offers(submission.principal.mode)
    most = left_to_spend(options.max_cost_usd, before)
    plans = make_plans(
        fields,
        offers,
        submission.contact,
        waterfall=options.waterfall,
        lane=submission.lane,
        only=options.only_providers,
        max_cost_usd=most,
        before=before,
    )
    return has_rest(plans, before, inputs(submission.contact).keys())
