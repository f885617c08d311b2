"""Files of uploads: without a name, on a disk that may have no room, and lent to another process by descriptor."""

import io
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import IO

import structlog

from app.domain.errors import UnavailableError

RETRY_SECONDS = 30

log = structlog.get_logger()


def no_room(error: object) -> UnavailableError:
    """Log that there is no disk, memory or process for an upload, and make its refusal."""
    log.error("upload.no_room", error=str(error))
    message = (
        "The server has no room for this upload; nothing was accepted or charged. "
        f"Retry after {RETRY_SECONDS} seconds; if it stays, ask the operator to free space in the directory TMPDIR."
    )
    return UnavailableError("disk", retry_after=RETRY_SECONDS, message=message)


@contextmanager
def storing() -> Iterator[None]:
    """Turn the errors of a disk that takes no more into one.

    Raises:
        UnavailableError: It takes no more.
    """
    try:
        yield
    except OSError as error:
        raise no_room(error) from error


def upload_file(prefix: str) -> IO[bytes]:
    """Open a file that has no name, and that is gone once it is closed.

    Raises:
        UnavailableError: There is no room for it.
    """
    with storing():
        return tempfile.TemporaryFile(prefix=prefix)


def close(file: IO[bytes]) -> None:
    """Close a file, also one whose last bytes the disk does not take."""
    with suppress(OSError):
        file.close()


@contextmanager
def descriptor_of(file: IO[bytes]) -> Iterator[int]:
    """Lend the descriptor of a file; one that lies in memory is copied.

    Raises:
        UnavailableError: There is no room for the copy.
    """
    file.flush()
    with suppress(io.UnsupportedOperation):
        yield file.fileno()
        return
    copy = upload_file("leadrun-upload-")
    try:
        with storing():
            file.seek(0)
            shutil.copyfileobj(file, copy)
            copy.flush()
        yield copy.fileno()
    finally:
        close(copy)
