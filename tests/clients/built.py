"""The TypeScript client as npm packs it, built once into the tests' cache."""

import hashlib
import json
import re
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.architecture.tree import ROOT
from tests.contract.scripts import find_node
from tests.npm import CACHE, NEIGHBOURS, TYPESCRIPT, node_modules

CLIENT = ROOT / "clients" / "typescript"
SCRIPTS = Path(__file__).with_name("typescript")
# Node always; its neighbours, of which npm has to bring 190 MB, by `make test-long`.
_SELDOM = [pytest.mark.long, pytest.mark.timeout(600)]
RUNTIMES = ["node", *(pytest.param(name, marks=_SELDOM) for name in ("deno", "bun"))]


def tool(folder: Path, name: str, *arguments: str) -> None:
    """Run a tool of npm in a folder that has a `node_modules`, and fail with what it says."""
    node, _ = find_node()
    command = [str(node), str(folder / "node_modules" / name), *arguments]
    made = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=120)
    assert made.returncode == 0, made.stdout + made.stderr


def readme_example() -> str:
    """Return the example of the README."""
    found = re.search(r"```ts\n(.*?)```", (CLIENT / "README.md").read_text(), re.DOTALL)
    assert found
    return found[1]


def sources(client: Path, folder: Path) -> None:
    """Copy a package as it is committed into a folder, and lend it the packages of the tests."""
    for name in ("package.json", "tsconfig.json", "README.md", "LICENSE"):
        shutil.copy(client / name, folder)
    shutil.copytree(client / "src", folder / "src")
    (folder / "node_modules").symlink_to(node_modules(*TYPESCRIPT))


@cache
def built_client() -> Path:
    """Build the client; returns the folder of its modules. Skips the test where npm gets no compiler."""
    node_modules(*TYPESCRIPT)
    files = sorted(path for path in (*CLIENT.glob("src/*"), *CLIENT.glob("*.json")) if path.is_file())
    content = b"".join(path.read_bytes() for path in files)
    kept = CACHE / f"client-{hashlib.sha256(content).hexdigest()[:16]}"
    if not kept.exists():
        fresh = Path(tempfile.mkdtemp(dir=CACHE))
        sources(CLIENT, fresh)
        tool(fresh, "typescript/bin/tsc")
        try:
            fresh.rename(kept)
        except OSError:
            shutil.rmtree(fresh)
            if not kept.exists():  # unless another process was faster
                raise
    return kept / "dist"


def runtime(name: str) -> list[str]:
    """Return what runs a script by `node`, `deno` or `bun`; skips the test where npm gets none."""
    node = str(find_node()[0])
    if name == "node":
        return [node]
    modules = node_modules(*NEIGHBOURS, seconds=300)
    if name == "deno":
        return [node, str(modules / "deno" / "bin.cjs"), "run", "--allow-all", "--quiet"]
    # The launcher wants the package's script to have run.
    return [str(next(modules.glob("@oven/bun-*/bin/bun")))]


def started(scenario: str, *arguments: str, by: str = "node", **environ: str) -> subprocess.Popen[str]:
    """Start a scenario of the scripts, by a runtime."""
    command = [*runtime(by), str(SCRIPTS / "scenarios.mjs"), scenario, *arguments]
    return process(command, {"CLIENT": str(built_client()), "DENO_DIR": str(CACHE / "deno"), **environ})


def ended_with(command: list[str], environ: dict[str, str]) -> list[Any]:
    """Run a command to its end; returns what it said, a value a line."""
    return ended(process(command, environ))


def process(command: list[str], environ: Mapping[str, str]) -> subprocess.Popen[str]:
    """Start a command whose output is read."""
    return subprocess.Popen(command, env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def ended(process: subprocess.Popen[str], *, seconds: float = 240) -> list[Any]:
    """Wait for a scenario; returns what it said, a value a line."""
    stdout, stderr = process.communicate(timeout=seconds)
    # Nothing on standard error: neither warnings of Node nor promises whose errors nobody heard.
    assert not stderr, stderr
    assert process.returncode == 0, stdout
    return [json.loads(line) for line in stdout.splitlines()]
