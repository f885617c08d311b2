"""Read names with values: of a query, of a form (application/x-www-form-urlencoded), of cookies (RFC 6265).

Litestar's own readers keep the last 1 024 texts of each kind with what they read, which is gigabytes of a client's
choosing, and undo escapes of cookies in quadratic time.
"""

from urllib.parse import parse_qsl

from app.domain.errors import FieldError, InvalidInputError

MAX_PARAMETERS = 2000
MAX_COOKIES = 200


def read_pairs(written: bytes, *, most: int, what: str) -> list[tuple[str, str]]:
    """Read the pairs of a query or form in their order; empty values count.

    Args:
        written: The query or the body.
        most: How many pairs it may have.
        what: Its name in the fault.

    Raises:
        InvalidInputError: It has more.
    """
    try:
        return parse_qsl(written.decode("latin-1"), keep_blank_values=True, max_num_fields=most)
    except ValueError:
        fault = FieldError(field="", message=f"{what} has more than {most} parameters; send fewer")
        raise InvalidInputError([fault]) from None


def read_cookies(header: str, beginning: str | tuple[str, ...]) -> dict[str, str]:
    """Read the cookies whose names begin so or so, among the first 200; the last of several of a name counts."""
    found = {}
    for part in header.split(";", MAX_COOKIES)[:MAX_COOKIES]:
        name, _, value = part.partition("=")
        if name.strip().startswith(beginning):
            found[name.strip()] = value.strip().strip('"')
    return found
