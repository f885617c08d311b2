"""Companies and profiles as lists have them: domains out of any text, slugs, and what is nobody's."""

import pytest

from app.domain.contacts.company_domain import read_domain
from app.domain.contacts.company_name import clean_company
from app.domain.contacts.linkedin_profile import read_profile
from tests.rows import each_row
from tests.unit.contacts.variants import lines, pairs


@each_row(("text", "domain"), pairs("domains"))
def test_a_domain_is_read_out_of_any_text(text: str, domain: str) -> None:
    found = read_domain(text)
    assert found.domain == (domain or None)
    assert found.domain or found.reason


@each_row(("text", "slug"), pairs("profiles"))
def test_a_slug_is_read_out_of_any_text(text: str, slug: str) -> None:
    found = read_profile(text)
    assert found.slug == (slug or None)
    assert found.slug or found.reason


def test_more_domains_and_slugs() -> None:
    domains, slugs = pairs("more_domains"), pairs("more_profiles")
    assert [(text, read_domain(text).domain or "") for text, _ in domains] == domains
    assert [(text, read_profile(text).slug or "") for text, _ in slugs] == slugs


@each_row("text", lines("no_employers"))
def test_people_without_an_employer_have_no_company(text: str) -> None:
    assert clean_company(text) is None


def test_more_people_without_an_employer() -> None:
    assert [text for text in lines("more_no_employers") if clean_company(text)] == []
    companies = """
    ABC|AAA|XYZ|Independent Media|Freelance Labs|Stealth Gas|Consultants United|The Startup Company of Moss|Ledig Group
    Retired Racehorses|Private Eye|Entrepreneur|Marketing Agency|Software AG|Web Services Inc.|Design Company
    """
    assert [text for text in companies.replace("\n    ", "|").strip("|").split("|") if not clean_company(text)] == []


@pytest.mark.parametrize("text", ["The Independent", "Freelance.de GmbH", "Student Agency", "Stealth Monitoring"])
def test_companies_of_such_names_are_companies(text: str) -> None:
    assert clean_company(text) == text
