"""Where a list comes from and where its results go, checked before anything is spent."""

import sys
from pathlib import Path

from leadrun._batches import FORMATS, MEDIA
from leadrun.errors import ConfigurationError

STANDARD = "-"


def target_of(file: str | None, output: str | None, *, overwrite: bool, needed: bool) -> Path | None:
    """Choose where to write, before anything is spent; None is standard output.

    Raises:
        ConfigurationError: The name says no format, or the file is there already.
    """
    if file and file != STANDARD and Path(file).is_dir():
        raise ConfigurationError(f"{file} is a folder; name a file.")
    if output == STANDARD or (output is None and file in {STANDARD, None}):
        return None
    target = Path(output) if output else Path(str(file)).with_suffix(".leadrun.csv")
    if target.suffix.lower() not in FORMATS:
        raise ConfigurationError(f"The format of {target} is unknown; name it {', '.join(FORMATS)}.")
    if needed and not target.parent.is_dir():
        raise ConfigurationError(f"The folder {target.parent} does not exist.")
    if needed and file and file != STANDARD and target.exists() and Path(file).exists() and target.samefile(file):
        raise ConfigurationError("The output would replace the input; name another file.")
    if needed and target.exists() and not overwrite:
        raise ConfigurationError(f"{target} is there already; name another file, or say --overwrite.")
    return target


def read(file: str) -> tuple[bytes, str]:
    """Read what goes up; standard input, and a file whose name says nothing, is recognised by how it begins."""
    try:
        content = sys.stdin.buffer.read() if file == STANDARD else Path(file).read_bytes()
    except OSError as error:
        raise ConfigurationError(f"{file} cannot be read: {error.strerror}.") from error
    if not content.strip():
        raise ConfigurationError(f"{'Standard input' if file == STANDARD else file} is empty.")
    return content, MEDIA.get(Path(file).suffix.lower()) or _media_of(content)


def _media_of(content: bytes) -> str:
    if content.startswith(b"PK\x03\x04"):
        return MEDIA[".xlsx"]
    start = content.lstrip(b"\xef\xbb\xbf \t\r\n")
    if not start.startswith(b"{"):
        return MEDIA[".csv"]
    head = start.split(b"\n", 1)[0].strip()
    return MEDIA[".ndjson"] if head.endswith(b"}") and b'"contacts"' not in head else MEDIA[".json"]
