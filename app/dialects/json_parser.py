"""Parse JSON strictly: what parsers read differently, or what the database cannot hold, is refused, never guessed."""

import json
import math
import re
from typing import Any, NoReturn

import msgspec

from app.domain.errors import FieldError, InvalidInputError

MAX_DEPTH = 32
# Commas and opening brackets of a body, in texts too. A thousand reports of feedback have less than a quarter of them,
# and one that had as many as fit into a megabyte would hold all other requests for half a second.
MAX_PARTS = 20_000
BOM = b"\xef\xbb\xbf"
# RFC 8259, section 8.1: no byte order mark is sent. Some shells write one before everything.
WITHOUT_BOM = "the body begins with a byte order mark; send UTF-8 without one"
# The member that is kept and given back as the client wrote it.
AS_WRITTEN = "metadata"
TOO_MANY_PARTS = f"the body holds more than {MAX_PARTS:,} members and elements; send less at once"
TOO_DEEP = f"the body is nested deeper than {MAX_DEPTH} levels"
TOO_MANY_DIGITS = "the body holds a number with too many digits"


def parse_json(body: bytes, *, unbounded: str = "") -> object:
    """Parse JSON and refuse what other parsers read differently or the database cannot hold.

    Args:
        body: The JSON text.
        unbounded: The member of an object whose numbers may be of any size, because nothing calculates with them.

    Raises:
        InvalidInput: Not UTF-8, not JSON, a member given twice, NaN or Infinity, a number out of range, a NUL
            character, half a surrogate pair, nested deeper than 32 levels, or of too many parts.
    """
    if body.startswith(BOM):
        refuse(WITHOUT_BOM)
    if not body.strip():
        refuse("the body is empty; send a JSON object")
    brackets = _brackets(body)
    try:
        value = _DECODER.decode(body.decode())
    except UnicodeDecodeError:
        refuse("the body is not valid UTF-8")
    except json.JSONDecodeError as error:
        refuse(f"the body is not valid JSON: {error.msg} at line {error.lineno}, column {error.colno}")
    except RecursionError:
        refuse(TOO_DEEP)
    except ValueError:
        # The interpreter's bound on the digits of an integer.
        refuse(TOO_MANY_DIGITS)
    if brackets > MAX_DEPTH and _deeper_than(value, MAX_DEPTH):
        refuse(TOO_DEEP)
    if b"\\" in body or b"\x7f" in body:
        _check_texts(value)
    if _LARGE.search(body):
        _check_numbers({n: v for n, v in value.items() if n != unbounded} if isinstance(value, dict) else value)
    return value


def _brackets(body: bytes) -> int:
    """Count the opening brackets of a body that has few enough parts."""
    brackets = body.count(b"{") + body.count(b"[")
    if brackets + body.count(b",") > MAX_PARTS:
        refuse(TOO_MANY_PARTS)
    return brackets


def parse_object(body: bytes) -> dict[str, Any]:
    """Parse the JSON object of a request; its `metadata` stays as it is written.

    Raises:
        InvalidInput: As `parse_json`, or it is no object.
    """
    value = parse_json(body, unbounded=AS_WRITTEN)
    if not isinstance(value, dict):
        refuse("the body must be a JSON object")
    if isinstance(value.get(AS_WRITTEN), dict):
        value[AS_WRITTEN] = without_blanks(msgspec.json.decode(body, type=_Written).metadata)
    return value


class _Written(msgspec.Struct):
    """The member of a body that is kept as it is written; `AS_WRITTEN` is its name."""

    metadata: msgspec.Raw


def without_blanks(text: bytes | msgspec.Raw) -> msgspec.Raw:
    """Return proper JSON as it is written, without the blanks between its parts (RFC 8259, section 2)."""
    return msgspec.Raw(msgspec.json.format(bytes(text), indent=-1))


def refuse(message: str) -> NoReturn:
    """Refuse the body as a whole."""
    raise InvalidInputError([FieldError(field="", message=message)]) from None


def refuse_constant(name: str) -> NoReturn:
    """Refuse ``NaN``, ``Infinity`` and ``-Infinity``, which Python's parser would read (RFC 8259, section 6)."""
    refuse(f"the body is not valid JSON: {name} is not a JSON value")


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) < len(pairs):
        seen: set[str] = set()
        twice = next(name for name, _ in pairs if name in seen or seen.add(name))  # type: ignore[func-returns-value]
        raise InvalidInputError([FieldError(field=twice, message="is given twice")])
    return members


_DECODER = json.JSONDecoder(object_pairs_hook=_members, parse_constant=refuse_constant)
# Without one of these no number is out of range.
_LARGE = re.compile(rb"[eE]\+?0*[1-9][0-9]{2}|[0-9]{300}")
# Half a pair, which is no character.
_SURROGATE = re.compile("[\ud800-\udfff]")


def _deeper_than(value: object, depth: int) -> bool:
    level: list[object] = [value]
    for _ in range(depth):
        level = [
            child
            for node in level
            if isinstance(node, dict | list)
            for child in (node.values() if isinstance(node, dict) else node)
        ]
        if not level:
            return False
    return any(isinstance(node, dict | list) for node in level)


def _check_numbers(value: object) -> None:
    """Refuse numbers that were too large for a float, wherever they stand."""
    waiting: list[object] = [value]
    while waiting:
        node = waiting.pop()
        if isinstance(node, dict | list):
            waiting.extend(node.values() if isinstance(node, dict) else node)
        elif isinstance(node, float) and not math.isfinite(node):
            refuse("the body holds a number out of range")


def _check_texts(value: object) -> None:
    """Refuse texts that PostgreSQL cannot hold, wherever they stand."""
    waiting: list[object] = [value]
    while waiting:
        node = waiting.pop()
        if isinstance(node, dict):
            waiting.extend(node)
            waiting.extend(node.values())
        elif isinstance(node, list):
            waiting.extend(node)
        elif isinstance(node, str):
            if "\0" in node:
                refuse("the body holds a NUL character, which cannot be stored")
            if not node.isascii() and _SURROGATE.search(node):
                refuse("the body holds half a surrogate pair, which is not a character")
