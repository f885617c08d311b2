"""The parameters of the operations, as OpenAPI describes them."""

from typing import Any

from app.api import errorpages, runs
from app.api.prefer import MAX_WAIT
from app.domain.conclusion import ResultStatus
from app.domain.run import RunStatus


def _parameter(where: str, name: str, description: str, schema: dict[str, Any]) -> dict[str, Any]:
    parameter = {"in": where, "name": name, "description": description, "schema": schema}
    return parameter | ({"required": True} if where == "path" else {})


RUN_ID = _parameter("path", "run_id", "Of the run.", {"type": "string", "format": "uuid"})
CODE = _parameter(
    "path", "code", "Last part of a problem's `type`.", {"type": "string", "enum": list(errorpages.PAGES)}
)
PREFER = _parameter(
    "header",
    "Prefer",
    f"`wait=N` holds the request until the run ends or N (at most {MAX_WAIT}) seconds pass.",
    {"type": "string", "maxLength": 1000, "examples": ["wait=10"]},
)
IDEMPOTENCY = _parameter(
    "header",
    "Idempotency-Key",
    "The first answer is kept and replayed byte for byte.",
    {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!#-~][!-~ ]*$"},
)
WAIT = _parameter(
    "query", "wait", "Seconds to wait for the end of the run.", {"type": "integer", "minimum": 0, "maximum": MAX_WAIT}
)
PAGE = (
    _parameter(
        "query", "status", "Only runs of this status.", {"type": "string", "enum": [s.value for s in RunStatus]}
    ),
    _parameter(
        "query",
        "resultStatus",
        "Only runs that came to this.",
        {"type": "string", "enum": [s.value for s in ResultStatus]},
    ),
    _parameter(
        "query", "createdAfter", "Only runs created after this time.", {"type": "string", "format": "date-time"}
    ),
    _parameter(
        "query",
        "limit",
        "Runs a page.",
        {"type": "integer", "minimum": 1, "maximum": runs.MAX_LIMIT, "default": runs.DEFAULT_LIMIT},
    ),
    _parameter("query", "cursor", "`nextCursor` of the page before.", {"type": "string", "maxLength": 100}),
)
LAST_EVENT = _parameter("header", "Last-Event-ID", "Go on after this event.", {"type": "string", "maxLength": 4000})
