"""The actions of the tools."""

import hashlib
from collections.abc import Mapping
from typing import Any

from leadrun._batches import read
from leadrun._inputs import key_of
from leadrun.errors import InvalidAnswerError, LeadrunError, NotFoundError
from leadrun_mcp import arguments as given
from leadrun_mcp import outputs, shown
from leadrun_mcp.caller import Caller
from leadrun_mcp.failures import RefusedCallError, sentence

DRY_RUN = "dry_run"
MEDIA = {
    "csv": "text/csv",
    "tsv": "text/tab-separated-values",
    "ndjson": "application/x-ndjson",
    "json": "application/json",
}
# Of the rows of a batch that are read to show the first ones.
SHOWN_BYTES = 256 * 1024
_FIELDS = {"email": "email", "phone": "phone", "all": "email,phone"}


async def find_email(caller: Caller, person: given.PersonArguments) -> outputs.LookupOutput:
    """Look up an address."""
    return await _look_up(caller, person, "email")


async def find_phone(caller: Caller, person: given.PersonArguments) -> outputs.LookupOutput:
    """Look up a number."""
    return await _look_up(caller, person, "phone")


async def enrich_contact(caller: Caller, person: given.ContactArguments) -> outputs.LookupOutput:
    """Look up what the arguments say."""
    return await _look_up(caller, person, person.enrichment_type)


async def _look_up(caller: Caller, person: given.PersonArguments, kind: str) -> outputs.LookupOutput:
    contact = person.contact()
    if not contact:
        raise RefusedCallError("Say whom to look up: a name with a company_domain, or a linkedin_url.")
    if person.dry_run or person.max_credits is not None:
        source = given.ListSource(rows=[contact], **person.spend())
        quoted = await _quoted(caller, source, {**source.query(), "fields": _FIELDS[kind]})
        if person.dry_run:
            return outputs.LookupOutput(status=DRY_RUN, quote=quoted)
        _check_credits(quoted, person.max_credits, "This look-up")
    run = await caller.client.submit(**contact, enrichment_type=kind, **person.spend())
    try:
        run = await caller.follow_run(run, person.wait_seconds)
    except LeadrunError as error:
        # It is accepted and paid for: whatever fails now must not look like a refusal.
        found = shown.lookup(run)
        return found.model_copy(update={"warnings": (*found.warnings, sentence(error))})
    return shown.lookup(run)


async def quote(caller: Caller, source: given.ListSource) -> outputs.QuoteOutput:
    """Ask what a list may find and cost."""
    return await _quoted(caller, source, source.query())


async def enrich_list(caller: Caller, source: given.ListArguments) -> outputs.BatchOutput:
    """Look up a list; the same list with the same options is the same batch for a day."""
    query = source.query()
    quoted = await _quoted(caller, source, query)
    if source.dry_run:
        return outputs.BatchOutput(status=DRY_RUN, quote=quoted)
    _check_credits(quoted, source.max_credits or 0, "This list")
    content, media = _file(source)
    key = key_of("mcp", hashlib.sha256(content).hexdigest(), media, query)
    accepted = await caller.client.batches.upload(content, media_type=media, query=query, idempotency_key=key)
    return shown.batch(accepted)


def _file(source: given.ListSource) -> tuple[bytes, str]:
    return read(source.rows or (source.text or "").encode(), MEDIA[source.format])


async def _quoted(caller: Caller, source: given.ListSource, query: Mapping[str, str]) -> outputs.QuoteOutput:
    content, media = _file(source)
    return shown.quote(await caller.client.batches.quote(content, media_type=media, query=query))


def _check_credits(quoted: outputs.QuoteOutput, most: int | None, what: str) -> None:
    """Refuse what may cost more credits than the assistant may spend; each contact counts as a fresh one."""
    cost = quoted.credits_at_most
    if most is not None and cost > most:
        raise RefusedCallError(
            f"{what} may cost up to {cost} credits, more than max_credits ({most}); nothing was spent. "
            f"Where the user agrees, call again with max_credits {cost}."
        )


async def get_result(caller: Caller, wanted: given.ResultArguments) -> outputs.ResultOutput:
    """Read a run or a batch."""
    try:
        run = await caller.client.get_run(str(wanted.id))
    except NotFoundError:
        return await _batch(caller, wanted)
    except InvalidAnswerError:
        raise RefusedCallError("This is a job of another client; read it at GET /api/v1/enrich/{id}.") from None
    return outputs.ResultOutput(run=shown.lookup(await caller.follow_run(run, wanted.wait_seconds)))


async def _batch(caller: Caller, wanted: given.ResultArguments) -> outputs.ResultOutput:
    found = await caller.follow_batch(await caller.client.batches.get(str(wanted.id)), wanted.wait_seconds)
    rows: list[dict[str, Any]] = []
    if wanted.rows:
        rows = (await caller.client.batches.results(found.id, most_bytes=SHOWN_BYTES))[: wanted.rows]
    return outputs.ResultOutput(batch=shown.batch(found), rows=tuple(rows), more_rows=len(rows) < found.total)


async def explain_run(caller: Caller, wanted: given.ExplainArguments) -> outputs.ExplainOutput:
    """Read the cascade of a run, and why it had this order."""
    run_id = str(wanted.run_id)
    run = await caller.client.get_run(run_id)
    plan, attempts = await caller.client.plan(run_id), await caller.client.attempts(run_id)
    return outputs.ExplainOutput(
        run_id=run.run_id,
        status=run.status,
        result_status=run.result_status,
        waterfall=plan.waterfall,
        email_strategy=plan.email,
        phone_strategy=plan.phone,
        cost_usd=round(sum(one.cost_usd for one in attempts), 6),
        credits_used=run.credits_used,
        cached=run.cached,
        steps=tuple(shown.step(one) for one in attempts if one.outcome != shown.SKIPPED),
        skipped=shown.skipped(attempts),
    )


async def credits_and_usage(caller: Caller, wanted: given.UsageArguments) -> outputs.UsageOutput:
    """Read the account's credits and usage."""
    balance = await caller.client.credits()
    usage = await caller.client.usage(by=wanted.by, since=wanted.since, until=wanted.until)
    return outputs.UsageOutput(
        balance=balance.balance,
        total_earned=balance.total_earned,
        total_spent=balance.total_spent,
        since=str(usage.raw.get("since")),
        until=str(usage.raw.get("until")),
        by=usage.by,
        usage=tuple(shown.used(row) for row in usage.usage if row.runs or wanted.by != "day"),
    )
