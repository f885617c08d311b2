"""JSON uploads that are read piece by piece: as strict as a body that is read whole."""

import io
import json
from typing import IO, Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.dialects.tables.json_reader import MAX_HEAD, MAX_LINE, ColumnNames, contacts, head_members, lines, read_members
from app.domain.columns.choice import ColumnMapping
from app.domain.columns.headings import Attribute
from app.domain.errors import InvalidInputError
from app.domain.runs.batch import GivenRow
from tests.rows import each_row

JANE = {"first_name": "Jane", "domain": "acme.example"}
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(st.characters(exclude_categories=("Cs", "Cc"))),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(st.characters(categories=["L"])), inner),
    max_leaves=8,
)


def read_head(file: IO[bytes]) -> dict[str, Any]:
    return read_members(list(head_members(file)))


def document(body: bytes, mapping: ColumnMapping = ()) -> tuple[dict[str, Any], list[GivenRow]]:
    file = io.BytesIO(body)
    head = read_head(file)
    # It stays as it is written.
    head |= {name: msgspec.json.decode(value) for name, value in head.items() if isinstance(value, msgspec.Raw)}
    return head, list(contacts(file, mapping))


def test_options_stand_before_or_after_the_contacts() -> None:
    body = json.dumps({"strict": True, "contacts": [JANE], "metadata": {"contacts": [1]}})
    head, rows = document(body.encode())
    assert head == {"strict": True, "metadata": {"contacts": [1]}}
    assert [row.given for row in rows] == [JANE]


@each_row(
    ("body", "said"),
    [
        pytest.param(b"", "not valid JSON", id="empty"),
        pytest.param(b"{3: 1}", "Expecting property name", id="number-for-a-name"),
        pytest.param(b'{"x": ' + b"1" * 5000 + b', "contacts": []}', "too many digits", id="digits"),
        pytest.param(b"3", "must be a JSON object", id="number"),
        pytest.param(b"[1", "not valid JSON", id="array-broken-off"),
        pytest.param(b"[] {}", "not valid JSON", id="more-behind-an-array"),
        pytest.param(b"{}", "contacts: is required", id="without"),
        pytest.param(b'{"contacts": {"item": []}}', "must be an array", id="object"),
        pytest.param(b'{"contacts": null}', "must be an array", id="null"),
        pytest.param(b'{"contacts": [], "contacts": []}', "given twice", id="contacts-twice"),
        pytest.param(b'{"x": 1, "x": 2, "contacts": []}', "given twice", id="option-twice"),
        pytest.param(b'{"contacts": [{"a": 1}', "not valid JSON", id="broken-off"),
        pytest.param(b'{"contacts": []} {}', "not valid JSON", id="more-behind"),
        pytest.param(b'{"contacts": [{"a": "\xff"}]}', "not valid UTF-8", id="not-utf-8"),
        pytest.param(b'{"contacts": [' + b"[" * 4000 + b"]" * 4000 + b"]}", "deeper than 32", id="too-deep"),
        pytest.param(b'{"x": "\\u0000", "contacts": []}', "NUL", id="nul"),
        pytest.param(b'{"x": "' + b"x" * 1_100_000 + b'", "contacts": []}', "must not exceed", id="huge-option"),
    ],
)
def test_a_document_that_is_not_as_it_must_be_is_refused(body: bytes, said: str) -> None:
    with pytest.raises(InvalidInputError) as refusal:
        document(body)
    assert said in refusal.value.message
    assert "\n" not in refusal.value.message


