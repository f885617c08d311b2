"""Start and stop one child process: in a process group of its own, unprivileged on request, ended with its parent."""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO, BinaryIO, Protocol

import msgspec

from app.embedded.data_dir import ServerOwner, small_environment
from app.embedded.watchdog import Watchdog

PR_SET_PDEATHSIG = 1  # <linux/prctl.h>
TAIL_CHARACTERS = 4000

# Loaded before any fork: a child between fork and exec must not need the loader's lock.
LIBC = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


class Program(msgspec.Struct, frozen=True, kw_only=True):
    """A program to start.

    Attributes:
        name: For messages and for the log file.
        module: Module of leadrun that the command runs, which a fork server may run as well; empty for others.
        arguments: Of the module.
        files: Descriptors that the process inherits.
        env: Its environment; nothing but what every program needs where there is none.
        stdin: Text that it reads from its standard input, for secrets that must not stand in its arguments.
        signals: How it is stopped: each signal follows the one before when `grace` seconds have passed.
        grace: Seconds.
        serves_others: Stop it after the programs that do not.
        answers: Whether its standard output is for us, and small; its log takes its errors alone then.
    """

    name: str
    command: tuple[str, ...]
    log: Path
    cwd: Path
    module: str = ""
    arguments: tuple[str, ...] = ()
    files: tuple[int, ...] = ()
    env: Mapping[str, str] | None = None
    owner: ServerOwner | None = None
    stdin: str = ""
    signals: tuple[signal.Signals, ...] = (signal.SIGTERM, signal.SIGKILL)
    grace: float = 6.0
    serves_others: bool = False
    answers: bool = False


class StartedProcess(Protocol):
    """A child of this process: a `subprocess.Popen`, or one that a fork server has made."""

    pid: int
    stdin: IO[bytes] | None
    stdout: IO[bytes] | None

    def poll(self) -> int | None:
        """Return the exit status once it has ended; negative for a signal."""

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end; raise `TimeoutExpired` after so many seconds."""


# Runs a program that is a module of leadrun, with a log; None where it has to be executed.
Fork = Callable[["Program", BinaryIO], StartedProcess | None]


class ChildProcess:
    """A started program."""

    def __init__(self, program: Program, watchdog: Watchdog, fork: Fork | None = None) -> None:
        """Start it.

        The main thread must start it: on Linux a child ends when the thread that started it does.

        Args:
            program: What to start.
            watchdog: Stops it when this process is killed.
            fork: A fork server's, for programs that are modules of leadrun.

        Raises:
            OSError: When the program cannot be started at all.
        """
        self.program = program
        self._watchdog = watchdog
        self._stop_requested_at: float | None = None
        with program.log.open("ab") as log:
            self.log_start = log.tell()
            forked = fork(program, log) if fork and program.module else None
            self._process = forked or _execute(program, log)
        watchdog.watch(self._process.pid, program.signals)
        if self._process.stdin:
            with suppress(BrokenPipeError):
                self._process.stdin.write(program.stdin.encode())
                self._process.stdin.close()

    @property
    def pid(self) -> int:
        """The process id, also of its group."""
        return self._process.pid

    def exit_status(self) -> int | None:
        """Return the exit status once the process has ended; negative for a signal, None while it runs."""
        status = self._process.poll()
        if status is not None:
            self._watchdog.forget(self.pid)
        return status

    def answer(self) -> bytes:
        """Return what an ended program has answered."""
        return self._process.stdout.read() if self._process.stdout else b""

    def request_stop(self) -> None:
        """Send the first signal without waiting; the grace begins now."""
        if self._stop_requested_at is None:
            self._stop_requested_at = time.monotonic()
            if self.exit_status() is None:
                self._send(self.program.signals[0])

    def stop(self) -> int:
        """Stop the process and its whole group, each signal after its grace; return the exit status."""
        self.request_stop()
        requested = self._stop_requested_at or time.monotonic()
        for wait, number in enumerate(self.program.signals[1:], 1):
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(max(0.0, requested + wait * self.program.grace - time.monotonic()))
                break
            self._send(number)
        status = self._process.wait()
        self._send(signal.SIGKILL)  # the rest of its group
        self._watchdog.forget(self.pid)
        return status

    def log_tail(self) -> str:
        """Return the end of the output since the start."""
        return self.log_text()[-TAIL_CHARACTERS:].strip()

    def log_text(self) -> str:
        """Return the output since the start."""
        with self.program.log.open("rb") as log:
            log.seek(self.log_start)
            return log.read().decode(errors="replace")

    def _send(self, number: signal.Signals) -> None:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, number)


def stop_all(processes: Sequence[ChildProcess]) -> None:
    """Stop several at once: each gets its first signal before any is waited for."""
    for process in processes:
        process.request_stop()
    for process in processes:
        process.stop()


def _execute(program: Program, log: BinaryIO) -> StartedProcess:
    owner = program.owner
    return subprocess.Popen(  # noqa: S603 - our own programs
        program.command,
        stdin=subprocess.PIPE if program.stdin else subprocess.DEVNULL,
        stdout=subprocess.PIPE if program.answers else log,
        stderr=log,
        cwd=program.cwd,
        env=small_environment() if program.env is None else program.env,
        user=owner.uid if owner else None,
        group=owner.gid if owner else None,
        extra_groups=[] if owner else None,
        pass_fds=program.files,
        start_new_session=True,
        # Runs after the change of user, which would clear the setting (prctl(2)); the only hook that does.
        preexec_fn=_end_with_parent(os.getpid(), program.signals[0]),  # noqa: PLW1509 - one thread forks
    )


def _end_with_parent(parent: int, number: signal.Signals) -> Callable[[], None] | None:
    """Have the kernel signal the child when its parent ends in any way (only Linux can)."""
    libc = LIBC
    if libc is None:
        return None

    def set_signal() -> None:
        libc.prctl(PR_SET_PDEATHSIG, int(number), 0, 0, 0)
        if os.getppid() != parent:  # it has ended since the fork
            os._exit(1)

    return set_signal
