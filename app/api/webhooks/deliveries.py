"""/webhooks/deliveries: each delivery with its attempts, redelivery and recovery."""

from uuid import UUID

from msgspec import UNSET

from app.api.http.authentication import AuthenticatedRequest
from app.api.http.errors import BodyTooLargeError, UnsupportedMediaTypeError
from app.api.http.json_body import Query, read_object
from app.api.http.pagination import (
    choice_of,
    cursor_of,
    id_of,
    limit_of,
    time_of,
    write_cursor,
)
from app.api.http.responses import Answer, json_answer, path_id
from app.api.openapi import parameters
from app.api.openapi.operation import BASE, DocumentedResponse, operation
from app.dialects.timestamp import read_time
from app.dialects.webhooks.request import read_recovery
from app.dialects.webhooks.response import delivery_body, delivery_detail_body
from app.dialects.webhooks.schemas import (
    DeliveryBody,
    DeliveryDetailBody,
    DeliveryPageBody,
    RecoveredBody,
    RecoverRequestBody,
)
from app.domain.errors import (
    EndpointClosedError,
    InvalidInputError,
    PayloadExpungedError,
    RecoveryTooOldError,
    UnknownIdError,
)
from app.domain.webhooks.delivery import DeliveryState, Event
from app.domain.webhooks.delivery_log import DeliveryFilter

PATH = f"{BASE}/webhooks/deliveries"


@operation(
    "GET",
    "/webhooks/deliveries",
    parameters=parameters.PAGE_OF_DELIVERIES,
    answers={200: DocumentedResponse(description="A page.", schema=DeliveryPageBody)},
    refuses=(InvalidInputError,),
)
async def list_deliveries(request: AuthenticatedRequest) -> DeliveryPageBody:
    """List deliveries, newest first."""
    query = Query(request.http)
    limit, before = limit_of(query), cursor_of(query)
    wanted = DeliveryFilter(
        run_id=id_of(query, "runId"),
        job_id=id_of(query, "jobId"),
        endpoint_id=id_of(query, "endpointId"),
        state=choice_of(query, "state", DeliveryState),
        event=choice_of(query, "event", Event),
        created_after=time_of(query, "createdAfter"),
        created_before=time_of(query, "createdBefore"),
    )
    query.check()
    found = await request.dependencies.deliveries.page(request.owner, wanted, limit=limit + 1, before=before)
    page = found[:limit]
    following = write_cursor(page[-1].id) if len(found) > limit else None
    return DeliveryPageBody(deliveries=[delivery_body(one) for one in page], next_cursor=following)


@operation(
    "GET",
    "/webhooks/deliveries/{delivery_id}",
    parameters=(parameters.DELIVERY_ID,),
    answers={200: DocumentedResponse(description="The delivery.", schema=DeliveryDetailBody)},
    refuses=(UnknownIdError,),
)
async def get_delivery(request: AuthenticatedRequest) -> DeliveryDetailBody:
    """Show a delivery with its attempts."""
    found, tries = await request.dependencies.deliveries.get(request.owner, _id(request))
    return delivery_detail_body(found, tries)


@operation(
    "POST",
    "/webhooks/deliveries/{delivery_id}/redeliver",
    parameters=(parameters.DELIVERY_ID,),
    answers={202: DocumentedResponse(description="It is due.", schema=DeliveryBody, headers=("Location",))},
    refuses=(UnknownIdError, EndpointClosedError, PayloadExpungedError),
)
async def redeliver(request: AuthenticatedRequest) -> Answer:
    """Try a delivery once more, now."""
    found = await request.dependencies.deliveries.redeliver(request.owner, _id(request))
    return json_answer(delivery_body(found), status=202, headers={"location": f"{PATH}/{found.id}"})


@operation(
    "POST",
    "/webhooks/deliveries/recover",
    body=RecoverRequestBody,
    answers={202: DocumentedResponse(description="They are on their way.", schema=RecoveredBody)},
    refuses=(
        InvalidInputError,
        UnknownIdError,
        EndpointClosedError,
        RecoveryTooOldError,
        BodyTooLargeError,
        UnsupportedMediaTypeError,
    ),
)
async def recover_deliveries(request: AuthenticatedRequest) -> RecoveredBody:
    """Send once more what failed, of the deliveries created since a time."""
    wanted, faults, warnings = read_recovery(await read_object(request.http))
    since = None if faults else read_time(wanted.since)
    if since is None:
        raise InvalidInputError(faults)
    count = await request.dependencies.deliveries.recover(
        request.owner, since=since, endpoint_id=wanted.endpoint_id, run_id=wanted.run_id
    )
    return RecoveredBody(recovered=count, warnings=list(warnings) or UNSET)


@operation(
    "DELETE",
    "/webhooks/deliveries/{delivery_id}/payload",
    parameters=(parameters.DELIVERY_ID,),
    answers={204: DocumentedResponse(description="Deleted.")},
    refuses=(UnknownIdError,),
)
async def delete_payload(request: AuthenticatedRequest) -> Answer:
    """Delete the payload of a delivery; a pending one ends by it."""
    await request.dependencies.deliveries.expunge(request.owner, _id(request))
    return Answer(status=204)


def _id(request: AuthenticatedRequest) -> UUID:
    return path_id(request.http, "delivery_id", "delivery")
