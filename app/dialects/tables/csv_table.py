"""Read a table from a text file (RFC 4180 and what people's programs make of it): its headings, then row by row."""

import csv
import re
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import IO

from app.dialects.tables.encoding import MAX_LINE, find_encoding, read_lines
from app.dialects.tables.refusal import refuse
from app.dialects.tables.rows import MAX_PREAMBLE, TableRow, find_headings
from app.domain.columns.choice import ColumnMapping

DELIMITERS = (",", ";", "\t", "|")

# Excel reads the delimiter from such a first line, and some programs write it.
_SEPARATOR = re.compile(r'"?sep=([^\w"\r\n])"?[\r\n]*', re.IGNORECASE)
_NOTHING = " \r\n" + "".join(DELIMITERS)
_ENDED = "unexpected end of data"
_MAX_SAMPLE = 1024 * 1024


class CsvTable:
    """A table in a text file.

    Attributes:
        names: Its headings, as they were given.
        is_headed: Whether any of them is known.
        line: The line of the headings.
        header: Their row as it was written, once the rows below are read.
        delimiter: The one that divides them.
        encoding: Of the whole file.
    """

    def __init__(self, file: IO[bytes], *, charset: str | None = None, mapping: ColumnMapping = ()) -> None:
        """Find the encoding, the delimiter and the headings.

        Args:
            file: Read from its beginning; stays open.
            charset: As its media type declares it.
            mapping: Columns by attribute, as the client says.

        Raises:
            InvalidInputError: The file is empty, or its encoding cannot be found out.
        """
        self._file = file
        self.encoding = find_encoding(file, charset)
        self.delimiter, self._above, self.names, self.is_headed = self._headings(list(self._sample()), mapping)
        self.line = self._above + 1
        self.header = ""

    def _sample(self) -> Iterator[str]:
        size = 0
        for line in islice(read_lines(self._file, self.encoding), MAX_PREAMBLE):
            size += len(line)
            yield line
            if size > _MAX_SAMPLE:
                return

    def _headings(self, sample: list[str], mapping: ColumnMapping) -> tuple[str, int, tuple[str, ...], bool]:
        """Find the delimiter and the line whose cells look most like headings; else the first row, divided most."""
        stated = _SEPARATOR.fullmatch(sample[0]) if sample else None
        first = 1 if stated else 0
        best: tuple[tuple[int, int, int], int, str, list[str]] | None = None
        rough: tuple[int, int, str, list[str]] | None = None
        for delimiter in (stated[1],) if stated else DELIMITERS:
            rows = [_first_row(sample[start:], delimiter) for start in range(first, len(sample))]
            marks, index = find_headings(rows, mapping)
            if index is not None and (best is None or (marks, -index) > (best[0], -best[1])):
                best = marks, index, delimiter, rows[index]
            start = next((start for start, row in enumerate(rows) if any(cell.strip(_NOTHING) for cell in row)), None)
            if start is not None and (rough is None or len(rows[start]) > rough[0]):
                rough = len(rows[start]), start, delimiter, rows[start]
        if best:
            _, index, delimiter, names = best
            return delimiter, first + index, tuple(names), True
        if not rough:
            refuse("the file is empty; its first line must name the columns, such as first_name,last_name,domain")
        _, index, delimiter, names = rough
        return delimiter, first + index, tuple(names), False

    def rows(self) -> Iterator[TableRow]:
        """Read the rows below the headings, blank ones included.

        Raises:
            InvalidInputError: A quote is never closed, so that the rest cannot be divided into rows.
        """
        lines = _Record(islice(read_lines(self._file, self.encoding), self._above, None))
        reader = csv.reader(lines, delimiter=self.delimiter, strict=True)
        is_heading = True
        while True:
            line = self._above + reader.line_num + 1
            lines.begin()
            fault = None
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                if str(error).startswith((_ENDED, "field larger")):
                    refuse(f"line {line}: a cell begins with a quote that is never closed")
                cells = _escaped(lines.read, self.delimiter)
                if len(cells) != len(self.names):
                    fault = "a quote inside a quoted cell must be written twice"
                    cells = _first_row(lines.read, self.delimiter)
            if is_heading:
                is_heading, self.header = False, "".join(lines.read)
                continue
            if len(cells) == 1 < len(self.names) and len(inner := self._quoted_whole(cells)) == len(self.names):
                cells = inner
            yield TableRow(line=line, cells=cells, fault=fault, text="".join(lines.read))

    def _quoted_whole(self, cells: list[str]) -> list[str]:
        """Divide a row that a program has quoted as one cell."""
        return _first_row(cells, self.delimiter) if self.delimiter in cells[0] else cells

    def raw(self, row: TableRow) -> bytes:
        """Return the bytes of a row."""
        return row.text.encode(self.encoding.codec, self.encoding.errors)


class _Record(Iterator[str]):
    """Lines that remember which of them the present row was read from.

    Attributes:
        read: The lines of the row.
    """

    read: list[str]

    def __init__(self, lines: Iterator[str]) -> None:
        self._lines = lines
        self.begin()

    def begin(self) -> None:
        self.read = []
        self._size = 0

    def __next__(self) -> str:
        line = next(self._lines)
        self.read.append(line)
        self._size += len(line)
        if self._size > MAX_LINE:
            refuse(f"the file has a row of more than {MAX_LINE} characters")
        return line


def _escaped(lines: Sequence[str], delimiter: str) -> list[str]:
    """Read a row in which a program writes a backslash before quotes, as databases do; nothing where it is none."""
    try:
        reader = csv.reader(lines, delimiter=delimiter, doublequote=False, escapechar="\\", strict=True)
        return next(reader, []) if any('\\"' in line for line in lines) else []
    except csv.Error:
        return []


def _first_row(lines: Sequence[str], delimiter: str) -> list[str]:
    """Read the first row, as far as it can be read."""
    try:
        cells = next(csv.reader(lines, delimiter=delimiter, strict=False), [])
        # Some programs quote each line as one cell.
        is_quoted = len(cells) == 1 and delimiter in cells[0] and lines[0].startswith('"')
        return next(csv.reader(cells, delimiter=delimiter, strict=False), []) if is_quoted else cells
    except csv.Error:
        return []
