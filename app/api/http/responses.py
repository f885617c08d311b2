"""Writes answers: JSON bytes with their headers."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import msgspec
from litestar.response.base import ASGIResponse

from app.api.http.request_context import AnyRequest
from app.domain.errors import UnknownIdError

encode = msgspec.json.Encoder().encode


def json_answer(value: Any, *, status: int = 200, headers: Mapping[str, str] | None = None) -> ASGIResponse:  # noqa: ANN401 - any JSON
    """Answer with a value as JSON."""
    return ASGIResponse(
        body=encode(value), status_code=status, media_type="application/json", headers=dict(headers or {})
    )


def run_id_of(request: AnyRequest, what: str = "run") -> UUID:
    """Read the id of a run, or of what is served at its path as well, from the path.

    Raises:
        UnknownId: It cannot be one.
    """
    return path_id(request, "run_id", what)


def path_id(request: AnyRequest, name: str, what: str) -> UUID:
    """Read the id of something from the path; what is no UUID belongs to nobody.

    Raises:
        UnknownId: It cannot be one.
    """
    try:
        return UUID(request.path_params[name])
    except ValueError:
        raise UnknownIdError(what) from None
