"""The nodes for n8n against a `leadrun up`, with n8n played at its edge."""

import json
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.clients.built import ended_with
from tests.contract.scripts import find_node, new_key
from tests.contract.supervised import ROOT, Up, clean_environ
from tests.npm import N8N, TYPESCRIPT, node_modules, run_npm

PACKAGE = ROOT / "clients" / "n8n"
PLAYED = ROOT / "tests" / "clients" / "n8n"
MODULES = ("nodes/Leadrun/Leadrun.node.ts", "nodes/LeadrunTrigger/LeadrunTrigger.node.ts")
CREDENTIALS = "credentials/LeadrunApi.credentials.ts"


@pytest.fixture(scope="session")
def nodes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the nodes, translated as n8n loads them."""
    folder = tmp_path_factory.mktemp("nodes")
    esbuild = node_modules(*TYPESCRIPT) / "esbuild" / "bin" / "esbuild"
    options = ("--bundle", "--platform=node", "--format=cjs", "--log-level=error", f"--outdir={folder}")
    sources = [str(PACKAGE / name) for name in (*MODULES, CREDENTIALS)]
    flat = ("--entry-names=[name]", f"--alias:n8n-workflow={PLAYED / 'workflow.mjs'}")
    subprocess.run([str(esbuild), *sources, *options, *flat], check=True, timeout=60)
    return folder


@pytest.fixture
def say(nodes: Path, house: Up) -> Callable[[str], Any]:
    """Runs a scenario with a test key of its own, and returns what it says."""

    def run(scenario: str) -> Any:
        node, _ = find_node()
        key = new_key(house, f"n8n-{scenario}", "--mode", "test")
        environ = clean_environ() | {"LEADRUN_URL": house.ready["url"], "LEADRUN_API_KEY": key}
        [said] = ended_with([str(node), str(PLAYED / "scenarios.mjs"), str(nodes), scenario], environ)
        return said

    return run


def test_the_action_node(say: Callable[[str], Any]) -> None:
    said = say("action")
    [refusal, sentence, item] = said.pop("refused")
    assert (refusal, item) == ("NodeApiError", 0)
    assert sentence
    assert said == {
        "tested": 200,
        "found": [
            [0, "magic.found@acme.example", {}],
            [1, "not_found", {}],
            [2, "jane.smith@initech.example", {"row": 3}],
        ],
        "both": ["magic.found@acme.example", "+1", "all"],
        "repeated": [True, False],
        "errors": [False, False, False, True, True, True],
        "empty": ["NodeOperationError", "The contact is empty; give a name and a company, or a LinkedIn profile.", 1],
        "run": "completed",
        "unknown": "NodeApiError",
        "credits": ["balance", "total_earned", "total_spent"],
    }


def test_a_batch_of_a_binary_file(say: Callable[[str], Any]) -> None:
    assert say("batch") == {
        "rows": [["7", "magic.found@acme.example", 0], ["8", None, 0]],
        "file": ["text/csv", True, "completed"],
        "once": True,
        "strict": "NodeApiError",
    }


def test_the_trigger_node(say: Callable[[str], Any]) -> None:
    assert say("trigger") == {
        "before": [False, True, True, False],
        "believed": ["enrichment.completed", True, True],
        "forged": [401, 401, 401],
        "replaced": "enrichment.completed",
        "after": [True, True, False, 401],
    }


@pytest.mark.long
@pytest.mark.timeout(900)
def test_n8ns_own_linter_and_builder_take_the_package(tmp_path: Path) -> None:
    package = tmp_path / "package"
    shutil.copytree(PACKAGE, package, ignore=shutil.ignore_patterns("node_modules", "dist"))
    (package / "node_modules").symlink_to(node_modules(*N8N, seconds=600))
    for script in ("lint", "build"):
        run_npm(package, "run", script)
    [packed] = json.loads(run_npm(package, "pack", "--json"))
    named = json.loads((package / "package.json").read_text())["n8n"]
    assert {*named["credentials"], *named["nodes"], "README.md", "LICENSE"} <= {one["path"] for one in packed["files"]}
    # A fault is noticed.
    source = package / "nodes" / "Leadrun" / "properties.ts"
    source.write_text(source.read_text().replace("displayName: 'Resource'", "displayName: 'resource'"))
    with pytest.raises(AssertionError, match="node-param-display-name-miscased"):
        run_npm(package, "run", "lint")


def test_the_package_names_what_there_is() -> None:
    package = json.loads((PACKAGE / "package.json").read_text())
    named = [*package["n8n"]["credentials"], *package["n8n"]["nodes"]]
    sources = sorted(name.removeprefix("dist/").removesuffix(".js") + ".ts" for name in named)
    assert sources == sorted((*MODULES, CREDENTIALS))
    assert "dependencies" not in package
    icons = re.findall(r"file:([./\w]+\.svg)", (PACKAGE / MODULES[0]).read_text())
    assert all((PACKAGE / MODULES[0]).parent.joinpath(icon).resolve().exists() for icon in icons)
