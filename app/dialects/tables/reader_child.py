"""Read uploads and large bodies in a process of its own: neither their work nor their memory is the server's.

It is run with one socket, has no secret, and ends with its parent. Each task comes with the descriptor of a file; the
answers are messages of a known length in MessagePack. What cannot be read is answered as such; a file that takes more
memory or time than any proper one ends this process alone, and its parent starts another for the next.
"""

import contextlib
import errno
import gc
import os
import resource
import signal
import socket
import sys
import threading
import time
import traceback
from collections.abc import Iterator
from itertools import islice
from typing import IO, Literal

import msgspec

from app.dialects.json_parser import parse_object
from app.dialects.submitted_body import BodyKind, read_submitted, write_read
from app.dialects.tables.json_reader import head_members
from app.dialects.tables.reading import SentFile, headings_of, rows_of
from app.domain.columns.choice import ColumnMapping
from app.domain.errors import FieldError, InvalidInputError
from app.domain.runs.batch import MAX_ROWS, BatchOptions, Format, GivenRow
from app.domain.runs.file_reading import FileReading
from app.domain.runs.judged_row import JudgedRow, judge

MIB = 1024 * 1024
MAX_MEMORY, MAX_OUTPUT = 1024 * MIB, 512 * MIB
# Of CPU, for one file.
MAX_SECONDS = 300
# Rows, and bytes of them, in one message: what its reader decodes in a millisecond or two.
SLICE, SLICE_BYTES = 200, 128 * 1024
LENGTH = 4
STRICT, LENIENT = b"\1", b"\0"
# The exit status where a file took too much memory; Python itself ends with 1, as where our program cannot be imported.
OUT_OF_MEMORY = 3
# Room on a disk, descriptors, memory, processes.
_LACKING = {
    errno.ENOSPC,
    errno.EDQUOT,
    errno.EROFS,
    errno.EMFILE,
    errno.ENFILE,
    errno.ENOMEM,
    errno.EAGAIN,
}
# Behind all requests of the server, which wait for nobody's file.
NICE = 5


class ReaderTask(msgspec.Struct, frozen=True, kw_only=True):
    """The part of a file that is wanted: members of a document but its contacts, headings of a table, or rows.

    Or a whole body of a submission; `body` is its kind.
    """

    wanted: Literal["members", "headings", "rows", "body"]
    format: Format = Format.JSON
    body: BodyKind = "enrich"
    charset: str | None = None
    mapping: ColumnMapping = ()
    sheet: str | None = None


