"""The committed specification: no linter warns of it, its examples are valid, and it says all that there is."""

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from app.api.openapi.document import specification
from app.api.operations import operations as declared
from app.domain.webhooks.delivery import Event
from tests.contract.scripts import find_node
from tests.contract.supervised import ROOT
from tests.npm import node_modules

PUBLISHED = ROOT / "docs" / "openapi.json"
SHARED = ("/api/v1/enrich", "post"), ("/api/v1/enrich/{run_id}", "get"), ("/api/v1/enrich/{run_id}/cancel", "post")
SPECIFICATION = specification(declared())


def test_a_standard_linter_has_nothing_to_say(tmp_path: Path) -> None:
    modules = node_modules("@redocly/cli@2")
    settings = tmp_path / "redocly.yaml"
    settings.write_text("extends: [recommended-strict]\ntelemetry: off\n", encoding="utf-8")
    command = [find_node()[0], modules / "@redocly" / "cli" / "bin" / "cli.js", "lint", PUBLISHED, "--format", "json"]
    environ = os.environ | {"REDOCLY_TELEMETRY": "off", "REDOCLY_SUPPRESS_UPDATE_NOTICE": "true"}
    linted = subprocess.run(
        [*map(str, command), "--config", str(settings)],
        cwd=tmp_path,
        env=environ,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    told = json.loads(linted.stdout)
    assert (linted.returncode, told["totals"], told["problems"]) == (
        0,
        {"errors": 0, "warnings": 0, "ignored": 0},
        [],
    )


def examples() -> Iterator[Any]:
    """Every example beside a schema, wherever it stands in the document."""
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
                yield pytest.param(node["schema"], resolved(example)["value"], id=f"{place}/{name}")
        if isinstance(node.get("examples"), list) and ("type" in node or "anyOf" in node):
            for index, value in enumerate(node["examples"]):
                yield pytest.param(node, value, id=f"{place}/{index}")


def resolved(example: dict[str, Any]) -> dict[str, Any]:
    """Follow a reference to a shared example."""
    reference = example.get("$ref")
    return SPECIFICATION["components"]["examples"][reference.rsplit("/", 1)[1]] if reference else example


@pytest.mark.parametrize(("schema", "value"), list(examples()))
def test_an_example_is_valid(schema: dict[str, Any], value: object) -> None:
    document = schema | {"components": SPECIFICATION["components"]}
    jsonschema.validate(value, document, format_checker=jsonschema.FormatChecker())


def operations() -> Iterator[Any]:
    """Every operation with its path and method."""
    for path, methods in SPECIFICATION["paths"].items():
        for method, operation in methods.items():
            yield pytest.param(path, method, operation, id=operation["operationId"])


@pytest.mark.parametrize(("path", "method", "operation"), list(operations()))
def test_every_operation_says_what_can_go_wrong(path: str, method: str, operation: dict[str, Any]) -> None:
    answers = operation["responses"]
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


def test_both_dialects_are_told_apart_where_a_path_is_shared() -> None:
    for path, method in SHARED:
        operation = SPECIFICATION["paths"][path][method]
        shapes = operation.get("requestBody", operation["responses"]["200"])["content"]["application/json"]["schema"]
        assert len(shapes["oneOf"]) == 2


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
