"""The descriptor of a file, for another process."""

import io
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import IO


@contextmanager
def descriptor_of(file: IO[bytes]) -> Iterator[int]:
    """Lend the descriptor of a file; one that lies in memory is copied."""
    file.flush()
    with suppress(io.UnsupportedOperation):
        yield file.fileno()
        return
    with tempfile.TemporaryFile(prefix="leadrun-upload-") as copy:
        file.seek(0)
        shutil.copyfileobj(file, copy)
        copy.flush()
        yield copy.fileno()
