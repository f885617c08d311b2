"""Read the contacts of a table, which may come from a text file or a workbook."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any, Protocol

from app.dialects.tables.refusal import refuse
from app.dialects.tables.row_reader import bad_row, row_of
from app.dialects.tables.rows import ContactRows, TableRow
from app.domain.columns.choice import ColumnMapping, UnknownColumnError, choose
from app.domain.columns.headings import Attribute
from app.domain.columns.row import RowColumns
from app.domain.contacts.field_aliases import EXPECTED
from app.domain.errors import FieldError, InvalidInputError
from app.domain.runs.batch import MAX_COLUMNS, MAX_UNNAMED_COLUMNS, GivenRow
from app.domain.runs.file_reading import MEMBERS

MAX_SHOWN = 20
# Attributes that help to fill the member of another.
_HELPERS = (Attribute.EMAIL, Attribute.LAST_NAME_PREFIX)


class Table(Protocol):
    """A table whose headings were found."""

    names: tuple[str, ...]
    is_headed: bool
    line: int

    def rows(self) -> Iterator[TableRow]:
        """Read the rows below the headings."""

    def raw(self, row: TableRow) -> bytes:
        """Return the bytes of a row of a text file; of a workbook none."""


class TableReader:
    """The contacts of a table.

    Attributes:
        columns: The headings, as they were given.
        choice: Which of them are read.
        width: The columns, and what the widest row so far has beyond them.
    """

    def __init__(self, table: Table, mapping: ColumnMapping = ()) -> None:
        """Choose the columns.

        Raises:
            InvalidInputError: There are too many, none is of a contact, or the mapping names one that is not there.
        """
        self.columns = table.names
        self.width = len(table.names)
        self._table = table
        if len(self.columns) > MAX_COLUMNS:
            refuse(f"the file has {len(self.columns)} columns, at most {MAX_COLUMNS} are allowed")
        if not all(map(is_storable, self.columns)):
            refuse("the line of the headings is not valid UTF-8; save the file as CSV in UTF-8")
        try:
            self.choice = choose(self.columns, mapping)
        except UnknownColumnError as error:
            message = f"the file has no column {error.name!r}; it has {_shown(self.columns)}"
            raise InvalidInputError([FieldError(field="mapping", message=message)]) from error
        if not self.choice.uses:
            refuse(
                f"no column says whom to look up: expected is at least one of {EXPECTED}, or the headings of a usual"
                f" export; the file has {_shown(self.columns)}; mapping=domain:Website reads a column by another name,"
                " and a first line such as sep=~ says what divides the cells"
            )
        self._rows = ContactRows(table.rows(), table.names)

    def rows(self) -> Iterator[GivenRow]:
        """Read the rows; blank ones are none."""
        columns = RowColumns(self.choice)
        return (self._row(row, columns) for row in self._rows)

    def warnings(self) -> Iterator[str]:
        """List the sentences for the client, once all rows were read."""
        if self._rows.repeated:
            yield f"{self._rows.repeated} rows repeat or explain the headings and were not read as contacts"
        if footers := self._rows.footers:
            first = f"{footers[0][:100]!r}"
            yield (
                f"{len(footers)} rows at the end were not read as contacts: {first}"
                if len(footers) > 1
                else f"the last row was not read as a contact: {first}"
            )
        doubtful = [use for use in self.choice.uses if use.attribute not in _HELPERS and not use.is_vague]
        for attribute, uses in groupby(sorted(doubtful, key=lambda use: use.attribute), lambda use: use.attribute):
            first, *others = (self.choice.names[use.place] for use in uses)
            if others:
                yield (
                    f"{MEMBERS[attribute]} is read from {first[:100]!r}, and where it is empty from {_shown(others)};"
                    f" mapping={MEMBERS[attribute]}:… names another"
                )

    def _row(self, row: TableRow, columns: RowColumns) -> GivenRow:
        raw = self._table.raw(row)
        given: dict[str, Any] = {"cells": row.cells[: len(self.columns)]}
        fault = row.fault or self._fault(row.cells)
        if fault:
            return bad_row(fault, line=row.line, given=_repaired(given), raw=raw)
        values, names = columns.read(row.cells)
        return row_of(values, names, given, line=row.line, raw=raw)

    def _fault(self, cells: list[str]) -> str | None:
        width = len(self.columns)
        extra = [place for place, cell in enumerate(cells[width:], width + 1) if cell]
        if extra:
            self.width = max(self.width, min(extra[-1], width + MAX_UNNAMED_COLUMNS))
            return f"has {len(cells)} cells, the headings name {width} columns"
        if not all(map(is_storable, cells)):
            nul = "\0" in "".join(cells)
            return "holds a NUL character, which cannot be stored; delete it" if nul else "is not valid UTF-8"
        return None


def _shown(columns: Sequence[str]) -> str:
    more = f" and {len(columns) - MAX_SHOWN} more" if len(columns) > MAX_SHOWN else ""
    return ", ".join(repr(name[:100]) for name in columns[:MAX_SHOWN]) + more


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
