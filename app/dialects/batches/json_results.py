"""The results of a batch as JSON: one document, or an object a line (NDJSON); the client's own members untouched."""

from collections.abc import Iterable

import msgspec

from app.dialects.batches.results_writer import ResultsWriter
from app.domain.runs.batch import RowOutcome
from app.domain.runs.batch_view import result_columns, result_values
from app.domain.runs.job import JobView

_encode = msgspec.json.Encoder().encode


class NdjsonResults(ResultsWriter):
    """Writes an object a line."""

    def __init__(self, batch: JobView) -> None:
        """Prepare to write."""
        super().__init__(batch)
        self._ours = result_columns(self._rows.names if self._rows.is_table else self._rows.columns)

    def write(self, page: Iterable[RowOutcome]) -> bytes:
        """Write rows."""
        return b"".join(line + b"\n" for line in map(self.row, page))

    def row(self, row: RowOutcome) -> bytes:
        """Write one row: its own members, then ours, in one line."""
        # Line ends stand between members only: within a string JSON escapes them (RFC 8259, section 7).
        own = self._rows.json_object(row).replace(b"\r", b" ").replace(b"\n", b" ").rstrip()[:-1]
        values = result_values(row, self._batch)
        ours = _encode({self._ours[name]: value for name, value in values.items()})
        return own + (b"," if own.strip(b" \t{") else b"") + ours[1:]


class JsonResults(NdjsonResults):
    """Writes one document."""

    def __init__(self, batch: JobView) -> None:
        """Prepare to write."""
        super().__init__(batch)
        self._between = b""

    def begin(self) -> bytes:
        """Write what stands before the rows."""
        batch = self._batch
        head = {"id": str(batch.id), "status": batch.status.value, "mode": batch.mode.value, "total": batch.total}
        return _encode(head)[:-1] + b',"results":['

    def write(self, page: Iterable[RowOutcome]) -> bytes:
        """Write rows."""
        written = self._between + b",".join(map(self.row, page))
        self._between = b","
        return written

    def end(self) -> Iterable[bytes]:
        """Write what stands behind the rows."""
        return (b"]}",)
