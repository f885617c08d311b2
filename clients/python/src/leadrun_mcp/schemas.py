"""The bodies of tools, and their JSON Schemas: short, since an assistant reads them with every conversation."""

from functools import cache
from typing import Any

from pydantic import BaseModel, ConfigDict

_NOTHING = {"type": "null"}


class ToolArguments(BaseModel):
    """The arguments of a tool; one that is unknown is refused, for a cap that is misspelt must not be left out."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class ToolOutput(BaseModel):
    """The structured output of a tool; what is None is left out."""

    model_config = ConfigDict(frozen=True)


@cache
def schema_of(model: type[BaseModel]) -> dict[str, Any]:
    """Write the JSON Schema of a model."""
    written: dict[str, Any] = _short(model.model_json_schema(mode="validation"))
    return written


def _short(schema: Any) -> Any:  # noqa: ANN401 - any JSON
    """Leave out what means nothing to an assistant, and write an optional member as what it is when it is there."""
    if isinstance(schema, list):
        return [_short(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    kept = dict(schema)
    choices = kept.get("anyOf", [])
    if len(choices) == 2 and _NOTHING in choices and "default" in kept:  # noqa: PLR2004 - something or nothing
        [choice] = [one for one in choices if one != _NOTHING]
        del kept["anyOf"]
        kept = choice | kept
    if not kept.get("default", True):
        del kept["default"]  # nothing, or as good as nothing
    if "properties" in kept:
        kept.pop("description", None)  # of the class, for those who read its code
    # A member may be called `title` as well; its schema is no text.
    return {name: _short(value) for name, value in kept.items() if name != "title" or not isinstance(value, str)}
