"""Workbooks: cells as a person sees them, the sheet that is read, and hostile files that only kill their own reader."""

import atexit
import datetime as dt
import io
import tempfile
import zipfile
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from typing import IO

import pytest
from xlsxwriter import Workbook
from xlsxwriter.worksheet import Worksheet

from app.dialects.tables.table_reader import TableReader
from app.dialects.tables.xlsx_table import XlsxTable
from app.domain.columns.choice import ColumnMapping
from app.domain.columns.headings import Attribute
from app.domain.errors import InvalidInputError
from tests.rows import each_row

HEADINGS = ["Vorname", "Nachname", "Firma", "Webseite"]
RITA = ["Rita", "Moss", "Acme", "acme.example"]
OPEN = ExitStack()  # of the workbooks that parameters hold from the import on
atexit.register(OPEN.close)


def book(fill: Callable[[Workbook], None]) -> IO[bytes]:
    """Write a workbook into a file."""
    body = io.BytesIO()
    with Workbook(body, {"in_memory": True}) as workbook:
        fill(workbook)
    return file_of(body.getvalue())


def file_of(body: bytes) -> IO[bytes]:
    """Write a file that the operating system knows, as uploads are."""
    file = OPEN.enter_context(tempfile.TemporaryFile())  # noqa: SIM115 - closed by the stack
    file.write(body)
    return file


def sheet(*rows: Sequence[object]) -> IO[bytes]:
    """Write a workbook with one sheet."""

    def fill(workbook: Workbook) -> None:
        write(workbook.add_worksheet("People"), *rows)

    return book(fill)


def write(worksheet: Worksheet, *rows: Sequence[object]) -> None:
    for place, row in enumerate(rows):
        worksheet.write_row(place, 0, row)


def package(parts: dict[str, bytes], **said: int) -> IO[bytes]:
    """Write an archive, whose list says of some parts that they are of another size."""
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
        for name, size in said.items():
            archive.getinfo(name).file_size = size
    return file_of(body.getvalue())


def test_a_sheet_is_read_with_titles_above_and_footers_below() -> None:
    file = sheet(["My list"], [], HEADINGS, RITA, [], ["", "", ""], RITA[:2], ["Total", 2])
    table = XlsxTable(file)
    assert (table.names, table.line, table.sheet, table.is_headed) == (tuple(HEADINGS), 3, "People", True)
    reader = TableReader(table)
    rows = list(reader.rows())
    assert [(row.line, row.given) for row in rows] == [(4, {"cells": RITA}), (7, {"cells": RITA[:2]})]
    assert rows[0].contact
    assert rows[0].contact.company_domain == "acme.example"
    assert list(reader.warnings()) == ["the last row was not read as a contact: 'Total, 2'"]
    assert not file.closed


CELLS: list[tuple[object, str]] = [
    (1.0, "1"),
    (42, "42"),
    (0, "0"),
    (-7.5, "-7.5"),
    (0.1 + 0.2, "0.3"),
    (415555550100, "415555550100"),
    (4915555550100.0, "4915555550100"),
    (123456789012345, "123456789012345"),
    (0.00001, "0.00001"),
    (1e25, "10000000000000000000000000"),
    (1e300, "1e+300"),
    (1e-300, "1e-300"),
    ("0042", "0042"),
    ("+1 (415) 555-0100", "+1 (415) 555-0100"),
    (" José ", " José "),
    ("Rita_x000D_", "Rita\r"),
    ("a_x0009_b_x0041_", "a\tb_x0041_"),
    ("=1+1", "=1+1"),
    (True, "TRUE"),
    (False, "FALSE"),
    (dt.date(2026, 11, 27), "2026-11-27"),
    (dt.datetime(2026, 11, 27, 13, 5), "2026-11-27 13:05:00"),  # noqa: DTZ001 - a sheet knows no zones
    (dt.time(13, 5), "13:05:00"),
]


def test_a_cell_is_the_text_that_a_person_sees() -> None:
    def fill(workbook: Workbook) -> None:
        forms = {dt.date: "yyyy-mm-dd", dt.datetime: "yyyy-mm-dd hh:mm:ss", dt.time: "hh:mm:ss"}
        worksheet = workbook.add_worksheet()
        write(worksheet, ["Name", "Wert"], *(["Rita"] for _ in CELLS))
        for line, (value, _) in enumerate(CELLS, 1):
            if isinstance(value, dt.date | dt.time):
                worksheet.write_datetime(line, 1, value, workbook.add_format({"num_format": forms[type(value)]}))
            elif isinstance(value, str):
                worksheet.write_string(line, 1, value)
            else:
                worksheet.write(line, 1, value)

    assert [row.cells[1] for row in XlsxTable(book(fill)).rows()] == [shown for _, shown in CELLS]


def test_formulas_have_their_value_and_formats_do_not_divide_a_text() -> None:
    def fill(workbook: Workbook) -> None:
        worksheet = workbook.add_worksheet()
        write(worksheet, ["Name", "Company"])
        worksheet.write_formula(1, 0, '="Ri"&"ta"', value="Rita")
        worksheet.write_rich_string(1, 1, "Ac", workbook.add_format({"bold": True}), "me")
        worksheet.write_formula(2, 0, "=1/0", value="#DIV/0!")
        worksheet.write_string(2, 1, "x")

    first, second = XlsxTable(book(fill)).rows()
    assert first.cells == ["Rita", "Acme"]
    assert second.cells[1] == "x"


