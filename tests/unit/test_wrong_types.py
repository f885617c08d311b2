"""Members of another JSON type: refused in requests and jobs, dropped with a warning from a row of a batch."""

import json
from collections.abc import Mapping
from io import BytesIO
from typing import Any

from app.dialects.leadmodule.request import parse
from app.dialects.leadsonar.request import parse_job, parse_lookup
from app.dialects.tables.json_reader import contacts, lines
from app.domain.errors import FieldError
from app.domain.runs.judged_row import judge
from app.domain.vocabulary import EnrichmentType
from tests.rows import each_row

RUN = {
    "firstName": "Rita",
    "lastName": "Moss",
    "fullName": "Rita Moss",
    "companyDomain": "acme.example",
    "companyName": "Acme",
    "linkedInUrl": "linkedin.com/in/rita-moss",
}
LOOKUP = {
    "first_name": "Rita",
    "last_name": "Moss",
    "domain": "acme.example",
    "company_name": "Acme",
    "linkedin_url": "linkedin.com/in/rita-moss",
}
WRONG = [
    5,
    0,
    -1.5,
    True,
    False,
    [],
    ["acme.example"],
    [{"name": "Acme"}],
    {},
    {"a": 1},
    {"a": {"b": "Acme"}},
    [[None]],
]
STRING = "must be a string"


def without(members: Mapping[str, str], name: str) -> dict[str, Any]:
    return {other: value for other, value in members.items() if other != name}


@each_row("value", WRONG)
def test_a_request_or_job_with_a_member_of_another_type_is_refused(value: object) -> None:
    for name in RUN:
        assert parse(RUN | {name: value})[1] == [FieldError(field=name, message=STRING)]
    for name in LOOKUP:
        assert parse_lookup(LOOKUP | {name: value}, EnrichmentType.EMAIL)[1] == [FieldError(field=name, message=STRING)]
        _, faults = parse_job({"contacts": [LOOKUP, LOOKUP | {name: value}]})
        assert faults == [FieldError(field=f"contacts[1].{name}", message=STRING)]


@each_row("value", WRONG)
def test_a_row_does_without_a_member_of_another_type_unless_it_must_be_without_fault(value: object) -> None:
    for name in LOOKUP:
        row = LOOKUP | {name: value}
        text = json.dumps(row).encode()
        (rest,) = lines(BytesIO(json.dumps(without(LOOKUP, name)).encode()))
        for read in (*lines(BytesIO(text)), *contacts(BytesIO(b'{"contacts":[%b]}' % text))):
            assert (read.contact, read.given, read.problems) == (rest.contact, row, ()), name
            assert judge(read).warnings == (f"{name} was ignored: {STRING}",)
            strictly = judge(read, strict=True)
            assert strictly.contact is None
            assert [(one["field"], one["message"]) for one in strictly.problem or ()] == [(name, STRING)]


@each_row(
    ("row", "domain", "warned"),
    [
        ({"domain": "acme.example", "company": {"a": 1}}, "acme.example", "company.a"),
        (
            {"domain": "acme.example", "company": {"name": ["Acme"], "domain": "other.example"}},
            "acme.example",
            "company.name",
        ),
        ({"company": {"name": {"en": "Acme"}, "domain": "acme.example"}}, "acme.example", "company.name"),
        ({"company": {"domain": 5}, "website": "acme.example"}, "acme.example", ""),
        ({"website": "acme.example", "company": {"domain": 5}}, "acme.example", ""),
        ({"domain": 5, "email": "rita@acme.example"}, "acme.example", ""),
        ({"domain": 5, "email": "rita@gmail.com", "company": "Acme"}, None, "domain"),
        ({"domain": "acme.example", "url": 5}, "acme.example", "url"),
        ({"domain": "acme.example", "properties": {"linkedin": [1]}}, "acme.example", ""),
        ({"domain": "acme.example", "x" * 999 + " linkedin url": 5}, "acme.example", None),
    ],
)
def test_what_is_in_objects_or_beside_a_usable_value_refuses_no_row(
    row: dict[str, Any], domain: str | None, warned: str | None
) -> None:
    (read,) = lines(BytesIO(json.dumps({"first_name": "Rita", "last_name": "Moss"} | row).encode()))
    assert read.contact
    assert read.contact.company_domain == domain
    fields = [one.field for one in read.warnings]
    assert warned is None or fields == [warned] * bool(warned)


@each_row("value", [{"first_name": 5}, {"linkedin_url": []}, {"company_name": {}, "domain": 1}])
def test_a_row_of_which_nothing_is_left_is_refused_for_each_of_them(value: dict[str, Any]) -> None:
    (read,) = lines(BytesIO(json.dumps(value).encode()))
    assert sorted((fault.field, fault.message) for fault in read.problems) == sorted((name, STRING) for name in value)


def test_a_member_that_is_too_long_is_dropped_from_a_row_too() -> None:
    for name, most in (("first_name", 200), ("company_name", 200), ("domain", 2048), ("linkedin_url", 2048)):
        (read,) = lines(BytesIO(json.dumps(LOOKUP | {name: "x" * (most + 1)}).encode()))
        assert read.problems == ()
        (warning,) = judge(read).warnings
        assert warning.startswith(f"{name} was ignored: ")
        assert warning.endswith(f"must be at most {most} characters")
