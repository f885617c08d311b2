"""A batch as its owner sees it: the JSON that GET and the webhook share, and the rows of its results."""

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from app.domain.columns.choice import free_name
from app.domain.contacts.contact import Contact
from app.domain.problems import first_of
from app.domain.runs.batch import BatchOptions, RowError, RowOutcome, status_of
from app.domain.runs.job import JobView
from app.domain.time_text import timestamp

# What a row of the results has besides its own columns, in this order.
RESULT_COLUMNS = (
    "email",
    "email_status",
    "email_confidence",
    "email_provider",
    "phone",
    "phone_type",
    "phone_extension",
    "phone_provider",
    "status",
    "error",
    "warnings",
    "run_id",
    "mode",
    "input",
)
# What a contact is looked up by, as `input` of a row shows it.
_INPUTS = ("first_name", "last_name", "full_name", "company_domain", "company_name", "linkedin_url")
PREFIX = "leadrun_"


def results_path(batch: JobView) -> str:
    """Return where the results of a batch are."""
    return f"/api/v1/batches/{batch.id}/results"


def summary_json(batch: JobView) -> dict[str, Any]:
    """Render a batch without what takes a look at its rows."""
    return {
        "id": str(batch.id),
        "status": batch.status.value,
        "mode": batch.mode.value,
        "total": batch.total,
        "completed": batch.done,
        "rejected": batch.rejected,
        "emails_found": batch.emails_found,
        "phones_found": batch.phones_found,
        "not_found": batch.not_found,
        "credits_reserved": batch.reserved_credits,
        "cost_usd": float(batch.cost_usd),
        "metadata": batch.metadata,
        "created_at": timestamp(batch.created_at),
        "completed_at": timestamp(batch.ended_at),
        "results_url": results_path(batch) if batch.ended else None,
    }


def batch_json(
    batch: JobView, errors: Sequence[RowError], *, credits_used: int, estimated_seconds: int | None = None
) -> dict[str, Any]:
    """Render a batch whole.

    Args:
        batch: The batch.
        errors: What is wrong with its first bad rows.
        credits_used: What its runs cost so far.
        estimated_seconds: Until it is completed; None once it has ended.
    """
    warnings = {"warnings": batch.warnings} if batch.warnings else {}
    return (
        summary_json(batch)
        | warnings
        | {
            "credits_used": credits_used,
            "estimated_seconds": estimated_seconds,
            "errors": [msgspec.structs.asdict(error) for error in first_of(errors)],
        }
    )


def result_columns(columns: Iterable[str]) -> dict[str, str]:
    """Name our columns: by a longer name where the upload has one of the same, whatever it has of our longer ones."""
    taken = set(columns)
    return {name: free_name(name if name not in taken else PREFIX + name, taken) for name in RESULT_COLUMNS}


def result_values(fate: RowOutcome, batch: JobView) -> dict[str, Any]:
    """Return what became of a row, by the names of our columns; what was not found is None."""
    result = fate.result
    email = result.email if result and result.email and result.email.found else None
    phone = result.phone if result and result.phone and result.phone.found else None
    problems = "; ".join(": ".join(filter(None, (p["field"], p["message"]))) for p in fate.problem or ())
    return {
        "email": email.value if email else None,
        "email_status": email.status.value if email else None,
        "email_confidence": email.confidence / 100 if email else None,
        "email_provider": email.provider if email else None,
        "phone": phone.value if phone else None,
        "phone_type": phone.phone_type.value if phone else None,
        "phone_extension": phone.phone_extension if phone else None,
        "phone_provider": phone.provider if phone else None,
        "status": status_of(fate, batch.status).value,
        "error": problems or fate.error,
        "warnings": "; ".join(fate.warnings) or None,
        "run_id": str(fate.run_id) if fate.run_id else None,
        "mode": batch.mode.value,
        "input": _input(fate.contact) if fate.contact else None,
    }


def _input(contact: Contact) -> dict[str, str | None]:
    return {"domain" if name == "company_domain" else name: getattr(contact, name) for name in _INPUTS}


def result_cells(fate: RowOutcome, batch: JobView) -> list[str | float]:
    """Return what became of a row as cells of a table: `input` in one text, what was not found as an empty one."""
    values = result_values(fate, batch)
    if fate.contact:
        known = (fate.contact.name, fate.contact.company_domain, fate.contact.company_name, fate.contact.linkedin_url)
        values["input"] = "; ".join(filter(None, known))
    return ["" if value is None else value for value in values.values()]


def options_of(batch: JobView) -> BatchOptions:
    """Read what the rows of a batch have in common."""
    return msgspec.convert(batch.options, BatchOptions)
