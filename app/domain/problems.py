"""Bounds of error lists: how many problems an answer names, and how much of a client's text it repeats."""

import re
from collections.abc import Sequence
from itertools import accumulate
from typing import TypeVar

import msgspec

# What one response says of what is wrong, however much is: so many as a person reads.
MAX_PROBLEMS = 50
MAX_PROBLEM_BYTES = 16 * 1024
MAX_FIELD = 200
MAX_MESSAGE = 3000

# Of Unicode: categories Cc, Zl, Zp and Cs, and what turns the direction of the text behind it (UAX 9, section 2).
_OBEYED = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")

Told = TypeVar("Told", bound=msgspec.Struct)


def first_of(problems: Sequence[Told]) -> tuple[Told, ...]:
    """Return the first problems, at most `MAX_PROBLEMS`, and `MAX_PROBLEM_BYTES` in all as JSON."""
    shown = problems[:MAX_PROBLEMS]
    sizes = accumulate(len(msgspec.json.encode(problem)) for problem in shown)
    return tuple(shown[: max(1, sum(size <= MAX_PROBLEM_BYTES for size in sizes))])


def shortened(text: str, most: int) -> str:
    """Cut a text after so many characters, with an ellipsis."""
    return text if len(text) <= most else f"{text[: most - 1]}…"


def visible(text: str) -> str:
    """Replace what a terminal or a page would obey: control characters, ends of lines, changes of direction."""
    return _OBEYED.sub("\N{REPLACEMENT CHARACTER}", text)


def sendable(text: str) -> str:
    """Escape halves of surrogate pairs, which are no UTF-8, and NUL, which PostgreSQL cannot hold."""
    return text.encode(errors="backslashreplace").decode().replace("\0", "\\x00")
