"""The LeadSonar dialect: a pure translation between its snake_case JSON and what the use cases take."""

from collections import Counter
from collections.abc import Collection
from decimal import Decimal
from typing import Any

import msgspec

from app.dialects.body_reader import BodyReader, SubmissionDraft, ignored
from app.domain.contacts.contact import Contact
from app.domain.errors import FieldError
from app.domain.runs.view import RunView
from app.domain.vocabulary import EnrichmentType, Field, RunStatus
from app.domain.waterfall.answer import Deliverability
from app.domain.webhooks.delivery import Event

MAX_CONTACTS = 100
CONTACTS = "contacts"
WEBHOOK_URL = "webhook_url"
NAMES = {
    "first_name": "first_name",
    "last_name": "last_name",
    "company_domain": "domain",
    "company_name": "company_name",
    "linkedin_url": "linkedin_url",
}
REQUIRED = ("first_name", "last_name", "company_domain")
OPTIONS = ("force_refresh", "providers", "max_cost_usd", "metadata", WEBHOOK_URL)
LOOKUP_MEMBERS = (*NAMES.values(), *OPTIONS)
JOB_MEMBERS = (CONTACTS, "fields", "webhook_events", *OPTIONS)

_TYPES = {
    (): EnrichmentType.EMAIL,
    (Field.EMAIL,): EnrichmentType.EMAIL,
    (Field.PHONE,): EnrichmentType.PHONE,
    (Field.EMAIL, Field.PHONE): EnrichmentType.ALL,
}


class JobDraft(msgspec.Struct, frozen=True, kw_only=True):
    """A job as far as its body tells.

    Attributes:
        contacts: In the order in which they were given.
        given: Each as the client wrote it, without what is not known.
        max_cost_usd: Of each contact.
        warnings: Sentences for the client.
    """

    contacts: tuple[Contact, ...]
    given: tuple[dict[str, Any], ...]
    type: EnrichmentType
    only_providers: tuple[str, ...] | None
    max_cost_usd: Decimal | None
    force_refresh: bool
    webhook_url: str | None
    webhook_events: tuple[Event, ...]
    metadata: dict[str, Any]
    warnings: tuple[str, ...]


def parse_lookup(
    body: dict[str, Any], kind: EnrichmentType, known_providers: Collection[str]
) -> tuple[SubmissionDraft, list[FieldError]]:
    """Translate the body of a look-up.

    Args:
        body: The JSON object.
        kind: What is looked for.
        known_providers: The names that ``providers`` may hold for this key.

    Returns:
        The draft, and every problem found; the draft is only meaningful when there is none. `webhook_url` is not
        vetted.
    """
    members = BodyReader(body)
    draft = SubmissionDraft(
        contact=members.contact(NAMES, required=REQUIRED),
        type=kind,
        only_providers=members.providers("providers", known_providers),
        max_cost_usd=members.cost("max_cost_usd"),
        force_refresh=members.flag("force_refresh"),
        webhook_url=members.url(WEBHOOK_URL),
        metadata=members.metadata("metadata"),
        warnings=tuple(ignored(name, LOOKUP_MEMBERS) for name in members.unknown(LOOKUP_MEMBERS)),
    )
    return draft, members.problems


def parse_job(body: dict[str, Any], known_providers: Collection[str]) -> tuple[JobDraft, list[FieldError]]:
    """Translate the body of a job.

    Args:
        body: The JSON object.
        known_providers: The names that ``providers`` may hold for this key.

    Returns:
        The draft, and every problem found, those of a contact under ``contacts[index]``; the draft is only meaningful
        when there is none. `webhook_url` is not vetted.
    """
    members = BodyReader(body)
    contacts, given, warnings = _contacts(body, members)
    events = members.choices("webhook_events", (Event.CONTACT, Event.JOB))
    webhook_url = members.url(WEBHOOK_URL)
    if events and webhook_url is None:
        warnings.append(f"webhook_events has no effect without {WEBHOOK_URL}")
    draft = JobDraft(
        contacts=tuple(contacts),
        given=tuple(given),
        type=_TYPES[members.choices("fields", tuple(Field), least=1)],
        only_providers=members.providers("providers", known_providers),
        max_cost_usd=members.cost("max_cost_usd"),
        force_refresh=members.flag("force_refresh"),
        webhook_url=webhook_url,
        # The end of the job is told in any case.
        webhook_events=tuple(event for event in events if event is not Event.JOB),
        metadata=members.metadata("metadata"),
        warnings=(*(ignored(name, JOB_MEMBERS) for name in members.unknown(JOB_MEMBERS)), *warnings),
    )
    return draft, members.problems


def _contacts(body: dict[str, Any], members: BodyReader) -> tuple[list[Contact], list[dict[str, Any]], list[str]]:
    listed = body.get(CONTACTS)
    if not isinstance(listed, list) or not 1 <= len(listed) <= MAX_CONTACTS:
        has = f", not {len(listed)}" if isinstance(listed, list) else ""
        members.wrong(CONTACTS, f"must be a list of 1 to {MAX_CONTACTS} contacts{has}")
        return [], [], []
    contacts: list[Contact] = []
    given: list[dict[str, Any]] = []
    unknown: Counter[str] = Counter()
    first: dict[str, int] = {}
    for index, item in enumerate(listed):
        if not isinstance(item, dict):
            members.wrong(f"{CONTACTS}[{index}]", "must be a JSON object")
            continue
        one = BodyReader(item, path=f"{CONTACTS}[{index}].")
        contacts.append(one.contact(NAMES, required=REQUIRED))
        given.append({name: item[name] for name in NAMES.values() if item.get(name) is not None})
        members.problems += one.problems
        for name in one.unknown(NAMES.values()):
            unknown[name] += 1
            first.setdefault(name, index)
    return (
        contacts,
        given,
        [ignored(name, NAMES.values(), where=_where(first[name], count)) for name, count in unknown.items()],
    )


def _where(first: int, count: int) -> str:
    others = f" and {count - 1} more" if count > 1 else ""
    return f" in {CONTACTS}[{first}]{others}"


def email_json(run: RunView) -> dict[str, Any]:
    """Write the answer of find-email; `verified` means that mail to the address arrives."""
    part = run.result.email if run.result else None
    return {
        "email": part.value if part else None,
        "confidence": part.confidence / 100 if part else 0,
        "provider": part.provider if part else None,
        "verified": bool(part and part.found and part.status is Deliverability.VALID),
        "cost_credits": run.credits_used,
    } | _fault(run)


def phone_json(run: RunView) -> dict[str, Any]:
    """Write the answer of find-phone; only numbers in an assigned range are found, so what is found is validated."""
    part = run.result.phone if run.result else None
    found = bool(part and part.found)
    return {
        "phone": part.value if part else None,
        "phone_type": part.phone_type.value if part and found else None,
        "provider": part.provider if part else None,
        "validated": found,
        "cost_credits": run.credits_used,
    } | _fault(run)


def _fault(run: RunView) -> dict[str, Any]:
    """Say why there is no answer, which "nobody has it" would not be."""
    if run.status is RunStatus.CANCELLED:
        return {"error": {"code": "cancelled", "message": "The run was cancelled."}}
    return {"error": {"code": run.error.code, "message": run.error.message}} if run.error else {}
