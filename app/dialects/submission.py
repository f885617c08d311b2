"""Read the two parts that every submission has: the contact and the options of its look-up."""

from collections.abc import Mapping
from decimal import Decimal
from functools import cache
from typing import Any, Protocol

import msgspec

from app.dialects.body_reader import names_of
from app.dialects.member_names import misnamed
from app.dialects.member_types import LEAST_COST
from app.domain.contacts.contact import Contact, RawContact, normalise
from app.domain.contacts.member_warning import MemberWarning
from app.domain.errors import FieldError
from app.domain.runs.lookup_options import NO_METADATA, LookupOptions
from app.domain.vocabulary import EnrichmentType


def read_contact(
    body: msgspec.Struct,
    members: Mapping[str, Any],
    faults: list[FieldError],
    *,
    path: str = "",
    names: Mapping[str, str] | None = None,
) -> tuple[Contact, tuple[MemberWarning, ...]]:
    """Return the contact of a body in its normal form, with warnings about members that cannot be used.

    Such a member is dropped where the others suffice; one that the dialect requires, only where company or profile are
    known by another one.

    Args:
        body: A Struct with attributes of `RawContact`.
        members: The JSON object that the body was read from.
        faults: Faults found when the body was read; those of the contact are added.
        path: Where the object stands in the request, such as ``contacts[3].``.
        names: Names of the attributes in the request, if they are not those of the Struct.

    Returns:
        The contact, which is only meaningful when there is no fault, and the warnings.
    """
    names = names or contact_names(type(body))
    given = RawContact(**{name: getattr(body, name) for name in names})
    contact, warnings, problems = normalise(given, names)
    if not (contact.company_domain or contact.company_name or contact.linkedin_url):
        required = {field.encode_name for field in msgspec.structs.fields(body) if field.required}
        problems += [one.problem for one in warnings if one.dropped and one.field in required]
    if not problems:
        return contact, tuple(warnings)
    wrong = {fault.field for fault in faults}
    is_faulty = any(path + name in wrong for name in names.values())
    for problem in problems:
        if problem.field:
            faults.append(FieldError(field=path + problem.field, message=problem.message))
        elif not is_faulty:
            # That the contact names nobody follows from the faults of its members.
            hint = misnamed(members, names.values())
            faults.append(FieldError(field=path, message=problem.message + hint))
    return contact, tuple(warnings)


@cache
def contact_names(kind: type[msgspec.Struct]) -> dict[str, str]:
    """List the attributes of a contact that a Struct has, with their names in JSON."""
    return {name: spoken for name, spoken in names_of(kind).items() if name in RawContact.__struct_fields__}


def quote_faults(options: LookupOptions) -> list[FieldError]:
    """Find what is wrong with how a list refers to its quote."""
    if options.stop_at_quote and options.quote_id is None:
        return [FieldError(field="stop_at_quote", message="needs quote_id, which says where to stop")]
    return []


class SubmissionDraft(msgspec.Struct, frozen=True, kw_only=True):
    """A submission of one contact as its body states it; `warnings` are sentences for the client."""

    contact: Contact
    options: LookupOptions
    warnings: tuple[str, ...]


class OptionMembers(Protocol):
    """The members of a body that state its options."""

    force_refresh: bool | None
    providers: list[str] | None
    max_cost_usd: float | None
    metadata: msgspec.Raw | None
    webhook_url: str | None


def lookup_options(body: OptionMembers, kind: EnrichmentType) -> LookupOptions:
    """Return the options that a body states.

    Args:
        body: Read without fault; `webhook_url` is not yet vetted.
        kind: What is looked for.
    """
    # The shortest decimal that reads back as the same number is the one that the client wrote.
    cost = None if body.max_cost_usd is None else Decimal(repr(body.max_cost_usd)).quantize(LEAST_COST)
    return LookupOptions(
        type=kind,
        only_providers=tuple(body.providers) if body.providers else None,
        max_cost_usd=cost,
        waterfall_name=getattr(body, "waterfall", None),  # an address to verify has no finders to order
        quote_id=getattr(body, "quote_id", None),
        stop_at_quote=bool(getattr(body, "stop_at_quote", False)),
        force_refresh=bool(body.force_refresh),
        webhook_url=body.webhook_url,
        metadata=NO_METADATA if body.metadata is None else body.metadata,
    )
