"""Results that come after a look-up was given up: when they are looked for, and what they may still change."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal

import msgspec

from app.domain.vocabulary import Field, ResultStatus
from app.domain.waterfall.answer import ACCEPTANCE, ZERO, Answer, Failed, Trouble
from app.domain.waterfall.attempt import Attempt, Outcome, outcome_of
from app.domain.waterfall.outcome import Conclusion, best
from app.domain.waterfall.result import Result, result_of

# Seconds before each look; together an hour. The first looks are for vendors that had almost finished.
PAUSES = (15.0, 30.0, 60.0, 120.0, 240.0, 480.0, 900.0, 900.0, 900.0)
# Nobody may have looked for a while, because no worker ran; after this a result is not worth the look.
LONGEST = timedelta(hours=4)

# The vendor cannot be asked at this moment, or with this key; that may pass within the hour.
_PASSING = frozenset(
    {
        Trouble.AUTH_ERROR,
        Trouble.OUT_OF_CREDITS,
        Trouble.RATE_LIMITED,
        Trouble.SERVER_ERROR,
        Trouble.CONNECTION,
        Trouble.TIMEOUT,
    }
)
# The vendor may work on it still, or have finished: we gave up, or could not hear.
_UNHEARD = frozenset({Trouble.TIMEOUT, Trouble.CONNECTION, Trouble.SERVER_ERROR})


class LateResult(msgspec.Struct, frozen=True, kw_only=True):
    """What a look-up came to after it was given up.

    Attributes:
        cost_usd: What the vendor charges for it beyond what the attempt says, in USD.
        at: When it was known to us, in UTC.
    """

    answer: Answer
    cost_usd: Decimal = ZERO
    at: datetime


def first_look(answer: Answer, now: datetime, scale: float) -> datetime | None:
    """Tell when to look for the result of an attempt that has just ended, should it have a ticket.

    Args:
        answer: Of the attempt; only a look-up whose end was not heard may still have a result.
        now: When it ended.
        scale: Factor on the pauses, as on the vendor's poll intervals.
    """
    unheard = isinstance(answer, Failed) and answer.trouble in _UNHEARD
    return now + timedelta(seconds=PAUSES[0] * scale) if unheard else None


def next_look(looks: int, given_up_at: datetime, now: datetime, scale: float) -> datetime | None:
    """Tell when to look again after so many looks without a result; None ends it."""
    if looks >= len(PAUSES) or now - given_up_at > LONGEST:
        return None
    return now + timedelta(seconds=PAUSES[looks] * scale)


def is_final(answer: Answer) -> bool:
    """Tell whether looking again would change nothing."""
    return not (isinstance(answer, Failed) and answer.trouble in _PASSING)


def reason_with_late_result(reason: str | None, field: Field, late: LateResult | None) -> str | None:
    """Add what came later to the reason of an attempt, whose outcome stays."""
    if late is None:
        return reason
    outcome, why = outcome_of(field, late.answer)
    if outcome is Outcome.HIT:
        what = "answered later with a hit, too late for this run"
    elif outcome is Outcome.MISS:
        what = "answered later that it does not know the person"
    else:
        what = f"looked at later: {why}"
    return "; ".join(part for part in (reason, what) if part)


def result_of_late(attempts: Sequence[Attempt]) -> Result:
    """Tell what late answers would have been as the result of a run; empty where a run would have taken none."""
    winners = {field: winner for field in Field if (winner := best(field, attempts))}
    return result_of(Conclusion(status=ResultStatus.FOUND, winners=winners))


def improved(held: Result | None, held_at: datetime | None, late: Result, asked_at: datetime) -> Result | None:
    """Decide what the cache is to hold now that a late result is known.

    Args:
        held: What it holds for the same person and type, if anything.
        held_at: When the look-up that this came from ended.
        late: From `result_of_late`.
        asked_at: When the look-up that the late result belongs to ended.

    Returns:
        The result to hold, or None where it stays as it is: what a newer look-up said counts more, whatever it said;
        what the same look-up said is completed field by field; and what an older one found is only replaced where
        nothing that it found is lost.
    """
    fields = [field for field in Field if late.get(field)]
    if held is None or held_at is None:
        return late if fields else None
    if held_at > asked_at or not any(_rank(late, field) < _rank(held, field) for field in fields):
        return None
    if held_at < asked_at:
        return None if any(_rank(held, field) < _rank(late, field) for field in Field) else late
    parts = {field: late if _rank(late, field) < _rank(held, field) else held for field in Field}
    return Result.of({field: part for field, source in parts.items() if (part := source.get(field))})


def _rank(result: Result, field: Field) -> int:
    """Tell how good a result is for a field; the lower the better, and nothing found is the worst."""
    policy, part = ACCEPTANCE[field], result.get(field)
    order = (*policy.stops, *policy.keeps)
    return order.index(part.status) if part and part.found and part.status in order else len(order)
