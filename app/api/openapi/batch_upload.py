"""The bodies and options of an upload, as the specification describes them."""

from typing import Any

from app.api.openapi.parameters import parameter
from app.dialects.batches import schemas
from app.dialects.member_types import (
    LEAST_COST,
    MAX_COST,
    MAX_FIELDS,
    MAX_PROVIDERS,
    MAX_WATERFALL_NAME,
    WATERFALL_NAME,
)
from app.domain.contacts.contact import MAX_URL
from app.domain.runs.batch import MAX_BYTES, MAX_ROWS
from app.domain.vocabulary import FINDABLE, FINDS
from app.providers.setup.registry import load_specs

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
FORM = "multipart/form-data"
# What the rows of a text are, once it is read.
_ROWS = {
    "type": "array",
    "minItems": 1,
    "maxItems": MAX_ROWS,
    "items": {"$ref": f"#/components/schemas/{schemas.BatchContact.__name__}"},
}
_FILE = {"type": "string", "format": "binary", "maxLength": MAX_BYTES}
_LINE = '{"first_name": "Jane", "last_name": "Smith", "domain": "acme.example"}\n'
TEXTS: tuple[tuple[str, dict[str, Any]], ...] = (
    *(
        (
            media,
            {
                "type": "string",
                "maxLength": MAX_BYTES,
                "description": f"{what}, such as\n\n```\n{example}```",
                "contentMediaType": media,
                "contentSchema": _ROWS,
            },
        )
        for media, what, example in (
            ("application/x-ndjson", "An object a line", _LINE),
            ("application/jsonl", "An object a line", _LINE),
            (
                "text/csv",
                "A line with the names of the columns, then a line for each contact; an empty cell is an absent member",
                "first_name,last_name,domain\r\nJane,Smith,acme.example\r\n",
            ),
        )
    ),
    (XLSX, {**_FILE, "description": "An Excel workbook."}),
    (FORM, {"$ref": "#/components/schemas/BatchForm"}),
)


_PROVIDERS = {
    "type": "array",
    "minItems": 1,
    "maxItems": MAX_PROVIDERS,
    "uniqueItems": True,
    "items": {"type": "string", "enum": [spec.slug for spec in load_specs()]},
}
_FLAG: dict[str, Any] = {"type": "boolean", "default": False}
OPTIONS = (
    parameter(
        "query",
        "fields",
        "What to look for.",
        {
            "type": "array",
            "minItems": 1,
            "maxItems": MAX_FIELDS,
            "items": {"type": "string", "enum": [field.value for field in FINDABLE]},
        },
    ),
    parameter(
        "query",
        "enrichment_type",
        "The same in one word.",
        {"type": "string", "enum": [kind.value for kind in FINDS]},
    ),
    parameter(
        "query",
        "webhook_url",
        "Where the end is posted: http(s) to a public address.",
        {"type": "string", "format": "uri", "maxLength": MAX_URL},
    ),
    parameter("query", "strict", "Refuse all where a single row is bad.", _FLAG),
    parameter(
        "query",
        "mapping",
        f"{schemas.MAPPING} Written as `member:column`, once for each column, or as one JSON object.",
        {"type": "string", "maxLength": 65_536, "examples": ["domain:Website"]},
    ),
    parameter("query", "sheet", schemas.SHEET, {"type": "string", "maxLength": 100}),
    parameter("query", "force_refresh", "Look up again although the cache has an answer.", _FLAG),
    parameter("query", "providers", "Only these, in this order.", _PROVIDERS),
    parameter(
        "query",
        "max_cost_usd",
        "Stop before the providers' charges for a contact pass it.",
        {"type": "number", "minimum": float(LEAST_COST), "maximum": float(MAX_COST)},
    ),
    parameter(
        "query",
        "waterfall",
        "The waterfall by which providers are asked: `tiers`, `cheapest`, `fastest`, or one of `GET /waterfalls`.",
        {"type": "string", "maxLength": MAX_WATERFALL_NAME, "pattern": WATERFALL_NAME, "examples": ["cheapest"]},
    ),
)
# Of an upload that is accepted.
QUOTED = (
    parameter("query", "quote_id", "The quote by which it is submitted.", {"type": "string", "format": "uuid"}),
    parameter("query", "stop_at_quote", "Stop it at the upper bounds of its quote, in USD and in credits.", _FLAG),
)
# By name: generators of clients give the inline body of an operation the name of its parameters.
NAMED_BODIES: dict[str, Any] = {
    "BatchForm": {
        "type": "object",
        "description": "A form with a file, and the options as further fields.",
        "required": ["file"],
        "properties": {
            "file": {**_FILE, "description": "In any of the other formats."},
            **{one["name"]: {**one["schema"], "description": one["description"]} for one in (*OPTIONS, *QUOTED)},
        },
    }
}
