"""/webhooks/endpoints: where an account wants its events, made, changed, tested and deleted."""

from typing import Any
from uuid import UUID

from litestar.response.base import ASGIResponse

from app.api.accounts.account import secrets_answer
from app.api.http.authentication import admit
from app.api.http.dependencies import Dependencies
from app.api.http.json_body import read_object
from app.api.http.request_context import AnyRequest
from app.api.http.responses import json_answer, path_id
from app.api.webhooks.endpoint_body import parse_endpoint
from app.domain.errors import FieldError, InvalidInputError
from app.domain.runs.view import timestamp
from app.domain.webhooks.delivery_log import delivery_json
from app.egress import Unresolved, UrlRejected
from app.usecases.webhooks.manage_endpoints import EndpointChange, EndpointView
from app.usecases.webhooks.signing_secrets import read_webhook_secrets, rotate_webhook_secret

PATH = "/api/v1/webhooks/endpoints"


async def create_endpoint(request: AnyRequest) -> ASGIResponse:
    """Make an endpoint."""
    dependencies, principal = await admit(request)
    wanted, warnings = await _wanted(dependencies, request, new=True)
    made = await dependencies.endpoints.create(principal.account_id, wanted)
    return json_answer(_json(made, warnings=warnings), status=201, headers={"location": f"{PATH}/{made.endpoint.id}"})


async def list_endpoints(request: AnyRequest) -> ASGIResponse:
    """Show the account's endpoints; they are few."""
    dependencies, principal = await admit(request)
    return json_answer({"endpoints": [_json(one) for one in await dependencies.endpoints.list(principal.account_id)]})


async def read_endpoint(request: AnyRequest) -> ASGIResponse:
    """Show an endpoint."""
    dependencies, principal = await admit(request)
    return json_answer(_json(await dependencies.endpoints.get(principal.account_id, _id(request))))


async def change_endpoint(request: AnyRequest) -> ASGIResponse:
    """Change the members that are given, and leave the others."""
    dependencies, principal = await admit(request)
    wanted, warnings = await _wanted(dependencies, request, new=False)
    changed, replayed = await dependencies.endpoints.change(principal.account_id, _id(request), wanted)
    return json_answer(_json(changed, warnings=warnings) | ({"replayed": replayed} if wanted.replay else {}))


async def delete_endpoint(request: AnyRequest) -> ASGIResponse:
    """Delete an endpoint."""
    dependencies, principal = await admit(request)
    await dependencies.endpoints.delete(principal.account_id, _id(request))
    return ASGIResponse(status_code=204)


async def test_endpoint(request: AnyRequest) -> ASGIResponse:
    """Send a ping."""
    dependencies, principal = await admit(request)
    owed = await dependencies.endpoints.test(principal.account_id, _id(request))
    return json_answer(delivery_json(owed), status=202, headers={"location": f"/api/v1/webhooks/deliveries/{owed.id}"})


async def read_endpoint_secret(request: AnyRequest) -> ASGIResponse:
    """Show the secrets that sign what an endpoint gets."""
    dependencies, principal = await admit(request)
    return secrets_answer(await read_webhook_secrets(dependencies.services, principal.account_id, _id(request)))


async def rotate_endpoint_secret(request: AnyRequest) -> ASGIResponse:
    """Make a new secret for an endpoint; the one before keeps signing for 24 hours."""
    dependencies, principal = await admit(request)
    return secrets_answer(await rotate_webhook_secret(dependencies.services, principal.account_id, _id(request)))


async def _wanted(
    dependencies: Dependencies, request: AnyRequest, *, new: bool
) -> tuple[EndpointChange, tuple[str, ...]]:
    """Read the body and vet the URL; a name that does not resolve now may do so when there is something to tell."""
    wanted, problems, warnings = parse_endpoint(await read_object(request), new=new)
    match await dependencies.vetting.vet_url(wanted.url) if isinstance(wanted.url, str) else None:
        case UrlRejected(reason=reason):
            problems.append(FieldError(field="url", message=reason))
        case Unresolved(reason=reason):
            warnings = (*warnings, f"url: {reason}")
        case _:
            pass
    if problems:
        raise InvalidInputError(problems)
    return wanted, warnings


def _id(request: AnyRequest) -> UUID:
    return path_id(request, "endpoint_id", "endpoint")


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
