"""Read a request's body and query strictly: what is ambiguous or cannot be stored is refused, never guessed."""

from collections.abc import AsyncIterator
from functools import partial
from typing import Any

from litestar.exceptions import InternalServerException
from litestar.types import ReceiveMessage

from app.api.http.dependencies import dependencies_of
from app.api.http.errors import BodyTooLargeError, NotAcceptableError, UnsupportedMediaTypeError
from app.api.http.request_context import AnyRequest
from app.dialects.json_parser import parse_object
from app.domain.errors import FieldError, InvalidInputError
from app.domain.problems import MAX_PROBLEMS

MAX_BODY = 1024 * 1024
# Above this size bodies are parsed one after the other.
LIGHT = 8 * 1024

_JSON_RANGES = ("application/json", "application/*", "*/*")


async def read_object(request: AnyRequest) -> dict[str, Any]:
    """Read the body as one JSON object (RFC 8259, in UTF-8, every member once).

    Raises:
        UnsupportedMediaType: It is not JSON, or compressed.
        BodyTooLarge: It is above 1 MiB, declared or not.
        InvalidInput: It is not such an object.
    """
    check_media_type(request)
    return await parsed(request, await read_body(request))


async def parsed(request: AnyRequest, body: bytes) -> dict[str, Any]:
    """Parse a body that has been read; large ones take turns, so that many at once hold nobody up.

    Raises:
        InvalidInput: It is no proper JSON object.
    """
    if len(body) <= LIGHT:
        return parse_object(body)
    return await dependencies_of(request.scope).turns.call(partial(parse_object, body))


def check_media_type(request: AnyRequest) -> None:
    """Refuse a body that says that it is not JSON; a body that says nothing is taken as JSON.

    Raises:
        UnsupportedMediaType: Another media type, another charset than UTF-8, or a content coding.
    """
    kind, *parameters = request.headers.get("content-type", "application/json").split(";")
    kind = kind.strip().lower()
    if kind != "application/json" and not (kind.startswith("application/") and kind.endswith("+json")):
        raise UnsupportedMediaTypeError("The body must be JSON: send Content-Type: application/json.")
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "charset" and value.strip().strip('"').lower() not in {"utf-8", "utf8"}:
            raise UnsupportedMediaTypeError("The body must be JSON in UTF-8 (RFC 8259).")
    if request.headers.get("content-encoding", "identity").strip().lower() not in {"identity", ""}:
        raise UnsupportedMediaTypeError("The body must not be compressed.")


async def read_body(request: AnyRequest) -> bytes:
    """Read the body as it is.

    Raises:
        BodyTooLarge: It is above 1 MiB, declared or not.
    """
    try:
        declared = int(request.headers.get("content-length", "0"))
    except ValueError:
        declared = 0
    if declared > MAX_BODY:
        raise BodyTooLargeError(MAX_BODY)
    message = await request.receive()
    if message["type"] == "http.request" and not message["more_body"] and len(message["body"]) <= MAX_BODY:
        return message["body"]  # as most have come
    chunks: list[bytes] = []
    size = 0
    async for chunk in body_chunks(request, message):
        size += len(chunk)
        if size > MAX_BODY:
            raise BodyTooLargeError(MAX_BODY)
        chunks.append(chunk)
    return b"".join(chunks)


async def body_chunks(request: AnyRequest, message: ReceiveMessage | None = None) -> AsyncIterator[bytes]:
    """Read the body piece by piece, as it comes; the server checks its length and framing.

    Args:
        request: Whose body it is.
        message: The first piece, where it was received already.

    Raises:
        InternalServerException: The client closed the connection before all of it had come.
    """
    while True:
        message = message or await request.receive()
        if message["type"] != "http.request":
            raise InternalServerException("the client went away")
        if message["body"]:
            yield message["body"]
        if not message["more_body"]:
            return
        message = None


def check_accept(request: AnyRequest, offered: str = "application/json") -> None:
    """Refuse a client that excludes the only media type there is (RFC 9110, section 12.5.1).

    Raises:
        NotAcceptable: The `Accept` header gives it no weight.
    """
    header = ",".join(request.headers.getall("accept"))
    if not header or header in {"*/*", offered}:
        return
    weights: dict[str, float] = {}
    for part in filter(None, header.split(",")):
        kind, *parameters = (piece.strip().lower() for piece in part.split(";"))
        weight = next((p[2:] for p in parameters if p.startswith("q=")), "1")
        weights[kind] = max(weights.get(kind, 0.0), _weight(weight))
    family = f"{offered.partition('/')[0]}/*"
    ranges = [kind for kind in (offered, family, "*/*") if kind in weights]
    if ranges and weights[ranges[0]] > 0:
        return
    if offered in _JSON_RANGES and weights.get("application/problem+json", 0) > 0:
        return
    raise NotAcceptableError(offered)


def _weight(text: str) -> float:
    """Read a weight of RFC 9110, section 12.4.2; what is none says nothing."""
    try:
        weight = float(text)
    except ValueError:
        return 1.0
    return weight if 0 <= weight <= 1 else 1.0  # so is what is no number


class Query:
    """The query string of a request, every parameter at most once; collects what is wrong with it."""

    def __init__(self, request: AnyRequest) -> None:
        """Read the parameters."""
        self._values: dict[str, str] = {}
        self.problems: list[FieldError] = []
        self._more = 0
        if not request.scope["query_string"]:
            return
        for name, value in request.query_params.multi_items():
            if name in self._values:
                self.wrong(name, "is given twice")
            self._values[name] = str(value)
            if "\0" in self._values[name]:  # PostgreSQL has no text that holds it
                self.wrong(name, "must not hold the character NUL")
                self._values[name] = ""

    def text(self, name: str) -> str | None:
        """Return a parameter, or None when it is missing or empty."""
        return self._values.get(name) or None

    def whole(self, name: str, least: int, most: int) -> int | None:
        """Return a whole number within bounds, or None when it is missing or empty."""
        text = self.text(name)
        if text is None:
            return None
        if not (text.isascii() and text.isdigit() and len(text) < len("1000000000") and least <= int(text) <= most):
            self.wrong(name, f"must be a whole number from {least} to {most}")
            return None
        return int(text)

    def wrong(self, name: str, message: str) -> None:
        """Note a problem, or only count it when there are enough."""
        if len(self.problems) < MAX_PROBLEMS:
            self.problems.append(FieldError(field=name, message=message))
        else:
            self._more += 1

    def check(self) -> None:
        """Refuse the request if anything was noted.

        Raises:
            InvalidInput: With everything at once.
        """
        if self.problems:
            raise InvalidInputError(self.problems, more=self._more)
