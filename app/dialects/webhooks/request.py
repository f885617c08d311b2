"""Read the bodies that make, change and recover webhooks: every fault is named at once, nothing is guessed."""

from typing import Any

from app.dialects.body_reader import read_body, unknown_members
from app.dialects.webhooks.schemas import EndpointChangeBody, EndpointRequestBody, RecoverRequestBody
from app.domain.errors import FieldError
from app.domain.webhooks.endpoint import duplicate_names, header_problem


def read_new_endpoint(members: dict[str, Any]) -> tuple[EndpointRequestBody, list[FieldError], tuple[str, ...]]:
    """Read an endpoint that is made; the URL is not vetted.

    Returns:
        What is wanted, every fault, and warnings for the client.
    """
    faults: list[FieldError] = []
    body = read_body(EndpointRequestBody, members, faults)
    faults += _header_faults(body.headers)
    return body, faults, unknown_members(EndpointRequestBody, members)


def read_endpoint_change(members: dict[str, Any]) -> tuple[EndpointChangeBody, list[FieldError], tuple[str, ...]]:
    """Read what changes of an endpoint; the URL is not vetted.

    Returns:
        What is wanted, every fault, and warnings for the client.
    """
    faults: list[FieldError] = []
    body = read_body(EndpointChangeBody, members, faults)
    if body.replay and not body.enabled:
        faults.append(FieldError(field="replay", message="is only possible together with `enabled: true`"))
    faults += _header_faults(body.headers)
    return body, faults, unknown_members(EndpointChangeBody, members)


def read_recovery(members: dict[str, Any]) -> tuple[RecoverRequestBody, list[FieldError], tuple[str, ...]]:
    """Read which failed deliveries get one more attempt.

    Returns:
        What is wanted, every fault, and warnings for the client.
    """
    faults: list[FieldError] = []
    body = read_body(RecoverRequestBody, members, faults)
    return body, faults, unknown_members(RecoverRequestBody, members)


def _header_faults(headers: dict[str, Any] | None) -> list[FieldError]:
    faults = [(name, problem) for name, text in (headers or {}).items() if (problem := header_problem(name, text))]
    faults += [(name, "is named twice") for name in duplicate_names(headers or {})]
    return [FieldError(field=f"headers.{name[:100]}", message=message) for name, message in faults]
