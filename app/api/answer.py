"""Writes answers: JSON bytes with their headers."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import msgspec
from litestar.response.base import ASGIResponse

from app.api.visit import AnyRequest
from app.domain.errors import UnknownId

encode = msgspec.json.Encoder().encode


def json_answer(value: Any, *, status: int = 200, headers: Mapping[str, str] | None = None) -> ASGIResponse:  # noqa: ANN401 - any JSON
    """Answer with a value as JSON."""
    return ASGIResponse(
        body=encode(value), status_code=status, media_type="application/json", headers=dict(headers or {})
    )


def run_id_of(request: AnyRequest) -> UUID:
    """Read the run's id from the path; what is no UUID belongs to nobody.

    Raises:
        UnknownId: It cannot be one.
    """
    try:
        return UUID(request.path_params["run_id"])
    except ValueError:
        raise UnknownId("run") from None
