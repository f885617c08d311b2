"""Writes the specification (OpenAPI 3.1) from the operations and the Structs of their bodies."""

import json
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import msgspec

from app.api.openapi.batch_upload import NAMED_BODIES
from app.api.openapi.headers import HEADERS
from app.api.openapi.operation import Operation, Shape, published_name, shapes
from app.api.openapi.portable import make_portable
from app.api.openapi.problem import Problem
from app.api.openapi.responses import described, error_examples, responses, unions
from app.dialects.batches.schemas import BatchEvent
from app.dialects.leadmodule.schemas import RunEventBody
from app.dialects.leadsonar.schemas import ContactEventBody, JobEventBody
from app.dialects.webhooks.schemas import EndpointDisabledEventBody, PingEventBody

TITLE = "leadrun"
# That of `leadrun up`.
DEFAULT_SERVER = "http://127.0.0.1:8000"
SUMMARY = "Contact enrichment over many e-mail and phone finders."
_TAGS = {
    "Enrichment": "Look up one contact, or a job of up to 100, in either dialect, and follow what becomes of them.",
    "Batches": "Uploads of up to 100 000 contacts as JSON, NDJSON or CSV.",
    "Account": "Credits, and the providers that the key reaches.",
    "Webhooks": "Where events are posted, what signs them, and what became of each. docs/webhooks.md shows receivers.",
    "Events": "What is posted to you.",
    "Operations": "For operators: health, metrics, this specification.",
}
_ABOUT = """\
Finds work e-mail addresses and phone numbers: each contact is taken through a waterfall of providers that stops at the
first verified hit.

**Keys.** Every operation but those for operators takes a key, as `Authorization: Bearer <key>` or `X-API-Key: <key>`. A
test key (`lm_test_…`, `ls_test_…`) reaches sandbox providers only and costs nothing.

**Credits.** The key's plan says the price: 1 a request on *leadmodule*; on *leadsonar* 1 for an e-mail address, 5 for a
phone number, 6 for both. A request is charged when it is accepted, or refused whole with 402 when the balance does not
cover it. What the cache answers, what joins a run in flight, and what ends without any provider asked costs nothing.

**Errors** are problem documents (RFC 9457) whose `type` leads to an explanation; `error` repeats the sentence.

**Rate limits.** Submissions and reads have budgets of their own in any 60 seconds; `RateLimit` tells what is left.
"""
_WEBHOOKS: dict[str, tuple[type[msgspec.Struct], str]] = {
    "runEnded": (RunEventBody, "Posted to `webhookUrl` when a run ends"),
    "jobCompleted": (JobEventBody, "Posted to a job's `webhook_url` when its last run has ended"),
    "contactCompleted": (
        ContactEventBody,
        "Posted to a job's `webhook_url` as each run ends, if `webhook_events` asks for it",
    ),
    "batchCompleted": (BatchEvent, "Posted to a batch's `webhook_url` when it is completed or cancelled"),
    "endpointTested": (PingEventBody, "Posted to an endpoint by `POST …/test`"),
    "endpointDisabled": (
        EndpointDisabledEventBody,
        "Posted to endpoints that listen to it when another one is disabled",
    ),
}


def specification(operations: Sequence[Operation], server: str = DEFAULT_SERVER) -> dict[str, Any]:
    """Build the document of the operations that are published.

    Args:
        operations: All of them.
        server: The URL at which clients reach the API.
    """
    published = [operation for operation in operations if operation.answers]
    paths: dict[str, dict[str, Any]] = {}
    for operation in published:
        paths.setdefault(operation.path, {})[operation.method.lower()] = _operation(operation)
    components = published_schemas(_structs(published))
    written = {
        "openapi": "3.1.0",
        "info": {
            "title": TITLE,
            "version": version_of_leadrun(),
            "summary": SUMMARY,
            "description": _ABOUT,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": server, "description": "Where this document was served."}],
        "tags": [
            {"name": name, "description": _TAGS[name]}
            for name in _TAGS
            if name in {"Events", *(one.tag for one in published)}
        ],
        "security": [{"bearer": []}, {"apiKey": []}],
        "paths": paths,
        "webhooks": {name: {"post": _webhook(name, *told)} for name, told in _WEBHOOKS.items()},
        "components": {
            "schemas": _requests(components, published),
            "headers": HEADERS,
            "examples": error_examples(),
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer", "description": "`Authorization: Bearer lm_live_…`"},
                "apiKey": {
                    "type": "apiKey",
                    "in": "header",
                    "name": "X-API-Key",
                    "description": "`X-API-Key: lm_live_…`",
                },
            },
        },
    }
    return make_portable(written)


