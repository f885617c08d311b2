"""Read a table from an Excel workbook, in a process of its own (`xlsx_child`)."""

import contextlib
import errno
import os
import subprocess
import sys
import tempfile
import weakref
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import IO

import msgspec

from app.dialects.tables.refusal import refuse
from app.dialects.tables.rows import MAX_PREAMBLE, TableRow, find_headings
from app.domain.columns.choice import ColumnMapping
from app.domain.errors import InvalidInputError
from app.domain.runs.batch import MAX_ROWS

MAX_SECONDS = 120
# So many sheets are looked at for one with contacts.
MAX_SHEETS = 3
_CHILD = Path(__file__).with_name("xlsx_child.py")


class _Head(msgspec.Struct):
    sheet: str = ""
    others: list[str] = []
    error: str | None = None


class XlsxTable:
    """A table in a sheet of a workbook.

    Attributes:
        names: Its headings.
        is_headed: Whether any of them is known.
        line: The row of the headings in the sheet, from 1.
        sheet: The name of the sheet.
    """

    def __init__(self, file: IO[bytes], *, sheet: str | None = None, mapping: ColumnMapping = ()) -> None:
        """Unpack the workbook and find the headings.

        Args:
            file: Of the operating system; stays open.
            sheet: The name of the wanted sheet; unless given the first visible one with known headings, else with rows.
            mapping: Columns by attribute, as the client says.

        Raises:
            InvalidInputError: It is no workbook, cannot be read within the bounds, or has no such sheet or no rows.
        """
        is_headed, others = self._open(file, sheet or "", mapping)
        if is_headed or sheet or not others:
            return
        # A cover or a note may stand in front of the contacts.
        first = self.sheet
        for other in others[:MAX_SHEETS]:
            with contextlib.suppress(InvalidInputError):  # it has no rows
                is_headed, _ = self._open(file, other, mapping)
            if is_headed:
                return
        self._open(file, first, mapping)

    def _open(self, file: IO[bytes], sheet: str, mapping: ColumnMapping) -> tuple[bool, list[str]]:
        """Unpack a sheet and find its headings; returns whether any is known, and the sheets behind it."""
        self._rows = _unpack(file, sheet)
        weakref.finalize(self, self._rows.close)
        head = msgspec.json.decode(self._rows.readline() or b"{}", type=_Head)
        if head.error:
            refuse(head.error)
        self.sheet = head.sheet
        self._begin = self._rows.tell()
        sample = list(islice(self._read(), MAX_PREAMBLE))
        _, index = find_headings([row.cells for row in sample], mapping)
        self.is_headed = index is not None
        # The child refuses sheets without rows.
        found = sample[index or 0]
        self.names, self.line = tuple(found.cells), found.line
        return self.is_headed, head.others

    def rows(self) -> Iterator[TableRow]:
        """Read the rows below the headings."""
        return (row for row in self._read() if row.line > self.line)

    def raw(self, _row: TableRow) -> bytes:
        """Return nothing: a row of a workbook has no bytes of its own."""
        return b""

    def _read(self) -> Iterator[TableRow]:
        self._rows.seek(self._begin)
        decode = msgspec.json.Decoder(tuple[int, list[str]]).decode
        while text := self._rows.readline():
            line, cells = decode(text)
            yield TableRow(line=line, cells=cells)


def _unpack(file: IO[bytes], sheet: str) -> IO[bytes]:
    """Run the child; returns its output, a file without a name that the table closes with itself."""
    file.seek(0)
    rows = _output()
    command = (sys.executable, "-I", str(_CHILD), sheet, str(MAX_ROWS + MAX_PREAMBLE))
    try:
        ended = subprocess.run(  # noqa: S603 - our own program
            command, stdin=file, stdout=rows, stderr=subprocess.DEVNULL, timeout=MAX_SECONDS, check=False
        )
        is_whole = ended.returncode == 0
    except subprocess.TimeoutExpired:
        is_whole = False
    if not is_whole:
        has_room = os.fstatvfs(rows.fileno()).f_bavail > 0
        rows.close()
        if not has_room:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        refuse(
            "the workbook cannot be read within our bounds on memory and time, as where a cell far outside of the"
            " table is filled; copy the rows into a new sheet, or save the sheet as CSV"
        )
    rows.seek(0)
    return rows


def _output() -> IO[bytes]:
    """Open a file without a name that lives as long as the table.

    Raises:
        OSError: There is no room for it; EROFS where there is no directory that can be written.
    """
    try:
        return tempfile.TemporaryFile(prefix="leadrun-sheet-")
    except (FileNotFoundError, PermissionError) as error:
        # Of anything else these are faults of ours.
        raise OSError(errno.EROFS, os.strerror(errno.EROFS)) from error
