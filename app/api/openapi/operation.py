"""Declare an operation on its handler: the route and the specification are both made from the declaration.

    @operation("GET", "/credits", answers={200: DocumentedResponse(description="Credits.", schema=CreditBalance)})
    async def get_credits(request: AuthenticatedRequest) -> CreditBalance:
        \"\"\"Show the balance.\"\"\"

The id of the operation is the handler's name in camel case (`getCredits`), its summary the first line of the docstring,
its tag the package of the handler. The route authenticates, checks `Accept` and takes a slot of the key's reads before
it calls the handler; a handler that returns a Struct is answered with that as JSON.
"""

import inspect
import re
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeVar

import msgspec
from litestar.response import Stream
from litestar.types import ASGIApp

from app.api.http.authentication import AuthenticatedRequest
from app.api.http.request_context import AnyRequest
from app.api.http.responses import Answer
from app.domain.accounts.key_terms import Scope
from app.domain.errors import RequestError
from app.domain.vocabulary import Dialect

BASE = "/api/v1"
_TAGS = {
    "runs": "Enrichment",
    "batches": "Batches",
    "accounts": "Account",
    "providers": "Account",
    "webhooks": "Webhooks",
}

_OVERWRITING = frozenset({"PUT", "PATCH", "DELETE"})

# Several where a path serves both dialects.
Shape = type[msgspec.Struct] | tuple[type[msgspec.Struct], ...]
Answered = Answer | Stream | msgspec.Struct
_Answered_co = TypeVar("_Answered_co", bound=Answered, covariant=True)
Handler = Callable[[AuthenticatedRequest], Awaitable[Answered]]
PublicHandler = Callable[[AnyRequest], Awaitable[Answer | ASGIApp]]


def shapes(shape: Shape | None) -> tuple[type[msgspec.Struct], ...]:
    """List the structs of a shape."""
    return shape if isinstance(shape, tuple) else (shape,) if shape else ()


def published_name(name: str) -> str:
    """Return the published name of a Struct: without the ending `Body`."""
    return name.removesuffix("Body")


class DocumentedResponse(msgspec.Struct, frozen=True, kw_only=True):
    """A success.

    Attributes:
        content: A media type object for what no struct describes.
        headers: Names in `app.api.openapi.headers.HEADERS`.
        others: Media types in which the same can be had instead, each with its schema.
    """

    description: str
    schema: Shape | None = None
    media: str = "application/json"
    content: dict[str, Any] | None = None
    headers: tuple[str, ...] = ()
    others: tuple[tuple[str, dict[str, Any]], ...] = ()


class Operation(msgspec.Struct, frozen=True, kw_only=True):
    """One method of one path.

    Attributes:
        handler: Answers a request with a key; None where no key is needed.
        public: Answers a request without a key; None where one is needed.
        answers: Successes by status; an operation without any is served, but not published.
        at_once: Whether it may begin at once although it reads, because it costs little and is asked for often.
        submits: Whether it takes a slot of the submissions (itself, when the body is read), not of the reads.
        parameters: OpenAPI parameter objects.
        body: Of the request.
        texts: Media types in which the body may come as text instead, each with the schema of the text.
        refuses: Errors beyond those that every operation may answer.
        scope: What a key needs to have.
        dialect: The one that it is part of; None for both.
        destructive: Whether it overwrites, rotates, stops or deletes something that exists.
    """

    method: str
    path: str
    handler: Handler | None = None
    public: PublicHandler | None = None
    id: str
    tag: str
    summary: str
    description: str
    answers: dict[int, DocumentedResponse]
    submits: bool = False
    at_once: bool = False
    parameters: tuple[dict[str, Any], ...] = ()
    body: Shape | None = None
    texts: tuple[tuple[str, dict[str, Any]], ...] = ()
    refuses: tuple[type[RequestError], ...] = ()
    scope: Scope = Scope.READ
    dialect: Dialect | None = None
    destructive: bool = False

    @property
    def name(self) -> str:
        """Method and path."""
        return f"{self.method} {self.path}"

    @property
    def waits(self) -> bool:
        """Whether it begins when its turn comes (`app.serving.Beginnings`): what reads, and may read much."""
        return self.method == "GET" and not self.at_once

    @property
    def status(self) -> int:
        """The status of a success that the handler returns as a Struct."""
        return next(iter(self.answers))

    @property
    def offered(self) -> str | None:
        """The one media type of a success; None where the handler chooses among several."""
        first = next(iter(self.answers.values()))
        return None if first.others else first.media


def operation(
    method: str,
    path: str,
    *,
    answers: dict[int, DocumentedResponse],
    refuses: Sequence[type[RequestError]] = (),
    parameters: Sequence[dict[str, Any]] = (),
    body: Shape | None = None,
    texts: Sequence[tuple[str, dict[str, Any]]] = (),
    submits: bool = False,
    at_once: bool = False,
    scope: Scope | None = None,
    dialect: Dialect | None = None,
    destructive: bool = False,
) -> Callable[[Callable[[AuthenticatedRequest], Awaitable[_Answered_co]]], Operation]:
    """Declare an operation that needs a key; `path` is below `/api/v1`. The rest is as `Operation` says.

    Without a `scope` it is that of the webhooks' package, else `read` of a GET and `submit` of the rest. PUT, PATCH and
    DELETE are always `destructive`.
    """

    def declare(handler: Callable[[AuthenticatedRequest], Awaitable[_Answered_co]]) -> Operation:
        tag = _TAGS[handler.__module__.split(".")[2]]
        usual = Scope.READ if method == "GET" else Scope.SUBMIT
        return Operation(
            method=method,
            path=BASE + path,
            handler=handler,
            id=_camel(handler.__name__),
            tag=tag,
            scope=scope or (Scope.WEBHOOKS if tag == _TAGS["webhooks"] else usual),
            summary=_summary(handler.__doc__),
            description=_description(handler.__doc__),
            answers=answers,
            submits=submits,
            at_once=at_once,
            parameters=tuple(parameters),
            body=body,
            texts=tuple(texts),
            refuses=tuple(refuses),
            dialect=dialect,
            destructive=destructive or method in _OVERWRITING,
        )

    return declare


def public_operation(
    method: str,
    path: str,
    *,
    answers: dict[int, DocumentedResponse] | None = None,
    refuses: Sequence[type[RequestError]] = (),
    parameters: Sequence[dict[str, Any]] = (),
    body: Shape | None = None,
) -> Callable[[PublicHandler], Operation]:
    """Declare an operation that needs no key; `path` is whole. The rest is as `Operation` says."""

    def declare(handler: PublicHandler) -> Operation:
        return Operation(
            method=method,
            path=path,
            public=handler,
            id=_camel(handler.__name__),
            tag="Operations",
            summary=_summary(handler.__doc__),
            description=_description(handler.__doc__),
            answers=answers or {},
            parameters=tuple(parameters),
            body=body,
            refuses=tuple(refuses),
        )

    return declare


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(map(str.capitalize, rest))


def _summary(docstring: str | None) -> str:
    return (docstring or "").partition("\n")[0].removesuffix(".")


def _description(docstring: str | None) -> str:
    """Return a docstring without its sections."""
    return re.split(r"^(?:Args|Returns|Raises):$", inspect.cleandoc(docstring or ""), flags=re.MULTILINE)[0].strip()
