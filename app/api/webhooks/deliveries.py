"""/webhooks/deliveries: what was sent, try by try, and asking for it again."""

from datetime import datetime
from typing import Any
from uuid import UUID

from litestar.response.base import ASGIResponse

from app.api.http.authentication import admit
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
from app.api.http.request_context import AnyRequest
from app.api.http.responses import json_answer, path_id
from app.dialects.body_reader import BodyReader, ignored
from app.domain.errors import InvalidInputError
from app.domain.webhooks.delivery import DeliveryState, Event
from app.domain.webhooks.delivery_log import DeliveryFilter, delivery_json, try_json

PATH = "/api/v1/webhooks/deliveries"
_RECOVERY = ("since", "endpointId", "runId")


async def list_deliveries(request: AnyRequest) -> ASGIResponse:
    """Show a page of the account's deliveries."""
    dependencies, principal = await admit(request)
    query = Query(request)
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
    found = await dependencies.deliveries.page(principal.account_id, wanted, limit=limit + 1, before=before)
    page = found[:limit]
    following = write_cursor(page[-1].id) if len(found) > limit else None
    return json_answer({"deliveries": [delivery_json(one) for one in page], "nextCursor": following})


async def read_delivery(request: AnyRequest) -> ASGIResponse:
    """Show a delivery with its tries."""
    dependencies, principal = await admit(request)
    found, tries = await dependencies.deliveries.get(principal.account_id, _id(request))
    return json_answer(delivery_json(found) | {"tries": [try_json(one) for one in tries]})


async def redeliver(request: AnyRequest) -> ASGIResponse:
    """Ask for a try of one delivery."""
    dependencies, principal = await admit(request)
    found = await dependencies.deliveries.redeliver(principal.account_id, _id(request))
    return json_answer(delivery_json(found), status=202, headers={"location": f"{PATH}/{found.id}"})


async def recover(request: AnyRequest) -> ASGIResponse:
    """Ask for a try of everything that failed since a time."""
    dependencies, principal = await admit(request)
    body = await read_object(request)
    since, endpoint_id, run_id = _recovery(body)
    count = await dependencies.deliveries.recover(
        principal.account_id, since=since, endpoint_id=endpoint_id, run_id=run_id
    )
    warnings = [ignored(name, _RECOVERY) for name in BodyReader(body).unknown(_RECOVERY)]
    return json_answer({"recovered": count} | ({"warnings": warnings} if warnings else {}), status=202)


async def expunge(request: AnyRequest) -> ASGIResponse:
    """Delete the payload of a delivery."""
    dependencies, principal = await admit(request)
    await dependencies.deliveries.expunge(principal.account_id, _id(request))
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


def _id(request: AnyRequest) -> UUID:
    return path_id(request, "delivery_id", "delivery")
