"""Normal forms and fingerprints: however a client spells somebody, it is the same somebody."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.contacts.company_domain import parse_domain
from app.domain.contacts.contact import Contact, RawContact, fingerprint, normalise, region_hints
from app.domain.contacts.linkedin_profile import parse_linkedin
from app.domain.contacts.text import clean_text

NAMES = {
    "first_name": "firstName",
    "last_name": "lastName",
    "full_name": "fullName",
    "company_domain": "companyDomain",
    "company_name": "companyName",
    "linkedin_url": "linkedInUrl",
}


@pytest.mark.parametrize(
    ("value", "domain"),
    [
        pytest.param("acme.example", "acme.example", id="bare"),
        pytest.param("  ACME.Example. ", "acme.example", id="case, space, trailing dot"),
        pytest.param("https://www.acme.example/about?x=1", "acme.example", id="URL"),
        pytest.param("www.acme.example:8080/x", "acme.example", id="no scheme, port, path"),
        pytest.param("jane@acme.example", "acme.example", id="e-mail"),
        pytest.param("bücher.example", "xn--bcher-kva.example", id="IDN"),
        pytest.param("xn--bcher-kva.example", "xn--bcher-kva.example", id="IDN in ASCII"),
        pytest.param("\uff41\uff43\uff4d\uff45.example", "acme.example", id="full width"),
        pytest.param("acme.example:/x", "acme.example", id="no port behind its colon"),
        pytest.param("acme.example:80*", None, id="no port"),
        pytest.param("acme.example:650000", None, id="port too long"),
        pytest.param("acme", None, id="no suffix"),
        pytest.param("127.0.0.1", None, id="an address"),
        pytest.param("acme..example", None, id="empty label"),
        pytest.param("-acme.example", None, id="hyphen first"),
        pytest.param("a" * 64 + ".example", None, id="label too long"),
        pytest.param("http://[::1", None, id="broken URL"),
        pytest.param("", None, id="empty"),
    ],
)
def test_domains(value: str, domain: str | None) -> None:
    assert parse_domain(value) == domain


@pytest.mark.parametrize(
    ("value", "slug", "region"),
    [
        pytest.param("https://linkedin.com/in/janesmith", "janesmith", None, id="plain"),
        pytest.param("HTTPS://WWW.LinkedIn.com/in/JaneSmith/?trk=x#about", "janesmith", None, id="case and query"),
        pytest.param("linkedin.com/in/janesmith/details/", "janesmith", None, id="no scheme, more path"),
        pytest.param("https://fr.linkedin.com/in/jane-smith-1a2b", "jane-smith-1a2b", "FR", id="country's host"),
        pytest.param("https://uk.linkedin.com/in/jane", "jane", "GB", id="uk is GB"),
        pytest.param("https://[linkedin.com/in/jane", None, None, id="no URL"),
        pytest.param("//linkedin.com/in/jane", "jane", None, id="of the page's scheme"),
        pytest.param("https://www.linkedin.com/in/j%C3%A9r%C3%B4me", "jérôme", None, id="percent-encoded"),
        pytest.param("https://www.linkedin.com/company/acme", None, None, id="a company"),
        pytest.param("https://linkedin.com.evil.example/in/jane", None, None, id="another host"),
        pytest.param("ftp://linkedin.com/in/jane", None, None, id="another scheme"),
        pytest.param("https://www.linkedin.com/in/", None, None, id="no slug"),
    ],
)
def test_linkedin_profiles(value: str, slug: str | None, region: str | None) -> None:
    assert parse_linkedin(value) == (slug, region)


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


@pytest.mark.parametrize("different", ["first_name", "last_name", "company_domain", "company_name", "linkedin_url"])
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


def test_nobody_cannot_be_looked_up() -> None:
    _, _, problems = normalise(RawContact(first_name="  ", company_domain=""), NAMES)
    assert len(problems) == 1
    assert "at least one of firstName, lastName, companyDomain, linkedInUrl" in problems[0].message


@given(st.text(max_size=300))
def test_no_text_crashes_a_parser(value: str) -> None:
    clean_text(value)
    domain = parse_domain(value)
    assert domain is None or parse_domain(domain) == domain
    slug, _ = parse_linkedin(value)
    assert slug is None or parse_linkedin(f"https://www.linkedin.com/in/{slug}")[0] in {slug, None}


def test_regions_come_from_the_profile_then_the_domain() -> None:
    assert region_hints(Contact(company_domain="acme.de", region="FR")) == ("FR", "DE")
    assert region_hints(Contact(company_domain="acme.co.uk")) == ("GB",)
    assert region_hints(Contact(company_domain="acme.example")) == ()
