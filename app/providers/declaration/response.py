"""A vendor's answer, read so that nothing a vendor can send raises, and the paths into it."""

from collections.abc import Callable, Mapping
from enum import Enum

import msgspec

MAX_BODY = 1 << 20
_BOM = b"\xef\xbb\xbf"


class NoValue(Enum):
    """What is there instead of a JSON value."""

    EMPTY = "the body is empty"
    GARBAGE = "the body is not JSON, or longer than 1 MiB"
    MISSING = "there is no such member"
    WRONG = "a member on the way is of another type"


class VendorResponse(msgspec.Struct, frozen=True, kw_only=True):
    """One HTTP answer.

    Attributes:
        headers: Names in lower case.
        body: The JSON document, or `Mark.EMPTY` or `Mark.GARBAGE`.
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
    return VendorResponse(
        status=status,
        headers={name.lower(): value for name, value in headers.items()},
        body=_parse(content) if whole else NoValue.GARBAGE,
        text=content[:4096].decode(errors="replace"),
    )


def _parse(content: bytes) -> object:
    stripped = content.removeprefix(_BOM).strip()
    if not stripped:
        return NoValue.EMPTY
    try:
        return msgspec.json.decode(stripped)
    except (msgspec.DecodeError, ValueError, RecursionError):
        return NoValue.GARBAGE


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
        What is there; `Mark.MISSING` when a member or list position is not there (or its parent is null), `Mark.WRONG`
        when something on the way is neither object nor list: absence must be shown, never guessed from rubbish.
    """
    for name in path.split(".") if path else ():
        if value is None or value is NoValue.MISSING:
            return NoValue.MISSING
        if isinstance(value, dict):
            value = value.get(name, NoValue.MISSING)
        elif isinstance(value, list) and name.isdecimal():
            value = value[int(name)] if int(name) < len(value) else NoValue.MISSING
        else:
            return NoValue.WRONG
    return value
