"""The fuzzer's patterns and our parsers agree: what matches is accepted, and what people really write matches."""

import re
from datetime import datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.api.http.pagination import read_cursor, write_cursor
from app.dialects.timestamp import read_time
from app.domain.contacts.company_domain import parse_domain
from app.domain.contacts.linkedin_profile import read_profile
from app.domain.contacts.text import BLANK, clean_text
from app.domain.webhooks.url_policy import WebhookTarget, check_url
from tests.contract.fuzz import patterns
from tests.examples import examples

EXAMPLES = examples(60)


def matching(pattern: str, most: int = 2048) -> st.SearchStrategy[str]:
    """Make texts that match, as long as they may be at most."""
    return st.from_regex(pattern, fullmatch=True).filter(lambda text: len(text) <= most)


@EXAMPLES
@given(matching(patterns.DOMAIN))
def test_every_published_domain_is_one(text: str) -> None:
    assert parse_domain(text)


@EXAMPLES
@given(matching(patterns.DOMAIN_OR_BLANK))
def test_an_optional_domain_is_one_or_blank(text: str) -> None:
    assert clean_text(text) is None or parse_domain(text)


@EXAMPLES
@given(matching(patterns.LINKEDIN_OR_BLANK))
def test_every_published_profile_is_one_or_blank(text: str) -> None:
    assert clean_text(text) is None or read_profile(text).slug


@EXAMPLES
@given(matching(patterns.RECEIVER))
def test_every_published_receiver_is_vetted_further(text: str) -> None:
    assert isinstance(check_url(text), WebhookTarget)


@EXAMPLES
@given(matching(patterns.NOT_BLANK))
def test_what_is_not_blank_has_something_left(text: str) -> None:
    assert clean_text(text)


def test_blank_is_the_same_for_the_parser_and_the_pattern() -> None:
    blank = re.compile(f"[{BLANK}]")
    characters = [chr(code) for code in range(0x30000) if not 0xD800 <= code <= 0xDFFF]
    assert [c for c in characters if (clean_text(c) is None) != bool(blank.fullmatch(c))] == []


@EXAMPLES
@given(matching(patterns.CURSOR))
def test_every_published_cursor_is_one_of_ours(text: str) -> None:
    assert read_cursor(text)


@EXAMPLES
@given(st.uuids())
def test_every_cursor_of_ours_is_published(last: UUID) -> None:
    assert re.search(patterns.CURSOR, write_cursor(last))


@EXAMPLES
@given(matching(patterns.TIME))
def test_every_published_time_is_one(text: str) -> None:
    assert read_time(text)


@EXAMPLES
@given(st.datetimes(min_value=datetime(1000, 1, 1), timezones=st.timezones()))  # noqa: DTZ001 - hypothesis wants it so
def test_every_time_can_be_written_as_published(moment: datetime) -> None:
    written = moment.isoformat()
    # Before there were time zones, clocks were seconds off.
    assert re.search(patterns.TIME, written) or moment.utcoffset().seconds % 60  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("acme.example", id="bare"),
        pytest.param(" ACME.Example\t", id="case and blanks"),
        pytest.param("acme.example.", id="trailing dot"),
        pytest.param("www.acme.example", id="www"),
        pytest.param("www.com", id="www is the name"),
        pytest.param("eu.hr.big-corp.acme.co.uk", id="many labels"),
        pytest.param("acme.example:8443", id="port"),
        pytest.param("acme.example/about us?x=1#y", id="path"),
        pytest.param("https://www.acme.example/@team?next=https://x.example/", id="URL with more inside"),
        pytest.param("HTTP://ACME.EXAMPLE", id="URL, upper case"),
        pytest.param("//acme.example/", id="URL without its scheme"),
        pytest.param("https://jane@acme.example/", id="URL with a user"),
        pytest.param("jane.o'hara+x@acme.example", id="e-mail"),
        pytest.param("bücher.example", id="Latin"),
        pytest.param("müllermilchgesellschaft.example", id="a long word"),
        pytest.param("пример.рф", id="Cyrillic"),
        pytest.param("例え.テスト", id="Japanese"),
    ],
)
def test_domains_as_people_write_them_match(text: str) -> None:
    assert re.search(patterns.DOMAIN, text)
    assert parse_domain(text)


@pytest.mark.parametrize(
    "text", ["", " ", "0", "acme", "localhost", "127.0.0.1", "acme..example", "-acme.example", "a b", "@"]
)
def test_what_is_no_domain_does_not_match(text: str) -> None:
    assert not re.search(patterns.DOMAIN, text)
    assert parse_domain(text) is None


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("https://www.linkedin.com/in/jane-smith-1a2b3c/", id="as LinkedIn writes it"),
        pytest.param("linkedin.com/in/janesmith", id="no scheme"),
        pytest.param("//uk.linkedin.com/in/janesmith", id="no scheme but slashes"),
        pytest.param("HTTPS://WWW.LINKEDIN.COM/IN/JANESMITH?trk=x", id="case and query"),
        pytest.param("http://fr.linkedin.com/pub/jane-smith/1/2/3?u=https://x.example", id="older kind, URL inside"),
        pytest.param("linkedin.com/in/j%C3%A9r%C3%B4me", id="escaped Latin"),
        pytest.param("linkedin.com/in/%D0%B8%D0%B2%D0%B0%D0%BD", id="escaped Cyrillic"),
        pytest.param("linkedin.com/in/%E5%BC%A0%E4%BC%9F%E4%BC%9F", id="escaped Chinese"),
        pytest.param("linkedin.com/in/jane%F0%9F%9A%80", id="escaped emoji"),
        pytest.param("linkedin.com/in/jérôme/details/", id="not escaped"),
        pytest.param("", id="empty"),
    ],
)
def test_profiles_as_people_write_them_match(text: str) -> None:
    assert re.search(patterns.LINKEDIN_OR_BLANK, text)
    assert not text or read_profile(text).slug


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("https://your-app.example/hook", id="plain"),
        pytest.param("http://hooks.acme.co.uk:8080/a/b?key=1&x=%20", id="port and query"),
        pytest.param("HTTPS://Hooks.Acme.Example", id="case"),
        pytest.param("https://acme.example?x=1", id="no path"),
    ],
)
def test_receivers_as_people_write_them_match(text: str) -> None:
    assert re.search(patterns.RECEIVER, text)


@pytest.mark.parametrize(
    "text",
    [
        "http://localhost/",
        "http://db.internal/",
        "http://a.LOCAL:80/",
        "http://a.local.",
        "http://10.0.0.1/",
        "http://a.example:22/",
        "http://a.example/#x",
        "ftp://a.example/",
    ],
)
def test_receivers_that_are_refused_do_not_match(text: str) -> None:
    assert not re.search(patterns.RECEIVER, text)
    assert not isinstance(check_url(text), WebhookTarget)
