"""Write the rows of a workbook as JSON lines: a program of its own, which hostile workbooks may kill.

A file of five kilobytes can make the parser ask for half a terabyte, and ends its process. So it is run with bounds on
memory, time and output, reads the workbook from its input, imports nothing of ours, and writes to its output first
`{"sheet": …, "others": …}`, or `{"error": …}` and nothing more, then `[row, [text, …]]` for each row that is not empty.
"""

import contextlib
import datetime as dt
import json
import re
import resource
import sys
import zipfile
from collections.abc import Iterator
from decimal import Decimal
from itertools import islice

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

MIB = 1024 * 1024
MAX_MEMORY, MAX_OUTPUT = 1024 * MIB, 512 * MIB
MAX_SECONDS = 60
# Other packages, by a part that they have.
OTHERS = {
    "content.xml": "a LibreOffice document",
    "xl/workbook.bin": "a binary workbook (.xlsb)",
    "word/document.xml": "a Word document",
    "Index/Document.iwa": "a Numbers document",
}
MAX_UNPACKED, MAX_PARTS = 512 * MIB, 5000
# Characters, as in the other formats; Excel itself writes 32 767 into a cell, and who reads the row holds all of it.
MAX_ROW = MIB
# Spreadsheets show so many digits of a number (IEEE 754 has 15 to 17).
DIGITS = 15
# White space that Excel writes so into its texts (ECMA-376 part 1, 22.9.2.19).
_ESCAPED = re.compile("_x(000[9AD])_")
Value = object


class UnreadableError(Exception):
    """The workbook cannot be read; the sentence is for the client."""


def bound() -> None:
    """Bound what this process may take."""
    for kind, most in (
        (resource.RLIMIT_AS, MAX_MEMORY),
        (resource.RLIMIT_CPU, MAX_SECONDS),
        (resource.RLIMIT_FSIZE, MAX_OUTPUT),
        (resource.RLIMIT_CORE, 0),
    ):
        # Systems that lack one have the others.
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(kind, (most, most))


def check_parts() -> None:
    """Check by the names in the package that it is a workbook, and is not made to grow.

    Raises:
        UnreadableError: It is not.
    """
    try:
        with zipfile.ZipFile(sys.stdin.buffer) as package:
            parts = package.infolist()
    except (zipfile.BadZipFile, OSError, ValueError) as error:
        raise UnreadableError("the workbook is damaged; open it and save it again as .xlsx, or as CSV") from error
    names = {part.filename for part in parts[:MAX_PARTS]}
    if "xl/workbook.xml" not in names:
        kind = next((kind for part, kind in OTHERS.items() if part in names), "a ZIP archive without a workbook in it")
        raise UnreadableError(f"the file is {kind}; send the table itself, as .xlsx or CSV")
    if len(parts) > MAX_PARTS or sum(part.file_size for part in parts) > MAX_UNPACKED:
        raise UnreadableError("the workbook is too large once it is unpacked; save the sheet as CSV")


def choose(workbook: CalamineWorkbook, wanted: str) -> tuple[str, list[str], Iterator[tuple[int, list[str]]]]:
    """Return the sheet of a name, or the first visible one with rows; the visible ones behind it; and its rows.

    Raises:
        UnreadableError: There is no such sheet, or no row.
    """
    sheets = [one for one in workbook.sheets_metadata if one.typ is SheetTypeEnum.WorkSheet]
    chosen = [one for one in sheets if one.visible is SheetVisibleEnum.Visible]
    if wanted:
        chosen = [one for one in sheets if one.name.casefold() == wanted.casefold()]
        if not chosen:
            known = ", ".join(repr(one.name) for one in sheets[:20])
            raise UnreadableError(f"the workbook has no sheet {wanted!r}; it has {known}")
    for place, one in enumerate(chosen, start=1):
        sheet = workbook.get_sheet_by_name(one.name)
        if next(rows(sheet), None):
            return one.name, [other.name for other in chosen[place:]], rows(sheet)
    where = f"the sheet {chosen[0].name!r}" if wanted else "any visible sheet"
    raise UnreadableError(f"the workbook has no row in {where}")


def rows(sheet: CalamineSheet) -> Iterator[tuple[int, list[str]]]:
    """Read the rows with anything in them, each with its number in the sheet, from 1.

    Raises:
        UnreadableError: One is too long.
    """
    for number, values in enumerate(sheet.iter_rows(), start=1):
        cells = [text(value) for value in values]
        while cells and not cells[-1]:
            cells.pop()
        if sum(map(len, cells)) > MAX_ROW:
            raise UnreadableError(f"the sheet has a row of more than {MAX_ROW} characters, row {number}; shorten it")
        if cells:
            yield number, cells


def text(value: Value) -> str:
    """Write a value as a person sees it in the sheet: 1.0 is 1, and a long number has all its digits."""
    if isinstance(value, str):
        return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), value)
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        return number(value)
    if isinstance(value, dt.datetime) and value.time() == dt.time():
        return value.date().isoformat()
    return value.isoformat(sep=" ") if isinstance(value, dt.datetime) else str(value)


def number(value: float) -> str:
    """Write a number without an exponent where its digits fit a cell."""
    shown = f"{value:.{DIGITS}g}"
    whole = f"{Decimal(shown):f}"
    return whole if len(whole) <= DIGITS * 2 else shown


def main(sheet: str, most: int) -> None:
    """Write the rows, one more than a batch may have at most."""
    bound()
    out = sys.stdout
    try:
        check_parts()
        sys.stdin.buffer.seek(0)
        # A panic of the parser, which is written in Rust, is no Exception.
        with contextlib.redirect_stderr(None):
            name, others, found = choose(CalamineWorkbook.from_filelike(sys.stdin.buffer), sheet)
    except UnreadableError as error:
        json.dump({"error": str(error)}, out)
        return
    except (CalamineError, MemoryError, ValueError, OSError):
        json.dump({"error": "the workbook cannot be read; open it and save it again as .xlsx, or as CSV"}, out)
        return
    out.write(json.dumps({"sheet": name, "others": others}) + "\n")
    try:
        for row, cells in islice(found, most + 1):
            out.write(json.dumps((row, cells)) + "\n")
    except UnreadableError as error:
        # Nothing is read before this process has ended.
        out.seek(0)
        out.truncate()
        json.dump({"error": str(error)}, out)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
