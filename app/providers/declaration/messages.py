"""The messages of an exchange with a vendor: request templates, and answers with the paths into them.

No answer, however broken, raises.
"""

import json
import re
from collections.abc import Callable, Mapping
from enum import Enum

import msgspec

from app.providers.declaration.filling import fill

MAX_BODY = 1 << 20
_BOM = b"\xef\xbb\xbf"
_CHARSET = re.compile(r"charset\s*=\s*\"?([\w.:-]+)", re.IGNORECASE)
_NOT_NUMBERS = re.compile(r"\bNaN\b|\bInfinity\b")
# Values that some programs write as texts.
_AS_TEXTS: dict[str, bool | None] = {"true": True, "false": False, "null": None, "undefined": None, "n/a": None}
_LONGEST_WORD = 9
_LARGEST_EXACT = 2**53  # whole numbers up to here are exact (IEEE 754, binary64)


class RequestTemplate(msgspec.Struct, frozen=True, kw_only=True):
    """A request template.

    ``{name}`` in a text stands for an input of the contact or a part of the ticket. A member is left out where one of
    its inputs is unknown, and so is an object or a list that becomes empty by it.

    Attributes:
        path: Below the provider's base URL; inputs in it are percent-encoded.
        json: Body as JSON; excludes `form`, which is sent URL-encoded.
    """

    method: str
    path: str
    query: dict[str, object] = {}
    json: object = None
    form: dict[str, object] | None = None


def get(path: str, query: Mapping[str, object] | None = None) -> RequestTemplate:
    """Declare a GET."""
    return RequestTemplate(method="GET", path=path, query=dict(query or {}))


def post(
    path: str,
    json: object = None,
    *,
    form: Mapping[str, object] | None = None,
    query: Mapping[str, object] | None = None,
) -> RequestTemplate:
    """Declare a POST of a JSON body, a form, or a query alone."""
    return RequestTemplate(
        method="POST", path=path, json=json, form=None if form is None else dict(form), query=dict(query or {})
    )


def narrow(template: RequestTemplate, values: Mapping[str, str]) -> RequestTemplate:
    """Fill all of a template but its path, which holds parts of tickets alone."""
    query, json, form = (fill(part, values) for part in (template.query, template.json, template.form))
    narrowed: RequestTemplate = msgspec.structs.replace(template, query=query or {}, json=json, form=form)
    return narrowed


class NoValue(Enum):
    """Why there is no JSON value."""

    EMPTY = "the body is empty"
    GARBAGE = "the body is not JSON, or longer than 1 MiB"
    MISSING = "there is no such member"
    WRONG = "a member on the way is of another type"


class VendorResponse(msgspec.Struct, frozen=True, kw_only=True):
    """One HTTP answer.

    Attributes:
        headers: Names in lower case.
        body: The JSON document, or `NoValue.EMPTY` or `NoValue.GARBAGE`.
        text: The body as text, for vendors that explain errors outside JSON.
    """

    status: int
    headers: Mapping[str, str]
    body: object
    text: str = ""


# Dotted members and list positions, such as ``data.0.email``; "" is the whole body. Or a small pure function.
Path = str | Callable[[VendorResponse], object]


def read_response(status: int, headers: Mapping[str, str], content: bytes, *, whole: bool = True) -> VendorResponse:
    """Parse an answer.

    Args:
        status: Of the answer.
        headers: Of the answer, names in any case.
        content: At most `MAX_BODY` bytes of the body.
        whole: False when the body was longer than that.
    """
    named = {name.lower(): value for name, value in headers.items()}
    body, text = _parse(content), content[:4096].decode(errors="replace")
    if body is NoValue.GARBAGE and (recoded := _recoded(content, named.get("content-type", ""))):
        body, text = _parse(recoded), recoded[:4096].decode(errors="replace")
    return VendorResponse(status=status, headers=named, body=body if whole else NoValue.GARBAGE, text=text)


