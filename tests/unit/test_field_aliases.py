"""Names of members in any dialect and spelling, and the sentence that lists them."""

import re

from app.domain.contacts.contact import RawContact
from app.domain.contacts.field_aliases import EXPECTED, attribute_of
from tests.rows import each_row


@each_row(
    ("name", "attribute"),
    [
        ("firstName", "first_name"),
        ("last name", "last_name"),
        ("FULL_NAME", "full_name"),
        ("domain", "company_domain"),
        ("company-domain", "company_domain"),
        ("companyName", "company_name"),
        ("linkedInUrl", "linkedin_url"),
        ("website", None),
        ("", None),
    ],
)
def test_a_member_is_known_in_any_spelling(name: str, attribute: str | None) -> None:
    assert attribute_of(name) == attribute


def test_all_members_are_listed() -> None:
    words = re.findall(r"\w+", EXPECTED)
    assert " ".join(words) == "first_name last_name full_name domain or company_domain company_name linkedin_url"
    assert {attribute_of(word) for word in words if word != "or"} == set(RawContact.__struct_fields__)
