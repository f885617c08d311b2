"""Begin to read the rows of an upload in any of its formats."""

from collections.abc import Callable, Iterator
from typing import IO

import msgspec

from app.dialects.tables.csv_table import CsvTable
from app.dialects.tables.json_reader import ColumnNames, contacts, lines
from app.dialects.tables.table_reader import TableReader
from app.dialects.tables.xlsx_table import XlsxTable
from app.domain.columns.choice import ColumnMapping, choose, distinct
from app.domain.runs.batch import MAX_COLUMNS, BatchOptions, Format, GivenRow
from app.domain.runs.file_reading import FileReading, of_columns


class SentFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file that has come whole; its charset as it is declared."""

    file: IO[bytes]
    format: Format
    charset: str | None = None


class FileRows(msgspec.Struct, frozen=True, kw_only=True):
    """The rows of an upload.

    Attributes:
        each: Gives them one by one; may raise `InvalidInputError` when nothing more can be read.
        columns: Returns the names of their columns or members, once all were read.
        options: Returns what is known of the format, once all were read.
        reading: Returns what was read of the file, likewise.
    """

    each: Iterator[GivenRow]
    columns: Callable[[], tuple[str, ...]]
    options: Callable[[], BatchOptions] = BatchOptions
    reading: Callable[[], FileReading] = lambda: FileReading(format=Format.JSON)


def rows_of(upload: SentFile, *, mapping: ColumnMapping = (), sheet: str | None = None) -> FileRows:
    """Begin to read the rows of an upload.

    Args:
        upload: The file.
        mapping: Which columns fill which members, as the client says.
        sheet: The name of the sheet of a workbook, if one is wanted.

    Raises:
        InvalidInput: It cannot be read at all.
    """
    if upload.format is Format.XLSX:
        return _rows_of_sheet(upload, mapping, sheet)
    if upload.format is Format.CSV:
        return _rows_of_text(upload, mapping)
    columns = ColumnNames()
    read = lines if upload.format is Format.NDJSON else contacts

    def reading() -> FileReading:
        chosen = choose(columns.names, mapping, must_exist=False)
        return of_columns(FileReading(format=upload.format), chosen)

    return FileRows(
        each=map(columns.note, read(upload.file, mapping)),
        columns=lambda: columns.names,
        options=lambda: BatchOptions(format=upload.format, has_unreadable=columns.has_unreadable),
        reading=reading,
    )


def headings_of(upload: SentFile) -> tuple[str, ...]:
    """Return the headings of a table that may have none that we know, so many as a file may have; objects have none.

    Raises:
        InvalidInputError: It cannot be read at all.
    """
    if upload.format is Format.XLSX:
        return distinct(XlsxTable(upload.file, sheet=None).names[:MAX_COLUMNS])
    if upload.format is Format.CSV:
        return distinct(CsvTable(upload.file, charset=upload.charset).names[:MAX_COLUMNS])
    return ()


def _rows_of_sheet(upload: SentFile, mapping: ColumnMapping, sheet: str | None) -> FileRows:
    table = XlsxTable(upload.file, sheet=sheet, mapping=mapping)
    reader = TableReader(table, mapping)
    of_sheet = FileReading(format=upload.format, sheet=table.sheet, headings_line=table.line)
    return FileRows(
        each=reader.rows(),
        columns=lambda: reader.columns,
        # Excel on Windows knows UTF-8 by its mark, and who has sent a workbook will open the results with it.
        options=lambda: BatchOptions(format=upload.format, bom=True, width=reader.width),
        reading=lambda: _read_of(of_sheet, reader),
    )


def _rows_of_text(upload: SentFile, mapping: ColumnMapping) -> FileRows:
    table = CsvTable(upload.file, charset=upload.charset, mapping=mapping)
    encoding = table.encoding
    reader = TableReader(table, mapping)
    of_file = FileReading(
        format=upload.format,
        encoding=encoding.label,
        delimiter=table.delimiter,
        headings_line=table.line,
        warnings=(encoding.warning,) if encoding.warning else (),
    )
    return FileRows(
        each=reader.rows(),
        columns=lambda: reader.columns,
        options=lambda: BatchOptions(
            format=upload.format,
            encoding=encoding.codec,
            delimiter=table.delimiter,
            bom=encoding.bom,
            header=table.header,
            width=reader.width,
        ),
        reading=lambda: _read_of(of_file, reader),
    )


def _read_of(file: FileReading, reader: TableReader) -> FileReading:
    warnings = (*file.warnings, *reader.warnings())
    return of_columns(msgspec.structs.replace(file, warnings=warnings), reader.choice)
