"""Build the Litestar application: routes of the operations, errors as problem documents, one log line a request."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from functools import cache
from http import HTTPStatus
from typing import Any

import msgspec
import structlog
from litestar import HttpMethod, Litestar, Request
from litestar._asgi.routing_trie.types import RouteTrieNode
from litestar.exceptions import HTTPException
from litestar.handlers import ASGIRouteHandler
from litestar.response import Stream
from litestar.types import ASGIApp, HTTPScope, Receive, Send

from app.api.api import Api
from app.api.http.authentication import authenticate
from app.api.http.dependencies import Dependencies, dependencies_of, open_dependencies
from app.api.http.errors import (
    InternalError,
    MalformedError,
    MethodNotAllowedError,
    UnknownRouteError,
    problem_answer,
    status_of,
)
from app.api.http.json_body import check_accept
from app.api.http.rate_limits import WINDOW_SECONDS
from app.api.http.request_context import AnyRequest, context_of
from app.api.http.responses import Answer, json_answer
from app.api.openapi.operation import Operation
from app.api.openapi.variants import Variant, variant_of
from app.api.operations import operations
from app.api.service.specification import ServedSpecification, around_address
from app.domain.errors import RateLimitedError, RequestError
from app.serving import without_pydantic
from app.settings.settings import Settings
from app.store.database.errors import is_away, unavailable

REFUSED_FOR_CONTENT = frozenset({400, 402, 413, 415, 422})
_SERVES = "serves"

log = structlog.get_logger()


def make_app(
    settings: Settings, *, window: float = WINDOW_SECONDS, site: Callable[[Dependencies], Litestar] | None = None
) -> Api:
    """Build the application.

    Args:
        settings: All of them.
        window: Of the rate limits, in seconds.
        site: Builds what serves the paths below `/app`, with the same services.
    """
    stopping = asyncio.Event()

    @asynccontextmanager
    async def lifespan(app: Litestar) -> AsyncIterator[None]:
        async with open_dependencies(settings, stopping, window=window) as dependencies:
            app.state.dependencies = dependencies
            api.site = site(dependencies) if site else None
            yield

    with without_pydantic():
        api = Api(
            route_handlers=_routes(),
            lifespan=[lifespan],
            openapi_config=None,
            logging_config=None,
            request_max_body_size=None,
        )
    _serve_directly(api.asgi_router.root_route_map_node)
    api.fail = _failed
    api.stopping = stopping
    api.state.specification = ServedSpecification(_variant, settings.public_url)
    return api


@cache
def _variant(variant: Variant) -> tuple[bytes, bytes]:
    """Write a variant of the specification, once a process: it is the same for every application.

    What it is built of is not kept: the collector would look through these hundred thousand objects again and again.
    """
    return around_address(variant_of(operations(), variant))


def _routes() -> list[ASGIRouteHandler]:
    methods: dict[str, dict[str, Operation]] = {}
    for one in operations():
        methods.setdefault(one.path, {})[one.method] = one
    return [_route(path, by_method) for path, by_method in methods.items()]


def _route(path: str, by_method: Mapping[str, Operation]) -> ASGIRouteHandler:
    """Serve the operations of a path by a plain ASGI handler: Litestar's layers for requests take half of a GET."""
    allowed = ", ".join(sorted({"OPTIONS", *by_method, *(["HEAD"] if "GET" in by_method else [])}))

    def serve(scope: HTTPScope, receive: Receive, send: Send) -> Awaitable[None]:
        method = scope["method"]
        operation = by_method.get("GET" if method == "HEAD" else method)
        if operation is not None:
            return _answer(operation, AnyRequest(scope, receive, send))
        if method == "OPTIONS":
            return Answer(status=HTTPStatus.NO_CONTENT, headers={"allow": allowed})(scope, receive, send)
        return _problem(scope, MethodNotAllowedError(method, allowed))(scope, receive, send)

    async def served(scope: HTTPScope, receive: Receive, send: Send) -> None:
        await serve(scope, receive, send)

    # Litestar wants a type for each path parameter; handlers read them as text. It also wants a coroutine, which would
    # be one more to resume after each wait.
    found = ASGIRouteHandler(path.replace("}", ":str}"), name=path, copy_scope=False, opt={_SERVES: serve})
    return found(served)


