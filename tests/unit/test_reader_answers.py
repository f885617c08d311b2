"""The answers of a reader to each task, over a socket as its parent sends them, most of them within this process."""

import errno
import io
import os
import socket
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from subprocess import PIPE, Popen
from typing import IO

import msgspec
import pytest

from app.dialects.submitted_body import read_written
from app.dialects.tables import reader_child
from app.dialects.tables.reader_child import (
    LENGTH,
    LENIENT,
    MAX_MEMORY,
    OUT_OF_MEMORY,
    SLICE,
    SLICE_BYTES,
    STRICT,
    AllRead,
    BrokenReader,
    FoundBody,
    FoundTexts,
    LackingReader,
    Opened,
    ReaderAnswer,
    ReaderTask,
    RefusedFile,
    RowSlice,
    _Channel,
    _fault,
    _serve,
    _slices,
)
from app.dialects.tables.reading import SentFile, headings_of, rows_of
from app.domain.errors import InvalidInputError
from app.domain.runs.batch import Format
from tests.architecture.tree import ROOT

CSV = b"first_name,last_name,domain\n"


def _asked(task: ReaderTask, content: bytes, strict: bytes = LENIENT) -> list[ReaderAnswer]:
    """The answers to a task; all of them fit into the socket."""
    parent, child = socket.socketpair()
    with closing(parent), closing(child), tempfile.TemporaryFile() as file:
        file.write(content)
        file.flush()
        text = msgspec.msgpack.encode(task)
        socket.send_fds(parent, [len(text).to_bytes(LENGTH) + text], [file.fileno()])
        parent.sendall(strict)
        channel = _Channel(child)
        given = channel.task()
        assert given is not None
        wanted, sent = given
        assert wanted == task
        with sent:
            _serve(channel, wanted, SentFile(file=sent, format=wanted.format, charset=wanted.charset))
        child.shutdown(socket.SHUT_WR)
        with parent.makefile("rb") as answers:
            return list(_answers(answers))


def _answers(answers: io.BufferedReader) -> Iterator[ReaderAnswer]:
    while length := answers.read(LENGTH):
        yield msgspec.msgpack.decode(answers.read(int.from_bytes(length)), type=ReaderAnswer)


def test_the_members_of_a_document_and_the_headings_of_a_table_are_given() -> None:
    document = b'{"type":"phone","contacts":[{"domain":"acme.example"}],"force":true}'
    (members,) = _asked(ReaderTask(wanted="members"), document)
    assert isinstance(members, FoundTexts)
    assert [msgspec.json.decode(text) for text in members.texts] == [{"type": "phone"}, {"force": True}]
    assert _asked(ReaderTask(wanted="headings", format=Format.CSV), CSV) == [
        FoundTexts(texts=("first_name", "last_name", "domain"))
    ]


def test_a_body_is_read_as_its_kind_says() -> None:
    (body,) = _asked(ReaderTask(wanted="body", body="verify-email"), b'{"email":"jane@acme.example"}')
    assert isinstance(body, FoundBody)
    assert read_written(body.text).submission.contact.email == "jane@acme.example"


def test_rows_come_in_slices_with_what_was_read_at_the_end() -> None:
    task = ReaderTask(wanted="rows", format=Format.CSV)
    opened, *slices, end = _asked(task, CSV + b"Jane,,\n" * (SLICE + 3))
    assert opened == Opened()
    assert [len(one.rows) for one in slices if isinstance(one, RowSlice)] == [SLICE, 3]
    assert isinstance(end, AllRead)
    assert (end.columns, end.reading.format) == (("first_name", "last_name", "domain"), Format.CSV)


@pytest.mark.parametrize(("strict", "is_bad"), [(LENIENT, False), (STRICT, True)])
def test_a_row_of_which_something_is_dropped_is_bad_where_the_reader_is_strict(strict: bytes, *, is_bad: bool) -> None:
    content = b"first_name,domain,linkedin_url\nJane,acme.example,https://acme.example/jane\n"
    _, rows, _ = _asked(ReaderTask(wanted="rows", format=Format.CSV), content, strict)
    assert isinstance(rows, RowSlice)
    assert (rows.rows[0].contact is None, bool(rows.rows[0].problem)) == (is_bad, is_bad)


