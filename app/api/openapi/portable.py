"""Add what generators of clients and importers of collections ask for: formats of numbers, examples of parameters."""

from collections.abc import Iterator
from typing import Any

_INT32 = 2**31 - 1
_UUID = len("01a1fffb-6220-7a7d-aa50-16b73b8b9834")
# Values, not schemas.
_VALUES = frozenset({"example", "examples", "enum", "const", "default"})
# By name, where the schema alone would give an example that finds nothing or is refused; an empty text is as good as
# none.
_BY_NAME: dict[str, Any] = {
    "cursor": "",
    "webhook_url": "https://your-app.example/hook",
    "Idempotency-Key": "import-2026-11-row-1",
    "Last-Event-ID": "",
    "wait": 10,
    "status": "completed",
    "until": "2026-12-01T00:00:00Z",
    "createdBefore": "2026-12-01T00:00:00Z",
    "max_cost_usd": 0.05,
    "providers": ["hunter", "prospeo"],
    "provider": "dropcontact",
    "token": "a" * 43,
}
_BY_FORMAT = {"uuid": "01a1fffb-6220-7a7d-aa50-16b73b8b9834", "date-time": "2026-11-01T00:00:00Z"}


def make_portable(document: dict[str, Any]) -> dict[str, Any]:
    """Add to a document, in place, and return it."""
    for schema in _schemas(document):
        if (number := _format(schema)) is not None:
            schema.setdefault("format", number)
        if schema.get("format") == "uuid":
            schema.setdefault("maxLength", _UUID)
    for methods in document["paths"].values():
        for operation in methods.values():
            operation["parameters"] = [
                _with_example(one) | ({} if one.get("required") else {"required": False})
                for one in operation.get("parameters", ())
            ]
    return document


def without_unused(document: dict[str, Any]) -> dict[str, Any]:
    """Return a document without the components that nothing in it leads to."""
    parts: dict[str, dict[str, Any]] = document["components"]
    used: set[str] = set()
    waiting: list[Any] = [{name: value for name, value in document.items() if name != "components"}]
    while waiting:
        node = waiting.pop()
        if isinstance(node, list):
            waiting += node
        elif isinstance(node, dict):
            reference = node.get("$ref")
            if isinstance(reference, str) and reference not in used:
                used.add(reference)
                _, _, part, name = reference.split("/")
                waiting.append(parts[part][name])
            waiting += node.values()
    kept = {
        part: {name: one for name, one in named.items() if f"#/components/{part}/{name}" in used}
        for part, named in parts.items()
        if part != "securitySchemes"
    }
    return document | {"components": kept | {"securitySchemes": parts["securitySchemes"]}}


def _schemas(node: Any) -> Iterator[dict[str, Any]]:  # noqa: ANN401 - any JSON
    """Find every object that may be a schema."""
    if isinstance(node, list):
        for one in node:
            yield from _schemas(one)
    elif isinstance(node, dict):
        yield node
        for name, one in node.items():
            # A member of a body may have such a name too; then it is an object.
            if name not in _VALUES or (name != "examples" and isinstance(one, dict) and "type" in one):
                yield from _schemas(one)


def _format(schema: dict[str, Any]) -> str | None:
    """Return the width of a number (OpenAPI Format Registry)."""
    kind, most = schema.get("type"), schema.get("maximum")
    if kind == "number":
        return "double"
    if kind != "integer":
        return None
    return "int32" if isinstance(most, int) and most <= _INT32 and schema.get("minimum", 0) >= -_INT32 else "int64"


def _with_example(parameter: dict[str, Any]) -> dict[str, Any]:
    schema = parameter["schema"]
    return {**parameter, "example": _BY_NAME.get(parameter["name"], _example_of(schema))}


def _example_of(schema: dict[str, Any]) -> Any:  # noqa: ANN401 - a value of any schema
    if "default" in schema:
        return schema["default"]
    if given := schema.get("examples"):
        return given[0]
    if schema["type"] == "array":
        return [_example_of(schema["items"])]
    if "enum" in schema:
        return schema["enum"][0]
    if schema["type"] == "boolean":
        return False
    return _BY_FORMAT.get(schema.get("format", ""), schema.get("minimum", ""))
