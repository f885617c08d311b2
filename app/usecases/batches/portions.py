"""The rows of an upload, portion by portion: as many as memory may hold at once."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from typing import Protocol, TypeVar
from uuid import UUID

from app.dialects.tables.reader_child import AllRead
from app.dialects.tables.reading import FileRows
from app.domain.runs.batch import BatchOptions, Format, GivenRow
from app.domain.runs.file_reading import FileReading
from app.domain.runs.judged_row import JudgedRow, judge
from app.store.runs import jobs
from app.usecases.batches.reader_process import ReaderProcess

PORTION = 1000
PORTION_BYTES = 1024 * 1024
# A thread that reads takes the interpreter from the event loop, which gets it back for each of its steps only after a
# wait. So it reads for so many seconds, and goes on when the loop has had its turn: the fuller that is, the slower.
SLICE_SECONDS = 0.01

Item = TypeVar("Item")


class RowsToRead(Protocol):
    """The rows of an upload, wherever they are read."""

    def slices(self, *, strict: bool) -> AsyncIterator[list[JudgedRow]]:
        """Read all rows, some at a time; where `strict`, one from which something was dropped is a bad one.

        Raises:
            InvalidInputError: Nothing more can be read.
        """

    def columns(self) -> tuple[str, ...]:
        """Return the names of their columns or members, once all were read."""

    def options(self) -> BatchOptions:
        """Return what is known of the format, once all were read."""

    def reading(self) -> FileReading:
        """Return what was read of the file, once all were read."""


class Rows(FileRows, frozen=True, kw_only=True):
    """The rows of a small upload, which a thread of this process reads."""

    async def slices(self, *, strict: bool) -> AsyncIterator[list[JudgedRow]]:
        """Read them in slices, between which the event loop has its turn."""
        while read := await asyncio.to_thread(_judged, self.each, strict=strict):
            yield read


async def portions(rows: RowsToRead, job_id: UUID, *, strict: bool) -> AsyncIterator[list[jobs.NewRow]]:
    """Give rows as they are stored: a number of rows or of bytes, whichever comes first.

    Args:
        rows: Of the upload.
        job_id: The batch.
        strict: Whether a row from which something was dropped is a bad one.
    """
    portion: list[jobs.NewRow] = []
    total = size = 0
    async for read in rows.slices(strict=strict):
        portion += [_new(row, job_id, position) for position, row in enumerate(read, start=total)]
        total += len(read)
        size += sum(row.size for row in read)
        if len(portion) >= PORTION or size > PORTION_BYTES:
            yield portion
            portion, size = [], 0
    if portion:
        yield portion


def _new(row: JudgedRow, job_id: UUID, position: int) -> jobs.NewRow:
    return jobs.NewRow(
        job_id=job_id,
        position=position,
        given=row.given,
        raw=row.raw,
        contact=row.contact,
        fingerprint=row.fingerprint,
        problem=row.problem,
        warnings=row.warnings,
    )


def for_a_slice(each: Iterator[Item], seconds: float = SLICE_SECONDS) -> Iterator[Item]:
    """Give items until this thread has used so many seconds of CPU time; at least one, if there is one."""
    until = time.thread_time() + seconds
    for one in each:
        yield one
        if time.thread_time() >= until:
            return


def _judged(each: Iterator[GivenRow], *, strict: bool) -> list[JudgedRow]:
    return [judge(row, strict=strict) for row in for_a_slice(each)]


class RowsElsewhere:
    """The rows of an upload, which a process reads."""

    def __init__(self, process: ReaderProcess) -> None:
        """Begin with none read."""
        self._process = process
        self._known = AllRead(columns=(), options=BatchOptions(), reading=FileReading(format=Format.JSON))

    async def slices(self, *, strict: bool) -> AsyncIterator[list[JudgedRow]]:
        """Read them as they come."""
        await self._process.begin_rows(strict=strict)
        while not isinstance(some := await self._process.some_rows(), AllRead):
            yield some
            # They may have come faster than they are worked on; others have their turn.
            await asyncio.sleep(0)
        self._known = some

    def columns(self) -> tuple[str, ...]:
        """Return the names of their columns."""
        return self._known.columns

    def options(self) -> BatchOptions:
        """Return what is known of the format."""
        return self._known.options

    def reading(self) -> FileReading:
        """Return what was read of the file."""
        return self._known.reading
