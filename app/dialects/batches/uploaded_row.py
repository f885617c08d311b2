"""The rows of a batch as their owner wrote them, whatever the format of the upload."""

from collections.abc import Iterator
from typing import Any

import msgspec

from app.domain.columns.choice import distinct, free_name
from app.domain.runs.batch import BatchOptions, Format, RowOutcome
from app.domain.runs.batch_view import options_of
from app.domain.runs.csv_record import cell_value, fit, split_end, split_record, write_record
from app.domain.runs.job import JobView

_encode = msgspec.json.Encoder().encode
_members = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
TABLES = (Format.CSV, Format.XLSX)


class UploadedRows:
    """Reads the rows of one batch.

    Attributes:
        columns: The names of their columns or members, in the client's spelling; a table's may lack some at the end.
        names: The same, each once, for formats where a name is a key.
        is_table: Whether the upload was a table.
    """

    def __init__(self, batch: JobView) -> None:
        """Keep what the rows have in common."""
        self.options: BatchOptions = options_of(batch)
        self.is_table = self.options.format in TABLES
        given = batch.columns or ()
        self.columns = (*given, *[""] * (self.options.width - len(given) if self.is_table else 0))
        self.names = distinct((*given, *(f"column_{n}" for n in range(len(given) + 1, len(self.columns) + 1))))
        self._unreadable = self.columns[-1] if self.options.has_unreadable else free_name("input", self.columns)

    def record(self, row: RowOutcome) -> tuple[list[str], str]:
        """Return the cells of a row of a table as they are written, one for each column, and the line end."""
        delimiter = self.options.delimiter
        if row.raw is None:
            text = write_record(row.given.get("cells", ()), delimiter)
        else:
            text = row.raw.decode(self.options.encoding, errors_of(self.options.encoding))
        record, end = split_end(text)
        return fit(split_record(record, delimiter), len(self.columns), delimiter), end

    def cells(self, row: RowOutcome) -> list[str]:
        """Return what the cells of a row say, one for each column; of an object what is no string is JSON."""
        if self.is_table:
            return [printable(cell_value(cell)) for cell in self.record(row)[0]]
        members = _members(self.json_object(row))
        return [_text(members.get(name)) for name in self.columns]

    def json_object(self, row: RowOutcome) -> bytes:
        """Return a row as a JSON object: the client's own bytes, where they are one."""
        if self.is_table:
            return _encode(dict(zip(self.names, self.cells(row), strict=True)))
        if row.raw is None:
            return _encode(row.given)
        return row.raw if row.raw.startswith(b"{") else _encode({self._unreadable: msgspec.Raw(row.raw)})


def errors_of(encoding: str) -> str:
    """Return how the codec keeps bytes that are no characters, so that they come back (PEP 383)."""
    return "surrogatepass" if encoding.startswith("utf-16") else "surrogateescape"


def printable(text: str) -> str:
    r"""Write bytes that are no characters as ``\xe9``, for formats that hold characters alone."""
    return text if text.isascii() else "".join(_shown(text))


def _shown(text: str) -> Iterator[str]:
    for character in text:
        if "\udc80" <= character <= "\udcff":
            yield f"\\x{ord(character) - 0xDC00:02x}"
        else:
            yield "\ufffd" if "\ud800" <= character <= "\udfff" else character


def _text(value: msgspec.Raw | None) -> str:
    """Write any JSON value as a cell: a string as it is, null as nothing."""
    if value is None:
        return ""
    written = bytes(value)
    if written.startswith(b'"'):
        read: Any = msgspec.json.decode(written)
        return str(read)
    return "" if written == b"null" else written.decode()
