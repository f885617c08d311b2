"""The specification (OpenAPI 3.1), generated from the table of operations and the schemas."""

from functools import cache
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import msgspec

from app.api.errors import PROBLEM_JSON, InternalError, NotAcceptable, status_of
from app.api.operation import Answer, Operation
from app.api.schemas import RunEvent
from app.api.schemas_service import Problem
from app.api.table import OPERATIONS, SCHEMAS
from app.domain.errors import RateLimited, Refusal, Unauthenticated, Unavailable

_TEMPLATE = "#/components/schemas/{name}"
_QUOTA = ("RateLimit-Policy", "RateLimit", "X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset")

HEADERS: dict[str, dict[str, Any]] = {
    "X-Request-Id": {
        "description": "Names the request in our logs; yours if you send one.",
        "schema": {"type": "string"},
    },
    "RateLimit-Policy": {
        "description": "Budgets of the key (draft-ietf-httpapi-ratelimit-headers-11).",
        "schema": {"type": "string", "examples": ['"default";q=60;w=60']},
    },
    "RateLimit": {
        "description": "What is left, and seconds until the next place is free.",
        "schema": {"type": "string", "examples": ['"default";r=12;t=31']},
    },
    "X-RateLimit-Limit": {"description": "Submissions in any window.", "schema": {"type": "integer"}},
    "X-RateLimit-Remaining": {"description": "Submissions left now.", "schema": {"type": "integer"}},
    "X-RateLimit-Reset": {
        "description": "When the next place is free, in seconds since 1970.",
        "schema": {"type": "integer"},
    },
    "Location": {"description": "Of the run.", "schema": {"type": "string", "format": "uri-reference"}},
    "Retry-After": {"description": "Whole seconds.", "schema": {"type": "integer", "minimum": 1}},
    "Preference-Applied": {"description": "RFC 7240.", "schema": {"type": "string"}},
    "Idempotent-Replayed": {"description": "`true` on a replay.", "schema": {"type": "string", "const": "true"}},
    "WWW-Authenticate": {"description": "RFC 6750.", "schema": {"type": "string", "const": "Bearer"}},
}
_OWN_HEADERS = {401: ("WWW-Authenticate",), 429: ("Retry-After",), 503: ("Retry-After",)}


@cache
def specification() -> dict[str, Any]:
    """Build the document."""
    paths: dict[str, dict[str, Any]] = {}
    for operation in OPERATIONS:
        paths.setdefault(operation.path, {})[operation.method.lower()] = _operation(operation)
    _, components = msgspec.json.schema_components(SCHEMAS, ref_template=_TEMPLATE)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "leadrun",
            "version": _version(),
            "summary": "Contact enrichment over many e-mail and phone finders.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "tags": [{"name": name} for name in dict.fromkeys(operation.tag for operation in OPERATIONS)],
        "paths": paths,
        "webhooks": {"runEnded": {"post": _webhook()}},
        "components": {
            "schemas": dict(sorted(components.items())),
            "headers": HEADERS,
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer", "description": "`Authorization: Bearer lm_live_…`"},
                "apiKey": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
            },
        },
    }


def specification_json() -> bytes:
    """Write the document as it is served and kept in the repository."""
    return msgspec.json.format(msgspec.json.encode(specification()), indent=2) + b"\n"


def _version() -> str:
    try:
        return version("leadrun")
    except PackageNotFoundError:
        return "0.0.0"


def _operation(operation: Operation) -> dict[str, Any]:
    written: dict[str, Any] = {
        "operationId": operation.id,
        "tags": [operation.tag],
        "summary": operation.summary,
        "security": [{"bearer": []}, {"apiKey": []}] if operation.auth else [],
        "responses": _responses(operation),
    }
    if operation.parameters:
        written["parameters"] = list(operation.parameters)
    if operation.body:
        written["requestBody"] = {
            "required": True,
            "content": {"application/json": {"schema": _ref(operation.body)}},
        }
    return written


def _responses(operation: Operation) -> dict[str, Any]:
    quota = _QUOTA if operation.auth else ()
    written = {str(status): _answer(answer, quota) for status, answer in operation.answers.items()}
    refusals: list[type[Refusal]] = [*operation.refusals, InternalError]
    if operation.auth:
        refusals += [Unauthenticated, NotAcceptable, RateLimited, Unavailable]
    by_status: dict[int, list[type[Refusal]]] = {}
    for refusal in refusals:
        by_status.setdefault(status_of(refusal), []).append(refusal)
    for status, kinds in sorted(by_status.items()):
        own = _OWN_HEADERS.get(status, ())
        kept = () if status == 401 else quota  # noqa: PLR2004 - who is not known has no budget
        written[str(status)] = {
            "description": "; ".join(dict.fromkeys(kind.title for kind in kinds)),
            "headers": _headers(("X-Request-Id", *own, *kept)),
            "content": {PROBLEM_JSON: {"schema": _ref(Problem)}},
        }
    return written


def _answer(answer: Answer, quota: tuple[str, ...]) -> dict[str, Any]:
    written: dict[str, Any] = {
        "description": answer.description,
        "headers": _headers(("X-Request-Id", *answer.headers, *quota)),
    }
    if answer.schema:
        written["content"] = {answer.media: {"schema": _ref(answer.schema)}}
    elif answer.media != "application/json":
        written["content"] = {answer.media: {"schema": {"type": "string"}}}
    elif answer.description.startswith("OpenAPI"):
        written["content"] = {answer.media: {"schema": {"type": "object"}}}
    return written


def _headers(names: tuple[str, ...]) -> dict[str, Any]:
    return {name: {"$ref": f"#/components/headers/{name}"} for name in dict.fromkeys(names)}


def _ref(schema: type[msgspec.Struct]) -> dict[str, str]:
    return {"$ref": _TEMPLATE.format(name=schema.__name__)}


def _webhook() -> dict[str, Any]:
    headers = {
        "X-LeadModule-Event": "The event, such as `enrichment.completed`.",
        "webhook-id": "The same on every retry (Standard Webhooks).",
        "webhook-timestamp": "Seconds since 1970.",
        "webhook-signature": "`v1,<base64 HMAC-SHA256>`, one for each active secret, separated by blanks.",
    }
    return {
        "operationId": "runEnded",
        "tags": ["Webhooks"],
        "summary": "Posted to `webhookUrl` when a run ends; answer 2xx within 15 s",
        "parameters": [
            {"in": "header", "name": name, "required": True, "description": text, "schema": {"type": "string"}}
            for name, text in headers.items()
        ],
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": _ref(RunEvent)}},
        },
        "responses": {"2XX": {"description": "Delivered."}, "410": {"description": "Never send this again."}},
    }
