"""Uploads of every format: their rows, columns and options, and what is said of the file."""

import io
from typing import IO

import pytest

from app.dialects.tables.csv_table import CsvTable
from app.dialects.tables.encoding import MAX_LINE
from app.dialects.tables.reading import SentFile, headings_of, rows_of
from app.dialects.tables.table_reader import TableReader
from app.domain.errors import InvalidInputError
from app.domain.runs.batch import BatchOptions, Format
from app.domain.runs.file_reading import FileReading, UsedColumn
from tests.unit.tables.test_xlsx_table import sheet

ROW = b'{"Vorname": "Rita", "Webseite": "acme.example", "x": 1}'
USED = (UsedColumn(column="Vorname", fills="first_name"), UsedColumn(column="Webseite", fills="domain"))
READ: tuple[tuple[IO[bytes], BatchOptions, FileReading], ...] = (
    (
        io.BytesIO(b"Vorname;Webseite;x\nRita;acme.example;1\n"),
        BatchOptions(
            format=Format.CSV, encoding="utf-8", delimiter=";", bom=False, header="Vorname;Webseite;x\n", width=3
        ),
        FileReading(format=Format.CSV, encoding="utf-8", delimiter=";", headings_line=1),
    ),
    (
        sheet(["Vorname", "Webseite", "x"], ["Rita", "acme.example", 1]),
        BatchOptions(format=Format.XLSX, bom=True, width=3),
        FileReading(format=Format.XLSX, sheet="People", headings_line=1),
    ),
    (io.BytesIO(ROW), BatchOptions(format=Format.NDJSON), FileReading(format=Format.NDJSON)),
    (
        io.BytesIO(b'{"contacts": [' + ROW + b"]}"),
        BatchOptions(format=Format.JSON),
        FileReading(format=Format.JSON),
    ),
)


@pytest.mark.parametrize(("file", "options", "reading"), READ, ids=["csv", "xlsx", "ndjson", "json"])
def test_an_upload_is_read(file: IO[bytes], options: BatchOptions, reading: FileReading) -> None:
    rows = rows_of(SentFile(file=file, format=options.format))
    (row,) = rows.each
    assert row.contact
    assert (row.contact.first_name, row.contact.company_domain) == ("Rita", "acme.example")
    assert rows.columns() == ("Vorname", "Webseite", "x")
    assert rows.options() == options
    found = rows.reading()
    assert (found.columns_used, found.columns_ignored, found.warnings) == (USED, ("x",), ())
    assert (found.format, found.encoding, found.delimiter) == (reading.format, reading.encoding, reading.delimiter)
    assert (found.sheet, found.headings_line) == (reading.sheet, reading.headings_line)


@pytest.mark.parametrize(
    ("file", "kind", "headings"),
    [(READ[0][0], Format.CSV, 3), (READ[1][0], Format.XLSX, 3), (READ[2][0], Format.NDJSON, 0)],
)
def test_the_headings_of_a_table_are_listed(file: IO[bytes], kind: Format, headings: int) -> None:
    assert headings_of(SentFile(file=file, format=kind)) == ("Vorname", "Webseite", "x")[:headings]


def test_an_encoding_that_is_guessed_is_told() -> None:
    file = io.BytesIO("Vorname,Webseite\nJörg,acme.example\n".encode("cp1252"))
    (warning,) = rows_of(SentFile(file=file, format=Format.CSV)).reading().warnings
    assert "was read as windows-1252" in warning


def test_a_row_of_many_lines_has_at_most_so_many_characters() -> None:
    cell = '"x\n",'
    whole = cell * (MAX_LINE // len(cell)) + "y" * (MAX_LINE % len(cell) - 1) + "\n"
    assert len(whole) == MAX_LINE
    (row,) = TableReader(CsvTable(io.BytesIO(f"first_name\n{whole}".encode()))).rows()
    assert row.problems
    with pytest.raises(InvalidInputError, match="a row of more than"):
        list(TableReader(CsvTable(io.BytesIO(f"first_name\n{whole[:-1]}y\n".encode()))).rows())
