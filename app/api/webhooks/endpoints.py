"""/webhooks/endpoints: the URLs that get an account's events, made, changed, tested and deleted."""

from typing import Any
from uuid import UUID

from litestar.response.base import ASGIResponse

from app.api.http.authentication import AuthenticatedRequest
from app.api.http.errors import BodyTooLargeError, UnsupportedMediaTypeError
from app.api.http.json_body import read_object
from app.api.http.responses import json_answer, path_id
from app.api.openapi import parameters
from app.api.openapi.operation import BASE, DocumentedResponse, operation
from app.api.webhooks.deliveries import PATH as DELIVERIES
from app.api.webhooks.endpoint_body import parse_endpoint
from app.api.webhooks.secret import SECRET, secrets_answer
from app.dialects.webhooks import schemas
from app.domain.errors import FieldError, InvalidInputError, TooManyEndpointsError, UnknownIdError
from app.domain.runs.view import timestamp
from app.domain.webhooks.delivery_log import delivery_json
from app.egress import Unresolved, UrlRejected
from app.usecases.webhooks.manage_endpoints import EndpointChange, EndpointView
from app.usecases.webhooks.signing_secrets import read_webhook_secrets, rotate_webhook_secret

PATH = f"{BASE}/webhooks/endpoints"
_ENDPOINT = DocumentedResponse(description="The endpoint.", schema=schemas.Endpoint)
_WRONG_BODY = (InvalidInputError, BodyTooLargeError, UnsupportedMediaTypeError)


@operation(
    "POST",
    "/webhooks/endpoints",
    body=schemas.EndpointRequest,
    answers={
        201: DocumentedResponse(description="The endpoint.", schema=schemas.Endpoint, headers=("Location",)),
    },
    refuses=(*_WRONG_BODY, TooManyEndpointsError),
)
async def create_endpoint(request: AuthenticatedRequest) -> ASGIResponse:
    """Name a URL that gets every event."""
    wanted, warnings = await _wanted(request, new=True)
    made = await request.dependencies.endpoints.create(request.account_id, wanted)
    return json_answer(_json(made, warnings=warnings), status=201, headers={"location": f"{PATH}/{made.endpoint.id}"})


@operation(
    "GET",
    "/webhooks/endpoints",
    answers={200: DocumentedResponse(description="All of them.", schema=schemas.Endpoints)},
)
async def list_endpoints(request: AuthenticatedRequest) -> ASGIResponse:
    """List the endpoints."""
    return json_answer(
        {"endpoints": [_json(one) for one in await request.dependencies.endpoints.list(request.account_id)]}
    )


@operation(
    "GET",
    "/webhooks/endpoints/{endpoint_id}",
    parameters=(parameters.ENDPOINT_ID,),
    answers={200: _ENDPOINT},
    refuses=(UnknownIdError,),
)
async def get_endpoint(request: AuthenticatedRequest) -> ASGIResponse:
    """Show an endpoint."""
    return json_answer(_json(await request.dependencies.endpoints.get(request.account_id, _id(request))))


@operation(
    "PATCH",
    "/webhooks/endpoints/{endpoint_id}",
    parameters=(parameters.ENDPOINT_ID,),
    body=schemas.EndpointChange,
    answers={200: _ENDPOINT},
    refuses=(*_WRONG_BODY, UnknownIdError),
)
async def change_endpoint(request: AuthenticatedRequest) -> ASGIResponse:
    """Change an endpoint; enabling it can replay what it missed."""
    wanted, warnings = await _wanted(request, new=False)
    changed, replayed = await request.dependencies.endpoints.change(request.account_id, _id(request), wanted)
    return json_answer(_json(changed, warnings=warnings) | ({"replayed": replayed} if wanted.replay else {}))


@operation(
    "DELETE",
    "/webhooks/endpoints/{endpoint_id}",
    parameters=(parameters.ENDPOINT_ID,),
    answers={204: DocumentedResponse(description="It is no more.")},
    refuses=(UnknownIdError,),
)
async def delete_endpoint(request: AuthenticatedRequest) -> ASGIResponse:
    """Delete an endpoint; its deliveries stay."""
    await request.dependencies.endpoints.delete(request.account_id, _id(request))
    return ASGIResponse(status_code=204)


@operation(
    "POST",
    "/webhooks/endpoints/{endpoint_id}/test",
    parameters=(parameters.ENDPOINT_ID,),
    answers={202: DocumentedResponse(description="The ping.", schema=schemas.Delivery, headers=("Location",))},
    refuses=(UnknownIdError,),
)
async def test_endpoint(request: AuthenticatedRequest) -> ASGIResponse:
    """Send `webhook.ping` to an endpoint, once, even to a disabled one."""
    owed = await request.dependencies.endpoints.test(request.account_id, _id(request))
    return json_answer(delivery_json(owed), status=202, headers={"location": f"{DELIVERIES}/{owed.id}"})


@operation(
    "GET",
    "/webhooks/endpoints/{endpoint_id}/secret",
    parameters=(parameters.ENDPOINT_ID,),
    answers={200: SECRET},
    refuses=(UnknownIdError,),
)
async def get_endpoint_secret(request: AuthenticatedRequest) -> ASGIResponse:
    """Show the secret that signs what an endpoint gets."""
    return secrets_answer(await read_webhook_secrets(request.dependencies.services, request.account_id, _id(request)))


@operation(
    "POST",
    "/webhooks/endpoints/{endpoint_id}/secret",
    parameters=(parameters.ENDPOINT_ID,),
    answers={200: SECRET},
    refuses=(UnknownIdError,),
)
async def rotate_endpoint_secret(request: AuthenticatedRequest) -> ASGIResponse:
    """Make a new secret for an endpoint; the old one signs along for 24 hours."""
    return secrets_answer(await rotate_webhook_secret(request.dependencies.services, request.account_id, _id(request)))


async def _wanted(request: AuthenticatedRequest, *, new: bool) -> tuple[EndpointChange, tuple[str, ...]]:
    """Read the body and vet the URL; a name that does not resolve now may do so when an event is sent."""
    wanted, problems, warnings = parse_endpoint(await read_object(request.http), new=new)
    match await request.dependencies.vetting.vet_url(wanted.url) if isinstance(wanted.url, str) else None:
        case UrlRejected(reason=reason):
            problems.append(FieldError(field="url", message=reason))
        case Unresolved(reason=reason):
            warnings = (*warnings, f"url: {reason}")
        case _:
            pass
    if problems:
        raise InvalidInputError(problems)
    return wanted, warnings


def _id(request: AuthenticatedRequest) -> UUID:
    return path_id(request.http, "endpoint_id", "endpoint")


def _json(view: EndpointView, *, warnings: tuple[str, ...] = ()) -> dict[str, Any]:
    endpoint = view.endpoint
    written: dict[str, Any] = {
        "id": str(endpoint.id),
        "url": endpoint.url,
        "events": list(endpoint.events),
        "description": endpoint.description,
        "enabled": endpoint.enabled,
        "headerNames": list(view.header_names),
        "rateLimit": endpoint.rate_limit,
        "disabledAt": timestamp(endpoint.disabled_at),
        "disabledReason": endpoint.disabled_reason,
        "failingSince": timestamp(endpoint.failing_since),
        "createdAt": timestamp(endpoint.created_at),
        "updatedAt": timestamp(endpoint.updated_at),
    }
    return written | ({"warnings": list(warnings)} if warnings else {})
