"""The lock of a data directory (one `leadrun up` at a time), and the note that gives other commands its addresses."""

import fcntl
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import msgspec

from app.embedded import StartError

# The watchdog of a killed supervisor may still be stopping its children; its signals take at most this long.
WATCHDOG_SECONDS = 20.0
# `running_on` holds the lock for an instant; a lock that is held longer belongs to another `leadrun up`.
READER_SECONDS = 1.0
PAUSE = 0.05


class Running(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The note in the data directory while `leadrun up` runs there.

    Attributes:
        pid: Of the supervisor.
        url: Of the API.
        environment: Variables with which other commands reach the same servers; empty until these run.
        variables: Every setting in force, secrets masked.
        sources: The origin of each of them.
    """

    pid: int
    url: str
    environment: dict[str, str] = {}
    variables: dict[str, str] = {}
    sources: dict[str, str] = {}


def running_on(data_dir: Path) -> Running | None:
    """Read the note of the `leadrun up` that runs on a data directory; None when none does."""
    try:
        with (data_dir / "lock").open("rb") as lock:
            if _take(lock, shared=True):
                return None
        return msgspec.json.decode((data_dir / "running.json").read_bytes(), type=Running)
    except (OSError, msgspec.DecodeError):
        return None


def write_note(data_dir: Path, running: Running) -> None:
    """Write the note; it holds passwords, so only we may read it."""
    write_private(data_dir / "running.json", msgspec.json.encode(running))


@contextmanager
def locked(data_dir: Path, url: str, pause: Callable[[float], None]) -> Iterator[None]:
    """Lock a data directory, made if needed, until the block ends.

    Raises:
        StartError: When another `leadrun up` runs there, or the directory cannot be made.
    """
    try:
        data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        ours = (data_dir / "lock").exists() or not any(data_dir.iterdir())
        lock = _opened(data_dir / "lock")
    except OSError as error:
        raise StartError(f"The data directory {data_dir} cannot be used: {error.strerror}.") from error
    with lock:
        _await_lock(lock, data_dir, pause)
        if ours:
            data_dir.chmod(0o700)
        write_note(data_dir, Running(pid=os.getpid(), url=url))
        _await_watchdog(data_dir, pause)
        try:
            yield
        finally:
            (data_dir / "running.json").unlink(missing_ok=True)


def watchdog_file(data_dir: Path) -> Path:
    """Return the file that the watchdog of a data directory holds locked."""
    return data_dir / "watchdog"


def write_private(path: Path, content: bytes) -> None:
    """Write a file that only we may read, whole or not at all."""
    fresh = path.with_name(f"{path.name}.new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    fresh.rename(path)


def _await_lock(lock: IO[bytes], data_dir: Path, pause: Callable[[float], None]) -> None:
    deadline = time.monotonic() + READER_SECONDS
    while not _take(lock):
        other = running_on(data_dir)
        if other or time.monotonic() > deadline:
            where = f" as process {other.pid} at {other.url}" if other else ""
            raise StartError(f"leadrun is already running on {data_dir}{where}; stop it or choose another --data-dir.")
        pause(PAUSE)


def _await_watchdog(data_dir: Path, pause: Callable[[float], None]) -> None:
    deadline = time.monotonic() + WATCHDOG_SECONDS
    with _opened(watchdog_file(data_dir)) as file:
        while not _take(file):
            if time.monotonic() > deadline:
                raise StartError(f"Processes of an earlier start on {data_dir} are still running and do not end.")
            pause(PAUSE)


def _opened(path: Path) -> IO[bytes]:
    """Open a file that only we may open, or else a stranger could hold the lock on it."""
    file = os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600), "ab")
    os.fchmod(file.fileno(), 0o600)
    return file


def _take(file: IO[bytes], *, shared: bool = False) -> bool:
    try:
        fcntl.flock(file, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
