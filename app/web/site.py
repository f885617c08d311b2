"""Build the site of the app: its pages, its static files, and a page for every error."""

from functools import partial
from http import HTTPStatus
from typing import Any

import structlog
from litestar import HttpMethod, Litestar, Request, Response
from litestar.exceptions import HTTPException
from litestar.handlers import HTTPRouteHandler
from litestar.response import Stream
from litestar.response.base import ASGIResponse

from app.content_codings import IDENTITY, preferred_coding
from app.domain.accounts.audit import Actor, ActorKind
from app.domain.accounts.suspension import AccountSuspendedError
from app.domain.errors import (
    InvalidInputError,
    OutcomeUnknownError,
    RateLimitedError,
    RequestError,
    UnavailableError,
    UnknownIdError,
)
from app.domain.people.credentials import LinkOverError
from app.serving import without_pydantic
from app.store.database.errors import is_away
from app.usecases.audit.note import acting
from app.web.frame.dependencies import WebDependencies
from app.web.frame.doors import DoorError, answer, visitor_of
from app.web.frame.page import Page
from app.web.frame.request import GoneError, WebRequest
from app.web.frame.static_files import FOREVER, PREFIX, StaticFile, load_static_files
from app.web.frame.templates import Templates
from app.web.frame.viewer import Viewer, Visitor
from app.web.navigation import navigation
from app.web.pages import pages

_TITLES = {
    HTTPStatus.BAD_REQUEST: "This cannot be done so",
    HTTPStatus.FORBIDDEN: "Not for you",
    HTTPStatus.NOT_FOUND: "Nothing here",
    HTTPStatus.METHOD_NOT_ALLOWED: "Nothing here",
    HTTPStatus.GONE: "This link is over",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "Too large",
    HTTPStatus.TOO_MANY_REQUESTS: "Too often",
    HTTPStatus.SERVICE_UNAVAILABLE: "Not reachable just now",
}

log = structlog.get_logger()


def make_site(dependencies: WebDependencies) -> Litestar:
    """Build the site, which answers every path that begins with `/app`."""
    files = load_static_files()
    known = {page.path for page in pages()}
    templates = Templates(static={name: file.path for name, file in files.items()}, navigation=navigation(known))
    dependencies.ahead.append(partial(templates.compile_ahead, dependencies.stopping.is_set))

    def visitor(request: Request[Any, Any, Any]) -> Visitor:
        return Visitor(WebRequest(request.scope, request.receive), dependencies, templates, "")

    def refused(request: Request[Any, Any, Any], error: HTTPException) -> Response[bytes]:
        status = HTTPStatus(error.status_code)
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            return failed(request, error)
        sentence = "This page does not exist. The address may be incomplete, or what it showed is gone."
        if status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
            sentence = "What was sent is larger than this form takes."
        return _whole(_error_page(visitor(request), status, sentence))

    def failed(request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
        log.error("page.failed", exc_info=error)
        return _whole(_error_page(visitor(request), HTTPStatus.INTERNAL_SERVER_ERROR, _quote(request)))

    with without_pydantic():
        return Litestar(
            route_handlers=[*(_route(page, dependencies, templates) for page in pages()), _static(files)],
            exception_handlers={HTTPException: refused, Exception: failed},
            openapi_config=None,
            logging_config=None,
            request_class=WebRequest,
        )


def _route(page: Page, dependencies: WebDependencies, templates: Templates) -> HTTPRouteHandler:
    """Wrap the handler of a page: session, token, role, errors."""

    async def serve(request: WebRequest) -> ASGIResponse:
        visitor = Visitor(request, dependencies, templates, "")
        try:
            visitor = await visitor_of(request, dependencies, templates)
            acting.set(Actor(ActorKind.PERSON, visitor.session.email if isinstance(visitor, Viewer) else ""))
            answered = await answer(page, visitor)
        except DoorError as error:
            return _error_page(visitor, HTTPStatus.FORBIDDEN, error.sentence)
        except LinkOverError as error:
            return _error_page(visitor, HTTPStatus.GONE, error.sentence)
        except GoneError:
            return _error_page(visitor, HTTPStatus.BAD_REQUEST, "The form did not come whole. Send it again.")
        except RequestError as error:
            return _error_page(visitor, _status(error), error.message, retry_after=getattr(error, "retry_after", None))
        except Exception as error:
            if not is_away(error):
                raise
            away = UnavailableError("database")
            return _error_page(visitor, HTTPStatus.SERVICE_UNAVAILABLE, away.message, retry_after=away.retry_after)
        finally:
            visitor.close()
        return answered.to_asgi_response(None, request) if isinstance(answered, Stream) else answered

    methods = [HttpMethod.GET, HttpMethod.HEAD] if page.method == "GET" else [HttpMethod(page.method)]
    template = page.path.replace("}", ":str}")
    wrap = HTTPRouteHandler(
        template, http_method=methods, status_code=HTTPStatus.OK, name=page.name, request_max_body_size=None
    )
    return wrap(serve)


def _static(files: dict[str, StaticFile]) -> HTTPRouteHandler:
    by_path = {file.path: file for file in files.values()}

    async def serve(request: WebRequest) -> ASGIResponse:
        file = by_path.get(request.url.path)
        if file is None:
            return ASGIResponse(status_code=HTTPStatus.NOT_FOUND)
        headers = {"content-type": file.media_type, "cache-control": FOREVER, "vary": "accept-encoding"}
        coding = preferred_coding(request.headers.getall("accept-encoding", []))
        if coding != IDENTITY:
            headers["content-encoding"] = coding
        return ASGIResponse(body=file.bodies[coding], headers=headers)

    methods = [HttpMethod.GET, HttpMethod.HEAD]
    return HTTPRouteHandler(f"{PREFIX}/{{digest:str}}/{{name:str}}", http_method=methods)(serve)


def _status(error: RequestError) -> HTTPStatus:
    match error:
        case UnknownIdError():
            return HTTPStatus.NOT_FOUND
        case AccountSuspendedError():
            return HTTPStatus.FORBIDDEN
        case RateLimitedError():
            return HTTPStatus.TOO_MANY_REQUESTS
        case UnavailableError() | OutcomeUnknownError():
            return HTTPStatus.SERVICE_UNAVAILABLE
        case InvalidInputError():
            return HTTPStatus.UNPROCESSABLE_ENTITY
        case _:
            return HTTPStatus.BAD_REQUEST


def _error_page(visitor: Visitor, status: HTTPStatus, sentence: str, *, retry_after: int | None = None) -> ASGIResponse:
    title = _TITLES.get(status, "Something failed" if status >= HTTPStatus.INTERNAL_SERVER_ERROR else "Not accepted")
    headers = {} if retry_after is None else {"retry-after": str(retry_after)}
    return visitor.render("layout/error.html", status=status, headers=headers, title=title, sentence=sentence)


def _quote(request: Request[Any, Any, Any]) -> str:
    context = request.scope["state"].get("context")
    request_id = getattr(context, "request_id", "")
    return f"It is our fault. Try again; if it stays, quote request id {request_id} to your operator."


def _whole(answer: ASGIResponse) -> Response[bytes]:
    # Litestar's exception handlers give the higher kind of response.
    return Response(answer.body, status_code=answer.status_code, headers=dict(answer.headers), media_type="text/html")
