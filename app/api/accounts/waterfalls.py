"""/waterfalls: the rules by which providers are asked, by name."""

import re

from msgspec import UNSET

from app.api.accounts.waterfall_bodies import (
    WaterfallBody,
    WaterfallRequestBody,
    WaterfallsBody,
    unknown_in,
    waterfall_body,
    waterfall_of,
)
from app.api.http.authentication import AuthenticatedRequest
from app.api.http.errors import BodyTooLargeError, UnsupportedMediaTypeError
from app.api.http.json_body import read_object
from app.api.http.responses import Answer, json_answer
from app.api.openapi.operation import BASE, DocumentedResponse, operation
from app.api.openapi.parameters import parameter
from app.dialects.body_reader import read_body
from app.dialects.member_types import MAX_WATERFALL_NAME, WATERFALL_NAME
from app.domain.accounts.key_terms import Scope
from app.domain.errors import FieldError, InvalidInputError, UnknownIdError

_NAME = parameter(
    "path",
    "name",
    "Small letters, digits, - and _. Requests that name none follow the one called `default`.",
    {"type": "string", "maxLength": MAX_WATERFALL_NAME, "pattern": WATERFALL_NAME, "examples": ["cheap"]},
)
_SHAPE = re.compile(WATERFALL_NAME)
_ONE = DocumentedResponse(description="The waterfall.", schema=WaterfallBody)


@operation("GET", "/waterfalls", answers={200: DocumentedResponse(description="All of them.", schema=WaterfallsBody)})
async def list_waterfalls(request: AuthenticatedRequest) -> WaterfallsBody:
    """List the waterfalls that requests may name."""
    found = await request.dependencies.waterfalls.list(request.owner)
    return WaterfallsBody(waterfalls=[waterfall_body(one.waterfall, one.origin) for one in found])


@operation("GET", "/waterfalls/{name}", parameters=(_NAME,), answers={200: _ONE}, refuses=(UnknownIdError,))
async def get_waterfall(request: AuthenticatedRequest) -> WaterfallBody:
    """Show a waterfall."""
    found = await request.dependencies.waterfalls.get(request.owner, _name(request))
    return waterfall_body(found.waterfall, found.origin)


@operation(
    "PUT",
    "/waterfalls/{name}",
    scope=Scope.SUBMIT,
    parameters=(_NAME,),
    body=WaterfallRequestBody,
    answers={
        200: _ONE,
        201: DocumentedResponse(description="The new waterfall.", schema=WaterfallBody, headers=("Location",)),
    },
    refuses=(InvalidInputError, UnknownIdError, BodyTooLargeError, UnsupportedMediaTypeError),
)
async def put_waterfall(request: AuthenticatedRequest) -> Answer:
    """Make or change a waterfall of the account; look-ups that are accepted from now on follow it."""
    faults: list[FieldError] = []
    members = await read_object(request.http)
    body = read_body(WaterfallRequestBody, members, faults)
    if faults:
        raise InvalidInputError(faults)
    waterfall = waterfall_of(_name(request), body)
    is_new = await request.dependencies.waterfalls.put(request.owner, waterfall)
    headers = {"location": f"{BASE}/waterfalls/{waterfall.name}"} if is_new else {}
    shown = waterfall_body(waterfall, "account")
    shown.warnings = unknown_in(members) or UNSET
    return json_answer(shown, status=201 if is_new else 200, headers=headers)


@operation(
    "DELETE",
    "/waterfalls/{name}",
    scope=Scope.SUBMIT,
    parameters=(_NAME,),
    answers={204: DocumentedResponse(description="It is gone; look-ups under way keep its rules.")},
    refuses=(UnknownIdError,),
)
async def delete_waterfall(request: AuthenticatedRequest) -> Answer:
    """Delete a waterfall of the account."""
    await request.dependencies.waterfalls.remove(request.owner, _name(request))
    return Answer(status=204)


def _name(request: AuthenticatedRequest) -> str:
    name = str(request.http.path_params["name"])
    if len(name) > MAX_WATERFALL_NAME or not _SHAPE.fullmatch(name):
        raise UnknownIdError("waterfall")
    return name
