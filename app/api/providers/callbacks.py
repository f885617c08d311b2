"""POST /callbacks/{provider}/{token}: receives the results that vendors post."""

import msgspec

from app.api.http.dependencies import dependencies_of
from app.api.http.errors import BodyTooLargeError, UnknownRouteError
from app.api.http.json_body import read_body
from app.api.http.request_context import AnyRequest
from app.api.http.responses import Answer
from app.api.openapi.operation import DocumentedResponse, public_operation
from app.api.openapi.parameters import parameter
from app.domain.errors import FieldError, InvalidInputError, UnavailableError
from app.domain.waterfall.callback_token import PATH, token_digest
from app.providers.declaration.messages import read_response
from app.usecases.waterfall.receive_callback import receive_callback as store_callback

_PROVIDER = parameter("path", "provider", "Who posts.", {"type": "string", "maxLength": 64})
_TOKEN = parameter("path", "token", "Made for one look-up.", {"type": "string", "minLength": 43, "maxLength": 43})


class PostedResult(msgspec.Struct, frozen=True, kw_only=True):
    """A result as its vendor documents it."""


@public_operation(
    "POST",
    f"{PATH}/{{provider}}/{{token}}",
    parameters=(_PROVIDER, _TOKEN),
    body=PostedResult,
    answers={204: DocumentedResponse(description="Kept.")},
    refuses=(InvalidInputError, UnavailableError, BodyTooLargeError, UnknownRouteError),
)
async def receive_callback(request: AnyRequest) -> Answer:
    """Take the result that a vendor was asked to post; the URL is for the vendor alone and works once.

    A token that nobody waits for is answered as a path that does not exist.
    """
    provider, token = request.path_params["provider"], request.path_params["token"]
    if token_digest(token) is None:
        raise UnknownRouteError(request.scope["path"])
    body = await read_body(request)
    # Judged before the token is looked up, so that an error reveals nothing about it. Vendors name any media type.
    if not isinstance(read_response(200, {}, body).body, dict | list):
        raise InvalidInputError([FieldError(field="", message="the body must be a JSON object or list")])
    if not await store_callback(dependencies_of(request.scope).services, provider, token, body):
        raise UnknownRouteError(request.scope["path"])
    return Answer(body=b"", status=204)
