"""/keys: the API keys of an account in the mode of the key that asks, made, changed, rotated and revoked."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from msgspec import UNSET

from app.api.accounts.key_bodies import KeyBody, KeyChangeBody, KeyRequestBody, KeysBody, NewKeyBody
from app.api.http.authentication import AuthenticatedRequest
from app.api.http.errors import BodyTooLargeError, UnsupportedMediaTypeError
from app.api.http.json_body import Query, read_object
from app.api.http.responses import Answer, json_answer, path_id
from app.api.openapi import parameters
from app.api.openapi.operation import BASE, DocumentedResponse, operation
from app.dialects.body_reader import read_body, unknown_members
from app.dialects.timestamp import read_time
from app.domain.accounts.key_terms import KeyTerms, Scope, TooManyKeysError, read_network
from app.domain.errors import FieldError, InvalidInputError, UnknownIdError
from app.domain.time_text import timestamp
from app.usecases.accounts.manage_keys import GRACE, KeySummary
from app.usecases.accounts.own_keys import OwnKeys

PATH = f"{BASE}/keys"
MOST_HOURS = 24 * 366
_WRONG_BODY = (InvalidInputError, BodyTooLargeError, UnsupportedMediaTypeError)


_NEW = DocumentedResponse(description="The key.", schema=NewKeyBody, headers=("Location",))


@operation(
    "GET",
    "/keys",
    scope=Scope.ADMIN_KEYS,
    answers={200: DocumentedResponse(description="All of them.", schema=KeysBody)},
)
async def list_keys(request: AuthenticatedRequest) -> KeysBody:
    """List the keys."""
    return KeysBody(keys=[KeyBody(**_members(key)) for key in await _own(request).list()])


@operation(
    "POST",
    "/keys",
    scope=Scope.ADMIN_KEYS,
    body=KeyRequestBody,
    answers={201: _NEW},
    refuses=(*_WRONG_BODY, TooManyKeysError),
)
async def create_key(request: AuthenticatedRequest) -> Answer:
    """Make a key; it is shown this once."""
    faults: list[FieldError] = []
    members = await read_object(request.http)
    body = read_body(KeyRequestBody, members, faults)
    if faults:
        raise InvalidInputError(faults)
    mine = request.principal.terms
    terms = KeyTerms(
        name=body.name or "",
        scopes=_scopes(body.scopes) if body.scopes else mine.scopes,
        networks=_networks(body.networks) or mine.networks,
        expires_at=_end(request, body.expires_at) or mine.expires_at,
        rate_limit=body.rate_limit or mine.rate_limit,
    )
    text, key = await _own(request).create(terms)
    return _shown_once(text, key, unknown_members(KeyRequestBody, members))


@operation(
    "PATCH",
    "/keys/{key_id}",
    scope=Scope.ADMIN_KEYS,
    parameters=(parameters.KEY_ID,),
    body=KeyChangeBody,
    answers={200: DocumentedResponse(description="The key.", schema=KeyBody)},
    refuses=(*_WRONG_BODY, UnknownIdError),
)
async def change_key(request: AuthenticatedRequest) -> KeyBody:
    """Change a key; its text stays."""
    faults: list[FieldError] = []
    body = read_body(KeyChangeBody, await read_object(request.http), faults)
    if faults:
        raise InvalidInputError(faults)
    changes: dict[str, Any] = {
        "name": body.name,
        "scopes": _scopes(body.scopes) if body.scopes else None,
        "networks": None if body.networks is None else _networks(body.networks),
        "rate_limit": body.rate_limit,
    }
    changes = {name: value for name, value in changes.items() if value is not None}
    if body.expires_at is not UNSET:
        changes["expires_at"] = _end(request, body.expires_at)
    return KeyBody(**_members(await _own(request).change(_id(request), changes)))


@operation(
    "POST",
    "/keys/{key_id}/rotate",
    scope=Scope.ADMIN_KEYS,
    parameters=(
        parameters.KEY_ID,
        parameters.parameter(
            "query",
            "graceHours",
            "Hours for which the old key still works.",
            {"type": "integer", "minimum": 0, "maximum": MOST_HOURS, "default": GRACE // timedelta(hours=1)},
        ),
    ),
    answers={201: _NEW},
    refuses=(InvalidInputError, UnknownIdError),
    destructive=True,
)
async def rotate_key(request: AuthenticatedRequest) -> Answer:
    """Make a key in place of one, which lives on for a while."""
    query = Query(request.http)
    hours = query.whole("graceHours", 0, MOST_HOURS)
    query.check()
    text, key = await _own(request).rotate(_id(request), GRACE if hours is None else timedelta(hours=hours))
    return _shown_once(text, key)


@operation(
    "DELETE",
    "/keys/{key_id}",
    scope=Scope.ADMIN_KEYS,
    parameters=(parameters.KEY_ID,),
    answers={204: DocumentedResponse(description="It is revoked.")},
    refuses=(UnknownIdError,),
)
async def revoke_key(request: AuthenticatedRequest) -> Answer:
    """Revoke a key, even the one that asks; within a second no process accepts it."""
    await _own(request).revoke(_id(request))
    return Answer(status=204)


def _own(request: AuthenticatedRequest) -> OwnKeys:
    return OwnKeys(request.dependencies.services, request.principal)


def _id(request: AuthenticatedRequest) -> UUID:
    return path_id(request.http, "key_id", "key")


def _end(request: AuthenticatedRequest, text: str | None) -> datetime | None:
    """Read when a key is to end; one that has ended already was meant otherwise."""
    end = read_time(text) if text else None
    if end and end <= request.dependencies.services.now():
        fault = FieldError(field="expiresAt", message="must be in the future; to end a key now, revoke it with DELETE")
        raise InvalidInputError([fault])
    return end


def _scopes(names: list[str]) -> tuple[Scope, ...]:
    return tuple(scope for scope in Scope if scope.value in names)


def _networks(texts: list[str] | None) -> tuple[str, ...]:
    return tuple(network for text in texts or () if (network := read_network(text)))


def _members(key: KeySummary) -> dict[str, Any]:
    times = ("created_at", "last_used_at", "expires_at", "revoked_at")
    plain = ("id", "name", "plan", "mode", "scopes", "networks", "rate_limit")
    return (
        {name: getattr(key, name) for name in plain}
        | {name: timestamp(getattr(key, name)) for name in times}
        | {"prefix": key.display}
    )


def _shown_once(text: str, key: KeySummary, warnings: tuple[str, ...] = ()) -> Answer:
    body = NewKeyBody(**_members(key), api_key=text, warnings=list(warnings) or UNSET)
    return json_answer(body, status=201, headers={"location": f"{PATH}/{key.id}"})