def _requests(components: dict[str, Any], operations: Sequence[Operation]) -> dict[str, Any]:
    """Describe the absence of a member of a request, and sort the schemas by name.

    Generators of clients take a `default` for what must be there.
    """
    bodies = [body for one in operations for body in shapes(one.body)]
    requests = {*(published_name(body.__name__) for body in bodies), "ContactRequest", "BatchContact"}
    for name in requests:
        components[name]["properties"] = {
            member: _optional(schema) for member, schema in components[name]["properties"].items()
        }
    # Of two bodies at one path exactly one is meant: `contacts` makes a request one of the other dialect.
    components["RunRequest"]["not"] = {"required": ["contacts"], "properties": {"contacts": {}}}
    return dict(sorted((components | unions(components) | NAMED_BODIES).items()))


def _optional(schema: dict[str, Any]) -> dict[str, Any]:
    default = schema.get("default")
    rest = {keyword: value for keyword, value in schema.items() if keyword != "default"}
    return rest | (
        {"description": f"`{json.dumps(default)}` when absent."} if default not in (None, {}, [], "") else {}
    )


def specification_json(operations: Sequence[Operation]) -> bytes:
    """Write the document as it is kept in the repository."""
    return msgspec.json.format(msgspec.json.encode(specification(operations)), indent=2) + b"\n"


def _structs(operations: Sequence[Operation]) -> list[type[msgspec.Struct]]:
    """List the bodies of requests, successes, webhooks and errors, each once."""
    bodies = [shape for one in operations for shape in (one.body, *(answer.schema for answer in one.answers.values()))]
    events = [event for event, _ in _WEBHOOKS.values()]
    return list(dict.fromkeys([*(struct for body in bodies for struct in shapes(body)), *events, Problem]))


def published_schemas(structs: Sequence[type[msgspec.Struct]]) -> dict[str, Any]:
    """Describe Structs and those within them, by their published names.

    A Struct of the code may end in `Body` (`UsageBody`), so that no two classes of the tree share a name; what is
    published lacks that ending (`Usage`).
    """
    _, components = msgspec.json.schema_components(structs, ref_template="#/components/schemas/{name}")
    return {published_name(name): _renamed(schema) for name, schema in components.items()}


def _renamed(node: Any) -> Any:  # noqa: ANN401 - any JSON
    """Write the names of schemas without their ending, in titles and references."""
    if isinstance(node, list):
        return [_renamed(one) for one in node]
    if not isinstance(node, dict):
        return node
    return {
        key: published_name(value) if key in {"$ref", "title"} and isinstance(value, str) else _renamed(value)
        for key, value in node.items()
    }


def version_of_leadrun() -> str:
    """Return the installed version; 0.0.0 where leadrun runs from its sources without being installed."""
    try:
        return version("leadrun")
    except PackageNotFoundError:
        return "0.0.0"


def _operation(operation: Operation) -> dict[str, Any]:
    written: dict[str, Any] = {
        "operationId": operation.id,
        "tags": [operation.tag],
        "summary": operation.summary,
        "description": operation.description,
        "security": [{"bearer": []}, {"apiKey": []}] if operation.handler else [],
        "responses": responses(operation),
    }
    if operation.parameters:
        written["parameters"] = list(operation.parameters)
    if operation.body:
        written["requestBody"] = _body(operation.body, operation.texts)
    return written


def _body(shape: Shape, texts: tuple[tuple[str, dict[str, Any]], ...] = ()) -> dict[str, Any]:
    return {
        "required": True,
        "content": {"application/json": described(shape)} | {media: {"schema": schema} for media, schema in texts},
    }


def _webhook(name: str, schema: type[msgspec.Struct], summary: str) -> dict[str, Any]:
    headers = {
        "X-LeadModule-Event": "The event, such as `enrichment.completed`.",
        "webhook-id": "The same on every retry (Standard Webhooks).",
        "webhook-timestamp": "Seconds since 1970.",
        "webhook-signature": "`v1,<base64 HMAC-SHA256>`, one for each active secret, separated by blanks.",
    }
    return {
        "operationId": name,
        "tags": ["Events"],
        "summary": f"{summary}; answer 2xx within 15 s",
        "security": [],
        "parameters": [
            {"in": "header", "name": header, "required": True, "description": text, "schema": {"type": "string"}}
            for header, text in headers.items()
        ],
        "requestBody": _body(schema),
        "responses": {"2XX": {"description": "Delivered."}, "410": {"description": "Never send this again."}},
    }
