"""Read requests of the LeadModule dialect."""

from typing import Any

from app.dialects.body_reader import in_order, read_body, unknown_members
from app.dialects.leadmodule.schemas import RunRequestBody, VerifyRequestBody
from app.dialects.submission import SubmissionDraft, lookup_options, read_contact
from app.domain.contacts.contact import Contact
from app.domain.contacts.email_address import read_address
from app.domain.contacts.member_warning import sentences
from app.domain.errors import FieldError
from app.domain.vocabulary import EnrichmentType

WEBHOOK_URL = "webhookUrl"


def parse(members: dict[str, Any]) -> tuple[SubmissionDraft, list[FieldError]]:
    """Read the body of a submission.

    Returns:
        The draft, and every fault found; the draft is only meaningful when there is none. `webhookUrl` is not vetted.
    """
    faults: list[FieldError] = []
    body = read_body(RunRequestBody, members, faults)
    contact, warnings = read_contact(body, members, faults)
    draft = SubmissionDraft(
        contact=contact,
        options=lookup_options(body, EnrichmentType(body.enrichment_type or EnrichmentType.EMAIL)),
        warnings=(*sentences(warnings), *unknown_members(RunRequestBody, members)),
    )
    return draft, in_order(RunRequestBody, faults) if faults else []


def parse_verification(members: dict[str, Any]) -> tuple[SubmissionDraft, list[FieldError]]:
    """Read the body of a verification.

    Returns:
        The draft, and every fault found; the draft is only meaningful when there is none. `webhookUrl` is not vetted.
    """
    faults: list[FieldError] = []
    body = read_body(VerifyRequestBody, members, faults)
    flaw, address = read_address(body.email or "")
    if flaw and not any(fault.field == "email" for fault in faults):
        faults.append(FieldError(field="email", message=f"{flaw}; give an address such as jane.smith@acme.example"))
    draft = SubmissionDraft(
        contact=Contact(email=address),
        options=lookup_options(body, EnrichmentType.VERIFY),
        warnings=unknown_members(VerifyRequestBody, members),
    )
    return draft, in_order(VerifyRequestBody, faults) if faults else []
