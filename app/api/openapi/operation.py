"""What the table of operations is made of."""

from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
from litestar.response import Stream
from litestar.response.base import ASGIResponse

from app.api.http.request_context import AnyRequest
from app.domain.errors import RequestError

Handler = Callable[[AnyRequest], Awaitable[ASGIResponse | Stream]]


# Several where a path serves both dialects.
Shape = type[msgspec.Struct] | tuple[type[msgspec.Struct], ...]


def shapes(shape: Shape | None) -> tuple[type[msgspec.Struct], ...]:
    """List the structs of a shape."""
    return shape if isinstance(shape, tuple) else (shape,) if shape else ()


class DocumentedResponse(msgspec.Struct, frozen=True, kw_only=True):
    """A success.

    Attributes:
        content: A media type object for what no struct describes.
        headers: Names in `app.api.openapi.headers.HEADERS`.
        texts: Media types in which the same can be had as text.
    """

    description: str
    schema: Shape | None = None
    media: str = "application/json"
    content: dict[str, Any] | None = None
    headers: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()


class Operation(msgspec.Struct, frozen=True, kw_only=True):
    """One method of one path.

    Attributes:
        parameters: OpenAPI parameter objects.
        texts: Media types in which the body may come as text instead, each with the schema of the text.
    """

    method: str
    path: str
    handler: Handler
    id: str
    tag: str
    summary: str
    description: str = ""
    answers: dict[int, DocumentedResponse]
    auth: bool = True
    parameters: tuple[dict[str, Any], ...] = ()
    body: Shape | None = None
    texts: tuple[tuple[str, dict[str, Any]], ...] = ()
    refusals: tuple[type[RequestError], ...] = ()
