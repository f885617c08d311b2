"""The parameters of the operations, as OpenAPI describes them."""

from typing import Any

from app.api.http import error_pages, pagination
from app.api.http.prefer import MAX_WAIT
from app.dialects import patterns
from app.domain.vocabulary import ResultStatus, RunStatus
from app.domain.webhooks.delivery import DeliveryState, Event


def _parameter(where: str, name: str, description: str, schema: dict[str, Any]) -> dict[str, Any]:
    parameter = {"in": where, "name": name, "description": description, "schema": schema}
    # An empty parameter of a query counts as absent.
    return parameter | _KINDS.get(where, {})


_KINDS: dict[str, dict[str, Any]] = {"path": {"required": True}, "query": {"allowEmptyValue": True}}
_ID = {"type": "string", "format": "uuid"}
_TIME = {"type": "string", "format": "date-time", "pattern": patterns.TIME}
_CURSOR = {"type": "string", "pattern": patterns.CURSOR}


RUN_ID = _parameter("path", "run_id", "Of the run.", _ID)
RUN_OR_JOB_ID = _parameter("path", "run_id", "Of the run or job.", _ID)
BATCH_ID = _parameter("path", "batch_id", "Of the batch.", _ID)
CODE = _parameter(
    "path", "code", "Last part of a problem's `type`.", {"type": "string", "enum": list(error_pages.PAGES)}
)
PROVIDER = _parameter("path", "provider", "Who posts.", {"type": "string"})
TOKEN = _parameter("path", "token", "Made for one look-up.", {"type": "string", "minLength": 43, "maxLength": 43})
PREFER = _parameter(
    "header",
    "Prefer",
    f"`wait=N` holds the request until the run ends or N (at most {MAX_WAIT}) seconds pass.",
    {"type": "string", "examples": ["wait=10"]},
)
PREFER_LOOKUP = _parameter(
    "header",
    "Prefer",
    "`respond-async` answers 202 at once, with a run that goes on; `wait=N` after N seconds if not sooner.",
    {"type": "string", "examples": ["respond-async"]},
)
IDEMPOTENCY = _parameter(
    "header",
    "Idempotency-Key",
    "The first answer is kept and replayed byte for byte.",
    {"type": "string", "minLength": 1, "maxLength": 255, "pattern": patterns.IDEMPOTENCY_KEY},
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
    _parameter("query", "createdAfter", "Only runs created after this time.", _TIME),
    _parameter(
        "query",
        "limit",
        "Runs a page.",
        {"type": "integer", "minimum": 1, "maximum": pagination.MAX_LIMIT, "default": pagination.DEFAULT_LIMIT},
    ),
    _parameter("query", "cursor", "`nextCursor` of the page before.", _CURSOR),
)
PAGE_OF_JOBS = (
    _parameter(
        "query",
        "limit",
        "Jobs a page.",
        {"type": "integer", "minimum": 1, "maximum": pagination.MAX_LIMIT, "default": pagination.DEFAULT_LIMIT},
    ),
    _parameter("query", "cursor", "`next_cursor` of the page before.", _CURSOR),
)
ENDPOINT_ID = _parameter("path", "endpoint_id", "Of the endpoint.", _ID)
DELIVERY_ID = _parameter("path", "delivery_id", "Of the delivery.", _ID)
PAGE_OF_DELIVERIES = (
    *(
        _parameter("query", name, f"Only deliveries {whose}.", _ID)
        for name, whose in (
            ("runId", "that tell of this run"),
            ("jobId", "that tell of this job, or of a run of it"),
            ("endpointId", "to this endpoint"),
        )
    ),
    _parameter(
        "query", "state", "Only deliveries in this state.", {"type": "string", "enum": [s.value for s in DeliveryState]}
    ),
    _parameter("query", "event", "Only this event.", {"type": "string", "enum": [event.value for event in Event]}),
    *(
        _parameter("query", name, f"Only deliveries that came to be {when}.", _TIME)
        for name, when in (("createdAfter", "after this time"), ("createdBefore", "before this time"))
    ),
    _parameter(
        "query",
        "limit",
        "Deliveries a page.",
        {"type": "integer", "minimum": 1, "maximum": pagination.MAX_LIMIT, "default": pagination.DEFAULT_LIMIT},
    ),
    _parameter("query", "cursor", "`nextCursor` of the page before.", _CURSOR),
)
LAST_EVENT = _parameter("header", "Last-Event-ID", "Go on after this event.", {"type": "string"})
