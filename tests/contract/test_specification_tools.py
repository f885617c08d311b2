"""What other tools say of the specification: each variant is read by strict linters and validators without a word."""

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from app.api.openapi.variants import VARIANTS, variant_of
from app.api.operations import operations
from tests.contract.scripts import find_node
from tests.npm import LINTERS, node_modules

OWASP = Path(__file__).parent / "clients" / "owasp.mjs"
NAMES = [variant.file_name for variant in VARIANTS]
# In 3.0 an object of a name, or null, can be said in no way that both generators and the letter of it like.
REDOCLY = """\
extends: [recommended-strict]
telemetry: off
oas3_0Rules:
  no-invalid-media-type-examples: off
"""
# Reads each file with all its references, and checks it by the schema of its version.
READ = """\
import SwaggerParser from "@apidevtools/swagger-parser";
for (const name of process.argv.slice(2)) {
  const { openapi } = await SwaggerParser.validate(name);
  console.log(name, openapi);
}
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with each variant, as served at an address of the internet, and the tools."""
    made = tmp_path_factory.mktemp("specification")
    (made / "node_modules").symlink_to(node_modules(*LINTERS))
    for variant in VARIANTS:
        document = variant_of(operations(), variant)
        document["servers"][0]["url"] = "https://leads.acme.example"
        (made / variant.file_name).write_text(json.dumps(document), encoding="utf-8")
    return made


def tool(folder: Path, script: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a script of Node in the folder."""
    quiet = {"REDOCLY_TELEMETRY": "off", "REDOCLY_SUPPRESS_UPDATE_NOTICE": "true"}
    command = [str(find_node()[0]), str(folder / script), *arguments]
    return subprocess.run(
        command, cwd=folder, env=os.environ | quiet, capture_output=True, text=True, check=False, timeout=120
    )


def problems_of_each(text: str) -> list[list[Any]]:
    """Read one object of JSON after the other: a file's problems, without the suggestions."""
    found, decoder = [], json.JSONDecoder()
    while text := text.strip():
        told, end = decoder.raw_decode(text)
        found.append([(one["ruleId"], one["message"], one["location"]) for one in told["problems"]])
        text = text[end:]
    return found


def test_redocly_has_nothing_to_say(folder: Path) -> None:
    settings = folder / "redocly.yaml"
    settings.write_text(REDOCLY, encoding="utf-8")
    arguments = ("lint", *NAMES, "--format", "json", "--config", str(settings))
    linted = tool(folder, "node_modules/@redocly/cli/bin/cli.js", *arguments)
    assert problems_of_each(linted.stdout) == [[]] * len(NAMES)
    assert linted.returncode == 0, linted.stderr


def test_the_rules_of_owasp_are_kept_but_for_what_is_explained(folder: Path) -> None:
    ruleset = shutil.copy(OWASP, folder)
    # Of the dialects there is nothing that is not in the whole.
    arguments = ("lint", "openapi.json", "openapi-3.0.json", "--ruleset", str(ruleset), "--format", "json", "--quiet")
    linted = tool(folder, "node_modules/@stoplight/spectral-cli/dist/index.js", *arguments)
    problems: list[Any] = json.loads(linted.stdout)
    assert [(one["code"], one["source"], one["path"]) for one in problems] == []
    assert linted.returncode == 0, linted.stderr


def test_swagger_parser_reads_each(folder: Path) -> None:
    (folder / "read.mjs").write_text(READ, encoding="utf-8")
    done = tool(folder, "read.mjs", *NAMES)
    versions = [f"{variant.file_name} {'3.0.3' if variant.older else '3.1.0'}" for variant in VARIANTS]
    assert (done.returncode, done.stdout.splitlines()) == (0, versions), done.stderr
