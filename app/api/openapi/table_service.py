"""Operations on the service itself: specification, errors, callbacks of vendors, health, metrics."""

from app.api.http import error_pages, errors
from app.api.openapi import parameters, schemas_service
from app.api.openapi.operation import DocumentedResponse, Operation
from app.api.providers import callbacks
from app.api.service import docs, health
from app.domain import errors as domain
from app.domain.waterfall.callback_token import PATH as CALLBACKS

OPERATIONS: tuple[Operation, ...] = (
    Operation(
        method="GET",
        path="/api/v1/openapi.json",
        handler=docs.specification,
        id="getSpecification",
        tag="Operations",
        summary="This specification",
        answers={200: DocumentedResponse(description="OpenAPI 3.1.", content={"schema": {"type": "object"}})},
        auth=False,
    ),
    Operation(
        method="GET",
        path="/errors/{code}",
        handler=error_pages.error_page,
        id="explainError",
        tag="Operations",
        summary="What an error means",
        parameters=(parameters.CODE,),
        refusals=(errors.UnknownRouteError,),
        auth=False,
        answers={200: DocumentedResponse(description="The explanation.", schema=schemas_service.ErrorPage)},
    ),
    Operation(
        method="POST",
        path=f"{CALLBACKS}/{{provider}}/{{token}}",
        handler=callbacks.receive_callback,
        id="receiveCallback",
        tag="Operations",
        summary="Take the result that a vendor was asked to post; the URL is for the vendor alone and works once",
        parameters=(parameters.PROVIDER, parameters.TOKEN),
        body=callbacks.PostedResult,
        answers={204: DocumentedResponse(description="Kept.")},
        refusals=(
            domain.InvalidInputError,
            domain.UnavailableError,
            errors.BodyTooLargeError,
            errors.UnknownRouteError,
        ),
        auth=False,
    ),
    Operation(
        method="GET",
        path="/health/live",
        handler=health.live,
        id="live",
        tag="Operations",
        summary="Whether the process answers",
        answers={200: DocumentedResponse(description="It does.", schema=schemas_service.Live)},
        auth=False,
    ),
    Operation(
        method="GET",
        path="/health/ready",
        handler=health.ready,
        id="ready",
        tag="Operations",
        summary="Whether Postgres and Redis answer",
        answers={200: DocumentedResponse(description="They do.", schema=schemas_service.Ready)},
        refusals=(domain.UnavailableError,),
        auth=False,
    ),
    Operation(
        method="GET",
        path="/metrics",
        handler=health.metrics,
        id="metrics",
        tag="Operations",
        summary="Metrics for Prometheus",
        answers={
            200: DocumentedResponse(description="Metrics.", media="text/plain", content={"schema": {"type": "string"}})
        },
        auth=False,
    ),
)
