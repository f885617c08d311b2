"""/webhooks/endpoints: the URLs that get an account's events, made, changed, tested and deleted."""

from uuid import UUID

from msgspec import UNSET

from app.api.http.authentication import AuthenticatedRequest
from app.api.http.errors import BodyTooLargeError, UnsupportedMediaTypeError
from app.api.http.json_body import read_object
from app.api.http.responses import Answer, json_answer, path_id
from app.api.http.submission import vet_webhook
from app.api.openapi import parameters
from app.api.openapi.operation import BASE, DocumentedResponse, operation
from app.api.webhooks.deliveries import PATH as DELIVERIES
from app.api.webhooks.secret import SECRET, secret_body
from app.dialects.webhooks.request import read_endpoint_change, read_new_endpoint
from app.dialects.webhooks.response import delivery_body, endpoint_body
from app.dialects.webhooks.schemas import (
    DeliveryBody,
    EndpointBody,
    EndpointChangeBody,
    EndpointRequestBody,
    EndpointsBody,
    WebhookSecretBody,
)
from app.domain.errors import InvalidInputError, TooManyEndpointsError, UnknownIdError
from app.domain.webhooks.endpoint import SUBSCRIBABLE
from app.usecases.webhooks.manage_endpoints import EndpointChange
from app.usecases.webhooks.signing_secrets import read_webhook_secrets, rotate_webhook_secret

PATH = f"{BASE}/webhooks/endpoints"
_ENDPOINT = DocumentedResponse(description="The endpoint.", schema=EndpointBody)
_WRONG_BODY = (InvalidInputError, BodyTooLargeError, UnsupportedMediaTypeError)


@operation(
    "POST",
    "/webhooks/endpoints",
    body=EndpointRequestBody,
    answers={
        201: DocumentedResponse(description="The endpoint.", schema=EndpointBody, headers=("Location",)),
    },
    refuses=(*_WRONG_BODY, TooManyEndpointsError),
)
async def create_endpoint(request: AuthenticatedRequest) -> Answer:
    """Name a URL that gets every event."""
    body, faults, warnings = read_new_endpoint(await read_object(request.http))
    warnings = (*warnings, *await vet_webhook(request, body.url, "url", faults))
    wanted = EndpointChange(
        url=body.url,
        events=_in_order(body.events or []),
        description=body.description or "",
        enabled=body.enabled is not False,
        headers=body.headers or UNSET,
        rate_limit=body.rate_limit,
    )
    made = await request.dependencies.endpoints.create(request.owner, wanted, request.principal.key_id)
    shown = endpoint_body(made.endpoint, made.header_names, warnings=warnings)
    return json_answer(shown, status=201, headers={"location": f"{PATH}/{shown.id}"})


@operation(
    "GET",
    "/webhooks/endpoints",
    answers={200: DocumentedResponse(description="All of them.", schema=EndpointsBody)},
)
async def list_endpoints(request: AuthenticatedRequest) -> EndpointsBody:
    """List the endpoints."""
    found = await request.dependencies.endpoints.list(request.owner)
    return EndpointsBody(endpoints=[endpoint_body(one.endpoint, one.header_names) for one in found])


@operation(
    "GET",
    "/webhooks/endpoints/{endpoint_id}",
    parameters=(parameters.ENDPOINT_ID,),
    answers={200: _ENDPOINT},
    refuses=(UnknownIdError,),
)
async def get_endpoint(request: AuthenticatedRequest) -> EndpointBody:
    """Show an endpoint."""
    found = await request.dependencies.endpoints.get(request.owner, _id(request))
    return endpoint_body(found.endpoint, found.header_names)


@operation(
    "PATCH",
    "/webhooks/endpoints/{endpoint_id}",
    parameters=(parameters.ENDPOINT_ID,),
    body=EndpointChangeBody,
    answers={200: _ENDPOINT},
    refuses=(*_WRONG_BODY, UnknownIdError),
)
async def change_endpoint(request: AuthenticatedRequest) -> EndpointBody:
    """Change an endpoint; enabling it can replay what it missed."""
    body, faults, warnings = read_endpoint_change(await read_object(request.http))
    warnings = (*warnings, *await vet_webhook(request, body.url, "url", faults))
    wanted = EndpointChange(
        url=UNSET if body.url is None else body.url,
        events=UNSET if body.events is None else _in_order(body.events),
        description=UNSET if body.description is None else body.description,
        enabled=UNSET if body.enabled is None else body.enabled,
        headers=UNSET if body.headers is None else body.headers,
        rate_limit=body.rate_limit,
        replay=bool(body.replay),
    )
    changed, replayed = await request.dependencies.endpoints.change(request.owner, _id(request), wanted)
    return endpoint_body(
        changed.endpoint, changed.header_names, warnings=warnings, replayed=replayed if body.replay else None
    )


@operation(
    "DELETE",
    "/webhooks/endpoints/{endpoint_id}",
    parameters=(parameters.ENDPOINT_ID,),
    answers={204: DocumentedResponse(description="Deleted.")},
    refuses=(UnknownIdError,),
)
async def delete_endpoint(request: AuthenticatedRequest) -> Answer:
    """Delete an endpoint; its deliveries stay."""
    await request.dependencies.endpoints.delete(request.owner, _id(request))
    return Answer(status=204)


@operation(
    "POST",
    "/webhooks/endpoints/{endpoint_id}/test",
    parameters=(parameters.ENDPOINT_ID,),
    answers={202: DocumentedResponse(description="The ping.", schema=DeliveryBody, headers=("Location",))},
    refuses=(UnknownIdError,),
)
async def test_endpoint(request: AuthenticatedRequest) -> Answer:
    """Send `webhook.ping` to an endpoint, once, even to a disabled one."""
    owed = await request.dependencies.endpoints.test(request.owner, _id(request))
    return json_answer(delivery_body(owed), status=202, headers={"location": f"{DELIVERIES}/{owed.id}"})


@operation(
    "GET",
    "/webhooks/endpoints/{endpoint_id}/secret",
    parameters=(parameters.ENDPOINT_ID,),
    answers={200: SECRET},
    refuses=(UnknownIdError,),
)
async def get_endpoint_secret(request: AuthenticatedRequest) -> WebhookSecretBody:
    """Show the secret that signs what an endpoint gets."""
    return secret_body(await read_webhook_secrets(request.dependencies.services, request.owner, _id(request)))


@operation(
    "POST",
    "/webhooks/endpoints/{endpoint_id}/secret",
    parameters=(parameters.ENDPOINT_ID,),
    answers={200: SECRET},
    refuses=(UnknownIdError,),
    destructive=True,
)
async def rotate_endpoint_secret(request: AuthenticatedRequest) -> WebhookSecretBody:
    """Make a new secret for an endpoint; the old one signs along for 24 hours."""
    return secret_body(await rotate_webhook_secret(request.dependencies.services, request.owner, _id(request)))


def _id(request: AuthenticatedRequest) -> UUID:
    return path_id(request.http, "endpoint_id", "endpoint")


def _in_order(events: list[str]) -> tuple[str, ...]:
    return tuple(event.value for event in SUBSCRIBABLE if event in events)
