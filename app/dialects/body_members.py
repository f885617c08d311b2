"""Members of the Structs that publish bodies: how each is read.

The type of a member says how it is read: its bounds stand in `msgspec.Meta`. Three keys of ``Meta(extra=…)`` say more:
`FAULT` holds the sentence of a wrong type or bound, as text or as a function of the value; `RULE` holds a function
that returns the sentence of a well-typed value that is wrong nevertheless, or None; `BLANK` is true where an empty text
is a value of its own.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from enum import Enum
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin
from uuid import UUID

import msgspec

FAULT, RULE, BLANK = "fault", "rule", "blank"

Sentence = str | Callable[[Any], str]


class MemberType(msgspec.Struct, frozen=True, kw_only=True):
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
        fits: Returns whether a value is read as it is; msgspec looks through the annotation each time, which takes
            longer than anything else about a text.
    """

    annotation: Any
    fault: Sentence
    whole: bool
    rule: Callable[[Any], str | None] | None = None
    struct: type[msgspec.Struct] | None = None
    items: "MemberType | None" = None
    bounds: tuple[int, int | None] = (0, None)
    unique: bool = False
    blank: bool = False
    fits: Callable[[Any], bool] | None = None


class BodyMember(msgspec.Struct, frozen=True, kw_only=True):
    """One member of a Struct; `null_counts` where null says something else than absence."""

    attribute: str
    name: str
    required: bool
    null_counts: bool
    type: MemberType


@cache
def members_of(kind: type[msgspec.Struct]) -> tuple[BodyMember, ...]:
    """List the members of a Struct, in their order."""
    return tuple(
        BodyMember(
            attribute=field.name,
            name=field.encode_name,
            required=field.required,
            null_counts={NoneType, msgspec.UnsetType} <= set(get_args(field.type)),
            type=_member_type(field.type),
        )
        for field in msgspec.structs.fields(kind)
    )


def _member_type(annotation: Any) -> MemberType:  # noqa: ANN401 - a type as typing writes it
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
    return MemberType(
        annotation=Annotated[base, msgspec.Meta(**bounds)] if bounds and items is None else base,
        fault=said.get(FAULT) or _sentence(base, bounds),
        whole=base is int,
        rule=said.get(RULE),
        struct=base if isinstance(base, type) and issubclass(base, msgspec.Struct) else None,
        items=items,
        bounds=(bounds.get("min_length", 0), bounds.get("max_length")),
        unique="unique" in said,
        blank=said.get(BLANK, False),
        fits=_fitting(base, bounds),
    )


def _fitting(base: Any, bounds: Mapping[str, Any]) -> Callable[[Any], bool] | None:  # noqa: ANN401 - a type as typing writes it
    """Return whether a value is of a type and within its bounds, where that is soon said; None for other types."""
    if base is str and bounds.keys() <= {"max_length"}:
        most = bounds.get("max_length", math.inf)
        return lambda value: type(value) is str and len(value) <= most
    if get_origin(base) is Literal and all(isinstance(choice, str) for choice in get_args(base)):
        choices = frozenset(get_args(base))
        return lambda value: type(value) is str and value in choices
    return None


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
    if get_origin(base) is list and (choices := _choices(get_args(base)[0])):
        return f"must be a list of {', '.join(choices)}"
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