@each_row(
    ("contact", "said"),
    [
        pytest.param(b"3", "must be a JSON object", id="number"),
        pytest.param(b'{"domain": "a.example", "domain": "b.example"}', "twice", id="twice"),
        pytest.param(b'{"first_name": 3}', "must be a string", id="type"),
        pytest.param(b'{"first_name": "\\u0000"}', "NUL", id="nul"),
        pytest.param(b'{"nickname": "Jane"}', "no member to look a person up by", id="unknown"),
        pytest.param(b"{}", "no member to look a person up by", id="empty"),
        pytest.param(b"[" * 40 + b"]" * 40, "deeper than 32", id="too-deep"),
        pytest.param(b'{"first_name": "Jane", "a": 1e999}', "out of range", id="number-out-of-range"),
        pytest.param(b'{"a":{"b":1,"b":2}}', "given twice", id="inner-member-twice"),
        pytest.param(
            b"{" + b",".join(b'"%d":0' % n for n in range(1001)) + b"}", "1001 members", id="more-members-than-columns"
        ),
    ],
)
def test_a_bad_contact_is_told_and_the_next_is_read(contact: bytes, said: str) -> None:
    good = json.dumps(JANE).encode()
    for rows in (
        document(b'{"contacts": [' + contact + b"," + good + b"]}")[1],
        list(lines(io.BytesIO(contact + b"\r\n\n" + good))),
    ):
        first, last = rows
        assert said in first.problems[0].message + first.problems[0].field or "given twice" in first.problems[0].message
        assert last.contact


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"], ids=["plain", "mark"])
@pytest.mark.parametrize(
    "form", [b"%b", b'{"strict": null, "contacts": %b}', b"\r\n %b\n"], ids=["array", "document", "blanks"]
)
def test_the_contacts_may_come_without_a_document_around_them(mark: bytes, form: bytes) -> None:
    head, rows = document(mark + form % json.dumps([JANE, JANE]).encode())
    assert not any(head.values())
    assert [row.given for row in rows] == [JANE, JANE]
    assert document(b"[]") == ({}, [])


def test_of_two_members_for_one_the_first_usable_is_read_and_the_mapping_names_another() -> None:
    body = json.dumps(
        {"Website": "-", "company domain": "", "Vorname": "Jané", "url2": "b.example", "domain": "a.example"}
    )
    (row,) = lines(io.BytesIO(body.encode()))
    assert row.contact
    assert (row.contact.first_name, row.contact.company_domain) == ("Jané", "a.example")
    mapping = ((Attribute.COMPANY_DOMAIN, ("url2", "not there")),)
    (row,) = lines(io.BytesIO(body.encode()), mapping)
    assert row.contact
    assert row.contact.company_domain == "b.example"
    (row,) = document(b'{"contacts": [' + body.encode() + b"]}", mapping)[1]
    assert row.contact
    assert row.contact.company_domain == "b.example"


@each_row(
    "contact",
    [
        {"id": "1", "fields": {"First Name": "Jane", "Website": "acme.example"}},
        {"id": "1", "properties": {"firstname": "Jane", "website": "acme.example", "company": None}},
        {"type": "contact", "attributes": {"first_name": "Jane", "domain": "acme.example"}},
        {"firstName": "Jane", "company": {"name": None, "domain": "acme.example"}},
        {"first_name": "Jane", "organization": {"website_url": "http://www.acme.example", "id": 5}},
        {"FirstName": "Jane", "Account": {"attributes": {"type": "Account"}, "Website": "acme.example"}},
        {"person": {"first_name": "Jane", "employer": {"domain": "acme.example"}}, "score": 5},
        {"contact": {"properties": {"firstname": "Jane", "domain": "acme.example"}}},
        {"lead": {"first_name": "Jane"}, "currentCompany": {"domain": "acme.example"}},
        {"profile": {"first_name": "Jane"}, "organisation": {"domain": "acme.example"}, "list": {"name": "x"}},
    ],
)
def test_the_members_of_objects_around_a_contact_are_its_own(contact: dict[str, Any]) -> None:
    (row,) = lines(io.BytesIO(json.dumps(contact).encode() + b",\n"))
    assert row.contact
    assert (row.contact.first_name, row.contact.company_domain) == ("Jane", "acme.example")
    assert row.given == contact


def test_members_are_looked_for_two_objects_deep() -> None:
    deep = {"contact": {"properties": {"fields": {"first_name": "Jane"}}}, "domain": "acme.example"}
    wide = {"first_name": "Jane", **{str(number): 1 for number in range(999)}}
    first, last = lines(io.BytesIO(json.dumps(deep).encode() + b"\n" + json.dumps(wide).encode()))
    assert first.contact
    assert first.contact.first_name is None
    assert last.contact


_WRAPPERS = "data records results items rows people leads persons prospects value entries"