class _OfEachMethod(dict[Any, Any]):
    """The path parameters of a plain ASGI route, by whatever method Litestar's router looks them up."""

    def __missing__(self, method: str) -> Any:  # noqa: ANN401 - Litestar's definitions
        return self["asgi"]


def _serve_directly(node: RouteTrieNode) -> None:
    """Let the router find our functions and their parameters, with no layer between.

    Litestar keeps the parameters of ASGI routes by `asgi`, and asks for them by the method.
    """
    if node.is_asgi:
        node.path_parameters = _OfEachMethod(node.path_parameters)
        node.asgi_handlers = {
            name: found._replace(asgi_app=found.handler.opt[_SERVES]) for name, found in node.asgi_handlers.items()
        }
    for child in node.children.values():
        _serve_directly(child)


async def _answer(operation: Operation, request: AnyRequest) -> None:
    """Answer by the handler of an operation: authentication, `Accept`, the slot of a read, errors."""
    context = context_of(request.scope)
    answer: ASGIApp
    try:
        if operation.public:
            answer = await operation.public(request)
        elif operation.handler is None:
            raise UnknownRouteError(request.scope["path"])
        else:
            known = await authenticate(request)
            known.dependencies.limits.check_refusals(known.principal)
            known.principal.terms.check(operation.scope, known.address)
            if offered := operation.offered:
                check_accept(request, offered)
            if not operation.submits:
                await known.dependencies.limits.take_read(context, known.principal)
            if operation.waits:
                await known.dependencies.beginnings.wait(known.address)
            answered = await operation.handler(known)
            answer = answered if isinstance(answered, Answer) else _written(answered, operation, request)
    except RequestError as refusal:
        # No name keeps the error, whose traceback keeps this frame: else only the collector would free them.
        answer = _problem(request.scope, await _counted(request, refusal))
        if context.principal and not context.quotas:
            # An error that came before a slot was taken shows the budget as well.
            await dependencies_of(request.scope).limits.look(context, context.principal)
    await answer(request.scope, request.receive, request.send)


def _written(answered: msgspec.Struct | ASGIApp | Stream, operation: Operation, request: AnyRequest) -> ASGIApp:
    if isinstance(answered, msgspec.Struct):
        return json_answer(answered, status=operation.status)
    return _streamed(answered, request) if isinstance(answered, Stream) else answered


async def _counted(request: AnyRequest, refusal: RequestError) -> RequestError:
    """Count a request that is refused for what it holds; one of too many is refused for that."""
    principal = context_of(request.scope).principal
    if principal and status_of(type(refusal)) in REFUSED_FOR_CONTENT:
        try:
            await dependencies_of(request.scope).limits.count_refusal(principal)
        except RateLimitedError as too_often:
            return too_often
    return refusal


def _streamed(answer: Stream, request: AnyRequest) -> ASGIApp:
    if request.method == HttpMethod.HEAD:
        # The headers of a stream are known before it begins; its end may be far.
        return Answer(headers=answer.headers, media=answer.media_type or "")
    return answer.to_asgi_response(None, Request(request.scope, request.receive, request.send))


def _problem(scope: HTTPScope, refusal: RequestError) -> Answer:
    return problem_answer(refusal, path=scope["path"], request_id=context_of(scope).request_id)


def _failed(scope: HTTPScope, error: Exception) -> Answer:
    """Answer for an error that no handler has answered.

    A database that went away is a 503; anything else but Litestar's own refusals is our fault and reveals nothing.
    """
    if isinstance(error, HTTPException):
        if error.status_code == HTTPStatus.NOT_FOUND:
            return _problem(scope, UnknownRouteError(scope["path"]))
        if error.status_code < HTTPStatus.INTERNAL_SERVER_ERROR:
            return _problem(scope, MalformedError())
        if context_of(scope).gone:
            return _problem(scope, MalformedError("The connection was closed before the request had come."))
    if is_away(error):
        return _problem(scope, unavailable(error))
    log.error("request.failed", exc_info=error)
    return _problem(scope, InternalError(context_of(scope).request_id))
