"""Parse JSON strictly: what parsers read differently, or what the database cannot hold, is refused, never guessed."""

import json
import math
from typing import Any, NoReturn

from app.domain.errors import FieldError, InvalidInputError

MAX_DEPTH = 32
BOM = b"\xef\xbb\xbf"
# RFC 8259, section 8.1: no byte order mark is sent. Some shells write one before everything.
WITHOUT_BOM = "the body begins with a byte order mark; send UTF-8 without one"
TOO_DEEP = f"the body is nested deeper than {MAX_DEPTH} levels"
TOO_MANY_DIGITS = "the body holds a number with too many digits"


def parse_json(body: bytes) -> object:
    """Parse JSON and refuse what other parsers read differently or the database cannot hold.

    Raises:
        InvalidInput: Not UTF-8, not JSON, a member given twice, NaN or Infinity, a number out of range, a NUL
            character, half a surrogate pair, or nested deeper than 32 levels.
    """
    if body.startswith(BOM):
        refuse(WITHOUT_BOM)
    if not body.strip():
        refuse("the body is empty; send a JSON object")
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
    if body.count(b"{") + body.count(b"[") > MAX_DEPTH and _deeper_than(value, MAX_DEPTH):
        refuse(TOO_DEEP)
    if b"\\" in body or b"\x7f" in body:
        _check_texts(value)
    return value


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


def _float(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        refuse("the body holds a number out of range")
    return value


_DECODER = json.JSONDecoder(object_pairs_hook=_members, parse_constant=refuse_constant, parse_float=_float)


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
            if not node.isascii() and any("\ud800" <= c <= "\udfff" for c in node):
                refuse("the body holds half a surrogate pair, which is not a character")
