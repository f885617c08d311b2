"""The words by which a run is searched, and the ids that begin like a text."""

from uuid import UUID

import pytest

from app.domain.contacts.contact import Contact
from app.domain.runs.run_filter import found_address, id_range, search_words
from app.domain.waterfall.result import FieldResult, Result
from tests.rows import each_row


@each_row(
    ("contact", "name", "last", "domain"),
    [
        pytest.param(Contact(first_name="Jane", last_name="Smith"), "jane smith", "smith", None, id="both names"),
        pytest.param(Contact(full_name="Jane van der Berg"), "jane van der berg", "berg", None, id="a whole name"),
        pytest.param(
            Contact(full_name="JANE SMITH", first_name="Jane", last_name="Smith", company_domain="acme.example"),
            "jane smith",
            "smith",
            "acme.example",
            id="all of them",
        ),
        pytest.param(Contact(last_name="O\u2019Brian"), "o'brian", "o'brian", None, id="another apostrophe"),
        pytest.param(Contact(first_name="Zoë"), "zoe", "zoe", None, id="a first name alone"),
        pytest.param(Contact(company_domain="acme.example"), None, None, "acme.example", id="no name"),
        pytest.param(None, None, None, None, id="no contact is kept"),
    ],
)
def test_a_run_is_searched_by_its_contact(
    contact: Contact | None, name: str | None, last: str | None, domain: str | None
) -> None:
    words = search_words(contact, None)
    assert (words.search_name, words.search_last_name, words.search_domain) == (name, last, domain)
    assert words.search_address is None


def test_a_run_is_searched_by_the_address_that_was_found() -> None:
    assert found_address(Result(email=FieldResult(value="Jane@acme.example"))) == "jane@acme.example"
    assert found_address(Result(email=FieldResult())) is None
    assert found_address(Result(phone=FieldResult(value="+15555550123"))) is None


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("01A1", "01a10000-0000-0000-0000-000000000000", "01a1ffff-ffff-ffff-ffff-ffffffffffff"),
        ("01a1fffb-62", "01a1fffb-6200-0000-0000-000000000000", "01a1fffb-62ff-ffff-ffff-ffffffffffff"),
        ("01a1fffb-6220-7a7d-aa50-16b73b8b9834",) + ("01a1fffb-6220-7a7d-aa50-16b73b8b9834",) * 2,
    ],
)
def test_the_beginning_of_an_id_is_a_range(text: str, first: str, last: str) -> None:
    assert id_range(text) == (UUID(first), UUID(last))


@each_row("text", ["", "01a", "smith", "01a1 fffb", "g1a1", "0" * 33, "----", "٠١٢٣"])
def test_another_text_is_no_beginning_of_an_id(text: str) -> None:
    assert id_range(text) is None
