"""`make setup` makes its environment with whatever the machine has, or says in one sentence what is missing."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.contract.supervised import ROOT

pytestmark = pytest.mark.skipif(not shutil.which("make"), reason="needs make")

TOOLS = ("sh", "make", "dirname", "rm", "touch", "cat", "echo", "awk", "env")


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A tree with what the installing step reads, and a PATH of its own with nothing but basic tools."""
    (tmp_path / ".ci").mkdir()
    shutil.copy(ROOT / ".ci" / "setup", tmp_path / ".ci" / "setup")
    for name in ("Makefile", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path)
    (tmp_path / "bin").mkdir()
    for tool in TOOLS:
        if found := shutil.which(tool):
            (tmp_path / "bin" / tool).symlink_to(found)
    return tmp_path


def test_without_a_python_one_sentence_asks_for_it(clone: Path) -> None:
    status, said = _setup(clone)
    assert status != 0
    assert said == "leadrun: Python 3.11 or newer is needed; install it, or name it with PYTHON=/path/to/python."


def test_an_old_python_is_passed_over(clone: Path) -> None:
    _script(clone / "bin" / "python3", "exit 1")  # what its version check answers
    _, said = _setup(clone)
    assert said.startswith("leadrun: Python 3.11 or newer is needed")


def test_a_python_without_venv_names_the_package_to_install(clone: Path) -> None:
    _script(clone / "bin" / "python3", _without_ensurepip())
    status, said = _setup(clone)
    assert status != 0
    major, minor = sys.version_info[:2]
    assert said == (
        "leadrun: this Python makes no virtual environments; "
        f"install the package python{major}.{minor}-venv (or python3-venv, or uv)."
    )
    assert not (clone / ".venv").exists()


@pytest.mark.parametrize("tool", ["uv", "virtualenv"])
def test_a_python_without_venv_is_helped_out_by_what_is_on_the_path(clone: Path, tool: str) -> None:
    _script(clone / "bin" / "python3", _without_ensurepip())
    # Plays the tool by making an environment whose pip only notes what it is asked to install.
    _script(
        clone / "bin" / tool,
        'for last; do :; done; "$REAL" -m venv --without-pip "$last"\n'
        f'echo {tool} "$@" >>made\n'
        'mkdir -p "$last/lib/pip"; '
        "echo \"import sys; print(*sys.argv[1:], file=open('asked', 'a'))\" "
        f'>"$last"/lib/python{sys.version_info[0]}.{sys.version_info[1]}/site-packages/pip.py',
    )
    status, said = _setup(clone)
    assert status == 0, said
    assert (clone / "made").read_text().startswith(tool)
    asked = (clone / "asked").read_text()
    assert "--editable .[embedded]" in asked
    assert "--requirement .venv/dev.txt" in asked
    assert "index" not in asked  # where packages come from is the machine's own affair
    assert "pytest>=" in (clone / ".venv" / "dev.txt").read_text()


def test_it_is_not_repeated_until_the_dependencies_change(clone: Path) -> None:
    (clone / ".venv").mkdir()
    (clone / ".venv" / ".installed").touch()
    assert _setup(clone)[0] == 0  # there is no Python here: nothing was tried
    stamp = (clone / ".venv" / ".installed").stat().st_mtime
    os.utime(clone / "pyproject.toml", (stamp + 10, stamp + 10))
    assert _setup(clone)[0] != 0


def _without_ensurepip() -> str:
    """A Python as Debian ships it: everything but ensurepip."""
    return 'case "$2" in *ensurepip*) exit 1;; esac; exec "$REAL" "$@"'


def _script(path: Path, body: str) -> None:
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)


def _setup(clone: Path) -> tuple[int, str]:
    """Run `make setup` with the clone's PATH; returns the status and what leadrun says about a failure."""
    done = subprocess.run(
        [clone / "bin" / "make", "--no-print-directory", "setup"],
        cwd=clone,
        env={"PATH": str(clone / "bin"), "REAL": getattr(sys, "_base_executable", sys.executable)},
        capture_output=True,
        text=True,
        check=False,
    )
    said = [line for line in done.stderr.splitlines() if line.startswith("leadrun:")]
    return done.returncode, "\n".join(said)
