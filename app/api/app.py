"""Builds the Litestar application: routes of the operations, errors as problem documents, one log line a request."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from http import HTTPStatus

import msgspec
import structlog
from litestar import HttpMethod, Litestar, Response
from litestar.exceptions import HTTPException
from litestar.handlers import HTTPRouteHandler
from litestar.response import Stream
from litestar.response.base import ASGIResponse

from app.api.api import Api
from app.api.http.authentication import authenticate
from app.api.http.dependencies import Dependencies, dependencies_of, open_dependencies
from app.api.http.errors import (
    PROBLEM_JSON,
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
from app.api.http.responses import json_answer
from app.api.openapi.operation import Operation, PublicHandler, public_operation
from app.api.operations import operations
from app.api.service.specification import ServedSpecification
from app.domain.errors import RateLimitedError, RequestError
from app.settings.settings import Settings
from app.store.database.errors import is_away, unavailable

REFUSED_FOR_CONTENT = frozenset({400, 402, 413, 415, 422})

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

    api = Api(
        route_handlers=_routes(),
        lifespan=[lifespan],
        exception_handlers={HTTPException: _http_error, Exception: _failed},
        openapi_config=None,
        logging_config=None,
        request_max_body_size=None,
    )
    api.stopping = stopping
    api.state.specification = ServedSpecification(operations(), settings.public_url)
    return api


def _routes() -> list[HTTPRouteHandler]:
    methods: dict[str, set[str]] = {}
    for one in operations():
        methods.setdefault(one.path, {"OPTIONS"}).update({"GET", "HEAD"} if one.method == "GET" else {one.method})
    # Litestar's own answer to OPTIONS, which it makes where ours does not come first, knows one operation of a path.
    options = [public_operation("OPTIONS", path)(_allowing(sorted(allowed))) for path, allowed in methods.items()]
    return [_route(one) for one in [*options, *operations()]]


def _allowing(methods: Sequence[str]) -> PublicHandler:
    async def list_methods(_: AnyRequest) -> ASGIResponse:
        return ASGIResponse(status_code=204, headers={"allow": ", ".join(methods)})

    return list_methods


def _route(operation: Operation) -> HTTPRouteHandler:
    """Wrap the handler of an operation: authentication, `Accept`, the slot of a read, errors."""

    async def answer(request: AnyRequest) -> ASGIResponse:
        context = context_of(request.scope)
        try:
            if operation.public:
                return await operation.public(request)
            if operation.handler is None:
                raise UnknownRouteError(request.url.path)
            known = await authenticate(request)
            known.dependencies.limits.check_refusals(known.principal)
            known.principal.terms.check(operation.scope, known.address)
            if operation.offered:
                check_accept(request, operation.offered)
            if not operation.submits:
                await known.dependencies.limits.take_read(context, known.principal)
            answered = await operation.handler(known)
        except RequestError as refusal:
            error = await _counted(request, refusal)
            if context.principal and not context.quotas:
                # An error that came before a slot was taken shows the budget as well.
                await dependencies_of(request.scope).limits.look(context, context.principal)
            return _problem(request, error)
        if isinstance(answered, msgspec.Struct):
            return json_answer(answered, status=operation.status)
        return _streamed(answered, request) if isinstance(answered, Stream) else answered

    method = operation.method
    methods: list[HttpMethod] = [HttpMethod.GET, HttpMethod.HEAD] if method == "GET" else [HttpMethod(method)]
    # Litestar wants a type for each path parameter; handlers read them as text.
    # Each answer has its own status; that of a DELETE would else be taken for one without a body.
    template = operation.path.replace("}", ":str}")
    return HTTPRouteHandler(template, http_method=methods, name=operation.name, status_code=HTTPStatus.OK)(answer)


async def _counted(request: AnyRequest, refusal: RequestError) -> RequestError:
    """Count a request that is refused for what it holds; one of too many is refused for that."""
    principal = context_of(request.scope).principal
    if principal and status_of(type(refusal)) in REFUSED_FOR_CONTENT:
        try:
            await dependencies_of(request.scope).limits.count_refusal(principal)
        except RateLimitedError as too_often:
            return too_often
    return refusal


def _streamed(answer: Stream, request: AnyRequest) -> ASGIResponse:
    if request.method == HttpMethod.HEAD:
        # The headers of a stream are known before it begins; its end may be far.
        return ASGIResponse(headers=dict(answer.headers), media_type=answer.media_type or "")
    return answer.to_asgi_response(None, request)


def _problem(request: AnyRequest, refusal: RequestError) -> ASGIResponse:
    return problem_answer(refusal, path=request.url.path, request_id=context_of(request.scope).request_id)


def _whole(answer: ASGIResponse) -> Response[bytes]:
    # Litestar's exception handlers give the higher kind of response, its route handlers either.
    return Response(answer.body, status_code=answer.status_code, headers=dict(answer.headers), media_type=PROBLEM_JSON)


def _http_error(request: AnyRequest, error: HTTPException) -> Response[bytes]:
    """Translate what Litestar itself refuses."""
    match error.status_code:
        case HTTPStatus.NOT_FOUND:
            return _whole(_problem(request, UnknownRouteError(request.url.path)))
        case HTTPStatus.METHOD_NOT_ALLOWED:
            allowed = sorted((error.headers or {}).get("allow", "").split(", "))
            return _whole(_problem(request, MethodNotAllowedError(request.method, ", ".join(allowed))))
        case status if status < HTTPStatus.INTERNAL_SERVER_ERROR:
            return _whole(_problem(request, MalformedError()))
        case _ if context_of(request.scope).gone:
            return _whole(_problem(request, MalformedError("The connection was closed before the request had come.")))
        case _:
            return _failed(request, error)


def _failed(request: AnyRequest, error: Exception) -> Response[bytes]:
    """The outermost door: a database that went away is a 503, anything else is our fault and reveals nothing."""
    if is_away(error):
        return _whole(_problem(request, unavailable(error)))
    request_id = context_of(request.scope).request_id
    log.error("request.failed", exc_info=error)
    return _whole(_problem(request, InternalError(request_id)))
