"""Takes the body of an upload: as it arrives into a file that has no name, so that memory stays flat."""

import hashlib
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import IO

import msgspec
from litestar.exceptions import HTTPException

from app.api.http.errors import BodyTooLargeError, UnsupportedMediaTypeError
from app.api.http.request_context import AnyRequest
from app.dialects.tables.encoding import CHARSETS, is_known
from app.dialects.tables.kinds import HEAD, find_format, other_kind
from app.domain.errors import FieldError, InvalidInputError
from app.domain.runs.batch import MAX_BYTES, Format

MEDIA: dict[str, Format] = {
    "application/json": Format.JSON,
    "application/x-ndjson": Format.NDJSON,
    "application/jsonl": Format.NDJSON,
    "text/csv": Format.CSV,
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": Format.XLSX,
}
# Other names of the same.
_SAME = MEDIA | {
    "application/jsonlines": Format.NDJSON,
    "application/x-jsonlines": Format.NDJSON,
    "application/ndjson": Format.NDJSON,
    "text/tab-separated-values": Format.CSV,
    "text/x-csv": Format.CSV,
    "application/csv": Format.CSV,
    "text/comma-separated-values": Format.CSV,
    "application/vnd.ms-excel.sheet.macroenabled.12": Format.XLSX,
}
# Types that programs send for any file: curl the third, Excel's machine the fourth, also for CSV.
_ANY_FILE = frozenset(
    {"", "application/octet-stream", "application/x-www-form-urlencoded", "application/vnd.ms-excel", "text/plain"}
)


class MediaType(msgspec.Struct, frozen=True, kw_only=True):
    """The media type of a file; `format` is None where it says nothing."""

    format: Format | None
    charset: str | None = None


class Upload(msgspec.Struct, frozen=True, kw_only=True):
    """A body that has arrived whole; `digest` is its SHA-256 in hexadecimal, `charset` is declared."""

    file: IO[bytes]
    format: Format
    charset: str | None = None
    digest: str


def media_type_of(request: AnyRequest) -> MediaType:
    """Read what the body says it is; a body that says nothing is looked at.

    Raises:
        UnsupportedMediaType: Another media type, a charset that is not read, or a content coding.
    """
    if request.headers.get("content-encoding", "identity").strip().lower() not in {"identity", ""}:
        raise UnsupportedMediaTypeError("The body must not be compressed.")
    return read_media_type(request.headers.get("content-type", ""))


def read_media_type(header: str) -> MediaType:
    """Read a Content-Type.

    Raises:
        UnsupportedMediaType: It names a kind of file or a charset that is not read.
    """
    kind, *parameters = header.split(";")
    kind = kind.strip().lower()
    if kind not in _SAME and kind not in _ANY_FILE:
        raise UnsupportedMediaTypeError(f"The body must be one of {', '.join(MEDIA)}; say so in Content-Type.")
    charset = None
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "charset":
            charset = value.strip().strip('"').lower()
    found = _SAME.get(kind)
    if charset and not is_known(charset):
        raise UnsupportedMediaTypeError(f"The charset must be one of {', '.join(CHARSETS)}.")
    if charset and found in {Format.JSON, Format.NDJSON} and charset not in {"utf-8", "utf8", "us-ascii", "ascii"}:
        raise UnsupportedMediaTypeError("JSON must be in UTF-8 (RFC 8259).")
    return MediaType(format=found, charset=charset)


@asynccontextmanager
async def uploaded(request: AnyRequest, media: MediaType) -> AsyncIterator[Upload]:
    """Keep the body while it is worked on; it is gone afterwards, also when the process is killed.

    Raises:
        BodyTooLarge: It is above 64 MiB, declared or not.
        InvalidInput: It broke off.
        UnsupportedMediaType: It is of a kind that is not read.
    """
    declared = request.headers.get("content-length", "")
    if declared.isascii() and declared.isdigit() and int(declared[:20]) > MAX_BYTES:
        raise BodyTooLargeError(MAX_BYTES)
    with tempfile.TemporaryFile(prefix="leadrun-upload-") as file:
        digest = hashlib.sha256()
        size = 0
        try:
            async for chunk in request.stream():
                size += len(chunk)
                if size > MAX_BYTES:
                    raise BodyTooLargeError(MAX_BYTES)
                digest.update(chunk)
                # Into the page cache: microseconds, which a thread would cost, too.
                file.write(chunk)
        except HTTPException as error:
            # Litestar's words for a body that is not as long as was declared, and for a client that went away.
            raise InvalidInputError(
                [FieldError(field="", message="the body does not have the declared length")]
            ) from error
        yield Upload(file=file, format=_format_of(file, media.format), charset=media.charset, digest=digest.hexdigest())


def _format_of(file: IO[bytes], said: Format | None) -> Format:
    file.seek(0)
    head = file.read(HEAD)
    file.seek(0)
    if kind := other_kind(head):
        raise UnsupportedMediaTypeError(f"The file is {kind}.")
    return find_format(head, said)
