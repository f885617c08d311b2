"""Runs and attempts as their owner sees them."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

import msgspec

from app.domain.accounts.owner import Owner
from app.domain.contacts.contact import Contact
from app.domain.runs.run import TERMINAL
from app.domain.vocabulary import EnrichmentType, Field, Mode, ResultStatus, RunStatus, Tier
from app.domain.waterfall.asked_before import Restriction
from app.domain.waterfall.attempt import Expectation, Outcome
from app.domain.waterfall.outcome import RunError
from app.domain.waterfall.result import Result


class RunView(msgspec.Struct, frozen=True, kw_only=True):
    """One run. Times are UTC; `started_at` and `ended_at` are None until then.

    Attributes:
        warnings: Sentences about parts of the submission that were ignored.
        metadata: The client's own JSON object as it was written.
        job_id: The job or batch that it was submitted with, if any.
        contact: The contact as it was understood; None where it is not kept.
        wants: What its request allows to ask, where that is more than the cascade that it joined asks.
    """

    id: UUID
    account_id: UUID
    cascade_id: UUID | None
    source_run_id: UUID | None
    plan: str
    mode: Mode
    type: EnrichmentType
    status: RunStatus
    result_status: ResultStatus | None
    cached: bool
    degraded: bool
    credits_used: int
    result: Result | None
    error: RunError | None
    metadata: msgspec.Raw
    webhook_url: str | None
    warnings: tuple[str, ...] = ()
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    job_id: UUID | None = None
    contact: Contact | None = None
    wants: Restriction | None = None

    @property
    def owner(self) -> Owner:
        """The account in the mode of the key that submitted it."""
        return Owner(self.account_id, self.mode)

    @property
    def ended(self) -> bool:
        """Whether the status is terminal."""
        return self.status in TERMINAL


class SharedRun(msgspec.Struct, frozen=True, kw_only=True):
    """One of the runs that wait for the same look-up.

    Attributes:
        key: The name of the key that submitted it, or how that key begins.
        began: Whether the look-up was begun for it; the others joined.
    """

    run: RunView
    key: str
    began: bool


class AttemptView(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the cascade as it happened; `outcome` is None while the provider is being asked.

    Times are UTC; None where the provider was not called, or has not answered yet.
    """

    provider: str
    tier: Tier
    field: Field
    route: str | None = None
    outcome: Outcome | None = None
    reason: str | None = None
    latency_ms: int | None = None
    cost_usd: Decimal = Decimal(0)
    http_status: int | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None
    missed_before: tuple[str, ...] = ()
    expected: Expectation | None = None
