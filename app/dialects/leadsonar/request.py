"""Read requests of the LeadSonar dialect."""

from collections.abc import Iterator
from itertools import islice
from typing import Any

import msgspec

from app.dialects.body_reader import in_order, read_body, unknown_members
from app.dialects.leadsonar.schemas import ContactRequestBody, JobRequestBody, LookupRequestBody
from app.dialects.member_names import MAX_UNKNOWN, left_unnamed, unknown_member
from app.dialects.submission import SubmissionDraft, contact_names, lookup_options, read_contact
from app.domain.contacts.contact import Contact
from app.domain.contacts.member_warning import sentences
from app.domain.errors import FieldError
from app.domain.runs.lookup_options import LookupOptions
from app.domain.vocabulary import FINDABLE, EnrichmentType, Field
from app.domain.webhooks.delivery import Event

CONTACTS = "contacts"
WEBHOOK_URL = "webhook_url"

_TYPES = {
    (): EnrichmentType.EMAIL,
    (Field.EMAIL,): EnrichmentType.EMAIL,
    (Field.PHONE,): EnrichmentType.PHONE,
    (Field.EMAIL, Field.PHONE): EnrichmentType.ALL,
}


class JobDraft(msgspec.Struct, frozen=True, kw_only=True):
    """A job as its body states it.

    Attributes:
        contacts: In the order in which they were given.
        given: Each as the client wrote it, without unknown members.
        options: Of each contact.
        webhook_events: Events that are posted in addition to the end of the job.
        of_each: Warnings of each contact.
        warnings: Those of all contacts, and of the job itself.
    """

    contacts: tuple[Contact, ...]
    given: tuple[dict[str, Any], ...]
    of_each: tuple[tuple[str, ...], ...]
    options: LookupOptions
    webhook_events: tuple[str, ...]
    warnings: tuple[str, ...]


def parse_lookup(members: dict[str, Any], kind: EnrichmentType) -> tuple[SubmissionDraft, list[FieldError]]:
    """Read the body of a look-up.

    Args:
        members: The JSON object.
        kind: What is looked for.

    Returns:
        The draft, and every fault found; the draft is only meaningful when there is none. `webhook_url` is not vetted.
    """
    faults: list[FieldError] = []
    body = read_body(LookupRequestBody, members, faults)
    contact, warnings = read_contact(body, members, faults)
    draft = SubmissionDraft(
        contact=contact,
        options=lookup_options(body, kind),
        warnings=(*sentences(warnings), *unknown_members(LookupRequestBody, members)),
    )
    return draft, in_order(LookupRequestBody, faults) if faults else []


def parse_job(members: dict[str, Any]) -> tuple[JobDraft, list[FieldError]]:
    """Read the body of a job.

    Returns:
        The draft, and every fault found, those of a contact under ``contacts[index]``; the draft is only meaningful
        when there is none. `webhook_url` is not vetted.
    """
    faults: list[FieldError] = []
    body = read_body(JobRequestBody, members, faults)
    listed = list(enumerate(members[CONTACTS])) if body.contacts else []
    objects = [(index, item) for index, item in listed if isinstance(item, dict)]
    said = [*unknown_members(JobRequestBody, members), *_unknown_in_contacts(objects)]
    contacts, of_each = [], []
    for given, (index, item) in zip(body.contacts or (), objects, strict=True):
        path = f"{CONTACTS}[{index}]."
        contact, warnings = read_contact(given, item, faults, path=path)
        contacts.append(contact)
        of_each.append(sentences(warnings))
        said += sentences(warnings, where=path)
    fields, events = body.fields or (), body.webhook_events or ()
    if events and not body.webhook_url:
        said.append(f"webhook_events has no effect without {WEBHOOK_URL}")
    draft = JobDraft(
        contacts=tuple(contacts),
        given=tuple(msgspec.to_builtins(contact) for contact in body.contacts or ()),
        of_each=tuple(of_each),
        options=lookup_options(body, _TYPES[tuple(field for field in FINDABLE if field in fields)]),
        # The end of the job is posted in any case.
        webhook_events=(Event.CONTACT.value,) if Event.CONTACT.value in events else (),
        warnings=tuple(said),
    )
    return draft, in_order(JobRequestBody, faults) if faults else []


def _unknown_in_contacts(objects: list[tuple[int, dict[str, Any]]]) -> Iterator[str]:
    """Name each unknown member of contacts once, with the first contact that has it."""
    known = contact_names(ContactRequestBody).values()
    seen: dict[str, list[int]] = {}
    for index, item in objects:
        for name in item:
            if name not in known:
                seen.setdefault(name, []).append(index)
    for name, places in islice(seen.items(), MAX_UNKNOWN):
        others = f" and {len(places) - 1} more" if len(places) > 1 else ""
        yield unknown_member(name, known, where=f" in {CONTACTS}[{places[0]}]{others}")
    yield from left_unnamed(seen)
