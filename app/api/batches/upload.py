"""Take the body of an upload: as it arrives into a file that has no name, so that memory stays flat."""

import hashlib
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from typing import IO

from litestar.exceptions import HTTPException

from app.api.batches.media_type import MediaType, read_part_type
from app.api.http.errors import BodyTooLargeError, UnsupportedMediaTypeError
from app.api.http.json_body import body_chunks
from app.api.http.request_context import AnyRequest
from app.dialects.forms.multipart import FormReader
from app.dialects.tables.kinds import HEAD, find_format, other_kind
from app.dialects.tables.reading import SentFile
from app.domain.errors import FieldError, InvalidInputError
from app.domain.runs.batch import MAX_BYTES, Format
from app.usecases.accounts.account_places import UploadPlace
from app.usecases.batches.file_descriptor import close, storing, upload_file


class Upload(SentFile, frozen=True, kw_only=True):
    """A file with the options that came in the same form.

    Attributes:
        digest: SHA-256 in hexadecimal.
        options: Name and text of the other parts of a form.
    """

    digest: str
    options: tuple[tuple[str, str], ...] = ()


@asynccontextmanager
async def uploaded(request: AnyRequest, media: MediaType, place: UploadPlace) -> AsyncIterator[Upload]:
    """Keep the body while it is worked on; it is gone afterwards, also when the process is killed.

    Raises:
        BodyTooLarge: It is above 64 MiB, declared or not.
        InvalidInput: It broke off.
        UnsupportedMediaType: It is of a kind that is not read.
        UnavailableError: The disk has no room for it.
    """
    declared = request.headers.get("content-length", "")
    if declared.isascii() and declared.isdigit() and int(declared[:20]) > MAX_BYTES:
        raise BodyTooLargeError(MAX_BYTES)
    with ExitStack() as stack:
        file = upload_file("leadrun-upload-")
        stack.callback(close, file)
        digest = hashlib.sha256()
        form = FormReader(request.headers.get("content-type", "")) if media.is_form else None
        try:
            async for chunk in body_chunks(request):
                place.count(len(chunk))
                if place.size > MAX_BYTES:
                    raise BodyTooLargeError(MAX_BYTES)
                for piece in form.feed(chunk) if form else (chunk,):
                    digest.update(piece)
                    with storing():
                        # Into the page cache: microseconds, which a thread would cost, too.
                        file.write(piece)
        except HTTPException as error:
            # The client went away.
            raise InvalidInputError(
                [FieldError(field="", message="the body does not have the declared length")]
            ) from error
        with storing():
            file.flush()
        if form:
            form.close()
            media = read_part_type(form.content_type)
        yield Upload(
            file=file,
            format=_format_of(file, media.format),
            charset=media.charset,
            digest=digest.hexdigest(),
            options=tuple(form.options) if form else (),
        )


def _format_of(file: IO[bytes], said: Format | None) -> Format:
    file.seek(0)
    head = file.read(HEAD)
    file.seek(0)
    if kind := other_kind(head):
        raise UnsupportedMediaTypeError(f"The file is {kind}.")
    return find_format(head, said)
