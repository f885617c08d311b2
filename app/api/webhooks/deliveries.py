"""/webhooks/deliveries: each delivery with its attempts, redelivery and recovery."""

from datetime import datetime
from typing import Any
from uuid import UUID

from litestar.response.base import ASGIResponse

from app.api.http.authentication import AuthenticatedRequest
from app.api.http.errors import BodyTooLargeError, UnsupportedMediaTypeError
from app.api.http.json_body import Query, read_object
from app.api.http.pagination import (
    NO_ID,
    NO_TIME,
    choice_of,
    cursor_of,
    id_of,
    limit_of,
    read_time,
    time_of,
    write_cursor,
)
from app.api.http.responses import json_answer, path_id
from app.api.openapi import parameters
from app.api.openapi.operation import BASE, DocumentedResponse, operation
from app.dialects.member_names import ignored
from app.dialects.members import BodyReader
from app.dialects.webhooks import schemas
from app.domain.errors import (
    EndpointClosedError,
    InvalidInputError,
    PayloadExpungedError,
    RecoveryTooOldError,
    UnknownIdError,
)
from app.domain.webhooks.delivery import DeliveryState, Event
from app.domain.webhooks.delivery_log import DeliveryFilter, delivery_json, try_json

PATH = f"{BASE}/webhooks/deliveries"
_RECOVERY = ("since", "endpointId", "runId")


@operation(
    "GET",
    "/webhooks/deliveries",
    parameters=parameters.PAGE_OF_DELIVERIES,
    answers={200: DocumentedResponse(description="A page.", schema=schemas.DeliveryPage)},
    refuses=(InvalidInputError,),
)
async def list_deliveries(request: AuthenticatedRequest) -> ASGIResponse:
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
    found = await request.dependencies.deliveries.page(request.account_id, wanted, limit=limit + 1, before=before)
    page = found[:limit]
    following = write_cursor(page[-1].id) if len(found) > limit else None
    return json_answer({"deliveries": [delivery_json(one) for one in page], "nextCursor": following})


@operation(
    "GET",
    "/webhooks/deliveries/{delivery_id}",
    parameters=(parameters.DELIVERY_ID,),
    answers={200: DocumentedResponse(description="The delivery.", schema=schemas.DeliveryDetail)},
    refuses=(UnknownIdError,),
)
async def get_delivery(request: AuthenticatedRequest) -> ASGIResponse:
    """Show a delivery with its tries."""
    found, tries = await request.dependencies.deliveries.get(request.account_id, _id(request))
    return json_answer(delivery_json(found) | {"tries": [try_json(one) for one in tries]})


@operation(
    "POST",
    "/webhooks/deliveries/{delivery_id}/redeliver",
    parameters=(parameters.DELIVERY_ID,),
    answers={202: DocumentedResponse(description="It is due.", schema=schemas.Delivery, headers=("Location",))},
    refuses=(UnknownIdError, EndpointClosedError, PayloadExpungedError),
)
async def redeliver(request: AuthenticatedRequest) -> ASGIResponse:
    """Try a delivery once more, now."""
    found = await request.dependencies.deliveries.redeliver(request.account_id, _id(request))
    return json_answer(delivery_json(found), status=202, headers={"location": f"{PATH}/{found.id}"})


@operation(
    "POST",
    "/webhooks/deliveries/recover",
    body=schemas.RecoverRequest,
    answers={202: DocumentedResponse(description="They are on their way.", schema=schemas.Recovered)},
    refuses=(
        InvalidInputError,
        UnknownIdError,
        EndpointClosedError,
        RecoveryTooOldError,
        BodyTooLargeError,
        UnsupportedMediaTypeError,
    ),
)
async def recover_deliveries(request: AuthenticatedRequest) -> ASGIResponse:
    """Try everything once more that failed, of what came to be since a time."""
    body = await read_object(request.http)
    since, endpoint_id, run_id = _recovery(body)
    count = await request.dependencies.deliveries.recover(
        request.account_id, since=since, endpoint_id=endpoint_id, run_id=run_id
    )
    warnings = [ignored(name, _RECOVERY) for name in BodyReader(body).unknown(_RECOVERY)]
    return json_answer({"recovered": count} | ({"warnings": warnings} if warnings else {}), status=202)


@operation(
    "DELETE",
    "/webhooks/deliveries/{delivery_id}/payload",
    parameters=(parameters.DELIVERY_ID,),
    answers={204: DocumentedResponse(description="It is no more.")},
    refuses=(UnknownIdError,),
)
async def delete_payload(request: AuthenticatedRequest) -> ASGIResponse:
    """Delete the payload of a delivery; a pending one ends by it."""
    await request.dependencies.deliveries.expunge(request.account_id, _id(request))
    return ASGIResponse(status_code=204)


def _recovery(body: dict[str, Any]) -> tuple[datetime, UUID | None, UUID | None]:
    reader = BodyReader(body)
    text = reader.text("since")
    since = read_time(text) if text else None
    if since is None and not reader.problems:
        reader.wrong("since", "is required" if text is None else NO_TIME)
    ids: dict[str, UUID | None] = {}
    for name in _RECOVERY[1:]:
        text = reader.text(name)
        try:
            ids[name] = UUID(text) if text is not None else None
        except ValueError:
            reader.wrong(name, NO_ID)
    if reader.problems or since is None:
        raise InvalidInputError(reader.problems)
    return since, ids["endpointId"], ids["runId"]


def _id(request: AuthenticatedRequest) -> UUID:
    return path_id(request.http, "delivery_id", "delivery")
