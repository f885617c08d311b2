"""The pattern of a company's addresses, learned from two that are known to be right."""

import pytest

from app.domain.contacts.address_pattern import PATTERNS, address_by, known_pattern
from app.domain.contacts.contact import Contact
from tests.rows import each_row

DOMAIN = "acme.example"


def person(first: str, last: str) -> Contact:
    return Contact(first_name=first, last_name=last, company_domain=DOMAIN)


JANE, RITA, ZOE = person("Jane", "Smith"), person("Rita", "Moss"), person("Zoë", "O'Neill-Krüger")


LOCAL_PARTS = {
    "first.last": "rita.moss",
    "f.last": "r.moss",
    "flast": "rmoss",
    "first": "rita",
    "firstlast": "ritamoss",
    "firstl": "ritam",
    "first.l": "rita.m",
    "first_last": "rita_moss",
    "f_last": "r_moss",
    "first-last": "rita-moss",
    "f-last": "r-moss",
    "last": "moss",
    "last.first": "moss.rita",
    "last.f": "moss.r",
    "lastf": "mossr",
    "lastfirst": "mossrita",
    "last_first": "moss_rita",
}


def test_the_address_of_each_pattern() -> None:
    assert {name: address_by(name, RITA) for name in PATTERNS} == {
        name: f"{local}@{DOMAIN}" for name, local in LOCAL_PARTS.items()
    }


@each_row("pattern", sorted(PATTERNS))
def test_two_addresses_show_each_pattern_and_it_makes_the_third(pattern: str) -> None:
    known = [(one, address_by(pattern, one) or "") for one in (JANE, RITA)]

    assert known_pattern(known, DOMAIN) == pattern
    assert address_by(pattern, ZOE)


@each_row(
    ("contact", "address"),
    [
        pytest.param(ZOE, "zoe.oneillkruger", id="accents, apostrophe and hyphen"),
        pytest.param(person("Søren", "Groß"), "soren.gross", id="letters without a base"),
        pytest.param(person("\u674e", "\u660e"), None, id="another script"),
        pytest.param(person("Jane", "\u041b\u0438"), None, id="a last name in another script"),
        pytest.param(person("Jane", "S."), None, id="an initial"),
        pytest.param(Contact(first_name="Jane", last_name="Smith"), None, id="no domain"),
        pytest.param(Contact(first_name="Jane", company_domain=DOMAIN), None, id="no last name"),
    ],
)
def test_names_are_folded_to_what_stands_in_addresses(contact: Contact, address: str | None) -> None:
    assert address_by("first.last", contact) == (f"{address}@{DOMAIN}" if address else None)


@each_row(
    "known",
    [
        pytest.param([], id="none"),
        pytest.param([(JANE, f"jane.smith@{DOMAIN}")], id="one"),
        pytest.param([(JANE, f"jane.smith@{DOMAIN}"), (JANE, f"Jane.Smith@{DOMAIN}")], id="the same twice"),
        pytest.param([(JANE, f"jane.smith@{DOMAIN}"), (RITA, "rita.moss@other.example")], id="another domain"),
        pytest.param([(JANE, f"jane.smith@{DOMAIN}"), (RITA, f"rmoss@{DOMAIN}")], id="two patterns"),
        pytest.param(
            [
                *((one, address_by("first.last", one) or "") for one in (JANE, RITA)),
                *((person(f"Ann{end}", "Lee"), f"x{end}@{DOMAIN}") for end in "ab"),
            ],
            id="no more than half",
        ),
    ],
)
def test_what_shows_no_pattern(known: list[tuple[Contact, str]]) -> None:
    assert known_pattern(known, DOMAIN) is None
