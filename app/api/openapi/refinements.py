"""What the specification says of requests beyond the types of members: names, further members, whole bodies."""

import json
from collections.abc import Iterable
from typing import Any

from msgspec import Struct

from app.api.openapi.operation import published_name
from app.dialects.batches.schemas import BatchContact
from app.dialects.contact_reader import contact_names
from app.dialects.leadmodule.schemas import EnrichRequestBody
from app.dialects.leadsonar.request import CONTACTS
from app.dialects.leadsonar.schemas import ContactRequestBody
from app.dialects.patterns import BLANK_OR_EMPTY, NO_NUL
from app.dialects.webhooks.schemas import EndpointChangeBody

JSON_VALUE = "JsonValue"
_TEXT = {"pattern": NO_NUL}
_ANY = {"$ref": f"#/components/schemas/{JSON_VALUE}"}
_FURTHER = {"propertyNames": _TEXT, "additionalProperties": _ANY}
# PostgreSQL cannot hold the character NUL, wherever it stands. In words that generators of clients pass
# over, because they know no values that hold themselves.
_JSON_VALUE = {
    "title": JSON_VALUE,
    "description": "Any JSON whose texts are free of the character NUL, nested at most 32 levels deep.",
    "if": {"type": "object"},
    "then": _FURTHER,
    "else": {**_TEXT, "items": _ANY},
}


def _all_blank(names: Iterable[str]) -> dict[str, Any]:
    """Describe objects that have none of these members with anything in it."""
    return {"properties": {name: {"type": ["string", "null"], "pattern": BLANK_OR_EMPTY} for name in names}}


# Of two bodies exactly one is meant: the presence of `contacts` makes a request one of the other dialect.
_REFUSED: dict[str, dict[str, Any]] = {
    published_name(EnrichRequestBody.__name__): {
        "anyOf": [
            {"required": [CONTACTS], "properties": {CONTACTS: {}}},
            _all_blank(contact_names(EnrichRequestBody).values()),
        ]
    },
    BatchContact.__name__: _all_blank(BatchContact.__struct_fields__),
    published_name(EndpointChangeBody.__name__): {
        "required": ["replay"],
        "properties": {"replay": {"const": True}, "enabled": {"enum": [False, None]}},
    },
}


def _request(schema: dict[str, Any]) -> dict[str, Any]:
    """Describe an object of which every member may be absent that need not be there."""
    return schema | {"properties": {name: _optional(one) for name, one in schema["properties"].items()}} | _FURTHER


def _optional(schema: dict[str, Any]) -> dict[str, Any]:
    """Say in words what absence means: generators of clients take a `default` for what must be there."""
    default = schema.get("default")
    rest = {keyword: value for keyword, value in schema.items() if keyword != "default"}
    return rest | (
        {"description": f"`{json.dumps(default)}` when absent."} if default not in (None, {}, [], "") else {}
    )


def refine(components: dict[str, dict[str, Any]], bodies: Iterable[type[Struct]]) -> dict[str, dict[str, Any]]:
    """Add to the schemas what makes them exact.

    Args:
        components: Schemas by name, as they were made from structs.
        bodies: The structs of request bodies.

    Returns:
        All schemas by name, in order.
    """
    requests = {
        *(published_name(body.__name__) for body in bodies),
        published_name(ContactRequestBody.__name__),
        BatchContact.__name__,
    }
    refined = {name: _request(schema) if name in requests else schema for name, schema in components.items()}
    for name, refused in _REFUSED.items():
        refined[name] = refined[name] | {"not": refused}
    return dict(sorted((refined | {JSON_VALUE: _JSON_VALUE}).items()))
