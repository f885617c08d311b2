"""Time is linear in the text: every regular expression of the product, and every reader of a stranger's text."""

import ast
import pkgutil
import re
from collections import deque
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import cache, partial
from importlib import import_module
from itertools import islice, product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from litestar.datastructures import Headers

import app
import webhooks
import workers
from app.api.connection.bounded_protocol import MAX_HEADER_BYTES
from app.api.http.idempotency_key import idempotency_key
from app.api.http.json_body import check_accept, check_media_type
from app.api.http.prefer import preferred_wait, prefers_async
from app.api.runs.events import EventCursor
from app.dialects.json_parser import parse_object
from app.dialects.tables.rows import find_headings
from app.dialects.timestamp import read_time
from app.domain.columns.recognition import recognise
from app.domain.contacts.company_domain import parse_domain
from app.domain.contacts.contact import Contact
from app.domain.contacts.email_address import address_flaw
from app.domain.contacts.field_aliases import attribute_of
from app.domain.contacts.fingerprint import fold_company
from app.domain.contacts.linkedin_profile import parse_linkedin
from app.domain.contacts.phone_number import parse_phone
from app.domain.contacts.role_address import is_role
from app.domain.contacts.text import clean_text, clean_words, fold_accents
from app.domain.errors import RequestError
from app.domain.runs.csv_safety import safe_cell
from app.domain.webhooks.delivery import parse_retry_after
from app.domain.webhooks.endpoint import header_problem
from app.domain.webhooks.url_policy import check_url
from app.logs import mask
from app.providers.declaration.messages import read_response
from app.providers.declaration.retry_after import read_retry_after
from app.settings.masking import masked_url
from tests.architecture.tree import python_files, text_of
from tests.hostile.deadline import TooSlowError, cpu_seconds

# A linear pattern takes milliseconds for the short text, a quadratic one seconds; a reader of the long one minutes.
SHORT, LONG = 20_000, 250_000
MOST_SHORT, MOST = 0.5, 2.0
# Of the words of one pattern, the first ones and the last stand for all: the lists of some are long.
WORDS = 6
# Each takes some seconds.
PORTIONS = 8
PACKAGES = ("app/", "workers/", "webhooks/")
METHODS = {"search", "match", "fullmatch", "sub", "subn", "split", "findall", "finditer"}
MAY_USE = re.compile(rf"\.(?:{'|'.join(METHODS)})\(|(?:like|pattern)=")
# Patterns that are no literal: those of the declarations, which `inline` finds in the catalogue.
DECLARED = {"hint.like", "pattern"}
NOW = datetime(2026, 3, 1, tzinfo=UTC)


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
        with cpu_seconds(MOST_SHORT):
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
    with pytest.raises(TooSlowError), cpu_seconds(MOST):
        slow.fullmatch(f"respond-async={' ' * LONG}x")


def headed(name: str, read: Callable[..., object]) -> Callable[[str], object]:
    """Let a reader of requests read a text as a header, which the server lets be no longer than `MAX_HEADER_BYTES`."""

    class Played:
        def __init__(self, text: str) -> None:
            self.headers = Headers.from_scope(
                {"headers": [(name.encode(), text.encode("latin-1", "replace")[:MAX_HEADER_BYTES])]}  # type: ignore[arg-type]
            )

    return lambda text: read(Played(text))


NOBODY = Contact()
READERS: dict[str, Callable[[str], object]] = {
    "wait": headed("prefer", preferred_wait),
    "respond-async": headed("prefer", prefers_async),
    "accept": headed("accept", check_accept),
    "content-type": headed("content-type", check_media_type),
    "idempotency key": headed("idempotency-key", idempotency_key),
    "last event": EventCursor,
    "time": read_time,
    "domain": parse_domain,
    "linkedin": parse_linkedin,
    "name": clean_text,
    "column": attribute_of,
    "heading": recognise,
    "headings": lambda text: find_headings([list(text)]),
    "base letters": fold_accents,
    "identity of a company": lambda text: fold_company(clean_words(text) or ""),
    "body": lambda text: parse_object(text.encode("utf-8", "replace")),
    "url": check_url,
    "cell": safe_cell,
    "e-mail": lambda text: address_flaw(text, "acme.example"),
    "e-mail at a company": lambda text: address_flaw(f"jane@{text}", "acme.example"),
    "role": lambda text: is_role(text, ("Jane",)),
    "phone": lambda text: parse_phone(text, NOBODY),
    "phone with an extension": lambda text: parse_phone(f"+1 415 555 0100 {text}", NOBODY),
    "header": lambda text: header_problem(text, text),
    "log": mask,
    "address": masked_url,
    "receiver's wait": lambda text: parse_retry_after(text, NOW),
    "vendor's wait": lambda text: read_retry_after(read_response(200, {"retry-after": text}, b""), (), NOW),
    "vendor's answer": lambda text: read_response(200, {"content-type": text}, text.encode("utf-8", "replace")),
}
# Beginning, what is repeated, and end.
SHAPES = {
    "blanks": ("respond-async=", " ", "x"),
    "tabs": ("wait=1", "\t", "x"),
    "colons behind slashes": ("//", ":", ""),
    "at signs": ("a", "@", ""),
    "letters": ("", "a", "@"),
    "dots": ("a", ".", "example"),
    "labels": ("", "a.", "-"),
    "hyphens": ("a", "-", "a"),
    "digits": ("+1", "1 ", "x"),
    "brackets": ("1", "(", ""),
    "extensions": ("", "x1 ", "y"),
    "blanks before brackets": ("5550100", " ", "(1"),
    "commas": ("", ",", "x"),
    "semicolons": ("a", ";q=", ""),
    "quotes": ('"', '\\"', ""),
    "parameters": ("?", "&secret", ""),
    "marks that compose": ("a", "\u0315\u0300", "b"),
    "marks of another class": ("", "\u05b0\u0591", ""),
    "letters that decompose": ("", "\ufdfa", ""),
    "slashes": ("https:", "/", ""),
    "percent signs": ("https://a.example/", "%2f", ""),
    "wide letters": ("", "ü", ".example"),
    "wide dots": ("a", "\u3002", "example"),
    "soft hyphens": ("a", "\u00ad", "b"),
    "no-break spaces": ("", "\u00a0", "x"),
    "plus signs": ("", "+1", ""),
    "keys": ("", "lm_live_", ""),
    "whsec": ("", "whsec_", "!"),
    "masks": ("", "*", ""),
}


def read(name: str, text: str) -> None:
    with cpu_seconds(MOST):
        try:
            READERS[name](text)
        except RequestError:
            return  # refused, in time


@pytest.mark.parametrize("name", READERS)
def test_a2_each_reader_takes_linear_time(name: str) -> None:
    for head, unit, tail in SHAPES.values():
        read(name, head + unit * (LONG // len(unit)) + tail)


@pytest.mark.parametrize("name", READERS)
@settings(max_examples=8)
@given(st.text(max_size=6), st.text(min_size=1, max_size=4), st.text(max_size=6))
def test_a2_each_reader_takes_linear_time_for_any_shape(name: str, head: str, unit: str, tail: str) -> None:
    read(name, head + unit * (LONG // 2 // len(unit)) + tail)
