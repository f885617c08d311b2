"""Rows of JSON with objects in them: the person that was sent is looked up, and no other."""

import io
import json
from typing import Any

from app.dialects.tables.json_reader import lines
from app.domain.columns.headings import Attribute
from tests.rows import each_row


@each_row(
    "contact",
    [
        {"name": "Rita Moss", "domain": "acme.example", "contact": {"name": "Sales team"}},
        {"contact": {"name": "Sales team"}, "name": "Rita Moss", "domain": "acme.example"},
        {"name": "Rita Moss", "domain": "acme.example", "lead": {"first_name": "Admin", "last_name": "Team"}},
        {"name": "Rita Moss", "domain": "acme.example", "profile": {"name": "x", "url": "https://app.other.example/u"}},
        {"first_name": "Rita", "last_name": "Moss", "domain": "acme.example"}
        | {"properties": {"first_name": None, "domain": None}},
        {"first_name": "Rita", "last_name": "Moss", "domain": "acme.example"}
        | {"person": {"first_name": "", "last_name": " ", "domain": ""}},
        {"first_name": None, "domain": "acme.example", "person": {"first_name": "Rita", "last_name": "Moss"}},
        {"first_name": "Rita", "last_name": "Moss", "company": {"properties": {"domain": "acme.example"}}},
        {"domain": "acme.example", "contact": {"domain": "other.example", "name": "Rita Moss"}},
        {"domain": "acme.example", "contact": {"name": "Rita Moss"}, "profile": {"first_name": "Admin"}},
        {"company": {"name": "Acme", "domain": "acme.example"}, "name": "Rita Moss", "contact": {"name": "Sales team"}},
    ],
)
def test_an_inner_object_hides_nothing_of_the_person_above_it(contact: dict[str, Any]) -> None:
    (row,) = lines(io.BytesIO(json.dumps(contact).encode()))
    assert row.contact
    names = (row.contact.first_name, row.contact.last_name, row.contact.full_name)
    assert (" ".join(name for name in names[:2] if name) or names[2], row.contact.company_domain) == (
        "Rita Moss",
        "acme.example",
    )


def test_a_mapping_reads_an_inner_object_beside_a_person() -> None:
    body = b'{"name": "My lead", "properties": {"who": "Rita Moss", "domain": "acme.example"}}'
    (row,) = lines(io.BytesIO(body), ((Attribute.FULL_NAME, ("who",)),))
    assert row.contact
    assert row.contact.company_domain == "acme.example"
