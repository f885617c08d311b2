"""Odd CSV files: what they mean, and what is said about what they cannot mean."""

import csv
import io

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from app.dialects.tables.csv_table import CsvTable
from app.dialects.tables.encoding import MAX_LINE
from app.dialects.tables.table_reader import TableReader
from app.domain.columns.recognition import fold, known_headings
from app.domain.errors import InvalidInputError
from app.domain.runs.batch import GivenRow
from tests.rows import each_row


def read(body: bytes | str) -> list[GivenRow]:
    table = CsvTable(io.BytesIO(body.encode() if isinstance(body, str) else body))
    return list(TableReader(table).rows())


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"], ids=["unix", "windows", "old-mac"])
@pytest.mark.parametrize("mark", ["", "\ufeff"], ids=["plain", "bom"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"], ids=["comma", "semicolon", "tab"])
def test_delimiter_mark_and_line_ends_are_found_out(end: str, mark: str, delimiter: str) -> None:
    lines = [["First Name", "note, or; so", "company-domain"], ["Jané", "a\nb", "acme.example"], ["Jo", "", ""]]
    body = io.StringIO()
    csv.writer(body, delimiter=delimiter, lineterminator=end, quoting=csv.QUOTE_ALL).writerows(lines)
    table = CsvTable(io.BytesIO((mark + body.getvalue()).encode()))
    jane, jo = TableReader(table).rows()
    assert (table.names, table.delimiter, table.encoding.bom) == (tuple(lines[0]), delimiter, bool(mark))
    assert jane.contact
    assert jo.contact
    assert (jane.contact.first_name, jane.contact.company_domain) == ("Jané", "acme.example")
    assert jane.given == {"cells": lines[1]}
    assert (jane.line, jo.line) == (2, 4)


@each_row(
    "name",
    ["first_name", "firstName", "First Name", "FIRST-NAME", " first  name ", "FirstName", "first_Name"],
)
def test_columns_are_known_in_any_spelling(name: str) -> None:
    (row,) = read(f"{name}\nJane\n")
    assert row.contact
    assert row.contact.first_name == "Jane"


@each_row(
    ("row", "said"),
    [
        pytest.param("Jane,acme.example", None, id="good"),
        pytest.param("Jane", None, id="missing-cell"),
        pytest.param('"Ja""ne","acme.example"', None, id="quoted"),
        pytest.param("Jane,acme.example,,,", None, id="empty-cells-too-many"),
        pytest.param("Jane,acme.example,x", "has 3 cells, the headings name 2 columns", id="cells-too-many"),
        pytest.param('"Jane" the,acme.example', "a quote inside a quoted cell must be written twice", id="bare-quote"),
        pytest.param("Jane,not a domain", None, id="bad-domain-with-a-name"),
        pytest.param(",not a domain", "is no domain such as", id="nothing-but-a-bad-domain"),
        pytest.param("x" * 300 + ",", "must be at most 200 characters", id="long-name"),
        pytest.param("Ja\0ne,", "holds a NUL character", id="nul"),
    ],
)
def test_a_bad_row_says_what_is_wrong_and_the_next_is_read(row: str, said: str | None) -> None:
    first, last = read(f"first_name,domain\n{row}\nJohn,umbrella.example\n")
    assert bool(first.contact) == (said is None)
    assert not said or said in first.problems[0].message
    assert last.contact
    assert (first.line, last.line) == (2, 3)


def test_a_row_with_broken_bytes_among_utf_8_is_told_and_kept_as_far_as_it_can_be() -> None:
    first, last = read("first_name,note\nJos?,latin\nJané,x\n".encode().replace(b"?", b"\xe9"))
    assert first.problems[0].message == "is not valid UTF-8"
    assert first.given == {"cells": ["Jos\ufffd", "latin"]}
    assert last.contact


def test_a_row_with_a_bare_quote_keeps_what_can_be_read() -> None:
    first, last = read('CRM Id,first_name,domain\n0042,"Rita "the boss" Moss",acme.example\n0043,Jane,acme.example\n')
    assert first.problems[0].message == "a quote inside a quoted cell must be written twice"
    assert first.given["cells"][0] == "0042"
    assert last.contact


@each_row(
    ("body", "said"),
    [
        pytest.param('first_name\nJane\n"Jo\nhn\n', "line 3: a cell", id="open-quote"),
        pytest.param(f'first_name\n"{"x" * (csv.field_size_limit() + 1)}"\n', "line 2: a cell", id="huge-cell"),
        pytest.param(f"first_name\n{'x' * (MAX_LINE + 1)}\n", "a line of more than", id="huge-line"),
        pytest.param("first_name\n" + '"x\n",' * (MAX_LINE // 4), "a row of more than", id="huge-row-of-lines"),
        pytest.param("first_name" + ",x" * 1000 + "\n", "1001 columns", id="too-many-columns"),
    ],
)
def test_what_leaves_the_rest_in_doubt_refuses_the_file(body: str, said: str) -> None:
    with pytest.raises(InvalidInputError) as refusal:
        read(body)
    assert said in refusal.value.message


def test_columns_of_the_same_name_are_all_kept() -> None:
    (row,) = read("note,first_name,note\na,Jane,b\n")
    assert row.given == {"cells": ["a", "Jane", "b"]}


@given(st.lists(st.lists(st.text(st.characters(exclude_categories=["Cs"])), min_size=3, max_size=3), max_size=8))
def test_whatever_a_writer_quotes_is_read_back(cells: list[list[str]]) -> None:
    # A line of headings is none of a contact, wherever it stands.
    assume(known_headings().keys().isdisjoint(fold(cell) for row in cells for cell in row))
    body = io.StringIO()
    csv.writer(body, quoting=csv.QUOTE_ALL, lineterminator="\n").writerows([["first_name", "x", "y"], *cells])
    rows = read(body.getvalue())
    filled = [row for row in cells if any(cell.strip() for cell in row)]
    assert [row.given["cells"] for row in rows] == [[c.replace("\0", "\ufffd") for c in row] for row in filled]


@given(st.binary(max_size=400))
def test_any_bytes_below_a_header_are_rows_or_refused(body: bytes) -> None:
    try:
        rows = read(b"first_name,domain\n" + body)
    except InvalidInputError:
        return
    assert all(bool(row.contact) != bool(row.problems) for row in rows)
