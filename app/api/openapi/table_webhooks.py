"""Operations on webhooks: the account's secret, and endpoints."""

from app.api.accounts import account
from app.api.http import errors
from app.api.openapi import parameters, schemas_service
from app.api.openapi.operation import DocumentedResponse, Operation
from app.api.webhooks import endpoints
from app.dialects.webhooks import schemas
from app.domain import errors as domain

_SECRET = DocumentedResponse(description="Secret.", schema=schemas_service.WebhookSecret)
_ENDPOINT = DocumentedResponse(description="The endpoint.", schema=schemas.Endpoint)
_WRONG_BODY = (domain.InvalidInputError, errors.BodyTooLargeError, errors.UnsupportedMediaTypeError)

OPERATIONS: tuple[Operation, ...] = (
    Operation(
        method="GET",
        path="/api/v1/webhooks/secret",
        handler=account.read_secret,
        id="getWebhookSecret",
        tag="Webhooks",
        summary="Show the signing secret",
        answers={200: _SECRET},
    ),
    Operation(
        method="POST",
        path="/api/v1/webhooks/secret",
        handler=account.rotate_secret,
        id="rotateWebhookSecret",
        tag="Webhooks",
        summary="Make a new signing secret; the old one signs along for 24 hours",
        answers={200: _SECRET},
    ),
    Operation(
        method="POST",
        path="/api/v1/webhooks/endpoints",
        handler=endpoints.create_endpoint,
        id="createEndpoint",
        tag="Webhooks",
        summary="Name a URL that gets every event",
        body=schemas.EndpointRequest,
        answers={
            201: DocumentedResponse(description="The endpoint.", schema=schemas.Endpoint, headers=("Location",)),
        },
        refusals=(*_WRONG_BODY, domain.TooManyEndpointsError),
    ),
    Operation(
        method="GET",
        path="/api/v1/webhooks/endpoints",
        handler=endpoints.list_endpoints,
        id="listEndpoints",
        tag="Webhooks",
        summary="List the endpoints",
        answers={200: DocumentedResponse(description="All of them.", schema=schemas.Endpoints)},
    ),
    Operation(
        method="GET",
        path="/api/v1/webhooks/endpoints/{endpoint_id}",
        handler=endpoints.read_endpoint,
        id="getEndpoint",
        tag="Webhooks",
        summary="Show an endpoint",
        parameters=(parameters.ENDPOINT_ID,),
        answers={200: _ENDPOINT},
        refusals=(domain.UnknownIdError,),
    ),
    Operation(
        method="PATCH",
        path="/api/v1/webhooks/endpoints/{endpoint_id}",
        handler=endpoints.change_endpoint,
        id="changeEndpoint",
        tag="Webhooks",
        summary="Change an endpoint; enabling it can replay what it missed",
        parameters=(parameters.ENDPOINT_ID,),
        body=schemas.EndpointChange,
        answers={200: _ENDPOINT},
        refusals=(*_WRONG_BODY, domain.UnknownIdError),
    ),
    Operation(
        method="DELETE",
        path="/api/v1/webhooks/endpoints/{endpoint_id}",
        handler=endpoints.delete_endpoint,
        id="deleteEndpoint",
        tag="Webhooks",
        summary="Delete an endpoint; its deliveries stay",
        parameters=(parameters.ENDPOINT_ID,),
        answers={204: DocumentedResponse(description="It is no more.")},
        refusals=(domain.UnknownIdError,),
    ),
    Operation(
        method="GET",
        path="/api/v1/webhooks/endpoints/{endpoint_id}/secret",
        handler=endpoints.read_endpoint_secret,
        id="getEndpointSecret",
        tag="Webhooks",
        summary="Show the secret that signs what an endpoint gets",
        parameters=(parameters.ENDPOINT_ID,),
        answers={200: _SECRET},
        refusals=(domain.UnknownIdError,),
    ),
    Operation(
        method="POST",
        path="/api/v1/webhooks/endpoints/{endpoint_id}/secret",
        handler=endpoints.rotate_endpoint_secret,
        id="rotateEndpointSecret",
        tag="Webhooks",
        summary="Make a new secret for an endpoint; the old one signs along for 24 hours",
        parameters=(parameters.ENDPOINT_ID,),
        answers={200: _SECRET},
        refusals=(domain.UnknownIdError,),
    ),
    Operation(
        method="POST",
        path="/api/v1/webhooks/endpoints/{endpoint_id}/test",
        handler=endpoints.test_endpoint,
        id="testEndpoint",
        tag="Webhooks",
        summary="Send `webhook.ping` to an endpoint, once, even to a disabled one",
        parameters=(parameters.ENDPOINT_ID,),
        answers={
            202: DocumentedResponse(description="The ping.", schema=schemas.Delivery, headers=("Location",)),
        },
        refusals=(domain.UnknownIdError,),
    ),
)
