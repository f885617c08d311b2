"""The watchdog: a process that outlives a killed supervisor and stops the processes it left, on any Unix.

The supervisor keeps the writing end of this process's standard input and writes there which process groups to watch.
The pipe closes when the supervisor ends in any way. The script needs only the standard library.
"""

import fcntl
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

GRACE_SECONDS = 4.0
PAUSE = 0.05


class Watchdog:
    """The supervisor's end: starts the watchdog process and names the process groups to stop, and their signals."""

    def __init__(self, lock: Path) -> None:
        """Start the watchdog process; it holds a lock on a file until everything that it watches has ended."""
        self._process = subprocess.Popen(  # noqa: S603 - this very file
            [sys.executable, "-I", __file__, str(lock)],
            stdin=subprocess.PIPE,
            cwd="/",
            start_new_session=True,
        )

    @property
    def pid(self) -> int:
        """The process id of the watchdog process."""
        return self._process.pid

    def watch(self, pid: int, signals: tuple[signal.Signals, ...]) -> None:
        """Stop a process group with these signals, one after the other, if the supervisor is lost."""
        self._write(f"+ {pid} {' '.join(str(s.value) for s in signals)}\n")

    def forget(self, pid: int) -> None:
        """Watch a process group no longer: it has ended."""
        self._write(f"- {pid}\n")

    def close(self) -> None:
        """End the watchdog process, and with it everything that it still watches."""
        if self._process.stdin:
            with suppress(OSError):
                self._process.stdin.close()
        self._process.wait()

    def _write(self, line: str) -> None:
        if self._process.stdin:
            with suppress(OSError):  # a watchdog that was killed; the watched processes run on without it
                self._process.stdin.write(line.encode())
                self._process.stdin.flush()


def stop_groups(watched: dict[int, list[int]]) -> None:
    """Stop process groups: the first signal to each, after four seconds the second to each, and so on."""
    for step in range(max(map(len, watched.values()), default=0)):
        for pid, signals in watched.items():
            if step < len(signals):
                with suppress(OSError):
                    os.killpg(pid, signals[step])
        deadline = time.monotonic() + GRACE_SECONDS
        while time.monotonic() < deadline:
            if not any(map(_lives, watched)):
                return
            time.sleep(PAUSE)


def _lives(pid: int) -> bool:
    """Check that a process group lives; where there is /proc, an unreaped leader does not count."""
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
    """Watch until the pipe closes, then stop what is still watched."""
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
        stop_groups(watched)


if __name__ == "__main__":
    main(sys.argv[1])
