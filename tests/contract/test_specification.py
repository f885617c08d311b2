"""The specification: its examples are valid, its names clash with none, and it says all that there is."""

import re
from collections.abc import Iterator
from typing import Any

import jsonschema
import msgspec
import pytest

from app.api.openapi.batch_upload import XLSX
from app.api.openapi.document import specification
from app.api.operations import operations as declared
from app.domain.webhooks.delivery import Event
from tests.rows import each_row

SHARED = ("/api/v1/enrich", "post"), ("/api/v1/enrich/{run_id}", "get"), ("/api/v1/enrich/{run_id}/cancel", "post")
SPECIFICATION = specification(declared())
MADE = ("request", "response", "params", "parameters", "error", "data", "queryparams", "requestbody")


def examples() -> Iterator[Any]:
    """Every example next to a schema, wherever it stands in the document."""
    waiting: list[tuple[str, Any]] = [("", SPECIFICATION)]
    while waiting:
        place, node = waiting.pop()
        if isinstance(node, list):
            waiting += [(f"{place}/{index}", one) for index, one in enumerate(node)]
        if not isinstance(node, dict):
            continue
        waiting += [(f"{place}/{name}", one) for name, one in node.items()]
        if "schema" in node and isinstance(node.get("examples"), dict):
            for name, example in node["examples"].items():
                yield pytest.param(node["schema"], followed(example)["value"], id=f"{place}/{name}")
        if isinstance(node.get("examples"), list) and ("type" in node or "anyOf" in node):
            for index, value in enumerate(node["examples"]):
                yield pytest.param(node, value, id=f"{place}/{index}")


def followed(node: dict[str, Any]) -> dict[str, Any]:
    """Follow a reference to a component."""
    if "$ref" not in node:
        return node
    _, _, part, name = node["$ref"].split("/")
    found: dict[str, Any] = SPECIFICATION["components"][part][name]
    return found


@each_row(("schema", "value"), list(examples()))
def test_an_example_is_valid(schema: dict[str, Any], value: object) -> None:
    document = schema | {"components": SPECIFICATION["components"]}
    jsonschema.validate(value, document, format_checker=jsonschema.FormatChecker())


def operations() -> Iterator[Any]:
    """Every operation with its path and method."""
    for path, methods in SPECIFICATION["paths"].items():
        for method, operation in methods.items():
            yield pytest.param(path, method, operation, id=operation["operationId"])


@each_row(("path", "method", "operation"), list(operations()))
def test_every_operation_says_what_can_go_wrong(path: str, method: str, operation: dict[str, Any]) -> None:
    answers = {status: followed(answer) for status, answer in operation["responses"].items()}
    assert {"400", "500"} <= set(answers)
    if operation["security"]:
        assert {"401", "406", "429", "503"} <= set(answers)
        assert "Retry-After" in answers["429"]["headers"]
        assert "WWW-Authenticate" in answers["401"]["headers"]
        assert all("RateLimit" in answer["headers"] for status, answer in answers.items() if status != "401")
    refusals = [answer for status, answer in answers.items() if int(status) >= 400]
    assert all(answer["content"]["application/problem+json"]["examples"] for answer in refusals)
    body = operation.get("requestBody", {}).get("content", {}).get("application/json")
    assert body is None or body.get("examples") or "callbacks" in path, f"{method} {path} has no example of its body"


def test_only_what_anyone_may_read_needs_no_key() -> None:
    """A vendor's URL has its secret in it."""
    keyless = {
        path
        for path, methods in SPECIFICATION["paths"].items()
        for operation in methods.values()
        if not operation["security"]
    }
    assert keyless == {
        "/api/v1/callbacks/{provider}/{token}",
        "/api/v1/openapi.json",
        "/api/v1/openapi-3.0.json",
        "/errors/{code}",
        "/health/live",
        "/health/ready",
        "/metrics",
    }


def test_a_workbook_is_no_text() -> None:
    """Generated clients would decode it, and so break it."""
    results = SPECIFICATION["paths"]["/api/v1/batches/{batch_id}/results"]["get"]["responses"]["200"]["content"]
    upload = SPECIFICATION["paths"]["/api/v1/batches"]["post"]["requestBody"]["content"]
    assert [content[XLSX]["schema"]["format"] for content in (results, upload)] == ["binary", "binary"]
    assert "format" not in results["text/csv"]["schema"]


