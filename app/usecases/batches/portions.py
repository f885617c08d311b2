"""The rows of an upload, portion by portion: so many as memory may hold of them at once."""

from collections.abc import Callable, Iterator
from itertools import islice
from uuid import UUID

import msgspec

from app.domain.contacts.fingerprint import fingerprint
from app.domain.contacts.member_warning import sentences
from app.domain.runs.batch import BatchOptions, Format, GivenRow, problem_json
from app.domain.runs.file_reading import FileReading
from app.store.runs import jobs

PORTION = 1000
PORTION_BYTES = 1024 * 1024


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


def read_portion(each: Iterator[GivenRow], job_id: UUID, first: int, *, strict: bool) -> list[jobs.NewRow]:
    """Read the next portion as it is stored: a number of rows or of bytes, whichever comes first.

    Args:
        each: The rows that are left.
        job_id: The batch.
        first: The position of the first one.
        strict: Whether a row from which something was dropped is a bad one.
    """
    portion: list[jobs.NewRow] = []
    size = 0
    for row in map(strictly, islice(each, PORTION)) if strict else islice(each, PORTION):
        portion.append(
            jobs.NewRow(
                job_id=job_id,
                position=first + len(portion),
                given={} if row.raw else row.given,
                raw=row.raw or None,
                contact=row.contact,
                fingerprint=fingerprint(row.contact) if row.contact else None,
                problem=problem_json(row),
                warnings=sentences(row.warnings),
            )
        )
        size += len(row.raw)
        if size > PORTION_BYTES:
            break
    return portion


def strictly(row: GivenRow) -> GivenRow:
    """Make a bad row of one from which something was dropped."""
    dropped = tuple(one.problem for one in row.warnings if one.dropped and not one.is_empty)
    return msgspec.structs.replace(row, contact=None, problems=dropped, warnings=()) if dropped else row
