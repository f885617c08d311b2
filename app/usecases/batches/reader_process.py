"""One process that reads uploads (`reader_child`), as the server that started it sees it."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import IO, TypeVar

import msgspec
import structlog

import app
from app.dialects.submitted_body import SubmittedBody, read_written
from app.dialects.tables.reader_child import (
    LENGTH,
    LENIENT,
    OUT_OF_MEMORY,
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
)
from app.domain.errors import FieldError, InvalidInputError, RequestError, UnavailableError
from app.domain.runs.judged_row import JudgedRow
from app.usecases.batches.file_descriptor import descriptor_of, no_room

# The longest wait for one message: a workbook takes at most two minutes for each sheet that is looked at.
ANSWER_SECONDS = 600.0
# A process whose end of the socket is closed has so long to end.
_END_SECONDS = 1.0
# How a file ends one; the system kills what takes the last memory of the machine.
_ENDS_BY_FILE = (OUT_OF_MEMORY, -signal.SIGXCPU, -signal.SIGKILL, None)
_PIECE = 256 * 1024
# What Python and temporary files need; nothing else of our environment, which holds secrets.
_NEEDED = ("PATH", "LD_LIBRARY_PATH", "TMPDIR", "LANG", "LC_", "PYTHONHOME")
_DECODER = msgspec.msgpack.Decoder(ReaderAnswer)

Answer = TypeVar("Answer")

log = structlog.get_logger()


class ReaderError(RuntimeError):
    """A fault of the reader, with its traceback."""


class ReaderProcess:
    """A process that reads one file at a time.

    Attributes:
        is_free: Whether it can take a task; not amid one, and not when it has ended.
    """

    def __init__(self, popen: subprocess.Popen[bytes], channel: socket.socket) -> None:
        """Keep a started process."""
        self._popen = popen
        self._channel = channel
        self._has_answered = False
        self._wanted = ""
        self.is_free = True

    @classmethod
    def start(cls) -> "ReaderProcess":
        """Start one; takes some milliseconds.

        Raises:
            OSError: The machine has no room for it.
        """
        ours, theirs = socket.socketpair()
        ours.settimeout(0)
        with theirs:
            # -P: a directory `app` in the working directory is not ours.
            command = (sys.executable, "-P", "-s", "-m", "app.dialects.tables.reader_child", str(theirs.fileno()))
            try:
                popen = subprocess.Popen(  # noqa: S603 - our own program
                    command,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.DEVNULL,
                    pass_fds=(theirs.fileno(),),
                    env=_environment(),
                    start_new_session=True,
                )
            except BaseException:
                ours.close()
                raise
        return cls(popen, ours)

    @property
    def pid(self) -> int:
        """The process id."""
        return self._popen.pid

    @property
    def is_alive(self) -> bool:
        """Whether it runs."""
        return self._popen.poll() is None

    def kill(self) -> None:
        """Let it end now with all that it started, amid a task or not; `wait` waits for it."""
        self.is_free = False
        # Once, for later the number may be another group's.
        if self._channel.fileno() < 0:
            return
        self._channel.close()
        with suppress(OSError):  # all have ended
            os.killpg(self.pid, signal.SIGKILL)
        if self._popen.stdin:
            self._popen.stdin.close()

    def wait(self) -> None:
        """Wait until it has ended."""
        self._popen.wait()

    async def texts(self, task: ReaderTask, file: IO[bytes]) -> tuple[str, ...]:
        """Read members or headings.

        Raises:
            InvalidInputError: It cannot be read.
            UnavailableError: The process could not begin.
        """
        await self._begin(task, file)
        found = _of_kind(await self._answer(), FoundTexts)
        self.is_free = True
        return found.texts

    async def body(self, task: ReaderTask, file: IO[bytes]) -> SubmittedBody:
        """Read the body of a submission.

        Raises:
            InvalidInputError: It cannot be read.
            UnavailableError: The process could not begin, or has ended.
        """
        await self._begin(task, file)
        found = _of_kind(await self._answer(), FoundBody)
        self.is_free = True
        return read_written(found.text)

    async def open_rows(self, task: ReaderTask, file: IO[bytes]) -> None:
        """Open a file of rows.

        Raises:
            InvalidInputError: They cannot be read at all.
            UnavailableError: The process could not begin.
        """
        await self._begin(task, file)
        _of_kind(await self._answer(), Opened)

    async def begin_rows(self, *, strict: bool) -> None:
        """Let the rows come."""
        await self._send(STRICT if strict else LENIENT)

    async def some_rows(self) -> list[JudgedRow] | AllRead:
        """Read some rows, or what is known of them at last.

        Raises:
            InvalidInputError: No more can be read.
        """
        answer = await self._answer()
        if isinstance(answer, RowSlice):
            return answer.rows
        self.is_free = True
        return _of_kind(answer, AllRead)

    async def _begin(self, task: ReaderTask, file: IO[bytes]) -> None:
        self.is_free, self._wanted = False, task.wanted
        text = msgspec.msgpack.encode(task)
        with descriptor_of(file, refuses=task.wanted != "body") as descriptor:
            try:
                # Nothing waits in the socket, so that it takes these few bytes at once.
                socket.send_fds(self._channel, [len(text).to_bytes(LENGTH)], [descriptor])
            except OSError:
                raise await self._lost() from None
            await self._send(text)

    async def _send(self, text: bytes) -> None:
        try:
            await asyncio.get_running_loop().sock_sendall(self._channel, text)
        except OSError:
            raise await self._lost() from None

    async def _answer(self) -> ReaderAnswer:
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                length = int.from_bytes(await self._read(LENGTH))
                answer: ReaderAnswer = _DECODER.decode(await self._read(length))
        except TimeoutError:
            raise await self._lost() from None
        self._has_answered = True
        if isinstance(answer, RefusedFile):
            self.is_free = True
            raise _refusal(answer)
        if isinstance(answer, LackingReader):
            raise no_room(OSError(answer.number, answer.text), refuses=self._wanted != "body")
        if isinstance(answer, BrokenReader):
            raise ReaderError(answer.text)
        return answer

    async def _read(self, size: int) -> bytearray:
        read = bytearray()
        while len(read) < size:
            try:
                piece = await asyncio.get_running_loop().sock_recv(self._channel, min(size - len(read), _PIECE))
            except OSError:
                piece = b""
            if not piece:
                raise await self._lost()
            read += piece
        return read

    async def _lost(self) -> RequestError:
        """Log that it has ended or does not answer; return the refusal, of the file unless the process never began."""
        status = None
        with suppress(subprocess.TimeoutExpired):
            status = await asyncio.to_thread(self._popen.wait, _END_SECONDS)
        log.warning("reader.lost", pid=self.pid, status=status, wanted=self._wanted)
        # A body is small enough for any process.
        if self._wanted == "body" or (not self._has_answered and status not in _ENDS_BY_FILE):
            return UnavailableError("reader of uploads")
        message = (
            "the file cannot be read within our bounds on memory and time; divide it, or save the table as CSV in UTF-8"
        )
        return InvalidInputError([FieldError(field="", message=message)])


def _of_kind(answer: ReaderAnswer, kind: type[Answer]) -> Answer:
    if not isinstance(answer, kind):
        raise TypeError(f"the reader of uploads answered with {type(answer).__name__}, not {kind.__name__}")
    return answer


def _environment() -> dict[str, str]:
    source = str(Path(app.__file__).parent.parent)
    return {name: value for name, value in os.environ.items() if name.startswith(_NEEDED)} | {"PYTHONPATH": source}


def _refusal(refused: RefusedFile) -> InvalidInputError:
    error = InvalidInputError(refused.problems, more=refused.more)
    error.message, error.args = refused.message, (refused.message,)
    return error
