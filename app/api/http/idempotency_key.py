"""The ``Idempotency-Key`` header, and how it is written."""

import re

from app.api.http.request_context import AnyRequest
from app.domain.errors import FieldError, InvalidInputError

HEADER = "Idempotency-Key"
MAX_LENGTH = 255

_QUOTED = re.compile(r'"((?:[ !#-\[\]-~]|\\["\\])*)"', re.ASCII)
_BARE = re.compile(r"[!#-~][!-~ ]*", re.ASCII)


def idempotency_key(request: AnyRequest) -> str | None:
    """Read the key: a structured-field string (RFC 9651, section 3.3.3) or the same without its quotes.

    Raises:
        InvalidInput: It is empty, too long, given twice, or holds what is not printable ASCII.
    """
    values = request.headers.getall(HEADER.lower())
    if not values:
        return None
    text = values[0].strip()
    quoted = _QUOTED.fullmatch(text)
    bare = text if _BARE.fullmatch(text) else ""
    key = re.sub(r"\\(.)", r"\1", quoted[1]) if quoted else bare
    if len(values) > 1 or not 1 <= len(key) <= MAX_LENGTH:
        raise InvalidInputError(
            [FieldError(field=HEADER, message=f"must be one text of 1 to {MAX_LENGTH} printable ASCII characters")]
        )
    return key
