"""Read JSON objects into the Structs that publish them, and collect every fault with its path and a sentence.

The type of a member says how it is read: its bounds stand in `msgspec.Meta`. Three keys of ``Meta(extra=…)`` say more:
`FAULT` holds the sentence of a wrong type or bound, as text or as a function of the value; `RULE` holds a function
that returns the sentence of a well-typed value that is wrong nevertheless, or None; `BLANK` is true where an empty text
is a value of its own.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import Enum
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin
from uuid import UUID

import msgspec

from app.dialects.member_names import MAX_UNKNOWN, left_unnamed, misnamed, unknown_member
from app.domain.contacts.text import clean_text
from app.domain.errors import FieldError

FAULT, RULE, BLANK = "fault", "rule", "blank"
# Of a list whose type gives no bound.
MAX_ITEMS = 100

Body = TypeVar("Body", bound=msgspec.Struct)
Sentence = str | Callable[[Any], str]


class _MemberType(msgspec.Struct, frozen=True, kw_only=True):
    """How one member is read.

    Attributes:
        annotation: Its type with the bounds, without null.
        fault: The sentence of a wrong type or bound.
        whole: Whether it is a whole number.
        rule: Returns the sentence of another fault of a well-typed value.
        struct: The Struct of an object that is read member by member.
        items: How each item of a list is read.
        bounds: The least and most items of a list.
        unique: Whether a list may hold each item once only.
        blank: Whether an empty text is a value; else it counts as absent.
    """

    annotation: Any
    fault: Sentence
    whole: bool
    rule: Callable[[Any], str | None] | None = None
    struct: type[msgspec.Struct] | None = None
    items: "_MemberType | None" = None
    bounds: tuple[int, int | None] = (0, None)
    unique: bool = False
    blank: bool = False


class _Member(msgspec.Struct, frozen=True, kw_only=True):
    """One member of a Struct; `null_counts` where null says something else than absence."""

    attribute: str
    name: str
    required: bool
    null_counts: bool
    type: _MemberType


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
    for member in _members(kind):
        name = member.name if names is None else names.get(member.attribute)
        if name is None:
            continue
        value = members.get(name)
        if not member.required and is_blank(value) and not (member.type.blank and value is not None):
            if value is None and member.null_counts and name in members:
                values[member.attribute] = None
            continue
        # A missing list gets the sentence of its type.
        if member.required and member.type.items is None and is_blank(value):
            values[member.attribute] = None
            faults.append(FieldError(field=path + name, message="is required" + misnamed(members, [name])))
            continue
        value = _read(value, member.type, path + name, faults)
        if value is not msgspec.UNSET or member.required:
            values[member.attribute] = None if value is msgspec.UNSET else value
    return kind(**values)


def is_blank(value: object) -> bool:
    """Return whether a value is null or a text without anything to see."""
    return value is None or (isinstance(value, str) and clean_text(value) is None)


def _read(value: object, kind: _MemberType, place: str, faults: list[FieldError]) -> Any:  # noqa: ANN401 - of any type
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
        read = msgspec.convert(value, kind.annotation)
        message = kind.rule(read) if kind.rule else None
    except msgspec.ValidationError:
        message = kind.fault if isinstance(kind.fault, str) else kind.fault(value)
    if message is None:
        return read
    faults.append(FieldError(field=place, message=message))
    return msgspec.UNSET


def _read_list(value: object, kind: _MemberType, items: _MemberType, place: str, faults: list[FieldError]) -> Any:  # noqa: ANN401 - of any type
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
def _members(kind: type[msgspec.Struct]) -> tuple[_Member, ...]:
    return tuple(
        _Member(
            attribute=field.name,
            name=field.encode_name,
            required=field.required,
            null_counts={NoneType, msgspec.UnsetType} <= set(get_args(field.type)),
            type=_member_type(field.type),
        )
        for field in msgspec.structs.fields(kind)
    )


def _member_type(annotation: Any) -> _MemberType:  # noqa: ANN401 - a type as typing writes it
    options = get_args(annotation) if get_origin(annotation) in {Union, UnionType} else (annotation,)
    (annotation,) = (option for option in options if option not in {NoneType, msgspec.UnsetType})
    base, *metas = get_args(annotation) if get_origin(annotation) is Annotated else (annotation,)
    said: dict[str, Any] = {}
    bounds: dict[str, Any] = {}
    for meta in metas:
        said |= meta.extra or {}
        bounds |= {name: bound for name in _BOUNDS if (bound := getattr(meta, name)) is not None}
        said |= {"unique": True} if (meta.extra_json_schema or {}).get("uniqueItems") else {}
    items = _member_type(get_args(base)[0]) if get_origin(base) is list else None
    return _MemberType(
        annotation=Annotated[base, msgspec.Meta(**bounds)] if bounds and items is None else base,
        fault=said.get(FAULT) or _sentence(base, bounds),
        whole=base is int,
        rule=said.get(RULE),
        struct=base if isinstance(base, type) and issubclass(base, msgspec.Struct) else None,
        items=items,
        bounds=(bounds.get("min_length", 0), bounds.get("max_length")),
        unique="unique" in said,
        blank=said.get(BLANK, False),
    )


_BOUNDS = ("ge", "gt", "le", "lt", "min_length", "max_length")
_SENTENCES = {bool: "must be true or false", UUID: "must be an id (a UUID)", dict: "must be a JSON object"}


def _sentence(base: Any, bounds: Mapping[str, Any]) -> Sentence:  # noqa: ANN401 - a type as typing writes it
    """Return the sentence of a value that does not have this type.

    Raises:
        TypeError: The type needs a sentence of its own.
    """
    if base is str and "max_length" in bounds:
        longest = f"must be at most {bounds['max_length']} characters"
        return lambda value: longest if isinstance(value, str) else "must be a string"
    if get_origin(base) is list:
        return f"must be a list of {', '.join(_choices(get_args(base)[0]))}"
    if isinstance(base, type) and issubclass(base, msgspec.Struct):
        return _SENTENCES[dict]
    if choices := _choices(base):
        return f"must be one of {', '.join(choices)}"
    try:
        return "must be a string" if base is str else _SENTENCES[get_origin(base) or base]
    except KeyError:
        raise TypeError(f"{base} needs Meta(extra={{FAULT: …}})") from None


def _choices(base: Any) -> Sequence[str]:  # noqa: ANN401 - a type as typing writes it
    if isinstance(base, type) and issubclass(base, Enum):
        return [str(choice.value) for choice in base]
    return get_args(base) if get_origin(base) is Literal else ()


@cache
def names_of(kind: type[msgspec.Struct]) -> dict[str, str]:
    """List the attributes of a Struct with their names in JSON."""
    return {member.attribute: member.name for member in _members(kind)}


def in_order(kind: type[msgspec.Struct], faults: Iterable[FieldError]) -> list[FieldError]:
    """Sort faults: those of the body as a whole first, then those of each member, in the order of the Struct."""
    places = {member.name: place for place, member in enumerate(_members(kind))}

    def place(fault: FieldError) -> tuple[int, int]:
        name, _, index = fault.field.partition(".")[0].partition("[")
        return places.get(name, -1), int(index.rstrip("]") or 0)

    return sorted(faults, key=place)


def unknown_members(kind: type[msgspec.Struct], members: Iterable[str]) -> tuple[str, ...]:
    """List the members that a Struct lacks, as warnings; beyond `MAX_UNKNOWN` they are only counted."""
    known = set(names_of(kind).values())
    unknown = [name for name in members if name not in known]
    return (*(unknown_member(name, known) for name in unknown[:MAX_UNKNOWN]), *left_unnamed(unknown))
