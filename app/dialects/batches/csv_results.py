"""The results of a batch as CSV: the client's own records byte for byte, each with our cells behind it."""

from collections.abc import Iterable

from app.dialects.batches.results_writer import ResultsWriter
from app.dialects.batches.uploaded_row import errors_of
from app.domain.runs.batch import RowOutcome
from app.domain.runs.batch_view import result_cells, result_columns
from app.domain.runs.csv_record import LINE_END, fit, quoted, safe_record, split_end, split_record
from app.domain.runs.csv_safety import safe_cell
from app.domain.runs.job import JobView

_MARK = "\ufeff"


class CsvResults(ResultsWriter):
    """Writes results in the encoding and with the delimiter and line ends of the upload."""

    def __init__(self, batch: JobView, *, is_safe: bool, has_mark: bool | None) -> None:
        """Prepare to write.

        Args:
            batch: The batch.
            is_safe: Whether formulas are made into text; else every cell is as it was given.
            has_mark: Whether a byte order mark comes first; None as the upload has it. Charsets other than Unicode's
                have none.
        """
        super().__init__(batch)
        self._is_safe = is_safe
        options = self._rows.options
        self.encoding, self._delimiter = options.encoding, options.delimiter
        wanted = options.bom if has_mark is None else has_mark
        self._has_mark = wanted and self.encoding.startswith("utf")

    def begin(self) -> bytes:
        """Write the mark and the header."""
        rows, options = self._rows, self._rows.options
        header, end = split_end(options.header or "")
        if header:
            cells = fit(split_record(header, self._delimiter), len(rows.columns), self._delimiter)
        else:
            cells = list(map(quoted, rows.columns))
        mark = _MARK.encode(self.encoding) if self._has_mark else b""
        return mark + self._record(cells, end or LINE_END, result_columns(rows.columns).values())

    def write(self, page: Iterable[RowOutcome]) -> bytes:
        """Write rows."""
        return b"".join(map(self._row, page))

    def _row(self, row: RowOutcome) -> bytes:
        if self._rows.is_table:
            cells, end = self._rows.record(row)
        else:
            cells, end = list(map(quoted, self._rows.cells(row))), LINE_END
        return self._record(cells, end, map(str, result_cells(row, self._batch)))

    def _record(self, cells: list[str], end: str, ours: Iterable[str]) -> bytes:
        own = self._delimiter.join(safe_record(cells, is_safe=self._is_safe))
        added = [quoted(safe_cell(text) if self._is_safe else text) for text in ours]
        more = self._delimiter.join(["", *added]) + end
        return own.encode(self.encoding, errors_of(self.encoding)) + more.encode(self.encoding, "replace")
