"""The end of `leadrun up`: starts the fork server, and asks it for processes that become children of this one."""

import os
import select
import socket
import subprocess
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import IO, BinaryIO

import msgspec

from app.embedded.child_process import LIBC, ChildProcess, Program
from app.embedded.forks.server import READY, ForkRequest
from app.embedded.watchdog import Watchdog

PR_SET_CHILD_SUBREAPER = 36  # <linux/prctl.h>
ANSWER_SECONDS = 20.0
PAUSE = 0.02


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

    def __init__(self, program: Program, watchdog: Watchdog) -> None:
        """Start it on Linux, the system that lets it hand its children over.

        Args:
            program: Runs `app.embedded.forks.server`, with an environment without secrets.
            watchdog: Stops it when this process is killed.
        """
        self._control: socket.socket | None = None
        self._process: ChildProcess | None = None
        if LIBC is None:
            return
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._control.settimeout(ANSWER_SECONDS)
        with theirs:
            number = theirs.fileno()
            program = msgspec.structs.replace(program, command=(*program.command, str(number)), files=(number,))
            self._process = ChildProcess(program, watchdog)

    @property
    def pid(self) -> int:
        """Its process id; 0 where there is none."""
        return self._process.pid if self._process else 0

    def await_ready(self, pause: Callable[[float], None]) -> None:
        """Wait until it has imported what processes need; return at once where there is none.

        Args:
            pause: Waits some seconds; it may raise to give up.
        """
        while self._control and not select.select([self._control], [], [], 0)[0]:
            pause(PAUSE)
        if self._control and not self._control.recv(len(READY)):
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
        answer: IO[bytes] | None = None
        with ExitStack() as files:
            asked = files.enter_context(os.fdopen(os.memfd_create("request"), "wb"))
            asked.write(_request(program))
            asked.flush()
            asked.seek(0)
            stdout: BinaryIO = log
            if program.answers:
                reading, writing = os.pipe()
                answer, stdout = os.fdopen(reading, "rb"), files.enter_context(os.fdopen(writing, "wb"))
            nothing = files.enter_context(Path(os.devnull).open("rb"))
            # The process's parent ends, and the nearest ancestor with this mark adopts it. No other orphans are ours.
            LIBC.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
            try:
                socket.send_fds(self._control, [b"f"], [one.fileno() for one in (asked, nothing, stdout, log)])
                return ForkedProcess(int(self._control.recv(32)), answer)
            except (OSError, ValueError):
                self.close()
                return None
            finally:
                LIBC.prctl(PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0)

    def close(self) -> None:
        """End it; processes are executed from now on."""
        if self._control:
            self._control.close()
            self._control = None
        if self._process:
            self._process.stop()
            self._process = None


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
