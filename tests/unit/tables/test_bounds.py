"""What few files have: too many blank lines or members, a long beginning, odd quotes, a workbook that takes long."""

import datetime as dt
import io
import os
from itertools import repeat
from types import SimpleNamespace

import pytest

from app.dialects.tables import json_reader, xlsx_table
from app.dialects.tables import rows as table_rows
from app.dialects.tables.csv_table import CsvTable
from app.dialects.tables.json_reader import contacts, lines
from app.dialects.tables.rows import ContactRows, TableRow
from app.dialects.tables.xlsx_child import text
from app.dialects.tables.xlsx_table import XlsxTable
from app.domain.errors import InvalidInputError
from app.domain.runs.batch import MAX_COLUMNS
from tests.unit.tables.test_xlsx_table import HEADINGS, RITA, sheet

JANE = '{"first_name":"Jane","domain":"acme.example"}'


def test_more_blank_lines_than_a_proper_file_has_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    # tests/hostile/test_blank_lines.py has as many as are refused.
    monkeypatch.setattr(json_reader, "MAX_BLANK", 3)
    monkeypatch.setattr(table_rows, "MAX_BLANK", 3)
    assert len(list(lines(io.BytesIO(b"\n" * 3 + JANE.encode())))) == 1
    with pytest.raises(InvalidInputError, match="more than 3 blank lines"):
        list(lines(io.BytesIO(b"\n" * 4 + JANE.encode())))
    with pytest.raises(InvalidInputError, match="more than 3 blank lines"):
        list(ContactRows(repeat(TableRow(line=1, cells=[""]), 4), ("Name",)))


def test_the_contacts_are_found_behind_more_members_than_a_table_has_columns() -> None:
    members = ",".join(f'"m{number}":0' for number in range(MAX_COLUMNS + 1))
    (row,) = contacts(io.BytesIO(f'{{{members},"data":[{JANE}]}}'.encode()))
    assert row.contact
    assert row.contact.first_name == "Jane"


def test_a_document_without_contacts_has_none() -> None:
    with pytest.raises(InvalidInputError):
        list(contacts(io.BytesIO(b'{"type":"email"}')))


def test_the_beginning_of_a_file_with_long_rows_is_looked_at_no_further_than_a_mebibyte() -> None:
    rows = f"Jane,acme.example,{'x' * 100_000}\n" * 12
    table = CsvTable(io.BytesIO(f"First Name,Domain,Note\n{rows}".encode()))
    assert [row.cells[0] for row in table.rows()] == ["Jane"] * 12


def test_a_row_that_backslashes_do_not_explain_either_has_a_fault() -> None:
    table = CsvTable(io.BytesIO(b'First Name,Note\n"Ja\\"n,x\nJo,z\n'))
    assert [bool(row.fault) for row in table.rows()] == [True, False]


def test_a_workbook_that_takes_too_long_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xlsx_table, "MAX_SECONDS", 0)
    with pytest.raises(InvalidInputError, match="within our bounds on memory and time"):
        XlsxTable(sheet(HEADINGS, RITA))
    # The same with a full disk is no fault of the file.
    monkeypatch.setattr(os, "fstatvfs", lambda _: SimpleNamespace(f_bavail=0))
    with pytest.raises(OSError, match="No space left"):
        XlsxTable(sheet(HEADINGS, RITA))


def test_a_time_at_midnight_is_a_day_whichever_way_the_parser_gives_it() -> None:
    assert text(dt.datetime(2026, 11, 27)) == text(dt.date(2026, 11, 27)) == "2026-11-27"  # noqa: DTZ001 - a sheet knows no zones
