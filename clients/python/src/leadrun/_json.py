"""Build frozen dataclasses from JSON: members that are unknown are left alone, missing ones take their default."""

import dataclasses
import json
import re
import types
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import cache
from typing import Any, TypeVar, Union, cast, get_args, get_origin, get_type_hints

from leadrun._exchange import Reply
from leadrun.errors import InvalidAnswerError, words_of

T = TypeVar("T")
_TIME = re.compile(r"(?P<whole>\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d)(?:\.(?P<digits>\d+))?(?P<zone>[Zz]|[+-]\d\d:\d\d)")


def members(model: Any) -> Mapping[str, tuple[str, Any]]:  # noqa: ANN401 - mypy holds such classes for not hashable
    """Return the members of a model: the name in JSON, with the field's name and its type."""
    return _members(model)


@cache
def _members(model: type[Any]) -> Mapping[str, tuple[str, Any]]:
    hints = get_type_hints(model)
    return {
        _camel(field.name, snake=getattr(model, "SNAKE", False)): (field.name, hints[field.name])
        for field in dataclasses.fields(model)
        if not field.name.startswith("_") and field.name != "raw"
    }


def _required(model: type[Any]) -> frozenset[str]:
    """Return the fields that have no default."""
    none = dataclasses.MISSING
    fields = dataclasses.fields(model)
    return frozenset(one.name for one in fields if one.default is none and one.default_factory is none)


def _camel(name: str, *, snake: bool) -> str:
    first, *rest = name.split("_")
    return name if snake else first + "".join(map(str.capitalize, rest))


def build(model: type[T], data: Mapping[str, Any], **more: Any) -> T:  # noqa: ANN401 - fields that JSON has not
    """Build a model of whatever came, so that no answer is ever lost: `raw` keeps it.

    A member that should be there is None, and so is one that should be an object; others stay as they came.
    """
    make = cast("Callable[..., T]", model)
    named, required = members(model), _required(model)
    given = {
        field: _convert(type_, data.get(name))
        for name, (field, type_) in named.items()
        if name in data or field in required
    }
    return make(**given, raw=data, **more)


def _convert(type_: Any, value: Any) -> Any:  # noqa: ANN401, PLR0911 - any JSON, one line a kind
    origin, arguments = get_origin(type_), get_args(type_)
    if value is None:
        return None
    if origin in {Union, types.UnionType}:
        return _convert(next(one for one in arguments if one is not types.NoneType), value)
    if type_ is datetime and isinstance(value, str):
        return read_time(value)
    if type_ is float and isinstance(value, int):
        return float(value)
    if origin is tuple and isinstance(value, list):
        return tuple(_convert(arguments[0], one) for one in value)
    if dataclasses.is_dataclass(type_) and isinstance(type_, type):
        return build(type_, value) if isinstance(value, Mapping) else None
    return value


def read_time(text: str) -> Any:  # noqa: ANN401 - what is no time stays a text
    """Read a time of RFC 3339; Python 3.10 reads neither `Z` nor any number of digits."""
    found = _TIME.fullmatch(text)
    if found is None:
        return text
    zone = "+00:00" if found["zone"] in {"Z", "z"} else found["zone"]
    try:
        return datetime.fromisoformat(f"{found['whole']}.{(found['digits'] or '0')[:6]:0<6}{zone}")
    except ValueError:
        return text


def json_of(reply: Reply) -> dict[str, Any]:
    """Read the JSON object of an answer.

    Raises:
        InvalidAnswerError: It is none, as when a proxy answers with a page of its own.
    """
    try:
        body = json.loads(reply.body)
    except ValueError:
        body = None
    if not isinstance(body, dict):
        said = words_of(reply.body, 80) or "it is empty"
        raise InvalidAnswerError(f"The answer ({reply.status}) is no JSON object: {said}")
    return body
