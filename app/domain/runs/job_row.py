"""A job as its owner sees it (LeadSonar): the one JSON form that GET and the webhook share."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec

from app.domain.runs.job import JobView
from app.domain.runs.view import timestamp
from app.domain.waterfall.result import Result

_GIVEN = ("first_name", "last_name", "domain")


class RowView(msgspec.Struct, frozen=True, kw_only=True):
    """A contact of a job with what is known about it.

    Attributes:
        position: From 0, in the order in which the contacts were given.
        given: As the client wrote it.
        problem: Why it was refused (rows of a batch only).
        status: Of its run; None while it has none.
        result_status: `found`, `not_found` or `error` once the run has ended.
    """

    position: int
    given: dict[str, Any]
    problem: list[dict[str, str]] | None = None
    run_id: UUID | None = None
    status: str | None = None
    result_status: str | None = None
    result: Result | None = None


def job_json(job: JobView, rows: Sequence[RowView], cost_usd: Decimal) -> dict[str, Any]:
    """Render a job; the contacts and what they cost are shown once it is completed.

    Args:
        job: The job.
        rows: Its contacts in input order; ignored while it is processed.
        cost_usd: What the providers charged for it.
    """
    body = _head(job)
    if job.metadata:
        body["metadata"] = job.metadata
    if job.ended_at is not None:
        body["contacts"] = [contact_json(row) for row in rows]
        body["meta"] = {
            "total_cost_usd": float(cost_usd),
            "duration_ms": round((job.ended_at - job.created_at).total_seconds() * 1000),
        }
    return body


def job_line(job: JobView) -> dict[str, Any]:
    """Render a job in a list of jobs, without its contacts."""
    return _head(job) | {"created_at": timestamp(job.created_at), "completed_at": timestamp(job.ended_at)}


def _head(job: JobView) -> dict[str, Any]:
    return {
        "id": str(job.id),
        "status": job.status.value,
        "progress": {
            "total": job.total,
            "completed": job.done,
            "emails_found": job.emails_found,
            "phones_found": job.phones_found,
        },
    }


def contact_json(row: RowView) -> dict[str, Any]:
    """Render one contact of a job; what was not found is null. `run_id` leads to its attempts."""
    email = row.result.email if row.result and row.result.email and row.result.email.found else None
    phone = row.result.phone if row.result and row.result.phone and row.result.phone.found else None
    used = [part.provider for part in (email, phone) if part]
    return {name: row.given.get(name) for name in _GIVEN} | {
        "email": email.value if email else None,
        "email_confidence": email.confidence / 100 if email else None,
        "phone": phone.value if phone else None,
        "phone_type": phone.phone_type.value if phone else None,
        "providers_used": list(dict.fromkeys(used)),
        "run_id": str(row.run_id) if row.run_id else None,
        "status": row.result_status or row.status,
    }
