"""Time is linear in the text: every reader of a stranger's text."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from litestar.datastructures import Headers

from app.api.connection.bounded_protocol import MAX_HEADER_BYTES
from app.api.http.errors import NotAcceptableError
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
from app.domain.contacts.linkedin_profile import read_profile
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
from tests.hostile.deadline import cpu_seconds

# A linear reader takes milliseconds for so many characters, a quadratic one minutes.
LONG = 250_000
MOST = 2.0
NOW = datetime(2026, 3, 1, tzinfo=UTC)


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
    "linkedin": read_profile,
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


def test_weights_that_are_none_say_nothing() -> None:
    for weight in ("nan", "inf", "-1", "1e9", "x", "", "0.001", "1"):
        READERS["accept"](f"application/json;q={weight}")
    for weight in ("0", "0.000"):
        with pytest.raises(NotAcceptableError):
            READERS["accept"](f"application/json;q={weight}")


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