def test_a_file_that_cannot_be_read_is_refused() -> None:
    with pytest.raises(InvalidInputError):
        _asked(ReaderTask(wanted="rows"), b'{"contacts":3}')


def test_long_rows_end_a_slice_by_their_bytes() -> None:
    row = b"Jane,,," + b"x" * (SLICE_BYTES // 2) + b"\n"
    for count, slices in ((5, [2, 2, 1]), (4, [2, 2])):
        file = SentFile(file=io.BytesIO(b"first_name,last_name,domain,note\n" + row * count), format=Format.CSV)
        assert [len(one) for one in _slices(rows_of(file).each, strict=False)] == slices


def test_a_reader_ends_where_its_parent_does() -> None:
    parent, child = socket.socketpair()
    with closing(child):
        parent.close()
        assert _Channel(child).task() is None
        with pytest.raises(SystemExit) as ended:
            _Channel(child).is_strict()
    assert ended.value.code == 0


def _ended(task: ReaderTask, file: IO[bytes] | int) -> tuple[list[ReaderAnswer], int]:
    """What a reader in a process of its own answers to a task, and its exit status when nothing more is wanted."""
    descriptor = file if isinstance(file, int) else file.fileno()
    parent, child = socket.socketpair()
    with closing(parent), closing(child):
        command = (sys.executable, "-m", reader_child.__name__, str(child.fileno()))
        with Popen(command, cwd=ROOT, stdin=PIPE, pass_fds=(child.fileno(),), start_new_session=True) as reader:
            assert reader.stdin
            # What comes from its parent means nothing until it ends.
            reader.stdin.write(b"x")
            reader.stdin.flush()
            child.close()
            text = msgspec.msgpack.encode(task)
            socket.send_fds(parent, [len(text).to_bytes(LENGTH) + text], [descriptor])
            parent.shutdown(socket.SHUT_WR)
            with parent.makefile("rb") as answers:
                said = list(_answers(answers))
            reader.wait()
    return said, reader.returncode


def test_a_process_says_how_a_file_or_a_fault_ended_its_work() -> None:
    with tempfile.TemporaryFile() as refused, tempfile.TemporaryFile() as large:
        refused.write(b'{"contacts":3}')
        refused.flush()
        (answer,), status = _ended(ReaderTask(wanted="members"), refused)
        assert isinstance(answer, RefusedFile)
        assert status == 0
        # Holes, of which nothing is read before all of it has room.
        large.truncate(4 * MAX_MEMORY)
        assert _ended(ReaderTask(wanted="body"), large) == ([], OUT_OF_MEMORY)
    for_writing = os.open(os.devnull, os.O_WRONLY)
    (answer,), status = _ended(ReaderTask(wanted="body"), for_writing)
    os.close(for_writing)
    assert isinstance(answer, BrokenReader)
    assert (answer.text.splitlines()[0], status) == ("Traceback (most recent call last):", 1)


def test_a_reader_without_room_says_so_and_any_other_fault_is_ours() -> None:
    full = _fault(OSError(errno.ENOSPC, "No space left on device"))
    assert full == LackingReader(number=errno.ENOSPC, text="OSError: [Errno 28] No space left on device\n")
    for fault in (
        OSError(errno.EINVAL, "Invalid argument"),
        FileNotFoundError(errno.ENOENT, "no"),
        ValueError("wrong"),
    ):
        assert isinstance(_fault(fault), BrokenReader)


def test_a_reader_has_no_room_where_there_is_no_directory_for_temporary_files(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "gone"))
    with pytest.raises(OSError, match="Read-only") as refused:
        headings_of(SentFile(file=io.BytesIO(b"PK"), format=Format.XLSX))
    found = _fault(refused.value)
    assert isinstance(found, LackingReader)
    assert found.number == errno.EROFS
    assert "gone" in found.text
