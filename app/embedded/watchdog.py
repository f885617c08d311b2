"""Outlives a supervisor that was killed, and ends the processes it left behind, on any Unix.

The supervisor keeps the writing end of this process's standard input and tells it whom to watch. When the
pipe closes the supervisor is gone, however it went. Runs as a script, on the standard library alone.
"""

import fcntl
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

PATIENCE = 4.0
PAUSE = 0.05


class Watchdog:
    """The supervisor's end: starts the guardian and tells it which process groups to end, and how."""

    def __init__(self, lock: Path) -> None:
        """Start the guardian; it holds a lock on a file until everything that it watches has ended."""
        self._process = subprocess.Popen(  # noqa: S603 - this very file
            [sys.executable, "-I", __file__, str(lock)],
            stdin=subprocess.PIPE,
            cwd="/",
            start_new_session=True,
        )

    @property
    def pid(self) -> int:
        """The guardian's process id."""
        return self._process.pid

    def watch(self, pid: int, signals: tuple[signal.Signals, ...]) -> None:
        """Have a process group ended with these signals, one after the other, if the supervisor is lost."""
        self._tell(f"+ {pid} {' '.join(str(s.value) for s in signals)}\n")

    def forget(self, pid: int) -> None:
        """Take back `watch`: the process has ended."""
        self._tell(f"- {pid}\n")

    def close(self) -> None:
        """End the guardian, and with it whatever it still watches."""
        if self._process.stdin:
            with suppress(OSError):
                self._process.stdin.close()
        self._process.wait()

    def _tell(self, line: str) -> None:
        if self._process.stdin:
            with suppress(OSError):  # a guardian that somebody killed; the processes themselves are none the worse
                self._process.stdin.write(line.encode())
                self._process.stdin.flush()


def end(watched: dict[int, list[int]]) -> None:
    """End process groups: everybody's first signal, then after four seconds everybody's next, and so on."""
    for step in range(max(map(len, watched.values()), default=0)):
        for pid, signals in watched.items():
            if step < len(signals):
                with suppress(OSError):
                    os.killpg(pid, signals[step])
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            if not any(map(_lives, watched)):
                return
            time.sleep(PAUSE)


def _lives(pid: int) -> bool:
    """Whether a process group lives on; where /proc tells, a leader that is only unreaped does not count."""
    try:
        os.killpg(pid, 0)
    except OSError:
        return False
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (OSError, IndexError):
        return True
    return state != "Z"


def main(lock: str) -> None:
    """Watch until the pipe closes, then clean up."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    watched: dict[int, list[int]] = {}
    with Path(lock).open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        for line in sys.stdin:
            verb, pid, *signals = line.split()
            if verb == "+":
                watched[int(pid)] = [int(number) for number in signals]
            else:
                watched.pop(int(pid), None)
        end(watched)


if __name__ == "__main__":
    main(sys.argv[1])
