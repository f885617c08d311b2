"""Jobs and batches: their states, and their progress as runs end."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

import msgspec

from app.domain.accounts.owner import Owner
from app.domain.runs.lookup_options import NO_METADATA
from app.domain.runs.view import RunView
from app.domain.vocabulary import EnrichmentType, Lane, Mode, ResultStatus
from app.domain.waterfall.answer import ZERO

# A job of more contacts than this goes to the bulk lane.
MAX_INTERACTIVE = 10
NO_COSTS: Mapping[UUID, Decimal] = {}


class JobKind(StrEnum):
    """A job is accepted whole in one transaction; a batch is stored first and admitted portion by portion."""

    JOB = "job"
    BATCH = "batch"


class JobStatus(StrEnum):
    """The state of a job; only a batch is ever receiving, while its upload is not complete."""

    RECEIVING = "receiving"
    PROCESSING = "processing"
    COMPLETED = "completed"
    CANCELLED = "cancelled"


JOB_TRANSITIONS: dict[JobStatus, frozenset[JobStatus]] = {
    JobStatus.RECEIVING: frozenset({JobStatus.PROCESSING}),
    JobStatus.PROCESSING: frozenset({JobStatus.COMPLETED, JobStatus.CANCELLED}),
    JobStatus.COMPLETED: frozenset(),
    JobStatus.CANCELLED: frozenset(),
}


class JobView(msgspec.Struct, frozen=True, kw_only=True):
    """One job or batch. Times are UTC.

    Attributes:
        total: The number of contacts.
        done: Contacts that have ended, rejected ones included.
        rejected: Rows of a batch that are no valid contacts.
        not_found: Contacts of whom nothing was found.
        cost_usd: What providers charged for its look-ups that have ended.
        admitted: Rows of a batch that were read so far.
        reserved_credits: Credits held for the rows of a batch that are not yet admitted.
        options: Of a batch, the options of its rows: `providers`, `maxCostUsd`, `forceRefresh`.
        columns: Of a batch, the names of its columns or members, in their order.
        webhook_events: Events that the client wants in addition to the last one.
        warnings: Sentences about parts of the request that were ignored, also of its contacts.
    """

    id: UUID
    account_id: UUID
    key_id: UUID
    plan: str
    mode: Mode
    kind: JobKind
    type: EnrichmentType
    lane: Lane
    status: JobStatus
    total: int
    done: int = 0
    rejected: int = 0
    emails_found: int = 0
    phones_found: int = 0
    not_found: int = 0
    cost_usd: Decimal = ZERO
    admitted: int = 0
    reserved_credits: int = 0
    options: dict[str, Any] = {}
    metadata: msgspec.Raw = NO_METADATA
    columns: tuple[str, ...] | None = None
    webhook_url: str | None = None
    webhook_events: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    created_at: datetime
    ended_at: datetime | None = None

    @property
    def owner(self) -> Owner:
        """The account in the mode of the key that submitted it."""
        return Owner(self.account_id, self.mode)

    @property
    def ended(self) -> bool:
        """Whether it has ended."""
        return self.ended_at is not None


class Tally(msgspec.Struct, frozen=True, kw_only=True):
    """The progress that ended runs add to their job."""

    done: int = 0
    emails_found: int = 0
    phones_found: int = 0
    not_found: int = 0
    cost_usd: Decimal = ZERO


def tallies(ended: Iterable[RunView], costs: Mapping[UUID, Decimal] = NO_COSTS) -> dict[UUID, Tally]:
    """Count runs that have just ended, by job; ignore runs without a job.

    Args:
        ended: The runs.
        costs: What providers charged for cascades that have ended, in USD by the job that pays; it may be one of
            which no run is among these.
    """
    counted = {job_id: Tally(cost_usd=cost_usd) for job_id, cost_usd in costs.items()}
    for run in ended:
        if run.job_id is not None:
            before = counted.get(run.job_id, Tally())
            result = run.result
            counted[run.job_id] = Tally(
                done=before.done + 1,
                emails_found=before.emails_found + bool(result and result.email and result.email.found),
                phones_found=before.phones_found + bool(result and result.phone and result.phone.found),
                not_found=before.not_found + (run.result_status is ResultStatus.NOT_FOUND),
                cost_usd=before.cost_usd,
            )
    return counted


def lane_for(contacts: int) -> Lane:
    """Return the lane of a job by its number of contacts."""
    return Lane.INTERACTIVE if contacts <= MAX_INTERACTIVE else Lane.BULK
