"""CSV records: split as the csv module reads them, and not a character is changed that need not be."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.runs.csv_record import cell_value, fit, quoted, safe_record, split_end, split_record, write_record
from tests.rows import each_row

# Whatever the line end is, a record holds it within quotes only.
_LINES = st.text("a\",;\t' =+\u00e9", max_size=12)
_DELIMITERS = st.sampled_from(",;\t|")


def values(record: str, delimiter: str) -> list[str]:
    return [cell_value(cell) for cell in split_record(record, delimiter)]


@given(_LINES, _DELIMITERS)
def test_cells_are_those_of_the_csv_module_and_joined_again_the_record(line: str, delimiter: str) -> None:
    cells = split_record(line, delimiter)
    assert delimiter.join(cells) == line
    (read,) = list(csv.reader([line], delimiter=delimiter)) or [[]]
    # A quote that is never closed takes the rest of the file; here it takes its cell.
    is_open = any(cell_value(cell + '"') == cell_value(cell) and cell.startswith('"') for cell in cells)
    assert is_open or [cell_value(cell) for cell in cells] == (read or [""])


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"])), min_size=1, max_size=5), _DELIMITERS)
def test_what_is_written_is_read_back(cells: list[str], delimiter: str) -> None:
    record, end = split_end(write_record(cells, delimiter))
    assert (values(record, delimiter), end) == (cells, "\r\n")


@given(_LINES, _DELIMITERS, st.integers(1, 4), st.booleans())
def test_a_record_never_spills_into_the_next_and_keeps_what_it_says(
    line: str,
    delimiter: str,
    width: int,
    is_safe: bool,  # noqa: FBT001 - drawn
) -> None:
    cells = fit(split_record(line, delimiter), width, delimiter)
    written = delimiter.join([*safe_record(cells, is_safe=is_safe), quoted("ours")])
    rows = list(csv.reader(io.StringIO(written + "\r\nnext\r\n", newline=""), delimiter=delimiter))
    assert rows[1:] == [["next"]]
    assert len(rows[0]) == width + 1
    assert rows[0][-1] == "ours"
    given = values(line, delimiter)
    if len(given) <= width:
        kept = [cell.removeprefix("'") if cell not in given else cell for cell in rows[0][: len(given)]]
        assert kept == given
        assert set(rows[0][len(given) : -1]) <= {""}


@each_row(
    ("record", "width", "expected"),
    [
        ("a,b", 2, "a,b"),
        ("a", 3, "a,,"),
        ("a,b,,,", 2, "a,b"),
        ('a,b,"",', 2, "a,b"),
        ("a,b,c", 2, 'a,"b,c"'),
        ('a,"b",c', 2, 'a,"""b"",c"'),
        ("", 1, ""),
        ("", 3, ",,"),
    ],
)
def test_a_record_has_as_many_cells_as_the_table_has_columns(record: str, width: int, expected: str) -> None:
    assert ",".join(fit(split_record(record, ","), width, ",")) == expected


@each_row(
    ("cell", "safe"),
    [
        ("=1+1", "'=1+1"),
        ('"=1+1"', '"\'=1+1"'),
        ('"=1"+1', '"\'=1+1"'),
        ('"""=1"', '"\'""=1"'),
        ('"open', '"open"'),
        ('"=open', '"\'=open"'),
        ('"a"b', '"a"b'),
        ('a"b', 'a"b'),
        ('""', '""'),
        ("+1 (415) 555-0100", "+1 (415) 555-0100"),
    ],
)
def test_a_cell_is_made_safe_in_the_quotes_that_it_has(cell: str, safe: str) -> None:
    assert safe_record([cell], is_safe=True) == [safe]
    assert cell_value(safe_record([cell], is_safe=False)[0]) == cell_value(cell)


@pytest.mark.parametrize("end", ["", "\n", "\r\n", "\r"])
def test_the_line_end_is_split_off_as_it_is(end: str) -> None:
    for record in ("", "a", '"a\n"', "a,b", '"\r\n"'):
        assert split_end(record + end) == (record, end)


def test_a_record_of_many_quotes_takes_no_longer_than_its_length() -> None:
    for text in ('"', '"",', '"a', '""', '"a,', '","', ',"'):
        record = text * (500_000 // len(text))
        assert ",".join(split_record(record, ",")) == record
