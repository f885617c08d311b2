"""Show the client's answers as outputs of tools."""

import re
from collections.abc import Iterable

from leadrun.batches import BatchData, Interval, Quote, RowFault
from leadrun.models import Attempt, RunData, UsageRow
from leadrun_mcp import outputs

MOST_PROBLEMS = 10
SKIPPED = "skipped"
_UNDERSTOOD = 3
_KEYLESS = re.compile(r"LEADRUN_PROVIDER_\w+_API_KEY is not set")


def lookup(run: RunData) -> outputs.LookupOutput:
    """Show a run."""
    result = run.result
    return outputs.LookupOutput(
        run_id=run.run_id,
        status=run.status,
        result_status=run.result_status,
        email=run.email,
        email_validation=result.validation.status if result and result.validation else None,
        email_confidence=result.confidence if result else None,
        email_provider=result.provider if result else None,
        phone=run.phone,
        phone_type=result.phone_type if result else None,
        phone_confidence=result.phone_confidence if result else None,
        phone_provider=result.phone_provider if result else None,
        credits_used=run.credits_used,
        cached=run.cached,
        degraded=run.degraded,
        reason=run.error.message if run.error else run.reason,
        warnings=run.warnings,
        next_step=None if run.ended else f"It goes on: call get_result with id {run.run_id}.",
    )


def batch(found: BatchData) -> outputs.BatchOutput:
    """Show a batch."""
    following = f"It goes on: call get_result with id {found.id}; wait_seconds waits for it."
    everything = f"All rows: resource leadrun://batches/{found.id}/results."
    return outputs.BatchOutput(
        batch_id=found.id,
        status=found.status,
        total=found.total,
        completed=found.completed,
        rejected=found.rejected,
        problems=problems(found.errors),
        emails_found=found.emails_found,
        phones_found=found.phones_found,
        not_found=found.not_found,
        credits_reserved=found.credits_reserved,
        credits_used=found.credits_used,
        cost_usd=found.cost_usd,
        estimated_seconds=found.estimated_seconds,
        warnings=found.warnings[:MOST_PROBLEMS],
        next_step=everything if found.ended else following,
    )


def problems(faults: tuple[RowFault, ...]) -> tuple[outputs.RowProblem, ...]:
    """Show the first bad rows."""
    first = faults[:MOST_PROBLEMS]
    return tuple(outputs.RowProblem(row=one.row, field=one.field, message=one.message) for one in first)


def quote(found: Quote) -> outputs.QuoteOutput:
    """Show a quote."""
    return outputs.QuoteOutput(
        contacts=found.accepted,
        rejected=found.rejected,
        problems=problems(found.errors),
        duplicates=found.duplicates,
        unasked=found.unasked,
        answered=found.answered,
        credits_at_most=found.credits.at_most if found.credits else found.credits_at_most or 0,
        credits_expected=found.credits.expected if found.credits else None,
        found=_range(found.found),
        cost_usd=_range(found.cost_usd),
        seconds=found.seconds,
        columns_ignored=found.reading.columns_ignored if found.reading else (),
        understood=tuple(dict(one) for one in found.contacts[:_UNDERSTOOD]),
        warnings=found.warnings[:MOST_PROBLEMS],
    )


def step(attempt: Attempt) -> outputs.ExplainedStep:
    """Show one provider of a cascade."""
    return outputs.ExplainedStep(
        provider=attempt.provider,
        field=attempt.field,
        tier=attempt.tier,
        outcome=attempt.outcome,
        reason=attempt.reason,
        why_here=why(attempt),
        cost_usd=attempt.cost_usd,
        seconds=None if attempt.latency_ms is None else attempt.latency_ms / 1000,
    )


def skipped(attempts: Iterable[Attempt]) -> dict[str, tuple[str, ...]]:
    """Show the providers that were not asked, by the reason."""
    named: dict[str, tuple[str, ...]] = {}
    for one in attempts:
        if one.outcome == SKIPPED:
            reason = _KEYLESS.sub("no API key is set", one.reason or "no reason")
            named[reason] = tuple(dict.fromkeys((*named.get(reason, ()), one.provider)))
    return named


def why(attempt: Attempt) -> str | None:
    """Say why a provider stood in its place; None where nothing was reckoned."""
    expected = attempt.expected
    if expected is None:
        return None
    if expected.explored:
        return f"tried to learn how good it is; {expected.observations:.0f} answers are known"
    basis = f"{expected.observations:.0f} answers" if expected.observations >= 1 else f"belief ({expected.prior})"
    price = "" if expected.index_usd is None else f"{expected.index_usd:.4f} USD for an accepted value, "
    early = "; asked early, because its miss says more of the others" if expected.looked_ahead else ""
    return f"{price}chance {expected.chance:.0%} at {expected.cost_usd:.4f} USD a call, from {basis}{early}"


def used(row: UsageRow) -> outputs.UsedRow:
    """Show a row of the usage."""
    return outputs.UsedRow(
        name=row.day or row.provider or row.key_prefix or row.key or "",
        runs=row.runs,
        found=row.found,
        not_found=row.not_found,
        errors=row.errors,
        cached=row.cached,
        credits_used=row.credits_used,
        cost_usd=row.cost_usd,
    )


def _range(interval: Interval | None) -> outputs.ExpectedRange | None:
    if interval is None:
        return None
    return outputs.ExpectedRange(expected=interval.expected, low=interval.low, high=interval.high)
