"""The parameters of the operations, as OpenAPI describes them."""

from typing import Any

from app.api.http import pagination
from app.api.http.prefer import MAX_WAIT
from app.dialects.timestamp import MAX_TIME
from app.domain.runs.run_filter import MAX_SEARCH, MIN_SEARCH
from app.domain.vocabulary import EnrichmentType, Mode, ResultStatus, RunStatus
from app.domain.webhooks.delivery import DeliveryState, Event


def parameter(where: str, name: str, description: str, schema: dict[str, Any]) -> dict[str, Any]:
    """Describe a parameter in `path`, `query` or `header`; a list in a query is one text with commas."""
    written = {"in": where, "name": name, "description": description, "schema": schema}
    # An empty parameter of a query counts as absent.
    written |= _KINDS.get(where, {})
    return written | ({"style": "form", "explode": False} if schema["type"] == "array" else {})


_KINDS: dict[str, dict[str, Any]] = {"path": {"required": True}, "query": {"allowEmptyValue": True}}
_ID = {"type": "string", "format": "uuid"}
TIME = {"type": "string", "format": "date-time", "maxLength": MAX_TIME}
_CURSOR = {"type": "string", "maxLength": pagination.CURSOR_LENGTH}


RUN_ID = parameter("path", "run_id", "Of the run.", _ID)
RUN_OR_JOB_ID = parameter("path", "run_id", "Of the run or job.", _ID)
BATCH_ID = parameter("path", "batch_id", "Of the batch.", _ID)
PREFER = parameter(
    "header",
    "Prefer",
    f"`wait=N` holds the request until the run ends or N (at most {MAX_WAIT}) seconds pass.",
    {"type": "string", "examples": ["wait=10"]},
)
PREFER_LOOKUP = parameter(
    "header",
    "Prefer",
    "`respond-async` answers 202 at once, with a run that goes on; `wait=N` after N seconds if not sooner.",
    {"type": "string", "examples": ["respond-async"]},
)
IDEMPOTENCY = parameter(
    "header",
    "Idempotency-Key",
    "The first answer is kept and replayed byte for byte. Printable ASCII, bare or as a string of RFC 9651.",
    {"type": "string", "minLength": 1, "maxLength": 255},
)
WAIT = parameter(
    "query", "wait", "Seconds to wait for the end of the run.", {"type": "integer", "minimum": 0, "maximum": MAX_WAIT}
)


def _filters(what: str, search: str) -> tuple[dict[str, Any], ...]:
    """Document the filters that lists have alike."""
    return (
        parameter(
            "query",
            "mode",
            f"Only {what} of this mode; a key sees its own.",
            {"type": "string", "enum": [mode.value for mode in Mode]},
        ),
        parameter(
            "query",
            "enrichmentType",
            f"Only {what} of this type.",
            {"type": "string", "enum": [kind.value for kind in EnrichmentType]},
        ),
        parameter("query", "key", f"Only {what} of this key: its id, or how its text begins.", {"type": "string"}),
        parameter(
            "query", "domain", f"Only {what} for this company.", {"type": "string", "examples": ["acme.example"]}
        ),
        parameter(
            "query",
            "q",
            search,
            {"type": "string", "minLength": MIN_SEARCH, "maxLength": MAX_SEARCH, "examples": ["smith"]},
        ),
        parameter("query", "createdAfter", f"Only {what} created after this time.", TIME),
        parameter("query", "createdBefore", f"Only {what} created before this time.", TIME),
    )


PAGE = (
    parameter("query", "status", "Only runs of this status.", {"type": "string", "enum": [s.value for s in RunStatus]}),
    parameter(
        "query",
        "resultStatus",
        "Only runs that came to this.",
        {"type": "string", "enum": [s.value for s in ResultStatus]},
    ),
    *_filters("runs", "Only runs whose name, last name, company domain, found address or id begins so, in any case."),
    parameter(
        "query",
        "limit",
        "Runs a page.",
        {"type": "integer", "minimum": 1, "maximum": pagination.MAX_LIMIT, "default": pagination.DEFAULT_LIMIT},
    ),
    parameter("query", "cursor", "`nextCursor` of the page before.", _CURSOR),
)
PAGE_OF_JOBS = (
    *_filters(
        "those",
        "Only those whose id begins so, or the name, last name, company domain or found address of a contact in it.",
    ),
    parameter(
        "query",
        "limit",
        "Jobs a page.",
        {"type": "integer", "minimum": 1, "maximum": pagination.MAX_LIMIT, "default": pagination.DEFAULT_LIMIT},
    ),
    parameter("query", "cursor", "`next_cursor` of the page before.", _CURSOR),
)
KEY_ID = parameter("path", "key_id", "Of the key.", _ID)
ENDPOINT_ID = parameter("path", "endpoint_id", "Of the endpoint.", _ID)
DELIVERY_ID = parameter("path", "delivery_id", "Of the delivery.", _ID)
PAGE_OF_DELIVERIES = (
    *(
        parameter("query", name, f"Only deliveries {whose}.", _ID)
        for name, whose in (
            ("runId", "about this run"),
            ("jobId", "about this job, or about a run of it"),
            ("endpointId", "to this endpoint"),
        )
    ),
    parameter(
        "query", "state", "Only deliveries in this state.", {"type": "string", "enum": [s.value for s in DeliveryState]}
    ),
    parameter("query", "event", "Only this event.", {"type": "string", "enum": [event.value for event in Event]}),
    *(
        parameter("query", name, f"Only deliveries that came to be {when}.", TIME)
        for name, when in (("createdAfter", "after this time"), ("createdBefore", "before this time"))
    ),
    parameter(
        "query",
        "limit",
        "Deliveries a page.",
        {"type": "integer", "minimum": 1, "maximum": pagination.MAX_LIMIT, "default": pagination.DEFAULT_LIMIT},
    ),
    parameter("query", "cursor", "`nextCursor` of the page before.", _CURSOR),
)
RESULTS_FORMAT = parameter(
    "query", "format", "Instead of the `Accept` header.", {"type": "string", "enum": ["json", "ndjson", "csv", "xlsx"]}
)
FORMULAS = parameter(
    "query",
    "formulas",
    "Of CSV: `escape` puts an apostrophe before cells that a spreadsheet would run; `keep` leaves every cell as it is.",
    {"type": "string", "enum": ["escape", "keep"], "default": "escape"},
)
BOM = parameter(
    "query",
    "bom",
    "Of CSV in UTF-8 or UTF-16: whether it begins with a byte order mark, by which Excel on Windows knows it. Unless "
    "given, as the upload has it.",
    {"type": "boolean"},
)
LAST_EVENT = parameter("header", "Last-Event-ID", "Go on after this event.", {"type": "string"})
