"""Write the specification in OpenAPI 3.0.3, for tools that do not read 3.1."""

from typing import Any

VERSION = "3.0.3"
# Of JSON Schema 2020-12, what 3.0 has no word for and what only bounds a value that is described besides.
_DROPPED = frozenset({"contentMediaType", "contentSchema", "contentEncoding", "propertyNames"})
# Keywords whose value is a schema, a list of schemas, or schemas by name.
_ONE = frozenset({"items", "not", "additionalProperties"})
_SEVERAL = frozenset({"anyOf", "oneOf", "allOf"})
_KEPT = frozenset(
    {
        *("type", "format", "title", "description", "default", "enum", "pattern", "required", "nullable", "deprecated"),
        *("minLength", "maxLength", "minimum", "maximum", "multipleOf", "minItems", "maxItems", "uniqueItems"),
        *("minProperties", "maxProperties", "readOnly", "writeOnly", "discriminator", "externalDocs", "xml", "example"),
    }
)
_NULL = {"type": "null"}
_LICENSE = "https://www.apache.org/licenses/LICENSE-2.0"


Schemas = dict[str, Any]


class DowngradeError(ValueError):
    """The document uses a word that this does not translate; teach `downgrade` what it becomes."""


def downgrade(document: dict[str, Any]) -> dict[str, Any]:
    """Return a document of OpenAPI 3.1 in 3.0.3.

    What is lost: requests that we send stand under `x-webhooks`, which some tools read; the names of members of an
    object without fixed ones, and the rows within an uploaded text, are not described.

    Raises:
        DowngradeError: A schema has a keyword that no rule is for.
    """
    information = {name: value for name, value in document["info"].items() if name != "summary"}
    information["license"] = {"name": document["info"]["license"]["name"], "url": _LICENSE}
    named = document["components"]["schemas"]
    rest = {name: one for name, one in document.items() if name not in {"openapi", "info", "webhooks"}}
    if "webhooks" in document:
        rest["x-webhooks"] = document["webhooks"]
    written: dict[str, Any] = _walked(rest, named)
    return {"openapi": VERSION, "info": information} | written


def _walked(node: Any, named: Schemas, name: str = "") -> Any:  # noqa: ANN401 - any JSON
    """Translate the schemas below a node that is none itself."""
    if isinstance(node, list):
        return [_walked(one, named) for one in node]
    if not isinstance(node, dict) or name in {"examples", "example"}:
        return node
    if name == "schemas":
        return {key: schema(one, named) for key, one in node.items()}
    return {key: schema(one, named) if key == "schema" else _walked(one, named, key) for key, one in node.items()}


def schema(given: dict[str, Any], named: Schemas) -> dict[str, Any]:
    """Return a schema of JSON Schema 2020-12 as a Schema Object of OpenAPI 3.0.3.

    Args:
        given: The schema.
        named: Those that it may refer to, by name.
    """
    rest = dict(given)
    if "$ref" in rest:
        reference = {"$ref": rest.pop("$ref")}
        # What stands with a reference is not read in 3.0.
        return {"allOf": [reference], **schema(rest, named)} if rest else reference
    written: dict[str, Any] = {}
    for keyword, value in _nullable(rest, named).items():
        written |= _keyword(keyword, value, named)
    if "enum" in written and "type" not in written:
        written["type"] = "string"
    return written


def _nullable(rest: dict[str, Any], named: Schemas) -> dict[str, Any]:
    """Write `null` among the types as `nullable`."""
    kinds = rest.get("type")
    if kinds == "null":
        return {**rest, "type": "string", "nullable": True, "enum": [None]}
    if isinstance(kinds, list):
        others = [kind for kind in kinds if kind != "null"]
        if len(others) > 1:
            raise DowngradeError(kinds)
        return {**rest, "type": others[0], "nullable": "null" in kinds}
    if _NULL in rest.get("anyOf", ()):
        outer = {name: value for name, value in rest.items() if name != "anyOf"}
        return outer | _or_null([one for one in rest["anyOf"] if one != _NULL], named)
    return rest


def _or_null(others: list[dict[str, Any]], named: Schemas) -> dict[str, Any]:
    if len(others) > 1:
        # `nullable` counts only together with a type.
        return {"anyOf": [one if "$ref" in one else {**one, "nullable": True} for one in others]}
    only = others[0]
    if "$ref" in only:
        target = named[only["$ref"].rsplit("/", 1)[1]]
        if "enum" not in target:
            # As generators read it: the named schema, or null.
            return {"type": target["type"], "allOf": [only], "nullable": True}
        only = {name: value for name, value in target.items() if name != "title"}
    return {**only, "nullable": True} | ({"enum": [*only["enum"], None]} if "enum" in only else {})


def _keyword(keyword: str, value: Any, named: Schemas) -> dict[str, Any]:  # noqa: ANN401, PLR0911 - a line a keyword
    if keyword in _ONE:
        return {keyword: value if isinstance(value, bool) else schema(value, named)}
    if keyword in _SEVERAL:
        return {keyword: [schema(one, named) for one in value]}
    if keyword == "properties":
        return {keyword: {name: schema(one, named) for name, one in value.items()}}
    if keyword in {"exclusiveMinimum", "exclusiveMaximum"}:
        return {keyword.removeprefix("exclusive").lower(): value, keyword: True}
    if keyword == "const":
        return {"enum": [value]}
    if keyword == "examples":
        return {"example": value[0]}
    if keyword in _DROPPED or (keyword == "required" and not value):
        return {}
    if keyword in _KEPT or keyword.startswith("x-"):
        return {keyword: value}
    raise DowngradeError(keyword)
