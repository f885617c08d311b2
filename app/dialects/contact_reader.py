"""Read the contact of a body: the texts as the client wrote them, then the rules of contacts."""

from collections.abc import Mapping
from functools import cache
from typing import Any

import msgspec

from app.dialects.body_reader import names_of
from app.dialects.member_names import misnamed
from app.domain.contacts.contact import Contact, RawContact, normalise
from app.domain.errors import FieldError


def read_contact(
    body: msgspec.Struct,
    members: Mapping[str, Any],
    faults: list[FieldError],
    *,
    path: str = "",
    names: Mapping[str, str] | None = None,
) -> Contact:
    """Return the contact of a body in its normal form.

    Args:
        body: A Struct with attributes of `RawContact`.
        members: The JSON object that the body was read from.
        faults: Faults found when the body was read; those of the contact are added.
        path: Where the object stands in the request, such as ``contacts[3].``.
        names: Names of the attributes in the request, if they are not those of the Struct.

    Returns:
        The contact, which is only meaningful when there is no fault.
    """
    names = names or contact_names(type(body))
    spoken = {attribute: names.get(attribute, attribute) for attribute in RawContact.__struct_fields__}
    contact, problems = normalise(RawContact(**{name: getattr(body, name) for name in names}), spoken)
    wrong = {fault.field for fault in faults}
    is_faulty = any(path + name in wrong for name in names.values())
    for problem in problems:
        if problem.field:
            faults.append(FieldError(field=path + problem.field, message=problem.message))
        elif not is_faulty:
            # That the contact names nobody follows from the faults of its members.
            hint = misnamed(members, names.values())
            faults.append(FieldError(field=path, message=problem.message + hint))
    return contact


@cache
def contact_names(kind: type[msgspec.Struct]) -> dict[str, str]:
    """List the attributes of a contact that a Struct has, with their names in JSON."""
    return {name: spoken for name, spoken in names_of(kind).items() if name in RawContact.__struct_fields__}
