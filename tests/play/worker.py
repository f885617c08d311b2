"""A played worker: it ends what was accepted by the use cases of a real one, with answers that a test chooses."""

from collections.abc import Awaitable, Callable, Sequence
from decimal import Decimal
from uuid import UUID

from app.domain.contacts.contact import Contact
from app.domain.vocabulary import Field, ResultStatus, Tier
from app.domain.waterfall.answer import ZERO, Answer, Deliverability, Found, Miss
from app.domain.waterfall.attempt import Attempt
from app.domain.waterfall.outcome import Conclusion, RunError
from app.services import Services
from app.store.waterfall import cascades
from app.store.waterfall.attempts import NewAttempt
from app.usecases.waterfall.ended_cascade import EndedCascade
from app.usecases.waterfall.finish_cascade import FinishCascade
from app.usecases.waterfall.record_attempt import RecordAttempt

ADDRESS = "jane.smith@acme.example"
HIT = Found(field=Field.EMAIL, value=ADDRESS, status=Deliverability.VALID, confidence=95, score=100)
MISS = Miss()
FOUND = Conclusion(
    status=ResultStatus.FOUND,
    winners={Field.EMAIL: Attempt(provider="hunter", tier=Tier.T3, field=Field.EMAIL, route="name", answer=HIT)},
)
NOBODY = Conclusion(status=ResultStatus.NOT_FOUND, missed=frozenset({Field.EMAIL}))
TROUBLE = Conclusion(status=ResultStatus.ERROR, error=RunError(code="all_providers_failed", message="all failed"))
LEASE_SECONDS = 30.0


async def end_cascades(
    services: Services,
    ids: Sequence[UUID],
    conclude: Callable[[Contact], Conclusion] = lambda _: FOUND,
    *,
    asked: bool = True,
    cost_usd: Decimal = ZERO,
) -> int:
    """Lease cascades and end them; return how many were ended.

    Args:
        services: Those of the played worker.
        ids: Of the cascades.
        conclude: Chooses for a contact what its attempts add up to.
        asked: Whether any provider was called.
        cost_usd: What the providers charged for each.
    """
    async with services.engine.begin() as connection:
        leased = await cascades.lease(connection, ids, owner=services.name, lease_seconds=LEASE_SECONDS)
    finish = FinishCascade(services)
    ended = [
        await finish(
            EndedCascade(leased=one, conclusion=conclude(one.contact), skips=(), asked=asked, cost_usd=cost_usd)
        )
        for one in leased
    ]
    return sum(ended)


async def record_attempt(
    services: Services,
    cascade_id: UUID,
    provider: str,
    answer: Answer,
    position: int,
    *,
    cost_usd: Decimal = ZERO,
    meanwhile: Callable[[], Awaitable[object]] | None = None,
) -> None:
    """Lease a cascade, record a call with its answer, and hand the lease back; `meanwhile` happens during the call."""
    async with services.engine.begin() as connection:
        [leased] = await cascades.lease(connection, [cascade_id], owner=services.name, lease_seconds=LEASE_SECONDS)
    beginning = NewAttempt(
        cascade_id=cascade_id,
        fencing_token=leased.fencing_token,
        provider=provider,
        field=Field.EMAIL,
        tier=Tier.T1,
        route="name",
        position=position,
        missed_before=(),
        started_at=services.now(),
    )
    record = RecordAttempt(services)
    await record.begin(beginning)
    if meanwhile:
        await meanwhile()
    attempt = Attempt(
        provider=provider, tier=Tier.T1, field=Field.EMAIL, route="name", answer=answer, cost_usd=cost_usd
    )
    await record.end(beginning, attempt)
    async with services.engine.begin() as connection:
        await cascades.hand_back(connection, [cascade_id], owner=services.name)
