"""Reads a CSV upload (RFC 4180, in UTF-8) row by row: a bad row is reported, and does not stop the rest."""

import csv
from collections.abc import Iterator, Sequence
from io import TextIOWrapper
from typing import IO, Any, NoReturn

from app.api.batches.row_reader import bad_row, row_of
from app.domain.contacts.field_aliases import EXPECTED, match
from app.domain.errors import FieldError, InvalidInputError
from app.domain.runs.batch import MAX_COLUMNS, MAX_UNNAMED_COLUMNS, GivenRow

DELIMITERS = (",", ";", "\t")
MAX_LINE = 1024 * 1024
# Of the csv module: longer cells are a quote that was never closed.
MAX_CELL = csv.field_size_limit()

_BOM = "\ufeff"
_ENDED = "unexpected end of data"


class CsvReader:
    """A table whose first line names its columns.

    Attributes:
        columns: The names, as they were given.
        delimiter: Comma, semicolon or tab, whichever the header is written with.
        bom: Whether the file begins with a byte order mark.
        header: The record that names the columns, with its line end.
        width: The columns, and what the widest row so far has beyond them.
    """

    def __init__(self, file: IO[bytes]) -> None:
        """Read the header.

        Raises:
            InvalidInput: There is none, or it names no column of a contact.
        """
        self.bom = file.read(len(_BOM.encode())) == _BOM.encode()
        # What is not UTF-8 becomes half surrogate pairs, which are looked for row by row.
        self._text = TextIOWrapper(file, encoding="utf-8", errors="surrogateescape", newline="")
        self._record: list[str] = []
        self._size = 0
        headers = [(header, one) for one in DELIMITERS if (header := self._header(one))]
        if not headers:
            _refuse(f"the file is empty; its first line must name the columns, among them one of {EXPECTED}")
        best, self.delimiter = max(headers, key=lambda found: (len(match(found[0][0])[0]), len(found[0][0])))
        self.columns, self.header = tuple(best[0]), best[1]
        self.width = len(self.columns)
        self._names = self._match()

    def _header(self, delimiter: str) -> tuple[Sequence[str], str] | None:
        """Read the first row that has anything in it, as this delimiter would divide it; its cells and its text."""
        reader = self._reader(delimiter)
        try:
            for cells in reader:
                if cells:
                    return cells, "".join(self._record)
                self._begin_record()
        except csv.Error:
            pass
        return None

    def _match(self) -> dict[str, str]:
        if len(self.columns) > MAX_COLUMNS:
            _refuse(f"the file has {len(self.columns)} columns, at most {MAX_COLUMNS} are allowed")
        if not all(map(is_storable, self.columns)):
            _refuse("the first line is not valid UTF-8; save the file as CSV in UTF-8")
        names, clashes = match(self.columns)
        if clashes:
            first, second = clashes[0]
            _refuse(f"the columns {first!r} and {second!r} say the same; keep one of them")
        if not names:
            shown = ", ".join(repr(name[:100]) for name in self.columns[:20])
            _refuse(f"no column says whom to look up: expected is at least one of {EXPECTED}; the file has {shown}")
        return names

    def rows(self) -> Iterator[GivenRow]:
        """Read the rows below the header; empty lines are none.

        Raises:
            InvalidInput: A quote is never closed, so that the rest cannot be split into rows.
        """
        places = {name: self.columns.index(name) for name in self._names.values()}
        reader = self._reader(self.delimiter)
        number, header_is_due = 0, True
        while True:
            line = reader.line_num + 1
            self._begin_record()
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                if str(error).startswith((_ENDED, "field larger")):
                    _refuse(f"row {number + 1}, line {line}: a cell begins with a quote that is never closed")
                number += 1
                yield bad_row("a quote inside a quoted cell must be written twice", line=line, raw=self._raw())
                continue
            if header_is_due:
                header_is_due = not cells
            elif cells:
                number += 1
                yield self._row(cells, places, line)

    def _row(self, cells: list[str], places: dict[str, int], line: int) -> GivenRow:
        width = len(self.columns)
        extra = [place for place, cell in enumerate(cells[width:], width + 1) if cell]
        given: dict[str, Any] = {"cells": cells[:width]}
        if extra:
            self.width = max(self.width, min(extra[-1], width + MAX_UNNAMED_COLUMNS))
            message = f"has {len(cells)} cells, the first line names {width} columns"
            return bad_row(message, line=line, given=_repaired(given), raw=self._raw())
        if not all(map(is_storable, cells)):
            message = (
                "holds a NUL character, which cannot be stored" if "\0" in "".join(cells) else "is not valid UTF-8"
            )
            return bad_row(message, line=line, given=_repaired(given), raw=self._raw())
        values = {name: cells[place] for name, place in places.items() if place < len(cells)}
        return row_of(values, self._names, given, line=line, raw=self._raw())

    def _begin_record(self) -> None:
        self._record.clear()
        self._size = 0

    def _raw(self) -> bytes:
        """Return the bytes of the record that was read last."""
        return "".join(self._record).encode(errors="surrogateescape")

    def _reader(self, delimiter: str) -> Any:  # noqa: ANN401 - the csv module's reader has no name to import
        self._begin_record()
        self._text.seek(0)
        return csv.reader(self._lines(), delimiter=delimiter, strict=True)

    def _lines(self) -> Iterator[str]:
        """Read physical lines, and note those of a record; none is ever held that is longer than what a row can be."""
        mark = _BOM
        while line := self._text.readline(MAX_LINE + 1):
            line = line.removeprefix(mark)
            mark = ""
            self._record.append(line)
            self._size += len(line)
            if self._size > MAX_LINE:
                _refuse(f"the file has a row of more than {MAX_LINE} characters")
            yield line


def is_storable(text: str) -> bool:
    """Return whether PostgreSQL can store a text: no NUL, and no byte that was not UTF-8."""
    if text.isascii():
        return "\0" not in text
    return not any(c == "\0" or "\ud800" <= c <= "\udfff" for c in text)


def _repaired(given: dict[str, Any]) -> dict[str, Any]:
    cells = [cell if is_storable(cell) else _repair(cell) for cell in given["cells"]]
    return {"cells": cells}


def _repair(text: str) -> str:
    return "".join("\ufffd" if c == "\0" or "\ud800" <= c <= "\udfff" else c for c in text)


def _refuse(message: str) -> NoReturn:
    raise InvalidInputError([FieldError(field="", message=message)])
