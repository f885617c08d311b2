"""The specification in OpenAPI 3.0.3: each word of 3.1 becomes what 3.0 says for it, and none is passed on unseen."""

from typing import Any

import pytest
from openapi_schema_validator import OAS30Validator, OAS31Validator

from app.api.openapi.downgrade import DowngradeError, downgrade, schema
from app.api.openapi.portable import without_unused
from app.api.openapi.variants import VARIANTS, variant_of
from app.api.operations import operations
from app.domain.vocabulary import Dialect
from tests.rows import each_row

REF = {"$ref": "#/components/schemas/Run"}
NAMED: dict[str, Any] = {
    "Run": {"type": "object"},
    "Mode": {"enum": ["live", "test"], "title": "Mode", "type": "string"},
}
WORDS_OF_3_1 = frozenset(
    {
        *("const", "contentMediaType", "contentSchema", "contentEncoding", "propertyNames", "prefixItems", "contains"),
        *("if", "then", "else", "dependentRequired", "dependentSchemas", "patternProperties", "unevaluatedProperties"),
        *("unevaluatedItems", "$defs", "$schema", "$id", "$anchor", "$comment", "webhooks", "summary of info"),
    }
)
# Schemas of both versions, and values that both must judge alike.
VALUES: tuple[object, ...] = (
    None,
    0,
    1,
    2,
    -1,
    1.5,
    True,
    "",
    "a",
    "b",
    "aa",
    [],
    ["a"],
    [1],
    {},
    {"a": "x"},
    {"a": 1},
)


@each_row(
    ("given", "wanted"),
    [
        pytest.param({"type": "string"}, {"type": "string"}, id="unchanged"),
        pytest.param({"type": ["string", "null"]}, {"type": "string", "nullable": True}, id="a list of types"),
        pytest.param({"type": ["integer"]}, {"type": "integer", "nullable": False}, id="a list of one type"),
        pytest.param(
            {"anyOf": [{"type": "integer", "minimum": 1}, {"type": "null"}], "description": "x"},
            {"type": "integer", "minimum": 1, "description": "x", "nullable": True},
            id="a type or null",
        ),
        pytest.param(
            {"anyOf": [{"type": "string", "enum": ["a"]}, {"type": "null"}]},
            {"type": "string", "enum": ["a", None], "nullable": True},
            id="one of several words or null",
        ),
        pytest.param(
            {"anyOf": [{"type": "integer"}, {"type": "string"}, {"type": "null"}]},
            {"anyOf": [{"type": "integer", "nullable": True}, {"type": "string", "nullable": True}]},
            id="two types or null",
        ),
        pytest.param({"type": "null"}, {"type": "string", "nullable": True, "enum": [None]}, id="null alone"),
        pytest.param(
            {"anyOf": [REF, {"type": "null"}], "description": "x"},
            {"type": "object", "allOf": [REF], "nullable": True, "description": "x"},
            id="a reference or null",
        ),
        pytest.param(
            {"anyOf": [{"$ref": "#/components/schemas/Mode"}, {"type": "null"}]},
            {"type": "string", "enum": ["live", "test", None], "nullable": True},
            id="a reference to words or null",
        ),
        pytest.param(REF, REF, id="a reference"),
        pytest.param(REF | {"description": "x"}, {"allOf": [REF], "description": "x"}, id="a reference and a sibling"),
        pytest.param(
            {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1},
            {"type": "number", "minimum": 0, "exclusiveMinimum": True, "maximum": 1, "exclusiveMaximum": True},
            id="exclusive bounds",
        ),
        pytest.param({"type": "string", "const": "a"}, {"type": "string", "enum": ["a"]}, id="a constant"),
        pytest.param({"enum": ["a", "b"]}, {"enum": ["a", "b"], "type": "string"}, id="words without a type"),
        pytest.param(
            {"type": "string", "examples": ["a", "b"]}, {"type": "string", "example": "a"}, id="examples of a schema"
        ),
        pytest.param({"type": "object", "required": []}, {"type": "object"}, id="nothing required"),
        pytest.param(
            {"type": "object", "propertyNames": {"maxLength": 3}, "additionalProperties": {"type": ["string", "null"]}},
            {"type": "object", "additionalProperties": {"type": "string", "nullable": True}},
            id="members by any name",
        ),
        pytest.param(
            {"type": "object", "properties": {"const": {"const": "a"}, "items": {"type": ["string", "null"]}}},
            {
                "type": "object",
                "properties": {
                    "const": {"enum": ["a"], "type": "string"},
                    "items": {"type": "string", "nullable": True},
                },
            },
            id="members that are named as keywords",
        ),
        pytest.param(
            {"type": "string", "contentMediaType": "text/csv", "contentSchema": {"type": "array"}},
            {"type": "string"},
            id="what is within a text",
        ),
    ],
)
def test_a_schema_is_said_in_the_words_of_3_0(given: dict[str, Any], wanted: dict[str, Any]) -> None:
    assert schema(given, NAMED) == wanted