def test_a_cover_in_front_of_the_contacts_is_passed_over() -> None:
    def fill(workbook: Workbook) -> None:
        write(workbook.add_worksheet("Read me"), ["How to use this list"], ["see the next sheets"])
        workbook.add_worksheet("Empty")
        write(workbook.add_worksheet("Contacts"), HEADINGS, RITA)

    table = XlsxTable(book(fill))
    assert (table.sheet, table.names, [row.cells for row in table.rows()]) == ("Contacts", tuple(HEADINGS), [RITA])


def test_of_sheets_without_contacts_the_first_is_named() -> None:
    def fill(workbook: Workbook) -> None:
        for name in ("One", "Two"):
            write(workbook.add_worksheet(name), [name], ["x"])

    table = XlsxTable(book(fill))
    assert (table.sheet, table.names, table.is_headed) == ("One", ("One",), False)


def test_the_first_visible_sheet_with_rows_is_read_or_the_one_that_is_named() -> None:
    def fill(workbook: Workbook) -> None:
        workbook.add_worksheet("Empty").activate()
        hidden = workbook.add_worksheet("Lists")
        hidden.hide()
        write(hidden, ["Name"], ["hidden"])
        write(workbook.add_worksheet("People"), HEADINGS, RITA)
        write(workbook.add_worksheet("Ältere"), ["Name"], ["Jo"])

    assert XlsxTable(book(fill)).sheet == "People"
    assert next(XlsxTable(book(fill), sheet="ÄLTERE").rows()).cells == ["Jo"]
    assert next(XlsxTable(book(fill), sheet="Lists").rows()).cells == ["hidden"]
    for name, said in (
        ("Other", "has no sheet 'Other'; it has 'Empty', 'Lists', 'People', 'Ältere'"),
        ("Empty", "no row in the sheet"),
    ):
        with pytest.raises(InvalidInputError, match=said):
            XlsxTable(book(fill), sheet=name)


def test_a_mapping_finds_the_headings_of_a_sheet() -> None:
    mapping: ColumnMapping = ((Attribute.FULL_NAME, ("Wer",)),)
    table = XlsxTable(sheet(["Company"], ["Wer", "Wo"], ["Rita Moss", "x"]), mapping=mapping)
    assert (table.names, table.line) == (("Wer", "Wo"), 2)
    unknown = XlsxTable(sheet(["Foo", "Bar"], ["1", "2"]))
    assert (unknown.names, unknown.is_headed) == (("Foo", "Bar"), False)


def far(workbook: Workbook) -> None:
    worksheet = workbook.add_worksheet()
    write(worksheet, HEADINGS, RITA)
    worksheet.write(1_048_575, 16_383, "x")


PARTS = {
    "[Content_Types].xml": b"<Types/>",
    "xl/workbook.xml": b"<workbook><sheets/></workbook>",
}


@each_row(
    ("file", "said"),
    [
        pytest.param(lambda: book(far), "within our bounds", id="a cell far away, which asks for 512 GiB"),
        pytest.param(lambda: book(lambda workbook: workbook.add_worksheet()), "no row", id="no rows"),
        pytest.param(lambda: package({"a.csv": b"x"}), "a ZIP archive", id="another archive"),
        pytest.param(lambda: package({"content.xml": b"x", "mimetype": b"x"}), "LibreOffice", id="ods"),
        pytest.param(lambda: package({"xl/workbook.bin": b""}), "xlsb", id="xlsb"),
        pytest.param(lambda: package({"word/document.xml": b""}), "Word", id="docx"),
        pytest.param(lambda: package(PARTS), "cannot be read|no row", id="no sheets"),
        pytest.param(lambda: package({}), "a ZIP archive", id="nothing in it"),
        pytest.param(lambda: package(PARTS | {"x": b""}, x=513 * 2**20), "too large once", id="a bomb"),
        pytest.param(lambda: package(PARTS | {f"xl/{n}": b"" for n in range(5001)}), "too large once", id="many parts"),
        pytest.param(lambda: _cut(sheet(HEADINGS, RITA)), "damaged", id="cut off"),
    ],
)
def test_a_workbook_that_cannot_be_read_says_what_to_do(file: Callable[[], IO[bytes]], said: str) -> None:
    with pytest.raises(InvalidInputError, match=said):
        XlsxTable(file())


def _cut(whole: IO[bytes]) -> IO[bytes]:
    whole.seek(0)
    return file_of(whole.read()[:-200])


@pytest.mark.parametrize("place", [0, 1, 40])
def test_a_row_that_is_too_long_is_refused_wherever_it_stands(place: int) -> None:
    rows = [[*RITA[:3], f"acme{number}.example"] for number in range(60)]
    whole = sheet(HEADINGS, *rows) if place else sheet(*rows)
    with zipfile.ZipFile(whole) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    # What Excel does not write itself: a cell of more than 32 767 characters.
    texts = parts["xl/sharedStrings.xml"]
    long = texts.replace(b"acme%d.example" % max(0, place - 1), b"a" * 2**20)
    assert len(long) > 2**20
    with pytest.raises(InvalidInputError, match=f"a row of more than 1048576 characters, row {place + 1}"):
        XlsxTable(package(parts | {"xl/sharedStrings.xml": long}))


def test_the_rows_that_a_batch_cannot_have_are_not_read() -> None:
    with zipfile.ZipFile(sheet(["Name"])) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    # As a writer of workbooks does it, in a tenth of its time.
    cells = "".join(
        f'<row r="{n}"><c r="A{n}" t="inlineStr"><is><t>Moss {n}</t></is></c></row>' for n in range(2, 100_202)
    )
    path = "xl/worksheets/sheet1.xml"
    long = parts[path].replace(b"</sheetData>", cells.encode() + b"</sheetData>")
    assert 100_000 < sum(1 for _ in XlsxTable(package(parts | {path: long})).rows()) < 100_100
