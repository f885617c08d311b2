"""Count what the attempts of cascades say of their providers, cell by cell."""

from collections.abc import Iterable, Mapping

from app.domain.order.cells import EVERYBODY, Cell, Counts, RouteKey
from app.domain.vocabulary import FINDABLE, Field, Mode
from app.domain.waterfall.answer import ACCEPTANCE, Answer, Failed, Found, Rejected, is_hit, is_risky
from app.domain.waterfall.asked_before import AskedBefore
from app.domain.waterfall.attempt import Attempt


def observed(attempts: Iterable[Attempt], before: Iterable[AskedBefore], segment: str) -> dict[Cell, Counts]:
    """Count attempts: each under the contact's segment and under that of all, after those that had missed by then.

    Args:
        attempts: In the order in which they ended.
        before: Providers that earlier look-ups of the contact asked without a hit.
        segment: The contact's.
    """
    missed: dict[Field, frozenset[str]] = {}
    for one in before:
        missed[one.field] = missed.get(one.field, frozenset()) | {one.provider}
    counted: dict[Cell, Counts] = {}
    for attempt in attempts:
        if attempt.field not in FINDABLE:
            continue
        key = RouteKey(attempt.provider, attempt.field, attempt.route)
        gone = missed.get(attempt.field, frozenset())
        counts = _counts(attempt)
        for cell in (Cell(key, EVERYBODY, gone), Cell(key, segment, gone)):
            counted[cell] = counted[cell] + counts if cell in counted else counts
        if counts.asked and not counts.accepted:
            missed[attempt.field] = gone | {attempt.provider}
    return counted


def summed(cascades: Iterable[tuple[Mode, Mapping[Cell, Counts]]]) -> dict[tuple[Mode, Cell], Counts]:
    """Sum up what several cascades say, mode by mode."""
    total: dict[tuple[Mode, Cell], Counts] = {}
    for mode, counted in cascades:
        for cell, counts in counted.items():
            key = mode, cell
            total[key] = total[key] + counts if key in total else counts
    return total


def _counts(attempt: Attempt) -> Counts:
    answer: Answer = attempt.answer
    is_proper = not isinstance(answer, Failed)
    return Counts(
        asked=float(is_proper),
        returned=float(isinstance(answer, Found | Rejected)),
        accepted=float(is_hit(ACCEPTANCE[attempt.field], answer)),
        risky=float(is_risky(answer) and attempt.field is Field.EMAIL),
        failed=float(not is_proper),
        cost_usd=float(attempt.cost_usd),
        seconds=(attempt.latency_ms or 0) / 1000,
    )
