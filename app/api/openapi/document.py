"""Write the specification (OpenAPI 3.1) from the operations and the Structs of their bodies."""

import json
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import msgspec

from app.api.openapi.batch_upload import NAMED_BODIES
from app.api.openapi.dialects import ABOUT, of_dialect
from app.api.openapi.events import events_of, webhook
from app.api.openapi.headers import HEADERS
from app.api.openapi.operation import Operation, Shape, published_name, shapes
from app.api.openapi.portable import make_portable, without_unused
from app.api.openapi.problem import Problem
from app.api.openapi.responses import described, error_examples, error_responses, responses, unions
from app.domain.vocabulary import Dialect

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

**Rate limits.** Submissions and reads have budgets of their own in any 60 seconds; `RateLimit` shows what is left.
"""


def specification(
    operations: Sequence[Operation], server: str = DEFAULT_SERVER, dialect: Dialect | None = None
) -> dict[str, Any]:
    """Build the document of the operations that are published.

    Args:
        operations: All of them.
        server: The URL at which clients reach the API.
        dialect: The one to describe; None for both.
    """
    whole = [one for one in operations if one.answers]
    published = of_dialect(whole, dialect) if dialect else whole
    paths: dict[str, dict[str, Any]] = {}
    for operation in published:
        paths.setdefault(operation.path, {})[operation.method.lower()] = _operation(operation)
    events = events_of(dialect)
    # Of the whole, since also what is described in words refers to them; the unused ones are left out at the end.
    components = published_schemas(_structs(whole))
    written = {
        "openapi": "3.1.0",
        "info": {
            "title": TITLE,
            "version": version_of_leadrun(),
            "summary": SUMMARY,
            "description": f"{_ABOUT}\n{ABOUT[dialect]}\n" if dialect else _ABOUT,
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
        "webhooks": {name: {"post": webhook(name, event)} for name, event in events.items()},
        "components": {
            "schemas": _requests(components, whole),
            "responses": error_responses(published),
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
    return without_unused(make_portable(written))


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


def _structs(operations: Sequence[Operation]) -> list[type[msgspec.Struct]]:
    """List the bodies of requests, successes, webhooks and errors, each once."""
    bodies = [shape for one in operations for shape in (one.body, *(answer.schema for answer in one.answers.values()))]
    posted = [event.body for event in events_of(None).values()]
    return list(dict.fromkeys([*(struct for body in bodies for struct in shapes(body)), *posted, Problem]))


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
    if operation.destructive:
        written["x-leadrun-destructive"] = True
    if operation.parameters:
        written["parameters"] = list(operation.parameters)
    if operation.body:
        written["requestBody"] = _request_body(operation.body, operation.texts)
    return written


def _request_body(shape: Shape, texts: tuple[tuple[str, dict[str, Any]], ...]) -> dict[str, Any]:
    return {
        "required": True,
        "content": {"application/json": described(shape)} | {media: {"schema": schema} for media, schema in texts},
    }
