"""Stop a server that an earlier start left running, and remove its pid file."""

import os
import signal
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from app.embedded import StartError

STOP_SECONDS = 10.0
PAUSE = 0.05


def stop_stale_process(pid_file: Path, *, marker: str, number: signal.Signals, pause: Callable[[float], None]) -> None:
    """Stop the process of a pid file if it is the server of this directory; remove the file in any case.

    A pid alone proves nothing: after a restart of the machine or of a container, another process may have it.

    Args:
        pid_file: Its first line is the pid.
        marker: Text that the server's command line contains.
        number: The signal that stops it in an orderly way.
        pause: Waits some seconds.

    Raises:
        StartError: When the server does not end.
    """
    try:
        pid = int(pid_file.read_text().split()[0])
    except (OSError, ValueError, IndexError):
        return
    deadline = time.monotonic() + STOP_SECONDS
    if marker in _command_line(pid):
        with suppress(ProcessLookupError):
            os.kill(pid, number)
    while marker in _command_line(pid):
        if time.monotonic() > deadline:
            raise StartError(
                f"Process {pid} of an earlier start still runs and does not end; stop it with `kill {pid}`."
            )
        pause(PAUSE)
    pid_file.unlink(missing_ok=True)


def _command_line(pid: int) -> str:
    """Return a process's command line; empty when there is no such process."""
    with suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    with suppress(OSError):
        shown = subprocess.run(  # noqa: S603 - a fixed program and a number
            ["/bin/ps", "-p", str(pid), "-o", "command="], capture_output=True, text=True, check=False
        )
        return shown.stdout
    return ""
