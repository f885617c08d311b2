"""Ends a server that an earlier start left behind, and clears away its pid file."""

import os
import signal
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from app.embedded.errors import StartError

PATIENCE = 10.0
PAUSE = 0.05


def end_leftover(pid_file: Path, *, needle: str, number: signal.Signals, pause: Callable[[float], None]) -> None:
    """End the process of a pid file if it is the server of this very directory; remove the file in any case.

    A pid alone proves nothing: after a restart of the machine or of a container it may be anybody's.

    Args:
        pid_file: Its first line is the pid.
        needle: What the server's command line contains.
        number: The signal that asks it to end.
        pause: Waits some seconds.

    Raises:
        StartError: When the server does not end.
    """
    try:
        pid = int(pid_file.read_text().split()[0])
    except (OSError, ValueError, IndexError):
        return
    deadline = time.monotonic() + PATIENCE
    if needle in _command_line(pid):
        with suppress(ProcessLookupError):
            os.kill(pid, number)
    while needle in _command_line(pid):
        if time.monotonic() > deadline:
            raise StartError(f"Process {pid} of an earlier start is still running and does not end.")
        pause(PAUSE)
    pid_file.unlink(missing_ok=True)


def _command_line(pid: int) -> str:
    """Return a process's command line; empty when there is none such."""
    with suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    with suppress(OSError):
        shown = subprocess.run(  # noqa: S603 - a fixed program and a number
            ["/bin/ps", "-p", str(pid), "-o", "command="], capture_output=True, text=True, check=False
        )
        return shown.stdout
    return ""
