"""The end of `leadrun up`: starts the fork server, and asks it for processes that become children of this one."""

import os
import select
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack, suppress
from typing import IO, BinaryIO

import msgspec

from app.embedded.child_process import LIBC, ChildProcess, Program
from app.embedded.forks.server import BEGUN, READY, ForkRequest
from app.embedded.watchdog import Watchdog

PR_SET_CHILD_SUBREAPER = 36  # <linux/prctl.h>
# Beginnings of variables that libraries read while they are loaded.
LOADING = ("OPENSSL_", "MALLOC_", "GLIBC_", "PSYCOPG_")
# A fork takes some milliseconds.
ANSWER_SECONDS = 5.0
PAUSE, SHORT_PAUSE = 0.02, 0.002


class ForkedProcess:
    """A child that the fork server has handed over; what we use of it is what a `subprocess.Popen` has."""

    stdin: IO[bytes] | None = None

    def __init__(self, pid: int, stdout: IO[bytes] | None) -> None:
        """Keep its process id, and its standard output if that is for us."""
        self.pid = pid
        self.stdout = stdout
        self._status: int | None = None

    def poll(self) -> int | None:
        """Return the exit status once it has ended; negative for a signal."""
        if self._status is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self._status = os.waitstatus_to_exitcode(status)
        return self._status

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end, and return the exit status.

        Raises:
            TimeoutExpired: It runs on after so many seconds.
        """
        deadline = float("inf") if timeout is None else time.monotonic() + timeout
        while (status := self.poll()) is None:
            if time.monotonic() >= deadline:
                raise subprocess.TimeoutExpired(str(self.pid), timeout or 0.0)
            time.sleep(PAUSE)
        return status


class ForkServer:
    """A fork server of our own. Where there is none, or where it fails, processes are executed instead."""

    def __init__(
        self,
        program: Program,
        watchdog: Watchdog,
        pause: Callable[[float], None],
        *,
        answer_seconds: float = ANSWER_SECONDS,
    ) -> None:
        """Start it on Linux, the system that lets it hand its children over.

        Args:
            program: Runs `app.embedded.forks.server`, with an environment without secrets.
            watchdog: Stops it when this process is killed.
            pause: Waits some seconds; it may raise to give up.
            answer_seconds: The longest wait for a process.
        """
        self._pause, self._answer_seconds = pause, answer_seconds
        self._control: socket.socket | None = None
        self._process: ChildProcess | None = None
        if LIBC is None:
            return
        try:
            self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            self._control.settimeout(answer_seconds)
            with theirs:
                number = theirs.fileno()
                program = msgspec.structs.replace(program, command=(*program.command, str(number)), files=(number,))
                self._process = ChildProcess(program, watchdog)
        except OSError:
            self.close()

    @property
    def pid(self) -> int:
        """Its process id; 0 where there is none."""
        return self._process.pid if self._process else 0

    def await_ready(self, seconds: float) -> None:
        """Wait until it has imported what processes need; return at once where there is none.

        Args:
            seconds: The longest wait; then it ends.
        """
        if self._control is None:
            return
        try:
            is_ready = _comes(self._control.fileno(), seconds, PAUSE, self._pause) and self._control.recv(len(READY))
        except OSError:
            is_ready = b""
        if not is_ready:
            self.close()

    def fork(self, program: Program, log: BinaryIO) -> ForkedProcess | None:
        """Run a program's module in a process that is forked for it, and our child from then on.

        Args:
            program: A process of leadrun's.
            log: Takes what it writes.

        Returns:
            None when it has to be executed instead.
        """
        if self._control is None or LIBC is None:
            return None
        # The process's parent ends, and the nearest ancestor with this mark adopts it. No other orphans are ours.
        LIBC.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
        forked = None
        try:
            with ExitStack() as files:
                forked = self._forked(self._control, program, log, files)
        except (OSError, ValueError, AttributeError):
            forked = None
        finally:
            if forked is None:
                self.close()
            LIBC.prctl(PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0)
        return forked

    def _forked(
        self, control: socket.socket, program: Program, log: BinaryIO, files: ExitStack
    ) -> ForkedProcess | None:
        # It has no name, and nobody else may read it.
        asked = files.enter_context(tempfile.TemporaryFile(dir=program.cwd))  # noqa: SIM115 - of the stack
        asked.write(_request(program))
        asked.flush()
        asked.seek(0)
        nothing = files.enter_context(open(os.devnull, "rb"))  # noqa: PTH123, SIM115 - likewise
        told, tells = (files.enter_context(os.fdopen(one, "rb" if n == 0 else "wb")) for n, one in enumerate(os.pipe()))
        answer: IO[bytes] | None = None
        stdout: BinaryIO = log
        if program.answers:
            reading, writing = os.pipe()
            answer, stdout = os.fdopen(reading, "rb"), files.enter_context(os.fdopen(writing, "wb"))
        socket.send_fds(control, [b"f"], [one.fileno() for one in (asked, nothing, stdout, log, tells)])
        tells.close()
        pid, began = self._told(told.fileno())
        if pid and began:
            return ForkedProcess(pid, answer)
        if answer:
            answer.close()
        return None

    def _told(self, pipe: int) -> tuple[int, bool]:
        """Read the process id, and whether it has begun; where it has not in time, it is killed."""
        text, deadline, began = b"", time.monotonic() + self._answer_seconds, False
        try:
            while _comes(pipe, deadline - time.monotonic(), SHORT_PAUSE, self._pause) and (some := os.read(pipe, 32)):
                text += some
            began = text.endswith(BEGUN)
        finally:
            pid = int(text.removesuffix(BEGUN) or 0)
            if pid and not began:
                _discard(pid)
        return pid, began

    def close(self) -> None:
        """End it; processes are executed from now on."""
        if self._control:
            self._control.close()
            self._control = None
        if self._process:
            self._process.stop()
            self._process = None


def _comes(descriptor: int, seconds: float, pause: float, wait: Callable[[float], None]) -> bool:
    """Wait until something can be read, or the other end is closed; return whether it came in time."""
    deadline = time.monotonic() + seconds
    while not select.select([descriptor], [], [], 0)[0]:
        if time.monotonic() >= deadline:
            return False
        wait(pause)
    return True


def _discard(pid: int) -> None:
    """End a process that did not begin, and take its status, if it is our child already."""
    with suppress(ChildProcessError, ProcessLookupError):
        if not os.waitpid(pid, os.WNOHANG)[0]:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)


def _request(program: Program) -> bytes:
    environ = program.env or {}
    return msgspec.msgpack.encode(
        ForkRequest(
            module=program.module,
            arguments=program.arguments,
            title=" ".join(program.command),
            environ={os.fsencode(name): os.fsencode(value) for name, value in environ.items()},
            cwd=str(program.cwd),
            parent=os.getpid(),
            signal=int(program.signals[0]),
        )
    )
