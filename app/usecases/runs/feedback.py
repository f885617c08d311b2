"""Take what clients report about the values of their runs; a wrong value is never served or accepted again."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.accounts.owner import Owner
from app.domain.accounts.pricing import EntryKind
from app.domain.contacts.fingerprint import fingerprint
from app.domain.errors import UnknownIdError
from app.domain.runs.view import RunView
from app.domain.vocabulary import Field
from app.domain.waterfall.cache_policy import fresh_since
from app.domain.waterfall.feedback import CONCERNS, WRONG, FeedbackOutcome, concerned, is_worthless
from app.metrics import FEEDBACK
from app.services import Services
from app.store.accounts import ledger
from app.store.runs import runs
from app.store.waterfall import cache, feedback
from app.store.waterfall.feedback import NewFeedback


class FeedbackItem(msgspec.Struct, frozen=True, kw_only=True):
    """One report about a run: about the value of one field, or about all values that it can be about."""

    run_id: UUID
    outcome: FeedbackOutcome
    field: Field | None = None


class FeedbackTaken(msgspec.Struct, frozen=True, kw_only=True):
    """The outcome of one report.

    Attributes:
        fields: The fields whose values it is about; empty where it was not taken.
        repeated: Whether all of it was known.
        credits_refunded: Given back because of it.
        member: The member of the report that is wrong, if any, and why in `problem`.
    """

    item: FeedbackItem
    fields: tuple[Field, ...] = ()
    repeated: bool = False
    credits_refunded: int = 0
    member: str | None = None
    problem: str = ""


async def give_feedback(services: Services, owner: Owner, items: Sequence[FeedbackItem]) -> list[FeedbackTaken]:
    """Store reports about values, all in one transaction; those that cannot be taken say why, and the rest is stored.

    The account is locked, so that a submission either comes before the report or knows of it. A repetition changes
    nothing.

    Raises:
        UnavailableError: The database cannot be reached.
        OutcomeUnknownError: It was lost while it committed; the same reports may be sent again.
    """
    async with services.write() as connection:
        await ledger.lock(connection, [owner.account_id])
        known = await runs.by_ids(connection, list({item.run_id for item in items}))
        mine = {run_id: run for run_id, run in known.items() if run.owner == owner}
        now = services.now()
        said = [_words(mine.get(item.run_id), item, now) for item in items]
        new = await feedback.add(connection, [word for words in said if isinstance(words, list) for word in words])
        reported = {run_id: mine[run_id] for run_id, _, outcome in sorted(new) if FeedbackOutcome(outcome) in WRONG}
        refunds = await _refund(connection, services, reported, now)
    counted = set(new)
    taken = []
    for item, words in zip(items, said, strict=True):
        if isinstance(words, FeedbackTaken):
            taken.append(words)
            continue
        fresh = [word for word in words if word.place in counted]
        for word in fresh:
            counted.discard(word.place)
            FEEDBACK.labels(word.provider, word.field.value, word.outcome.value).inc()
        refunded = refunds.pop(item.run_id, 0) if fresh and item.outcome in WRONG else 0
        fields = tuple(word.field for word in words)
        taken.append(FeedbackTaken(item=item, fields=fields, repeated=not fresh, credits_refunded=refunded))
    return taken


async def read_feedback(
    services: Services, owner: Owner, run_id: UUID
) -> list[tuple[FeedbackOutcome, Field, datetime]]:
    """Read what was reported about a run, the oldest first.

    Raises:
        UnknownIdError: The account has no such run.
        UnavailableError: The database cannot be reached.
    """
    async with services.read() as connection:
        run = (await runs.by_ids(connection, [run_id])).get(run_id)
        if run is None or run.owner != owner:
            raise UnknownIdError("run")
        return await feedback.of_run(connection, run_id)


def _words(run: RunView | None, item: FeedbackItem, now: datetime) -> list[NewFeedback] | FeedbackTaken:
    if run is None:
        return FeedbackTaken(item=item, member="runId", problem=UnknownIdError("run").message)
    if item.field and item.field not in CONCERNS[item.outcome]:
        said = f"{item.outcome.value} cannot be said of a value of the field {item.field.value}"
        return FeedbackTaken(item=item, member="field", problem=said)
    values = concerned(item.outcome, item.field, run.result) if run.result else {}
    if not values or run.contact is None:
        about = " or ".join(one.value for one in Field if one in CONCERNS[item.outcome] and item.field in {None, one})
        return FeedbackTaken(
            item=item, member="outcome", problem=f"the run has found no {about}, so there is nothing to report about it"
        )
    return [
        NewFeedback(
            run_id=run.id,
            field=field,
            outcome=item.outcome,
            account_id=run.account_id,
            mode=run.mode,
            fingerprint=fingerprint(run.contact),
            provider=part.provider or "",
            value=part.value or "",
            wrong=item.outcome in WRONG,
            created_at=now,
        )
        for field, part in values.items()
    ]


async def _refund(
    connection: AsyncConnection, services: Services, reported: dict[UUID, RunView], now: datetime
) -> dict[UUID, int]:
    """Give back the charges of look-ups of which nothing good is left, where the plan does so; returns them by run.

    A duplicate that the cache answered, or that joined, stands for the run that was charged for its look-up.
    """
    plans = await ledger.plans(connection)
    if not any(plans[run.plan].refund_bounces for run in reported.values()):
        return {}
    sources = await runs.by_ids(connection, [run.source_run_id for run in reported.values() if run.source_run_id])
    looked_up = {i: sources.get(run.source_run_id, run) if run.source_run_id else run for i, run in reported.items()}
    payers = await runs.charged(connection, {run.cascade_id for run in looked_up.values() if run.cascade_id})
    people = {run_id: fingerprint(run.contact) for run_id, run in reported.items() if run.contact}
    wrong = await feedback.wrong_of(connection, {run.account_id for run in reported.values()}, people.values())
    since = fresh_since(now, timedelta(days=services.settings.cache_days))
    refunds: dict[UUID, int] = {}
    entries: list[ledger.LedgerEntry] = []
    for run_id, person in people.items():
        run, cascade_id = reported[run_id], looked_up[run_id].cascade_id
        payer = payers.pop(cascade_id, None) if cascade_id else None
        if payer is None or not plans[payer.plan].refund_bounces or payer.ended_at is None or payer.ended_at <= since:
            continue
        if not is_worthless(payer.result, wrong.get((run.account_id, run.mode.value, person), ()), payer.type):
            continue
        refunds[run_id] = payer.credits_used
        entries.append(
            ledger.LedgerEntry(
                id=services.new_id(),
                account_id=payer.account_id,
                run_id=payer.id,
                kind=EntryKind.REFUND,
                amount=payer.credits_used,
            )
        )
        await runs.bill(connection, payer.id, 0)
        await cache.mark_unpaid(connection, run.account_id, run.mode, person)
    await ledger.append(connection, entries, now)
    return refunds