@each_row(
    "given",
    [
        {"type": ["string", "null"], "maxLength": 1},
        {"anyOf": [{"type": "integer", "minimum": 1}, {"type": "null"}]},
        {"anyOf": [{"type": "string", "enum": ["a"]}, {"type": "null"}]},
        {"anyOf": [{"type": "integer"}, {"type": "string"}, {"type": "null"}]},
        {"anyOf": [{"type": "array", "items": {"type": "string"}}, {"type": "null"}]},
        {"type": "null"},
        {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 2},
        {"type": "string", "const": "a"},
        {"type": "object", "properties": {"a": {"const": "x"}}, "required": ["a"]},
        {"type": "object", "additionalProperties": {"type": "string"}},
        {"type": "object", "additionalProperties": False},
        {"type": "array", "items": {"type": ["string", "null"]}, "minItems": 1},
        {"not": {"type": "string"}},
    ],
    ids=str,
)
def test_both_versions_judge_values_alike(given: dict[str, Any]) -> None:
    judged = {id(value): OAS31Validator(given).is_valid(value) for value in VALUES}
    assert True in judged.values()
    assert False in judged.values()
    assert {id(value): OAS30Validator(schema(given, NAMED)).is_valid(value) for value in VALUES} == judged


@pytest.mark.parametrize(
    "given", [{"if": {}}, {"type": ["string", "integer"]}, {"items": {"prefixItems": []}}], ids=str
)
def test_a_word_without_a_rule_is_an_error(given: dict[str, Any]) -> None:
    with pytest.raises(DowngradeError):
        schema(given, NAMED)


@pytest.mark.parametrize("dialect", [None, *Dialect])
def test_nothing_but_words_of_3_0_is_left(dialect: Dialect | None) -> None:
    older = next(one for one in VARIANTS if one.older and one.dialect is dialect)
    document = variant_of(operations(), older)
    assert document["openapi"] == "3.0.3"
    assert set(document) == {"openapi", "info", "servers", "tags", "security", "paths", "components", "x-webhooks"}
    assert set(document["info"]) == {"title", "version", "description", "license"}
    assert set(document["info"]["license"]) == {"name", "url"}
    waiting: list[tuple[str, Any]] = [("", document)]
    while waiting:
        name, node = waiting.pop()
        if isinstance(node, list):
            waiting += [(name, one) for one in node]
        elif isinstance(node, dict):
            if name not in {"properties", "example", "value"}:
                assert not WORDS_OF_3_1 & set(node), node
                assert not isinstance(node.get("type"), list), node
                assert "$ref" not in node or len(node) == 1, node
                assert node.get("exclusiveMinimum", True) is True, node
                assert "nullable" not in node or "type" in node, node
            waiting += list(node.items())


def test_both_versions_have_the_same_operations_and_components() -> None:
    for dialect in (None, *Dialect):
        newer, older = (variant_of(operations(), one) for one in VARIANTS if one.dialect is dialect)
        assert {path: set(methods) for path, methods in newer["paths"].items()} == {
            path: set(methods) for path, methods in older["paths"].items()
        }
        for part, named in older["components"].items():
            assert set(named) <= set(newer["components"][part])
        assert set(older["x-webhooks"]) == set(newer["webhooks"])
        assert without_unused(downgrade(newer)) == older