def test_both_dialects_are_told_apart_where_a_path_is_shared() -> None:
    for path, method in SHARED:
        operation = SPECIFICATION["paths"][path][method]
        shapes = operation.get("requestBody", operation["responses"]["200"])["content"]["application/json"]["schema"]
        assert len(SPECIFICATION["components"]["schemas"][shapes["$ref"].rsplit("/", 1)[1]]["oneOf"]) == 2


def test_no_name_that_a_generator_makes_clashes_with_one_of_ours() -> None:
    """Generators name the parameters and answers of an operation after it, in various ways."""
    parts = SPECIFICATION["components"]
    names = [name.casefold() for part in ("schemas", "responses") for name in parts[part]]
    assert len(names) == len(set(names))
    made = {operation.id.casefold() + ending for operation in declared() for ending in MADE}
    made |= {
        f"{operation.id}{status}{ending}".casefold()
        for operation in declared()
        for status in operation.answers
        for ending in MADE
    }
    assert not made & set(names)
    for methods in SPECIFICATION["paths"].values():
        for operation in methods.values():
            for kind in operation.get("requestBody", {}).get("content", {}).values():
                assert kind["schema"].get("type") != "object", operation["operationId"]
    tags = {tag["name"] for tag in SPECIFICATION["tags"]}
    assert not {tag.casefold() for tag in tags} & set(names)
    events = {webhook["post"]["tags"][0] for webhook in SPECIFICATION["webhooks"].values()}
    assert not events & {operation.tag for operation in declared()}


@each_row(("path", "method", "operation"), list(operations()))
def test_every_operation_and_parameter_can_be_tried_as_it_stands(
    path: str, method: str, operation: dict[str, Any]
) -> None:
    assert operation["description"].strip(), f"{method} {path}"
    for one in operation["parameters"]:
        assert one["description"].strip()
        assert one["required"] is (one["in"] == "path"), one["name"]
        if one["example"] != "":
            jsonschema.validate(one["example"], one["schema"], format_checker=jsonschema.FormatChecker())


def test_numbers_say_how_wide_they_are() -> None:
    def numbers(node: Any) -> Iterator[dict[str, Any]]:
        if isinstance(node, dict):
            if node.get("type") in ("integer", "number"):
                yield node
            for name, one in node.items():
                if name not in ("example", "examples"):
                    yield from numbers(one)
        elif isinstance(node, list):
            for one in node:
                yield from numbers(one)

    found = list(numbers(SPECIFICATION))
    assert len(found) > 50
    assert {one["format"] for one in found if one["type"] == "integer"} == {"int32", "int64"}
    assert {one["format"] for one in found if one["type"] == "number"} == {"double"}


def test_errors_are_components_and_patterns_are_read_alike_everywhere() -> None:
    answers = [
        (status, one)
        for methods in SPECIFICATION["paths"].values()
        for operation in methods.values()
        for status, one in operation["responses"].items()
    ]
    assert all("$ref" in one for status, one in answers if status >= "400")
    # No classes, escapes, looks around or quantifiers that PCRE, RE2, Java and JavaScript read differently, or not.
    patterns = set(re.findall(r'"pattern":"((?:[^"\\]|\\.)*)"', msgspec.json.encode(SPECIFICATION).decode()))
    assert patterns
    assert [one for one in patterns if re.search(r"\\|\(\?|[*+?}]\+|\[\^?\[", one)] == []


def test_operation_ids_are_unique() -> None:
    named = [operation["operationId"] for methods in SPECIFICATION["paths"].values() for operation in methods.values()]
    named += [webhook["post"]["operationId"] for webhook in SPECIFICATION["webhooks"].values()]
    assert len(named) == len(set(named))


def test_every_event_is_among_the_webhooks() -> None:
    told = set()
    for webhook in SPECIFICATION["webhooks"].values():
        reference = webhook["post"]["requestBody"]["content"]["application/json"]["schema"]["$ref"]
        kind = SPECIFICATION["components"]["schemas"][reference.rsplit("/", 1)[1]]["properties"]["type"]
        told |= set(kind["enum"])
    assert told == {event.value for event in Event}
