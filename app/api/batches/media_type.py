"""The media types of uploads: what a Content-Type says about a file."""

import msgspec

from app.api.http.errors import UnsupportedMediaTypeError
from app.api.http.request_context import AnyRequest
from app.api.openapi.batch_upload import FORM, XLSX
from app.dialects.tables.encoding import CHARSETS, is_known
from app.domain.runs.batch import Format

MEDIA: dict[str, Format] = {
    "application/json": Format.JSON,
    "application/x-ndjson": Format.NDJSON,
    "application/jsonl": Format.NDJSON,
    "text/csv": Format.CSV,
    XLSX: Format.XLSX,
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
    """The media type of a body; `format` is None where it says nothing, `is_form` where the file is part of a form."""

    format: Format | None = None
    is_form: bool = False
    charset: str | None = None


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
    if kind == FORM:
        return MediaType(is_form=True)
    if kind not in _SAME and kind not in _ANY_FILE:
        raise UnsupportedMediaTypeError(f"The body must be one of {', '.join((*MEDIA, FORM))}; say so in Content-Type.")
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


def read_part_type(header: str) -> MediaType:
    """Read the Content-Type of a file in a form; browsers take it from the system, which may know another name."""
    try:
        return read_media_type(header)
    except UnsupportedMediaTypeError:
        return MediaType()
