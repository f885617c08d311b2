"""Results of tables: the client's own bytes come back, each row with our cells behind it."""

import csv
import io
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tests.rows import each_row
from tests.unit.batch_uploads import OURS, as_csv, as_objects, without_ours


@each_row(
    "body",
    [
        pytest.param(b"first_name,domain\r\nJane,acme.example\r\n", id="plain"),
        pytest.param(b"first_name,domain\nJane,acme.example\nJohn,b.example\n", id="unix"),
        pytest.param(b"first_name,domain\rJane,acme.example\r", id="old-mac"),
        pytest.param(b"first_name,domain\r\nJane,acme.example\nJohn,b.example\r", id="mixed-line-ends"),
        pytest.param(b"first_name,domain\r\nJane,acme.example", id="no-line-end-at-last"),
        pytest.param(b'"first_name","domain"\r\n"Jane","acme.example"\r\n', id="all-quoted"),
        pytest.param(b'first_name,"domain"\r\n"Jane",acme.example\r\nJohn,"b.example"\r\n', id="some-quoted"),
        pytest.param(b"\xef\xbb\xbffirst_name,domain\r\nJan\xc3\xa9,acme.example\r\n", id="mark"),
        pytest.param(b"first_name;domain\r\nJane;acme.example\r\n", id="semicolons"),
        pytest.param(b"first_name\tdomain\r\nJane\tacme.example\r\n", id="tabs"),
        pytest.param(b" first_name , domain \r\n Jane , acme.example \r\n", id="blanks"),
        pytest.param(b"First Name,First Name 2,domain\r\nJane,x,acme.example\r\n", id="names-alike"),
        pytest.param(b"first_name,Mobile\r\nJane,+1 (415) 555-0100\r\nJo,-3%\r\nAl,@alroe\r\n", id="harmless"),
        pytest.param(b"first_name,note\r\nJane,a\"b\r\nJohn,it's\r\n", id="quotes-within"),
        pytest.param(b'first_name,note\r\nJane,"a"b\r\n', id="a-bare-quote-behind"),
        pytest.param(b"first_name,note\nJos\xe9,x\nJane,\xff\xfe\n", id="no-utf-8"),
        pytest.param(b"first_name,note\nJa\x00ne,x\n", id="nul"),
        pytest.param("first_name,note\nJane,\u2028\u0085\x0b\x0c\u00a0\n".encode(), id="odd-white-space"),
    ],
)
def test_the_bytes_of_a_table_come_back(body: bytes) -> None:
    assert without_ours(as_csv(body)) == body


_CELLS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
_ROWS = st.lists(st.lists(_CELLS, min_size=2, max_size=2), max_size=6)


@given(
    _ROWS,
    st.sampled_from(",;\t"),
    st.sampled_from(["\n", "\r\n", "\r"]),
    st.sampled_from([csv.QUOTE_ALL, csv.QUOTE_MINIMAL, csv.QUOTE_NONNUMERIC]),
    st.booleans(),
)
def test_any_cells_come_back_and_the_bytes_as_well(
    cells: list[list[str]],
    delimiter: str,
    end: str,
    quoting: Any,
    has_mark: bool,  # noqa: FBT001 - drawn
) -> None:
    body = io.StringIO(newline="")
    table = [["first_name", "note", "more"], *(["Jane", *row] for row in cells)]
    csv.writer(body, delimiter=delimiter, quoting=quoting, lineterminator=end).writerows(table)
    # Before Python 3.13 the writer leaves a line end unquoted that is not its own.
    assume(list(csv.reader(io.StringIO(body.getvalue(), newline=""), delimiter=delimiter)) == table)
    sent = ("\ufeff" if has_mark else "").encode() + body.getvalue().encode()
    results = as_csv(sent, is_safe=False).decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(results, newline=""), delimiter=delimiter))
    assert [row[:-OURS] for row in rows] == table
    # The bytes: our cells hold no line end, so that each record's own part is a prefix of it.
    at = 0
    for record in io.StringIO(body.getvalue(), newline=""):
        own = record.rstrip("\r\n") if record.endswith(end) else record
        at = results.index(own, at) + len(own)
    safe = list(csv.reader(io.StringIO(as_csv(sent).decode("utf-8-sig"), newline=""), delimiter=delimiter))
    for before, after in zip(table, safe, strict=True):
        assert all(cell in {own, "'" + own} for own, cell in zip(before, after[:-OURS], strict=True))
    assert [list(row.values())[:-OURS] for row in as_objects(sent)] == table[1:]


def test_a_row_that_cannot_be_read_comes_back_with_its_cells_and_nothing_moves() -> None:
    body = (
        b"CRM Id,first_name,note\r\n"
        b'7,"Jane" the great,x\r\n'
        b'8,"Jane" the, "open\r\n'
        b"9,Jane,x,more,and more\r\n"
        b"10,Jane,x,,,\r\n"
        b"11\r\n"
        b'12,"Ja""ne","two\r\nlines"\r\n'
    )
    header, *rows = csv.reader(io.StringIO(as_csv(body).decode(), newline=""))
    assert header[:5] == ["CRM Id", "first_name", "note", "", ""]
    assert header[5] == "email"
    assert [row[:5] for row in rows] == [
        ["7", "Jane the great", "x", "", ""],
        ["8", "Jane the", ' "open', "", ""],
        ["9", "Jane", "x", "more", "and more"],
        ["10", "Jane", "x", "", ""],
        ["11", "", "", "", ""],
        ["12", 'Ja"ne', "two\r\nlines", "", ""],
    ]
    assert [dict(zip(header[5:], row[5:], strict=True))["status"] for row in rows] == [
        "rejected", "rejected", "rejected", "pending", "rejected", "pending",
    ]  # fmt: skip
    objects = as_objects(body)
    assert list(objects[2])[:5] == ["CRM Id", "first_name", "note", "column_4", "column_5"]
    assert [row["CRM Id"] for row in objects] == ["7", "8", "9", "10", "11", "12"]
    assert objects[2]["column_5"] == "and more"


def test_a_quote_that_is_left_open_in_a_bad_row_does_not_swallow_the_next() -> None:
    body = b'first_name,note,id\r\n"Jane" x,"open,7\r\nJohn,y,8\r\n'
    rows = list(csv.reader(io.StringIO(as_csv(body).decode(), newline="")))
    assert [row[:3] for row in rows[1:]] == [["Jane x", "open", "7"], ["John", "y", "8"]]


def test_one_wide_row_does_not_widen_all_without_bound() -> None:
    body = b"first_name\nJane" + b",x" * 5000 + b"\nJohn\n"
    header, jane, john = csv.reader(io.StringIO(as_csv(body).decode()))
    assert len(header) == len(jane) == len(john) == 101 + OURS
    assert jane[100].count("x") == 4901
