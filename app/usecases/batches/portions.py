"""The rows of an upload, portion by portion: so many as memory may hold of them at once."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator
from typing import TypeVar
from uuid import UUID

import msgspec

from app.domain.contacts.fingerprint import fingerprint
from app.domain.contacts.member_warning import sentences
from app.domain.runs.batch import BatchOptions, Format, GivenRow, problem_json
from app.domain.runs.file_reading import FileReading
from app.store.runs import jobs

PORTION = 1000
PORTION_BYTES = 1024 * 1024
# A thread that reads takes the interpreter from the event loop, which gets it back for each of its steps only after a
# wait. So it reads for so many seconds, and goes on when the loop has had its turn: the fuller that is, the slower.
SLICE_SECONDS = 0.01

Item = TypeVar("Item")


class Rows(msgspec.Struct, frozen=True, kw_only=True):
    """The rows of an upload, read in a thread while they are stored.

    Attributes:
        each: Gives them one by one; may raise `InvalidInput` when nothing more can be read.
        columns: Returns the names of their columns or members, once all were read.
        options: Returns what is known of the format, once all were read.
        reading: Returns what was read of the file, likewise.
    """

    each: Iterator[GivenRow]
    columns: Callable[[], tuple[str, ...]]
    options: Callable[[], BatchOptions] = BatchOptions
    reading: Callable[[], FileReading] = lambda: FileReading(format=Format.JSON)


async def portions(each: Iterator[GivenRow], job_id: UUID, *, strict: bool) -> AsyncIterator[list[jobs.NewRow]]:
    """Read rows in a thread, and give them as they are stored: a number of rows or of bytes, whichever comes first.

    Args:
        each: The rows.
        job_id: The batch.
        strict: Whether a row from which something was dropped is a bad one.
    """
    each = map(strictly, each) if strict else each
    portion: list[jobs.NewRow] = []
    total = size = 0
    while read := await asyncio.to_thread(_read, each, job_id, total):
        total += len(read)
        portion += read
        size += sum(len(row.raw or b"") for row in read)
        if len(portion) >= PORTION or size > PORTION_BYTES:
            yield portion
            portion, size = [], 0
    if portion:
        yield portion


def for_a_slice(each: Iterator[Item], seconds: float = SLICE_SECONDS) -> Iterator[Item]:
    """Give items until this thread has used so many seconds of CPU time; at least one, if there is one."""
    until = time.thread_time() + seconds
    for one in each:
        yield one
        if time.thread_time() >= until:
            return


def _read(each: Iterator[GivenRow], job_id: UUID, first: int) -> list[jobs.NewRow]:
    return [
        jobs.NewRow(
            job_id=job_id,
            position=position,
            given={} if row.raw else row.given,
            raw=row.raw or None,
            contact=row.contact,
            fingerprint=fingerprint(row.contact) if row.contact else None,
            problem=problem_json(row),
            warnings=sentences(row.warnings),
        )
        for position, row in enumerate(for_a_slice(each), start=first)
    ]


def strictly(row: GivenRow) -> GivenRow:
    """Make a bad row of one from which something was dropped."""
    dropped = tuple(one.problem for one in row.warnings if one.dropped and not one.is_empty)
    return msgspec.structs.replace(row, contact=None, problems=dropped, warnings=()) if dropped else row
