"""Submissions: the requested look-ups of a client, and the accepted runs."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

import msgspec

from app.domain.contacts.contact import Contact
from app.domain.runs.job import JobView
from app.domain.runs.lookup_options import LookupOptions
from app.domain.runs.view import RunView
from app.domain.vocabulary import Lane
from app.domain.waterfall.asked_before import Restriction
from app.store.runs.idempotency_keys import RecordKey
from app.usecases.accounts.authenticate import Principal
from app.usecases.waterfall.finished_runs import EnqueuedWebhooks


class Idempotency(msgspec.Struct, frozen=True, kw_only=True):
    """The idempotency record that a submission belongs to, as its request holds it.

    Attributes:
        held_until: By the database's clock; another time means that another request took the record over.
    """

    record: RecordKey
    held_until: datetime


class Submission(msgspec.Struct, frozen=True, kw_only=True):
    """One contact as a client submitted it, checked and normalised.

    Attributes:
        answers_since: The cache answers only with what ended after this time, in UTC.
        warnings: Sentences about parts of the request that were ignored.
        budget_id: The quoted job or batch that is stopped at its quote, if this belongs to one.
        agreed_price: Credits of a fresh look-up where they were agreed before; else those of the plan.
    """

    principal: Principal
    contact: Contact
    options: LookupOptions = LookupOptions()
    warnings: tuple[str, ...] = ()
    answers_since: datetime | None = None
    agreed_price: int | None = None
    lane: Lane = Lane.INTERACTIVE
    idempotency: Idempotency | None = None
    job_id: UUID | None = None
    budget_id: UUID | None = None

    @property
    def allows(self) -> Restriction:
        """The restrictions of its look-up."""
        options = self.options
        return Restriction(
            only_providers=options.only_providers, max_cost_usd=options.max_cost_usd, budget_id=self.budget_id
        )


class SubmissionGroup(msgspec.Struct, frozen=True, kw_only=True):
    """Submissions that are accepted together or not at all.

    Attributes:
        job: The job that they make, if any; its counters are those of the start.
        given: Of a job, each contact as the client wrote it.
        idempotency: The record that the job belongs to; single submissions carry their own.
    """

    submissions: tuple[Submission, ...]
    job: JobView | None = None
    given: tuple[dict[str, Any], ...] = ()
    idempotency: Idempotency | None = None


class AcceptanceKind(StrEnum):
    """How a submission was accepted."""

    NEW = "new"
    JOINED = "joined"
    CACHED = "cached"


class Accepted(msgspec.Struct, frozen=True, kw_only=True):
    """An accepted submission and its run."""

    run: RunView
    how: AcceptanceKind


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """The run of one submission.

    Attributes:
        new_cascade: The cascade that it starts, for the workers' notification after the commit; None otherwise.
    """

    run: RunView
    how: AcceptanceKind
    lane: Lane
    new_cascade: UUID | None = None


class WrittenAcceptance(msgspec.Struct, frozen=True, kw_only=True):
    """The notifications to send after the commit.

    Attributes:
        webhooks: Of runs that the cache answered.
        moved: Cascades that were moved from the bulk lane to the interactive one.
    """

    webhooks: EnqueuedWebhooks = EnqueuedWebhooks()
    moved: tuple[UUID, ...] = ()
