"""Read JSON objects into the Structs that publish them, and collect every fault with its path and a sentence.

How each member is read stands in `app.dialects.body_members`.
"""

import re
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any, TypeVar

import msgspec

from app.dialects.body_members import MemberType, members_of
from app.dialects.member_names import MAX_UNKNOWN, left_unnamed, misnamed, unknown_member
from app.domain.contacts.text import clean_text
from app.domain.errors import FieldError

_SEEN = re.compile("[0-9A-Za-z]")
# Of a list whose type gives no bound.
MAX_ITEMS = 100

Body = TypeVar("Body", bound=msgspec.Struct)


def read_body(
    kind: type[Body],
    members: Mapping[str, Any],
    faults: list[FieldError],
    *,
    path: str = "",
    names: Mapping[str, str] | None = None,
) -> Body:
    """Read an object into a Struct, member by member.

    null counts as absent, unless the type of the member has both null and ``UNSET``. So does a blank text, whatever the
    type of the member, because tools without code send one for each empty field. A required text must not be blank. Raw
    JSON must be an object, which stays as it is written. A whole number may be written as ``5.0`` (JSON Schema 2020-12,
    section 4.2.3).

    Args:
        kind: The Struct.
        members: The JSON object; members that the Struct lacks are passed over.
        faults: Every fault found is added, in the order of the Struct's members.
        path: Where the object stands in the request, such as ``contacts[3].``.
        names: The names of attributes in this object, if they are not those of the Struct; others are not read.

    Returns:
        The body. A wrong or missing member has its default, or None if it has no default, so that the other members
        can be checked further.
    """
    values: dict[str, Any] = {}
    for member in members_of(kind):
        name = member.name if names is None else names.get(member.attribute)
        if name is None:
            continue
        value = members.get(name)
        if isinstance(value, str) and _is_plain(value, member.type):
            values[member.attribute] = value
            continue
        blank = value is None or is_blank(value)
        if not member.required and blank and not (member.type.blank and value is not None):
            if value is None and member.null_counts and name in members:
                values[member.attribute] = None
            continue
        # A missing list gets the sentence of its type.
        if member.required and member.type.items is None and blank:
            values[member.attribute] = None
            faults.append(FieldError(field=path + name, message="is required" + misnamed(members, [name])))
            continue
        value = _read(value, member.type, path + name, faults)
        if value is not msgspec.UNSET or member.required:
            values[member.attribute] = None if value is msgspec.UNSET else value
    return kind(**values)


def _is_plain(text: str, kind: MemberType) -> bool:
    """Return whether a text needs no further look, as most do not."""
    return kind.fits is not None and kind.rule is None and _SEEN.match(text) is not None and kind.fits(text)


def is_blank(value: object) -> bool:
    """Return whether a value is null or a text without anything to see."""
    return value is None or (isinstance(value, str) and not _SEEN.match(value) and clean_text(value) is None)


def _read(value: object, kind: MemberType, place: str, faults: list[FieldError]) -> Any:  # noqa: ANN401 - of any type
    """Read one value; a wrong one is UNSET."""
    if kind.items is not None:
        return _read_list(value, kind, kind.items, place, faults)
    if kind.struct is not None and isinstance(value, dict):
        return read_body(kind.struct, value, faults, path=f"{place}.")
    if kind.annotation is msgspec.Raw and isinstance(value, dict):
        value = msgspec.Raw(msgspec.json.encode(value))
    if kind.whole and isinstance(value, float) and value.is_integer():
        value = int(value)
    message: str | None
    try:
        read = value if kind.fits and kind.fits(value) else msgspec.convert(value, kind.annotation)
        message = kind.rule(read) if kind.rule else None
    except msgspec.ValidationError:
        message = kind.fault if isinstance(kind.fault, str) else kind.fault(value)
    if message is None:
        return read
    faults.append(FieldError(field=place, message=message))
    return msgspec.UNSET


def _read_list(value: object, kind: MemberType, items: MemberType, place: str, faults: list[FieldError]) -> Any:  # noqa: ANN401 - of any type
    """Read a list; wrong items are left out."""
    least, most = kind.bounds
    if not isinstance(value, list) or not least <= len(value) <= (MAX_ITEMS if most is None else most):
        message = kind.fault if isinstance(kind.fault, str) else kind.fault(value)
        if most is None and isinstance(value, list) and len(value) > MAX_ITEMS:
            message += f", at most {MAX_ITEMS}"
        faults.append(FieldError(field=place, message=message))
        return msgspec.UNSET
    read = []
    for index, item in enumerate(value):
        before = len(faults)
        read.append(_read(item, items, f"{place}[{index}]", faults))
        if kind.unique and len(faults) == before and item in value[:index]:
            faults.append(FieldError(field=f"{place}[{index}]", message="is named twice"))
    return [item for item in read if item is not msgspec.UNSET]


@cache
def names_of(kind: type[msgspec.Struct]) -> dict[str, str]:
    """List the attributes of a Struct with their names in JSON."""
    return {member.attribute: member.name for member in members_of(kind)}


@cache
def _names(kind: type[msgspec.Struct]) -> frozenset[str]:
    return frozenset(names_of(kind).values())


def in_order(kind: type[msgspec.Struct], faults: Iterable[FieldError]) -> list[FieldError]:
    """Sort faults: those of the body as a whole first, then those of each member, in the order of the Struct."""
    places = {member.name: place for place, member in enumerate(members_of(kind))}

    def place(fault: FieldError) -> tuple[int, int]:
        name, _, index = fault.field.partition(".")[0].partition("[")
        return places.get(name, -1), int(index.rstrip("]") or 0)

    return sorted(faults, key=place)


def unknown_members(kind: type[msgspec.Struct], members: Iterable[str]) -> tuple[str, ...]:
    """List the members that a Struct lacks, as warnings; beyond `MAX_UNKNOWN` they are only counted."""
    known = _names(kind)
    if known.issuperset(members):
        return ()
    unknown = [name for name in members if name not in known]
    return (*(unknown_member(name, known) for name in unknown[:MAX_UNKNOWN]), *left_unnamed(unknown))