class FoundTexts(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """The members, each written as an object of its own, or the headings."""

    texts: tuple[str, ...]


class FoundBody(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """The content of a body, as `submitted_body.write_read` writes it."""

    text: bytes


class Opened(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """The rows can be read; they come when the reader knows how strictly."""


class RowSlice(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Some rows."""

    rows: list[JudgedRow]


class AllRead(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """All rows were read, or as many as a batch may have and one more."""

    columns: tuple[str, ...]
    options: BatchOptions
    reading: FileReading


class RefusedFile(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """The file cannot be read, or no further: the parts of an `InvalidInputError`."""

    problems: tuple[FieldError, ...]
    message: str
    more: int


class LackingReader(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """The machine lacks what reading takes, such as room on its disk; with errno and traceback. The process ends."""

    number: int
    text: str


class BrokenReader(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """A fault of ours, with its traceback; the process ends."""

    text: str


ReaderAnswer = FoundTexts | FoundBody | Opened | RowSlice | AllRead | RefusedFile | LackingReader | BrokenReader


class _Channel:
    """The socket to the parent."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection

    def task(self) -> tuple[ReaderTask, IO[bytes]] | None:
        """Wait for the next task, and open its file; None at the end."""
        length, descriptors, _, _ = socket.recv_fds(self._connection, LENGTH, 1)
        if not length or not descriptors:
            return None
        file = os.fdopen(descriptors[0], "rb")
        file.seek(0)
        return msgspec.msgpack.decode(self._read(int.from_bytes(length)), type=ReaderTask), file

    def is_strict(self) -> bool:
        return self._read(1) == STRICT

    def _read(self, size: int) -> bytes:
        read = self._connection.recv(size, socket.MSG_WAITALL)
        if len(read) < size:
            raise SystemExit(0)
        return read

    def send(self, answer: ReaderAnswer) -> None:
        text = msgspec.msgpack.encode(answer)
        self._connection.sendall(len(text).to_bytes(LENGTH) + text)


def main(descriptor: int) -> None:
    """Serve tasks until the parent ends or closes the socket."""
    threading.Thread(target=_end_with_parent, daemon=True).start()
    _bound()
    gc.freeze()
    channel = _Channel(socket.socket(fileno=descriptor))
    while task := channel.task():
        wanted, file = task
        _bound_cpu()
        with file:
            try:
                _serve(channel, wanted, SentFile(file=file, format=wanted.format, charset=wanted.charset))
            except InvalidInputError as error:
                channel.send(RefusedFile(problems=tuple(error.problems), message=error.message, more=error.more))
            except MemoryError:
                raise SystemExit(OUT_OF_MEMORY) from None
            except Exception as error:  # noqa: BLE001 - the parent logs it
                channel.send(_fault(error))
                raise SystemExit(1) from None


def _fault(error: Exception) -> LackingReader | BrokenReader:
    """Tell what the machine lacks from a fault of ours."""
    text = "".join(traceback.format_exception(error))
    if isinstance(error, OSError) and error.errno in _LACKING:
        return LackingReader(number=error.errno, text=text)
    return BrokenReader(text=text)


def _serve(channel: _Channel, wanted: ReaderTask, file: SentFile) -> None:
    if wanted.wanted == "members":
        channel.send(FoundTexts(texts=tuple(head_members(file.file))))
        return
    if wanted.wanted == "headings":
        channel.send(FoundTexts(texts=headings_of(file)))
        return
    if wanted.wanted == "body":
        channel.send(FoundBody(text=write_read(read_submitted(parse_object(file.file.read()), wanted.body))))
        return
    rows = rows_of(file, mapping=wanted.mapping, sheet=wanted.sheet)
    channel.send(Opened())
    strict = channel.is_strict()
    for read in _slices(islice(rows.each, MAX_ROWS + 1), strict=strict):
        channel.send(RowSlice(rows=read))
    channel.send(AllRead(columns=rows.columns(), options=rows.options(), reading=rows.reading()))


def _slices(each: Iterator[GivenRow], *, strict: bool) -> Iterator[list[JudgedRow]]:
    rows, size = list[JudgedRow](), 0
    for row in each:
        judged = judge(row, strict=strict)
        rows.append(judged)
        size += judged.size
        if len(rows) >= SLICE or size >= SLICE_BYTES:
            yield rows
            rows, size = [], 0
    if rows:
        yield rows


def _end_with_parent() -> None:
    """End when the parent has: the other end of our input is its alone."""
    while os.read(sys.stdin.fileno(), 1):
        pass
    # With the program that unpacks a workbook for us: the parent made us the leader of a group.
    os.killpg(0, signal.SIGKILL)  # pragma: no cover - a process that is killed reports nothing


def _bound() -> None:
    """Bound what this process may take, and let others go first."""
    for kind, most in (
        (resource.RLIMIT_AS, MAX_MEMORY),
        (resource.RLIMIT_FSIZE, MAX_OUTPUT),
        (resource.RLIMIT_CORE, 0),
    ):
        # Systems that lack one have the others.
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(kind, (most, most))
    # Those who send them to all processes mean the parent, which may finish what is under way.
    for one in (signal.SIGINT, signal.SIGTERM):
        signal.signal(one, signal.SIG_IGN)
    os.nice(NICE)


def _bound_cpu() -> None:
    """Bound the CPU time of the next file: the limit of the process moves on with what it has used."""
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_CPU, (int(time.process_time()) + MAX_SECONDS, hard))


if __name__ == "__main__":
    main(int(sys.argv[1]))
