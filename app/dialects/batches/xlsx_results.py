"""The results of a batch as an Excel workbook: every cell is a text, so that nothing in it is ever run."""

import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from xlsxwriter import Workbook

from app.dialects.batches.results_writer import ResultsWriter
from app.dialects.batches.uploaded_row import printable
from app.domain.runs.batch import RowOutcome
from app.domain.runs.batch_view import result_cells, result_columns
from app.domain.runs.job import JobView

CHUNK = 64 * 1024


class XlsxResults(ResultsWriter):
    """Writes a workbook with one sheet, row by row into files of its own; memory holds one row."""

    def __init__(self, batch: JobView) -> None:
        """Prepare to write."""
        super().__init__(batch)
        self._count = 0
        self._folder: tempfile.TemporaryDirectory[str] | None = None

    def begin(self) -> bytes:
        """Open the files, and write the header."""
        self._folder = tempfile.TemporaryDirectory(prefix="leadrun-results-")
        self._path = Path(self._folder.name) / "results.xlsx"
        options = {"constant_memory": True, "strings_to_formulas": False, "tmpdir": self._folder.name}
        self._book = Workbook(self._path, options)
        self._book.set_properties({"created": self._batch.created_at.replace(tzinfo=None)})
        self._sheet = self._book.add_worksheet("Results")
        columns = self._rows.columns
        self._add([*map(printable, columns), *result_columns(columns).values()])
        self._sheet.freeze_panes(1, 0)
        return b""

    def write(self, page: Iterable[RowOutcome]) -> bytes:
        """Write rows; nothing can be sent before the last."""
        for row in page:
            self._add([*self._rows.cells(row), *result_cells(row, self._batch)])
        return b""

    def _add(self, cells: Iterable[str | float]) -> None:
        """Write a row; of a text longer than 32 767 characters the sheet holds the beginning."""
        for place, cell in enumerate(cells):
            if isinstance(cell, str):
                if cell:
                    self._sheet.write_string(self._count, place, cell)
            else:
                self._sheet.write_number(self._count, place, cell)
        self._count += 1

    def end(self) -> Iterator[bytes]:
        """Finish the workbook, and return it piece by piece."""
        self._book.close()
        with self._path.open("rb") as file:
            while chunk := file.read(CHUNK):
                yield chunk

    def close(self) -> None:
        """Delete the files."""
        if self._folder:
            self._folder.cleanup()
