"""Write look-ups, jobs and their contacts in the LeadSonar dialect: answers and deliveries share these bodies."""

from collections.abc import Sequence
from decimal import Decimal
from typing import cast

from msgspec import UNSET, UnsetType

from app.dialects.leadsonar.schemas import (
    ContactInputBody,
    ContactResultBody,
    ContactStatus,
    EmailFoundBody,
    JobAcceptedBody,
    JobBody,
    JobLineBody,
    JobMetaBody,
    JobPageBody,
    JobState,
    PhoneFoundBody,
    ProgressBody,
)
from app.dialects.member_types import RunFaultBody
from app.domain.contacts.contact import Contact
from app.domain.runs.job import JobStatus, JobView
from app.domain.runs.job_row import RowView
from app.domain.runs.lookup_options import NO_METADATA
from app.domain.runs.view import RunView
from app.domain.time_text import time_text, timestamp
from app.domain.vocabulary import Mode, RunStatus
from app.domain.waterfall.answer import Deliverability


def email_body(run: RunView) -> EmailFoundBody:
    """Write the answer of find-email; `verified` means that mail to the address arrives."""
    part = run.result.email if run.result else None
    return EmailFoundBody(
        email=part.value if part else None,
        confidence=part.confidence / 100 if part else 0,
        provider=part.provider if part else None,
        verified=bool(part and part.found and part.status is Deliverability.VALID),
        cost_credits=run.credits_used,
        mode=run.mode,
        input=_input(run.contact),
        error=_fault(run),
        warnings=list(run.warnings) or UNSET,
    )


def phone_body(run: RunView) -> PhoneFoundBody:
    """Write the answer of find-phone; only numbers in an assigned range are found, so a found one is validated."""
    part = run.result.phone if run.result else None
    found = bool(part and part.found)
    return PhoneFoundBody(
        phone=part.value if part else None,
        phone_type=part.phone_type if part and found else None,
        provider=part.provider if part else None,
        validated=found,
        cost_credits=run.credits_used,
        mode=run.mode,
        input=_input(run.contact),
        phone_extension=(part.phone_extension if part else None) or UNSET,
        error=_fault(run),
        warnings=list(run.warnings) or UNSET,
    )


def _input(contact: Contact | None) -> ContactInputBody | None:
    if contact is None:
        return None
    return ContactInputBody(**{name: getattr(contact, name) for name in ContactInputBody.__struct_fields__})


def _fault(run: RunView) -> RunFaultBody | UnsetType:
    """Return why there is no answer, if that is not because nobody has it."""
    if run.status is RunStatus.CANCELLED:
        return RunFaultBody(code="cancelled", message="The run was cancelled.")
    return RunFaultBody(code=run.error.code, message=run.error.message) if run.error else UNSET


def accepted_job_body(job: JobView, estimated_seconds: int) -> JobAcceptedBody:
    """Write a job for the client that submitted it."""
    return JobAcceptedBody(
        id=job.id,
        status=_state(job),
        mode=job.mode,
        total_contacts=job.total,
        estimated_seconds=estimated_seconds,
        warnings=list(job.warnings) or UNSET,
    )


def job_body(job: JobView, rows: Sequence[RowView], cost_usd: Decimal) -> JobBody:
    """Write a job; its contacts and what they cost are shown once it is completed.

    Args:
        job: The job.
        rows: Its contacts in input order; ignored while it is processed.
        cost_usd: The sum of the providers' charges for it, in US dollars.
    """
    body = JobBody(id=job.id, status=_state(job), mode=job.mode, progress=_progress(job))
    body.metadata = UNSET if job.metadata == NO_METADATA else job.metadata
    body.warnings = list(job.warnings) or UNSET
    if job.ended_at is not None:
        body.contacts = [contact_body(row, job.mode) for row in rows]
        milliseconds = round((job.ended_at - job.created_at).total_seconds() * 1000)
        body.meta = JobMetaBody(total_cost_usd=float(cost_usd), duration_ms=milliseconds)
    return body


def job_page_body(jobs: Sequence[JobView], next_cursor: str | None) -> JobPageBody:
    """Write a page of jobs, without their contacts."""
    lines = [
        JobLineBody(
            id=job.id,
            status=_state(job),
            mode=job.mode,
            progress=_progress(job),
            created_at=time_text(job.created_at),
            completed_at=timestamp(job.ended_at),
        )
        for job in jobs
    ]
    return JobPageBody(jobs=lines, next_cursor=next_cursor)


def _state(job: JobView) -> JobState:
    return "completed" if job.status is JobStatus.COMPLETED else "processing"


def _progress(job: JobView) -> ProgressBody:
    return ProgressBody(
        total=job.total, completed=job.done, emails_found=job.emails_found, phones_found=job.phones_found
    )


def contact_body(row: RowView, mode: Mode) -> ContactResultBody:
    """Write one contact of a job; a field that was not found is null."""
    email = row.result.email if row.result and row.result.email and row.result.email.found else None
    phone = row.result.phone if row.result and row.result.phone and row.result.phone.found else None
    used = [part.provider for part in (email, phone) if part and part.provider]
    return ContactResultBody(
        first_name=row.given["first_name"],
        last_name=row.given["last_name"],
        domain=row.given["domain"],
        email=email.value if email else None,
        email_confidence=email.confidence / 100 if email else None,
        phone=phone.value if phone else None,
        phone_type=phone.phone_type if phone else None,
        providers_used=list(dict.fromkeys(used)),
        run_id=row.run_id,
        status=cast("ContactStatus", row.result_status or row.status),
        mode=mode,
        input=_input(row.contact),
        phone_extension=(phone.phone_extension if phone else None) or UNSET,
        warnings=list(row.warnings) or UNSET,
    )
