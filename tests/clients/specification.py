"""The published specification, as tests of models read it."""

import json
from typing import Any

from tests.architecture.tree import ROOT

SPECIFICATION = json.loads((ROOT / "docs" / "openapi.json").read_text())
SCHEMAS = SPECIFICATION["components"]["schemas"]


def kinds(schema: dict[str, Any]) -> set[str]:
    """List the JSON types of a schema."""
    if "$ref" in schema:
        return kinds(SCHEMAS[schema["$ref"].rsplit("/", 1)[1]])
    if "anyOf" in schema or "oneOf" in schema:
        return {kind for one in [*schema.get("anyOf", ()), *schema.get("oneOf", ())] for kind in kinds(one)}
    kind = schema.get("type", "string" if "enum" in schema else "object")
    return set(kind) if isinstance(kind, list) else {kind}
