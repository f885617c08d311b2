"""Continue runs that joined a narrower look-up which found nothing: the rest of their providers is asked, uncharged."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.contacts.fingerprint import fingerprint
from app.domain.runs.view import RunView
from app.domain.waterfall.asked_before import AskedBefore, widest
from app.services import Services
from app.store.runs import runs
from app.store.waterfall import cascades
from app.store.waterfall.cascades import LeasedCascade, NewCascade


async def follow_up(
    connection: AsyncConnection,
    services: Services,
    ended: LeasedCascade,
    waiting: Sequence[RunView],
    *,
    before: tuple[AskedBefore, ...],
    paid_at: datetime | None,
) -> UUID:
    """Start the cascade that asks the rest of what some runs allow, and let them wait for it.

    Args:
        connection: In the transaction that ends their cascade; the account is locked.
        services: The process's.
        ended: The cascade that has found nothing.
        waiting: Its runs that allow more, the oldest first.
        before: Providers that need not be asked again.
        paid_at: When the look-up ended that was paid for; None if none was.

    Returns:
        The new cascade, to notify the workers of after the commit.
    """
    wanted = widest(run.wants for run in waiting if run.wants)
    new = NewCascade(
        id=services.new_id(),
        account_id=ended.account_id,
        mode=ended.mode,
        type=ended.type,
        fingerprint=fingerprint(ended.contact),
        lane=ended.lane,
        contact=ended.contact,
        only_providers=wanted.only_providers,
        max_cost_usd=wanted.max_cost_usd,
        budget_id=wanted.budget_id,
        # As old as its oldest run, whose providers' charges it adds.
        created_at=waiting[0].created_at,
        asked_before=before,
        paid_at=paid_at,
        waterfall=ended.waterfall,
    )
    await cascades.add(connection, [new])
    await runs.move(connection, [run.id for run in waiting], new.id)
    return new.id
