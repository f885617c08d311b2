"""Starts and ends one child process: own process group, unprivileged if told, and gone when its parent is."""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import msgspec

from app.embedded.data_dir import ServerOwner
from app.embedded.watchdog import Watchdog

PR_SET_PDEATHSIG = 1  # <linux/prctl.h>
LAST_WORDS = 4000

# Loaded before any fork: a child between fork and exec must not need the loader's lock.
_LIBC = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


class Program(msgspec.Struct, frozen=True, kw_only=True):
    """What to start.

    Attributes:
        name: For messages and for the log file.
        said: What it reads from its standard input, for what must not stand in its arguments.
        signals: How it is ended: each signal follows the one before when `grace` seconds have passed.
        grace: Seconds.
        serves_others: It is ended after those who do not.
    """

    name: str
    command: tuple[str, ...]
    log: Path
    cwd: Path
    env: Mapping[str, str] | None = None
    owner: ServerOwner | None = None
    said: str = ""
    signals: tuple[signal.Signals, ...] = (signal.SIGTERM, signal.SIGKILL)
    grace: float = 6.0
    serves_others: bool = False


class ChildProcess:
    """A started program."""

    def __init__(self, program: Program, guard: Watchdog) -> None:
        """Start it.

        It must be started by the main thread: on Linux it ends when the thread that started it does.

        Raises:
            OSError: When it cannot be started at all.
        """
        self.program = program
        self._guard = guard
        self._asked: float | None = None
        owner = program.owner
        with program.log.open("ab") as log:
            self.log_start = log.tell()
            self._popen = subprocess.Popen(  # noqa: S603 - our own programs
                program.command,
                stdin=subprocess.PIPE if program.said else subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=program.cwd,
                env=program.env,
                user=owner.uid if owner else None,
                group=owner.gid if owner else None,
                extra_groups=[] if owner else None,
                start_new_session=True,
                # Runs after the change of user, which would clear it (prctl(2)); the only hook that does.
                preexec_fn=_die_with(os.getpid(), program.signals[0]),  # noqa: PLW1509 - one thread forks
            )
        guard.watch(self._popen.pid, program.signals)
        if self._popen.stdin:
            with suppress(BrokenPipeError):
                self._popen.stdin.write(program.said.encode())
                self._popen.stdin.close()

    @property
    def pid(self) -> int:
        """The process id, also of its group."""
        return self._popen.pid

    def ended(self) -> int | None:
        """Return its exit status once it has ended; negative for a signal."""
        status = self._popen.poll()
        if status is not None:
            self._guard.forget(self.pid)
        return status

    def ask(self) -> None:
        """Ask it to end, without waiting; the time it is given begins now."""
        if self._asked is None:
            self._asked = time.monotonic()
            if self.ended() is None:
                self._send(self.program.signals[0])

    def stop(self) -> int:
        """End it and its whole group, politely first; returns its exit status."""
        self.ask()
        asked = self._asked or time.monotonic()
        for wait, number in enumerate(self.program.signals[1:], 1):
            with suppress(subprocess.TimeoutExpired):
                self._popen.wait(max(0.0, asked + wait * self.program.grace - time.monotonic()))
                break
            self._send(number)
        status = self._popen.wait()
        self._send(signal.SIGKILL)  # whatever of its group stayed behind
        self._guard.forget(self.pid)
        return status

    def last_words(self) -> str:
        """Return the end of what it has written since it was started."""
        return self.words()[-LAST_WORDS:].strip()

    def words(self) -> str:
        """Return what it has written since it was started."""
        with self.program.log.open("rb") as log:
            log.seek(self.log_start)
            return log.read().decode(errors="replace")

    def _send(self, number: signal.Signals) -> None:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, number)


def stop_all(processes: Sequence[ChildProcess]) -> None:
    """End several at once: all are asked before any is waited for."""
    for process in processes:
        process.ask()
    for process in processes:
        process.stop()


def _die_with(parent: int, number: signal.Signals) -> Callable[[], None] | None:
    """Have the kernel send the child a signal when its parent ends, however that ends (Linux alone can)."""
    libc = _LIBC
    if libc is None:
        return None

    def tell() -> None:
        libc.prctl(PR_SET_PDEATHSIG, int(number), 0, 0, 0)
        if os.getppid() != parent:  # it ended in between
            os._exit(1)

    return tell
