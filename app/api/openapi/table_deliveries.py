"""Operations on deliveries."""

from app.api.http import errors
from app.api.openapi import parameters
from app.api.openapi.operation import DocumentedResponse, Operation
from app.api.webhooks import deliveries
from app.dialects.webhooks import schemas
from app.domain import errors as domain

OPERATIONS: tuple[Operation, ...] = (
    Operation(
        method="GET",
        path="/api/v1/webhooks/deliveries",
        handler=deliveries.list_deliveries,
        id="listDeliveries",
        tag="Webhooks",
        summary="List deliveries, newest first",
        parameters=parameters.PAGE_OF_DELIVERIES,
        answers={200: DocumentedResponse(description="A page.", schema=schemas.DeliveryPage)},
        refusals=(domain.InvalidInputError,),
    ),
    Operation(
        method="POST",
        path="/api/v1/webhooks/deliveries/recover",
        handler=deliveries.recover,
        id="recoverDeliveries",
        tag="Webhooks",
        summary="Try everything once more that failed, of what came to be since a time",
        body=schemas.RecoverRequest,
        answers={202: DocumentedResponse(description="They are on their way.", schema=schemas.Recovered)},
        refusals=(
            domain.InvalidInputError,
            domain.UnknownIdError,
            domain.EndpointClosedError,
            domain.RecoveryTooOldError,
            errors.BodyTooLargeError,
            errors.UnsupportedMediaTypeError,
        ),
    ),
    Operation(
        method="GET",
        path="/api/v1/webhooks/deliveries/{delivery_id}",
        handler=deliveries.read_delivery,
        id="getDelivery",
        tag="Webhooks",
        summary="Show a delivery with its tries",
        parameters=(parameters.DELIVERY_ID,),
        answers={200: DocumentedResponse(description="The delivery.", schema=schemas.DeliveryDetail)},
        refusals=(domain.UnknownIdError,),
    ),
    Operation(
        method="POST",
        path="/api/v1/webhooks/deliveries/{delivery_id}/redeliver",
        handler=deliveries.redeliver,
        id="redeliver",
        tag="Webhooks",
        summary="Try a delivery once more, now",
        parameters=(parameters.DELIVERY_ID,),
        answers={202: DocumentedResponse(description="It is due.", schema=schemas.Delivery, headers=("Location",))},
        refusals=(domain.UnknownIdError, domain.EndpointClosedError, domain.PayloadExpungedError),
    ),
    Operation(
        method="DELETE",
        path="/api/v1/webhooks/deliveries/{delivery_id}/payload",
        handler=deliveries.expunge,
        id="deletePayload",
        tag="Webhooks",
        summary="Delete the payload of a delivery; a pending one ends by it",
        parameters=(parameters.DELIVERY_ID,),
        answers={204: DocumentedResponse(description="It is no more.")},
        refusals=(domain.UnknownIdError,),
    ),
)
