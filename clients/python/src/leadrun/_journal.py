"""Keep on disk what became of each contact of `enrich_many`, so that a client that was killed goes on where it was."""

import json
import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any

from leadrun.errors import ResumeFileError

_KIND, _VERSION = "leadrun-resume", 1
_HEAD = b'{"kind":"leadrun-resume"'
_NOT_OURS = "{} is not a resume file; name another file, which need not exist."


class Journal:
    """A file with a line for each step: which run a key was accepted as, and the run when it has ended.

    It is only ever appended to. A last line that was cut off is dropped: the idempotency key of its contact finds the
    run again.

    Attributes:
        salt: Goes into every idempotency key of this list.
    """

    def __init__(self, path: str | os.PathLike[str] | None, *, fresh: bool) -> None:
        """Open or make the file; without a path nothing is kept.

        Args:
            path: Of the file.
            fresh: Whether a new list asks for runs of its own, even where the same contacts were submitted today.

        Raises:
            ResumeFileError: The file is something else, damaged or used by another process.
        """
        self.salt = secrets.token_hex(8) if fresh else ""
        self._known: dict[str, dict[str, Any]] = {}
        self._file: IO[bytes] | None = None
        if path is not None:
            self._open(Path(path))

    def _open(self, path: Path) -> None:
        try:
            file = path.open("ab+")
        except OSError as error:
            raise ResumeFileError(f"The resume file {path} cannot be opened: {error.strerror}.") from error
        try:
            _lock(file, path)
            file.seek(0)
            whole = self._read(file.read(), path)
            file.truncate(whole)
        except BaseException:
            file.close()
            raise
        self._file = file
        if not whole:
            self._write({"kind": _KIND, "version": _VERSION, "salt": self.salt})

    def _read(self, content: bytes, path: Path) -> int:
        """Read the lines; returns how many bytes of them are whole."""
        whole = content.rfind(b"\n") + 1
        lines = content[:whole].splitlines()
        if not lines and not (_HEAD.startswith(content) or content.startswith(_HEAD)):
            raise ResumeFileError(_NOT_OURS.format(path))
        for number, line in enumerate(lines, 1):
            if not self._note(line, first=number == 1):
                damaged = f"Line {number} of the resume file {path} is damaged; delete that line."
                raise ResumeFileError(_NOT_OURS.format(path) if number == 1 else damaged)
        return whole

    def _note(self, line: bytes, *, first: bool) -> bool:
        """Read a line; returns whether it is one of a journal."""
        try:
            entry = json.loads(line)
            if first:
                self.salt = str(entry["salt"])
                return bool(entry["kind"] == _KIND and entry["version"] == _VERSION)
            self._known[str(entry["key"])] = {**entry, "runId": str(entry["runId"])}
        except (ValueError, KeyError, TypeError):
            return False
        return True

    def run_id(self, key: str) -> str | None:
        """Return the run that a key was accepted as."""
        entry = self._known.get(key)
        return str(entry["runId"]) if entry else None

    def ended(self, key: str) -> Mapping[str, Any] | None:
        """Return the finished run of a key."""
        run = self._known.get(key, {}).get("run")
        return run if isinstance(run, dict) else None

    def note(self, key: str, run_id: str, run: Mapping[str, Any] | None = None) -> None:
        """Keep that a key was accepted, or with `run` what it came to."""
        entry: dict[str, Any] = {"key": key, "runId": run_id} | ({"run": run} if run is not None else {})
        if self._file:
            self._write(entry)

    def _write(self, entry: Mapping[str, Any]) -> None:
        assert self._file  # noqa: S101 - only called with one
        # One write a line: threads of a client and a kill leave whole lines, but for the last one.
        self._file.write(json.dumps(entry, ensure_ascii=False, separators=(",", ":")).encode() + b"\n")
        self._file.flush()

    def close(self) -> None:
        """Close the file, which another process may use then."""
        if self._file:
            self._file.close()
            self._file = None


def _lock(file: IO[bytes], path: Path) -> None:
    """Keep other processes from the file, where the system can (POSIX)."""
    try:
        import fcntl  # noqa: PLC0415 - not on every system
    except ImportError:
        return
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        raise ResumeFileError(f"The resume file {path} is used by another process; wait for it to end.") from None
