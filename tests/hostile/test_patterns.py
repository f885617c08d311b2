"""Time is linear in the text: every regular expression of the product."""

import ast
import pkgutil
import re
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from functools import cache, partial
from importlib import import_module
from itertools import islice, product
from typing import Any

import pytest

import app
import webhooks
import workers
from tests.architecture.tree import python_files, text_of
from tests.hostile.deadline import TooSlowError, cpu_seconds

# A linear pattern takes a millisecond or two for so many characters, a quadratic one tenths of seconds.
SHORT = 8000
MOST_SHORT = 0.08
# Of the words of one pattern, the first ones and the last stand for all: the lists of some are long.
WORDS = 6
# Each takes some seconds.
PORTIONS = 8
PACKAGES = ("app/", "workers/", "webhooks/")
METHODS = {"search", "match", "fullmatch", "sub", "subn", "split", "findall", "finditer"}
MAY_USE = re.compile(rf"\.(?:{'|'.join(METHODS)})\(|(?:like|pattern)=")
# Patterns that are no literal: those of the declarations, which `inline` finds in the catalogue.
DECLARED = {"hint.like", "pattern"}


def inline() -> Iterator[tuple[str, re.Pattern[str], set[str]]]:
    """Find each regular expression that is written where it is used: its place, itself, and how it is used."""
    for name in python_files():
        if not (name.startswith(PACKAGES) and MAY_USE.search(text_of(name))):
            continue
        for node in ast.walk(ast.parse(text_of(name))):
            if not isinstance(node, ast.Call):
                continue
            place = f"{name}:{node.lineno}"
            used = ast.unparse(node.func).removeprefix("re.")
            if used in METHODS and ast.unparse(node.func) != used:
                if isinstance(node.args[0], ast.Constant):
                    yield place, re.compile(str(node.args[0].value)), {used}
                else:
                    assert ast.unparse(node.args[0]) in DECLARED, f"{place}: give the pattern as a literal"
            for keyword in node.keywords:
                if keyword.arg in {"like", "pattern"} and isinstance(keyword.value, ast.Constant):
                    yield place, re.compile(str(keyword.value.value), re.IGNORECASE), {"search"}


def compiled() -> Iterator[tuple[str, re.Pattern[str], set[str]]]:
    """Find each compiled regular expression in the modules, in their tuples and mappings too."""
    for package in (app, workers, webhooks):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if module.name.endswith((".main", ".__main__")):
                continue  # becomes a process of its own when it is imported
            for name, value in vars(import_module(module.name)).items():
                for part in _flat(value):
                    if isinstance(part, re.Pattern):
                        yield f"{module.name}.{name}", part, uses(name, module.name)


@cache
def uses(name: str, module: str) -> set[str]:
    """Return the methods of a compiled pattern that are called, of a private one in its module; none is of a table."""
    call = re.compile(rf"\b{name}\.({'|'.join(METHODS)})\(")
    own = module.replace(".", "/")
    files = [file for file in python_files() if file.startswith(own if name.startswith("_") else PACKAGES)]
    return {one for file in files for one in call.findall(text_of(file))} or {"search", "sub"}


def _flat(value: object) -> Iterator[object]:
    if isinstance(value, tuple | list):
        for part in value:
            yield from _flat(part)
    elif isinstance(value, dict):
        yield from _flat(list(value.values()))
    else:
        yield value


@cache
def patterns() -> dict[re.Pattern[str], tuple[str, set[str]]]:
    """Find all, with the place of each. It imports the whole product: what only collects tests must not wait for it."""
    return {pattern: (place, used) for place, pattern, used in (*inline(), *compiled())}


def families(pattern: str) -> Iterator[str]:
    """Make texts of about `SHORT` characters: repetitions, and repetitions behind a beginning and before an end."""
    words = list(dict.fromkeys(re.findall(r"[a-zA-Z_]{2,}", pattern)))
    words = [*words[: WORDS - 1], *words[-1:]]
    own = sorted({c for c in pattern if not c.isalnum() and c.isascii()})
    repeated = [*dict.fromkeys([" ", "a", "1", *own])]
    for unit in [*repeated, *words, "\n", "A", "x", "é", "\u00a0", "\u3000"]:
        yield unit * (SHORT // len(unit)) + "\x00!"
    for head, unit in product([*words, *own, "a", "1"], repeated[:8]):
        yield head + unit * SHORT + "\x00"
        yield (head + unit) * (SHORT // (len(head) + 1)) + "\x00"


def use(pattern: re.Pattern[str], methods: set[str]) -> None:
    """Apply a pattern to hostile texts, each in the ways in which the product does."""
    written: str | bytes = pattern.pattern
    in_bytes = isinstance(written, bytes)
    nothing = [b"" if in_bytes else ""]
    apply = [partial(getattr(pattern, one), *nothing[: one.startswith("sub")]) for one in methods]
    for made in families(written.decode("latin-1") if isinstance(written, bytes) else written):
        text: Any = made.encode("latin-1", "replace") if in_bytes else made
        try:
            with cpu_seconds(MOST_SHORT):
                _call(apply, text)
        except TooSlowError:
            # Once more: another thread, or a look for garbage, may have taken the time.
            with cpu_seconds(MOST_SHORT):
                _call(apply, text)


def _call(apply: Sequence[Callable[[Any], object]], text: object) -> None:
    for call in apply:
        found = call(text)
        if isinstance(found, Iterator):
            deque(found, maxlen=0)


@pytest.mark.parametrize("portion", range(PORTIONS))
def test_a2_each_pattern_takes_linear_time(portion: int) -> None:
    slow = []
    for pattern, (place, methods) in islice(patterns().items(), portion, None, PORTIONS):
        try:
            use(pattern, methods)
        except TooSlowError:
            slow.append(place)
    assert not slow
    assert len(patterns()) > 150


def test_a2_a_quadratic_pattern_is_noticed() -> None:
    slow = re.compile(r"\s*respond-async\s*(?:=\s*(?:\"\")?\s*)?(?:;.*)?")
    with pytest.raises(TooSlowError), cpu_seconds(MOST_SHORT):
        slow.fullmatch(f"respond-async={' ' * SHORT}x")
