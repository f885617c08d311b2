"""POST /callbacks/{provider}/{token}: where vendors post results that they were asked for."""

import msgspec
from litestar.response.base import ASGIResponse

from app.api.http.dependencies import dependencies_of
from app.api.http.errors import UnknownRouteError
from app.api.http.json_body import read_body
from app.api.http.request_context import AnyRequest
from app.domain.errors import FieldError, InvalidInputError
from app.domain.waterfall.callback_token import token_digest
from app.providers.declaration.response import read_response
from app.usecases.waterfall.receive_callback import receive_callback as store_callback


class PostedResult(msgspec.Struct, frozen=True, kw_only=True):
    """A result as its vendor documents it."""


async def receive_callback(request: AnyRequest) -> ASGIResponse:
    """Keep what a vendor posts, once; whatever nobody waits for looks like a path that does not exist."""
    provider, token = request.path_params["provider"], request.path_params["token"]
    if token_digest(token) is None:
        raise UnknownRouteError(request.url.path)
    body = await read_body(request)
    # Judged before the token is looked up, so that a refusal tells nothing about it. What vendors call their media
    # type does not matter.
    if not isinstance(read_response(200, {}, body).body, dict | list):
        raise InvalidInputError([FieldError(field="", message="the body must be a JSON object or list")])
    if not await store_callback(dependencies_of(request.scope).services, provider, token, body):
        raise UnknownRouteError(request.url.path)
    return ASGIResponse(body=b"", status_code=204)
