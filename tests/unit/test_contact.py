"""Normal forms and fingerprints: however a client spells somebody, it is the same somebody."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.contacts.company_domain import parse_domain
from app.domain.contacts.contact import Contact, RawContact, normalise, region_hints
from app.domain.contacts.fingerprint import fingerprint
from app.domain.contacts.linkedin_profile import read_profile
from app.domain.contacts.text import clean_text
from tests.rows import each_row

NAMES = {
    "first_name": "firstName",
    "last_name": "lastName",
    "full_name": "fullName",
    "company_domain": "companyDomain",
    "company_name": "companyName",
    "linkedin_url": "linkedInUrl",
}


def norm(**raw: str) -> Contact:
    """Normalise what has no problems."""
    contact, warnings, problems = normalise(RawContact(**raw), NAMES)
    assert (warnings, problems) == ([], [])
    return contact


@pytest.mark.parametrize(
    "other",
    [
        pytest.param({"first_name": "JANE", "last_name": "smith", "company_domain": "acme.example"}, id="case"),
        pytest.param({"first_name": " Jane ", "last_name": "Smith\t", "company_domain": "acme.example"}, id="space"),
        pytest.param(
            {"first_name": "Jane", "last_name": "Smith", "company_domain": "http://www.ACME.example/"}, id="URL"
        ),
        pytest.param({"full_name": "Jane  Smith", "company_domain": "acme.example"}, id="full name"),
    ],
)
def test_spellings_of_one_contact_have_one_fingerprint(other: dict[str, str]) -> None:
    jane = norm(first_name="Jane", last_name="Smith", company_domain="acme.example")
    assert fingerprint(norm(**other)) == fingerprint(jane)


@each_row("different", ["first_name", "last_name", "company_domain", "company_name", "linkedin_url"])
def test_every_identifier_counts(different: str) -> None:
    base = {"first_name": "Jane", "last_name": "Smith", "company_domain": "acme.example"}
    changed = base | {
        different: {"company_domain": "globex.example", "linkedin_url": "linkedin.com/in/jane"}.get(different, "Other")
    }
    assert fingerprint(norm(**changed)) != fingerprint(norm(**base))


def test_all_problems_are_told_at_once_under_the_clients_names() -> None:
    _, _, problems = normalise(
        RawContact(first_name="x" * 201, company_domain="nowhere", linkedin_url="https://example.com/jane"), NAMES
    )
    assert {p.field for p in problems} == {"firstName", "companyDomain", "linkedInUrl"}


def test_a_name_of_the_longest_length_is_kept() -> None:
    assert norm(first_name="Ab" * 100).first_name


def test_a_member_that_says_nothing_is_dropped_with_its_reason() -> None:
    _, warnings, _ = normalise(RawContact(first_name="Dr.", last_name="Moss", company_name="Retired"), NAMES)
    assert [one.message.partition(": ")[2] for one in warnings] == ["has no name in it", "names no company"]


def test_nobody_cannot_be_looked_up() -> None:
    _, _, problems = normalise(RawContact(first_name="  ", company_domain=""), NAMES)
    assert len(problems) == 1
    assert "at least one of firstName, lastName, companyDomain, linkedInUrl" in problems[0].message


@given(st.text(max_size=300))
def test_no_text_crashes_a_parser(value: str) -> None:
    clean_text(value)
    domain = parse_domain(value)
    assert domain is None or parse_domain(domain) == domain
    slug = read_profile(value).slug
    assert slug is None or read_profile(f"https://www.linkedin.com/in/{slug}").slug in {slug, None}


def test_regions_come_from_the_profile_then_the_domain() -> None:
    assert region_hints(Contact(company_domain="acme.de", region="FR")) == ("FR", "DE")
    assert region_hints(Contact(company_domain="acme.co.uk")) == ("GB",)
    assert region_hints(Contact(company_domain="acme.example")) == ()
