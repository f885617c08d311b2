"""The headers of answers, as the specification describes them."""

from typing import Any

# Of every answer to a key.
QUOTA = ("RateLimit-Policy", "RateLimit", "X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset")

HEADERS: dict[str, dict[str, Any]] = {
    "X-Request-Id": {
        "description": "Names the request in our logs; yours if you send one.",
        "schema": {"type": "string", "minLength": 1, "maxLength": 200},
    },
    "RateLimit-Policy": {
        "description": "Budgets of the key (draft-ietf-httpapi-ratelimit-headers-11).",
        "schema": {"type": "string", "examples": ['"default";q=60;w=60']},
    },
    "RateLimit": {
        "description": "What is left, and seconds until the next place is free.",
        "schema": {"type": "string", "examples": ['"default";r=12;t=31']},
    },
    "X-RateLimit-Limit": {
        "description": "Submissions in any window.",
        "schema": {"type": "integer", "minimum": 0, "examples": [60]},
    },
    "X-RateLimit-Remaining": {
        "description": "Submissions left now.",
        "schema": {"type": "integer", "minimum": 0, "examples": [12]},
    },
    "X-RateLimit-Reset": {
        "description": "When the next place is free, in seconds since 1970.",
        "schema": {"type": "integer", "minimum": 0, "examples": [1795382430]},
    },
    "ETag": {
        "description": "Of this version; send it as `If-None-Match` (RFC 9110).",
        "schema": {"type": "string", "examples": ['"6f1ed002ab5595859014ebf0951522d9"']},
    },
    "Access-Control-Allow-Origin": {
        "description": "Pages of any origin may read this document, and no other answer.",
        "schema": {"type": "string", "const": "*"},
    },
    "Location": {
        "description": "Of what was made.",
        "schema": {"type": "string", "format": "uri-reference"},
    },
    "Retry-After": {
        "description": "Whole seconds after which it makes sense to ask again.",
        "schema": {"type": "integer", "minimum": 1, "examples": [2]},
    },
    "X-Run-Id": {"description": "The run behind a look-up.", "schema": {"type": "string", "format": "uuid"}},
    "Preference-Applied": {
        "description": "Which preferences were honoured, and how (RFC 7240).",
        "schema": {"type": "string", "examples": ["wait=10"]},
    },
    "Idempotent-Replayed": {"description": "`true` on a replay.", "schema": {"type": "string", "const": "true"}},
    "WWW-Authenticate": {"description": "RFC 6750.", "schema": {"type": "string", "const": "Bearer"}},
    "Content-Disposition": {
        "description": "A name to save it by (RFC 6266).",
        "schema": {"type": "string", "examples": ['attachment; filename="batch.csv"']},
    },
}
