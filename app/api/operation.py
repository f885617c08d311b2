"""What the table of operations is made of."""

from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
from litestar.response import Stream
from litestar.response.base import ASGIResponse

from app.api.visit import AnyRequest
from app.domain.errors import Refusal

Handler = Callable[[AnyRequest], Awaitable[ASGIResponse | Stream]]


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """A success. `headers` are names in `app.api.openapi.HEADERS`."""

    description: str
    schema: type[msgspec.Struct] | None = None
    media: str = "application/json"
    headers: tuple[str, ...] = ()


class Operation(msgspec.Struct, frozen=True, kw_only=True):
    """One method of one path; `parameters` are OpenAPI parameter objects."""

    method: str
    path: str
    handler: Handler
    id: str
    tag: str
    summary: str
    answers: dict[int, Answer]
    auth: bool = True
    parameters: tuple[dict[str, Any], ...] = ()
    body: type[msgspec.Struct] | None = None
    refusals: tuple[type[Refusal], ...] = ()
