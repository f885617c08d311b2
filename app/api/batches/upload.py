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
from app.domain.errors import FieldError, InvalidInputError
from app.domain.runs.batch import MAX_BYTES, Format

MEDIA: dict[str, Format] = {
    "application/json": Format.JSON,
    "application/x-ndjson": Format.NDJSON,
    "application/jsonl": Format.NDJSON,
    "text/csv": Format.CSV,
}


class Upload(msgspec.Struct, frozen=True, kw_only=True):
    """A body that has arrived whole; `digest` is its SHA-256 in hexadecimal."""

    file: IO[bytes]
    format: Format
    digest: str


def format_of(request: AnyRequest) -> Format:
    """Read what the body says it is; one that says nothing is taken as JSON.

    Raises:
        UnsupportedMediaType: Another media type, another charset than UTF-8, or a content coding.
    """
    kind, *parameters = request.headers.get("content-type", "application/json").split(";")
    found = MEDIA.get(kind.strip().lower())
    if found is None:
        raise UnsupportedMediaTypeError(f"The body must be one of {', '.join(MEDIA)}; say so in Content-Type.")
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "charset" and value.strip().strip('"').lower() not in {"utf-8", "utf8", "us-ascii"}:
            raise UnsupportedMediaTypeError("The body must be in UTF-8.")
    if request.headers.get("content-encoding", "identity").strip().lower() not in {"identity", ""}:
        raise UnsupportedMediaTypeError("The body must not be compressed.")
    return found


@asynccontextmanager
async def uploaded(request: AnyRequest, kind: Format) -> AsyncIterator[Upload]:
    """Keep the body while it is worked on; it is gone afterwards, also when the process is killed.

    Raises:
        BodyTooLarge: It is above 64 MiB, declared or not.
        InvalidInput: It broke off.
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
        file.seek(0)
        yield Upload(file=file, format=kind, digest=digest.hexdigest())
