"""Mappings of batches: read from JSON, a query or a form, and refused in a sentence; and rows of a preview."""

from typing import Any

import pytest

from app.dialects.batches.mapping import MAX_COLUMNS, mapping_fault, mapping_of_texts, read_mapping
from app.dialects.batches.preview import reading_body, row_body
from app.domain.columns.headings import Attribute
from app.domain.contacts.contact import Contact
from app.domain.runs.batch import Format
from app.domain.runs.file_reading import FileReading, UsedColumn

LISTED = f"'domain' must name a column, or a list of at most {MAX_COLUMNS}"


@pytest.mark.parametrize(
    ("given", "fault"),
    [
        ({}, None),
        ({"domain": "Website", "first_name": ["Vorname", "Name"], "company_name": None}, None),
        ({"domain": ["a"] * MAX_COLUMNS}, None),
        ({"domain": ["a"] * (MAX_COLUMNS + 1)}, LISTED),
        ({"domain": 3}, LISTED),
        ({"domain": ["Website", None]}, LISTED),
        ({"domain": "a" * 1000}, None),
        ({"domain": "a" * 1001}, LISTED),
    ],
)
def test_a_mapping_names_columns(given: dict[str, Any], fault: str | None) -> None:
    assert mapping_fault(given) == fault


def test_an_unknown_member_is_named_with_the_known_ones() -> None:
    fault = mapping_fault({"domain": "Website", "shoe_size": "Size"})
    assert fault is not None
    assert fault.startswith("'shoe_size' is no member of a contact; known are ")
    known = fault.rpartition("known are ")[2].split(", ")
    assert {"first_name", "last_name", "domain", "last_name_prefix", "email"} <= set(known)
    assert mapping_fault(dict.fromkeys(known, "Column")) is None


@pytest.mark.parametrize(
    ("given", "mapping"),
    [
        (None, ()),
        ({}, ()),
        ({"domain": "Website"}, ((Attribute.COMPANY_DOMAIN, ("Website",)),)),
        ({"domain": ["Website", "", "URL"]}, ((Attribute.COMPANY_DOMAIN, ("Website", "URL")),)),
        # Null and an empty text leave the member empty, whatever columns there are.
        ({"domain": None, "email": ""}, ((Attribute.COMPANY_DOMAIN, ()), (Attribute.EMAIL, ()))),
        # Two names of one member.
        # A name that no member has is refused before.
        ({"nothing": "Website"}, ()),
        ({"domain": "Website", "company_domain": "URL"}, ((Attribute.COMPANY_DOMAIN, ("Website", "URL")),)),
    ],
)
def test_a_mapping_is_read_attribute_by_attribute(given: dict[str, Any] | None, mapping: object) -> None:
    assert read_mapping(given) == mapping


@pytest.mark.parametrize(
    ("texts", "mapping"),
    [
        (["domain:Website"], {"domain": ["Website"]}),
        (
            ["domain: Website ", "domain:URL", "full_name:Name: whole"],
            {"domain": ["Website", "URL"], "full_name": ["Name: whole"]},
        ),
        ([' {"domain": "Website"}'], {"domain": "Website"}),
        (['{"domain": '], '{"domain": '),
        (["Website"], "Website"),
        (["domain:Website", "URL"], "URL"),
        ([], {}),
    ],
)
def test_a_mapping_is_read_from_texts_and_what_is_none_stays_for_the_fault(texts: list[str], mapping: object) -> None:
    assert mapping_of_texts(texts) == mapping


def test_a_preview_says_how_a_file_and_its_contacts_were_understood() -> None:
    used = (UsedColumn(column="Website", fills="domain"),)
    body = reading_body(FileReading(format=Format.CSV, delimiter=";", headings_line=2, columns_used=used))
    assert (body.format, body.delimiter, body.headings_line) == (Format.CSV, ";", 2)
    assert [(one.column, one.fills) for one in body.columns_used] == [("Website", "domain")]
    row = row_body(3, 5, Contact(first_name="Jane", last_name="Smith", company_domain="acme.example"))
    contact = row.contact
    assert (row.row, row.line, contact.domain, contact.first_name) == (3, 5, "acme.example", "Jane")
    assert (contact.last_name, contact.company_name, contact.linkedin_url) == ("Smith", None, None)