@each_row("wrapper", _WRAPPERS.split())
def test_the_list_of_a_document_may_have_another_name(wrapper: str) -> None:
    body = json.dumps({"success": True, wrapper: [JANE], "paging": {"next": None}, "data2": [1]})
    head, rows = document(body.encode())
    assert [row.given for row in rows] == [JANE]
    assert wrapper not in head
    assert head["data2"] == [1]
    # `contacts` is the list wherever it stands; the other is an option like any other.
    for others in ([], [1], [{"x": 1}]):
        for both in ({wrapper: others, "contacts": [JANE]}, {"contacts": [JANE], wrapper: others}):
            head, rows = document(json.dumps(both).encode())
            assert (head, [row.given for row in rows]) == ({wrapper: others}, [JANE])
    with pytest.raises(InvalidInputError, match="given twice"):
        document(f'{{"{wrapper}": [], "{wrapper}": []}}'.encode())
    # Other members of a contact are no list of contacts.
    for contact in (JANE, {"name": "Jane Smith", "domain": "acme.example"}):
        with pytest.raises(InvalidInputError, match="contacts: is required"):
            document(json.dumps({wrapper: [{"x": 1}], **contact}).encode())
    assert len(document(json.dumps({"name": "My list", wrapper: [JANE]}).encode())[1]) == 1
    # A member of that name that is no list is none; what stands behind the contacts is an option like any other.
    head, rows = document(json.dumps({wrapper: 1, "contacts": [JANE]}).encode())
    assert (head, len(rows)) == ({wrapper: 1}, 1)


def test_lines_are_counted_and_one_that_is_no_json_does_not_stop_the_rest() -> None:
    body = b"\xef\xbb\xbf" + json.dumps(JANE).encode() + b"\n\n{oops\n" + b"x" * (MAX_LINE * 2 + 5) + b"\n\xff\n{}"
    rows = list(lines(io.BytesIO(body)))
    assert [row.line for row in rows] == [1, 3, 4, 5, 6]
    assert [bool(row.contact) for row in rows] == [True, False, False, False, False]
    assert rows[1].problems[0].message.startswith("the line is not valid JSON")
    assert rows[2].problems[0].message == f"is longer than {MAX_LINE} bytes"
    assert rows[3].problems[0].message == "the line is not valid UTF-8"


def test_more_different_members_than_columns_are_refused() -> None:
    columns = ColumnNames()
    for row in lines(io.BytesIO(b'{"first_name": "a", "x": 1}\n{"y": 1, "first_name": "b"}')):
        columns.note(row)
    assert columns.names == ("first_name", "x", "y")
    with pytest.raises(InvalidInputError):
        columns.note(GivenRow(given={str(number): 1 for number in range(1000)}))


def test_rows_that_are_no_objects_have_a_column_whose_name_no_member_has() -> None:
    for body, names in (
        (b'{"domain": "a.example"}', ("domain",)),
        (b'{"domain": "a.example"}\n3', ("domain", "input")),
        (b'{"input": 1}\n3', ("input", "input_2")),
    ):
        columns = ColumnNames()
        for row in lines(io.BytesIO(body)):
            columns.note(row)
        assert columns.names == names
    columns = ColumnNames()
    columns.note(GivenRow(given={str(number): 1 for number in range(1000)}, raw=b"{}"))
    assert len(columns.names) == 1000


def test_a_line_of_exactly_the_most_bytes_is_read() -> None:
    line = json.dumps(JANE).encode()
    good, bad = (line + b" " * (size - len(line) - 1) + b"\n" for size in (MAX_LINE, MAX_LINE + 1))
    assert [bool(row.contact) for row in lines(io.BytesIO(good + bad + good))] == [True, False, True]


def test_the_members_beside_the_contacts_have_at_most_so_many_characters() -> None:
    good, bad = (b'{"x":"' + b"y" * (MAX_HEAD - more) + b'","contacts":[]}' for more in (3, 2))
    assert read_head(io.BytesIO(good)).keys() == {"x"}
    with pytest.raises(InvalidInputError, match="other than contacts must not exceed"):
        read_head(io.BytesIO(bad))


def test_a_document_has_at_most_so_many_contacts() -> None:
    assert read_head(io.BytesIO(b"[0" + b",0" * 99_999 + b"]")) == {}
    with pytest.raises(InvalidInputError, match="at most 100000 rows"):
        read_head(io.BytesIO(b"[0" + b",0" * 100_000 + b"]"))


@given(st.lists(_JSON, max_size=5), st.dictionaries(st.sampled_from(["a", "fields", "metadata"]), _JSON))
def test_what_is_read_in_pieces_is_what_json_says(values: list[Any], options: dict[str, Any]) -> None:
    head, rows = document(json.dumps(options | {"contacts": values}).encode())
    assert head == options
    assert [row.given for row in rows] == [value if isinstance(value, dict) else {} for value in values]
