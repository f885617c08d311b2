"""Files of uploads: without a name, on a disk that may have no room, and lent to another process by descriptor."""

import errno
import io
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from typing import IO

import structlog

from app.domain.errors import UnavailableError

RETRY_SECONDS = 30
# The last two where temporary files are made: there is no directory for them.
_NO_DISK = {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.ENOENT, errno.EACCES}

log = structlog.get_logger()


def no_room(error: OSError, *, refuses: bool = True) -> UnavailableError:
    """Log what an upload lacks if that `refuses` it, and make its refusal."""
    if refuses:
        log.error("upload.no_room", exc_info=error)
    lacks, remedy = "cannot take this upload now", "what its log says"
    if error.errno in _NO_DISK:
        lacks, remedy = "has no room for this upload", "whether the directory TMPDIR has space and can be written"
    message = (
        f"The server {lacks}; nothing was accepted or charged. "
        f"Retry after {RETRY_SECONDS} seconds; if it stays, ask the operator {remedy}."
    )
    return UnavailableError("disk", retry_after=RETRY_SECONDS, message=message)


@contextmanager
def storing(*, refuses: bool = True) -> Iterator[None]:
    """Turn the errors of making a temporary file, or of writing to it, into one; `refuses` as in `no_room`.

    Raises:
        UnavailableError: It takes no more.
    """
    try:
        yield
    except OSError as error:
        raise no_room(error, refuses=refuses) from error


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
def descriptor_of(file: IO[bytes], *, refuses: bool) -> Iterator[int]:
    """Lend the descriptor of a file; one that lies in memory is copied.

    Raises:
        UnavailableError: There is no room for the copy, which is logged if that `refuses` the upload.
    """
    file.flush()
    with suppress(io.UnsupportedOperation):
        yield file.fileno()
        return
    with ExitStack() as stack:
        with storing(refuses=refuses):
            copy = tempfile.TemporaryFile(prefix="leadrun-upload-")  # noqa: SIM115 - closed quietly
            stack.callback(close, copy)
            file.seek(0)
            shutil.copyfileobj(file, copy)
            copy.flush()
        yield copy.fileno()
