"""Write answers: JSON bytes with their headers."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any
from uuid import UUID

import msgspec
from litestar.types import Receive, Scope, Send

from app.api.http.request_context import AnyRequest
from app.domain.errors import UnknownIdError

JSON = "application/json"
_BODYLESS = frozenset({HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED})

encode = msgspec.json.Encoder().encode


class Answer:
    """A whole answer, which is an ASGI application itself.

    Attributes:
        headers: By names in lower case; those of the body's length and media type are added.
    """

    __slots__ = ("body", "headers", "status")

    def __init__(
        self, *, status: int = 200, headers: Mapping[str, str] | None = None, body: bytes = b"", media: str = JSON
    ) -> None:
        """Keep the answer; `media` is the type of a body whose headers name none."""
        self.status, self.body = status, body
        self.headers = dict(headers or {})
        if status not in _BODYLESS:
            self.headers.setdefault("content-type", media)
            self.headers["content-length"] = str(len(body))

    async def __call__(self, _scope: Scope, _receive: Receive, send: Send) -> None:
        """Send it."""
        headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in self.headers.items()]
        await send({"type": "http.response.start", "status": self.status, "headers": headers})
        await send({"type": "http.response.body", "body": self.body, "more_body": False})


def json_answer(value: Any, *, status: int = 200, headers: Mapping[str, str] | None = None) -> Answer:  # noqa: ANN401 - any JSON
    """Answer with a value as JSON."""
    return Answer(status=status, headers=headers, body=encode(value))


def run_id_of(request: AnyRequest, what: str = "run") -> UUID:
    """Read the id of a run, or of what is served at its path as well, from the path.

    Raises:
        UnknownId: It cannot be one.
    """
    return path_id(request, "run_id", what)


def path_id(request: AnyRequest, name: str, what: str) -> UUID:
    """Read the id of something from the path; what is no UUID belongs to nobody.

    Raises:
        UnknownId: It cannot be one.
    """
    try:
        return UUID(request.path_params[name])
    except ValueError:
        raise UnknownIdError(what) from None
