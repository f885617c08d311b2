"""The base of the writers of results: begin, write page by page, end."""

from abc import ABC, abstractmethod
from collections.abc import Iterable

from app.dialects.batches.uploaded_row import UploadedRows
from app.domain.runs.batch import RowOutcome
from app.domain.runs.job import JobView


class ResultsWriter(ABC):
    """Writes the results of one batch, page by page.

    Attributes:
        encoding: Of what is written, as Python's codecs call it.
    """

    encoding = "utf-8"

    def __init__(self, batch: JobView) -> None:
        """Prepare to write."""
        self._batch = batch
        self._rows = UploadedRows(batch)

    def begin(self) -> bytes:
        """Write what stands before the rows."""
        return b""

    @abstractmethod
    def write(self, page: Iterable[RowOutcome]) -> bytes:
        """Write rows."""

    def end(self) -> Iterable[bytes]:
        """Write what stands behind the rows."""
        return ()

    def close(self) -> None:  # noqa: B027 - most hold nothing
        """Give back what is held, also when the client has gone away."""
