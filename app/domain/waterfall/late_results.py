"""Late results: poll for results of attempts that were given up, and decide whether the cache takes them."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal

import msgspec

from app.domain.vocabulary import FINDABLE, Field, ResultStatus
from app.domain.waterfall.answer import ACCEPTANCE, ZERO, Answer, Failed, Trouble
from app.domain.waterfall.attempt import Attempt, Outcome, outcome_of
from app.domain.waterfall.outcome import Conclusion, best
from app.domain.waterfall.result import Result, result_of

# Seconds before each poll; together an hour. The first polls are for vendors that had almost finished.
POLL_DELAYS = (15.0, 30.0, 60.0, 120.0, 240.0, 480.0, 900.0, 900.0, 900.0)
# After this time no result is polled, even if no worker ran in between.
MAX_AGE = timedelta(hours=4)

# Failures of a poll that may pass within the hour.
_TRANSIENT = frozenset(
    {
        Trouble.AUTH_ERROR,
        Trouble.OUT_OF_CREDITS,
        Trouble.RATE_LIMITED,
        Trouble.SERVER_ERROR,
        Trouble.CONNECTION,
        Trouble.TIMEOUT,
    }
)
# Failures of an attempt after which the vendor may still work on the look-up, or have finished it.
_RESULT_UNKNOWN = frozenset({Trouble.TIMEOUT, Trouble.CONNECTION, Trouble.SERVER_ERROR})


class LateResult(msgspec.Struct, frozen=True, kw_only=True):
    """The result of an attempt that was given up.

    Attributes:
        cost_usd: The vendor's charge in USD beyond that of the attempt.
        at: When we received it, in UTC.
    """

    answer: Answer
    cost_usd: Decimal = ZERO
    at: datetime


def first_poll(answer: Answer, now: datetime, scale: float, *, cut: bool = False) -> datetime | None:
    """Return when to poll first for the result of an attempt that has just ended; None when it can have none.

    Args:
        answer: The answer of the attempt.
        now: When it ended.
        scale: Factor on the delays, as on the vendor's poll intervals.
        cut: We cut it off ourselves. A look-up that ends as interrupted by itself has lost its ticket: to go on with it
            would start, and pay for, its second task again.
    """
    unknown = isinstance(answer, Failed) and (answer.trouble in _RESULT_UNKNOWN or cut)
    return now + timedelta(seconds=POLL_DELAYS[0] * scale) if unknown else None


def next_poll(polls: int, given_up_at: datetime, now: datetime, scale: float) -> datetime | None:
    """Return when to poll again after `polls` polls without a result; None ends polling."""
    if polls >= len(POLL_DELAYS) or now - given_up_at > MAX_AGE:
        return None
    return now + timedelta(seconds=POLL_DELAYS[polls] * scale)


def is_final(answer: Answer) -> bool:
    """Return whether another poll would return the same answer."""
    return not (isinstance(answer, Failed) and answer.trouble in _TRANSIENT)


def reason_with_late_result(reason: str | None, field: Field, late: LateResult | None) -> str | None:
    """Add the late result to the reason of an attempt, whose outcome stays."""
    if late is None:
        return reason
    outcome, why = outcome_of(field, late.answer)
    if outcome is Outcome.HIT:
        what = "answered later with a hit, too late for this run"
    elif outcome is Outcome.MISS:
        what = "answered later that it does not know the person"
    else:
        what = f"polled later: {why}"
    return "; ".join(part for part in (reason, what) if part)


def result_of_late(attempts: Sequence[Attempt]) -> Result:
    """Return the result that these attempts would give a run, late answers included; empty without a usable one."""
    winners = {field: winner for field in FINDABLE if (winner := best(field, attempts))}
    return result_of(Conclusion(status=ResultStatus.FOUND, winners=winners))


def improved(held: Result | None, held_at: datetime | None, late: Result, asked_at: datetime) -> Result | None:
    """Return the result that the cache holds after a late result; None when its entry stays.

    Args:
        held: The cached result of the same contact and type, if any.
        held_at: When the look-up of the cached result ended.
        late: From `result_of_late`.
        asked_at: When the look-up of the late result ended.

    Returns:
        A newer look-up's entry stays, whatever its result. The same look-up's entry is completed field by field. An
        older one's entry is replaced only where nothing that it found is lost.
    """
    fields = [field for field in FINDABLE if late.get(field)]
    if held is None or held_at is None:
        return late if fields else None
    if held_at > asked_at or not any(_rank(late, field) < _rank(held, field) for field in fields):
        return None
    if held_at < asked_at:
        return None if any(_rank(held, field) < _rank(late, field) for field in FINDABLE) else late
    parts = {field: late if _rank(late, field) < _rank(held, field) else held for field in FINDABLE}
    return Result.of({field: part for field, source in parts.items() if (part := source.get(field))})


def _rank(result: Result, field: Field) -> int:
    """Return the rank of a result for a field; lower is better, and no value is the worst."""
    policy, part = ACCEPTANCE[field], result.get(field)
    order = (*policy.stops, *policy.keeps)
    return order.index(part.status) if part and part.found and part.status in order else len(order)