def _parse(content: bytes) -> object:
    stripped = content.removeprefix(_BOM).strip()
    if not stripped:
        return NoValue.EMPTY
    try:
        return _plain(msgspec.json.decode(stripped))
    except (msgspec.DecodeError, ValueError, RecursionError):
        return _without_numbers(stripped)


def _plain(value: object) -> object:
    """Give values the types that vendors document: some programs write flags and nulls as texts, or 1 as 1.0."""
    match value:
        case dict():
            return {name.strip(): _plain(part) for name, part in value.items()}
        case list():
            return [_plain(part) for part in value]
        case str():
            text = value.strip()
            return _AS_TEXTS.get(text.lower(), text) if len(text) <= _LONGEST_WORD else text
        case float():
            return int(value) if value.is_integer() and abs(value) <= _LARGEST_EXACT else value
    return value


def _without_numbers(content: bytes) -> object:
    """Parse a document with NaN or Infinity in it, which are no JSON (RFC 8259, 6), and are read as null."""
    try:
        text = content.decode()
        if _NOT_NUMBERS.search(text):
            read = json.loads(text, parse_constant=lambda _: None)
            return _plain(msgspec.json.decode(msgspec.json.encode(read)))  # by our own rules of what is a text
    except (msgspec.DecodeError, ValueError, RecursionError):
        pass
    return NoValue.GARBAGE


def _recoded(content: bytes, content_type: str) -> bytes | None:
    """Turn a body that is no JSON in UTF-8 into UTF-8, from the declared charset or by its byte order mark."""
    found = _CHARSET.search(content_type)
    charset = found[1] if found else json.detect_encoding(content)
    try:
        return content.decode(charset).removeprefix("\ufeff").encode()
    except (LookupError, ValueError):
        return None


def header(name: str) -> Path:
    """Make a path to a header instead of into the body."""

    def read(reply: VendorResponse) -> object:
        return reply.headers.get(name.lower(), NoValue.MISSING)

    return read


def look(reply: VendorResponse, path: Path) -> object:
    """Follow a path from the top of an answer's body; a function is called with the answer."""
    return step(reply.body, path) if isinstance(path, str) else path(reply)


def step(value: object, path: str) -> object:
    """Follow a dotted path from a value.

    Returns:
        The value; `NoValue.MISSING` where a member or list position is missing (or its parent is null),
        `NoValue.WRONG` where something on the way is neither object nor list: absence is proven, never guessed. An
        object stands for a list of it alone, and the other way round, as programs write them that are made from XML.
    """
    for name in path.split(".") if path else ():
        if value in (None, "", NoValue.MISSING):
            return NoValue.MISSING
        is_place = name.isdecimal()
        if not is_place:
            value = only(value)
        if isinstance(value, dict):
            value = value if name == "0" and value and name not in value else value.get(name, NoValue.MISSING)
        elif isinstance(value, list) and is_place:
            value = value[int(name)] if int(name) < len(value) else NoValue.MISSING
        else:
            return NoValue.WRONG
    return value


def only(value: object) -> object:
    """Return the object that is alone in a list; anything else as it is."""
    return value[0] if isinstance(value, list) and len(value) == 1 and isinstance(value[0], dict) else value


def several(value: object) -> list[object]:
    """Return the entries of a list; of an object or another value in place of one it alone, and of nothing none."""
    if value is NoValue.MISSING or is_nothing(value):
        return []
    return value if isinstance(value, list) else [value]


def is_nothing(value: object) -> bool:
    """Return whether a value says nothing: null, or an empty text, object or list."""
    return value is None or value in ("", [], {}, [{}])


def is_yes(value: object) -> bool:
    """Return whether a flag is set, also where a program writes flags as numbers or words."""
    return value in (True, "1") or (isinstance(value, str) and value.casefold() == "yes")


def is_no(value: object) -> bool:
    """Return whether a flag is there and not set, in the same spellings."""
    return value in (False, "0") or (isinstance(value, str) and value.casefold() == "no")


def is_flag(value: object) -> bool:
    """Return whether a value is a flag, set or not."""
    return is_yes(value) or is_no(value)
