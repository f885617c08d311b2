"""`make setup` and `make dev` install with the tools of the machine, or name in one sentence what it lacks."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.contract.supervised import ROOT

pytestmark = pytest.mark.skipif(not shutil.which("make"), reason="needs make")

RUNNING = "--editable .[embedded] --editable ./clients/python[cli,mcp]"
# Makes an environment in its last argument, as uv and virtualenv do; its pip only notes what it is asked to install.
MAKE_ENVIRONMENT = (
    'for last; do :; done; "$REAL" -m venv --without-pip "$last"\n'
    "echo \"import sys; '--version' in sys.argv or print(*sys.argv[1:], file=open('asked', 'a'))\" "
    f'>"$last"/lib/python{sys.version_info[0]}.{sys.version_info[1]}/site-packages/pip.py\n'
)
TOOLS = ("sh", "make", "dirname", "rm", "touch", "cat", "echo", "awk", "env")


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """Return a tree with the files that the installation reads, and a PATH of its own with basic tools only."""
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
    status, said = _make(clone, "setup")
    assert status != 0
    assert said == "leadrun: Python 3.11 or newer is needed; install it, or name it with PYTHON=/path/to/python."


def test_an_old_python_is_passed_over(clone: Path) -> None:
    _script(clone / "bin" / "python3", "exit 1")  # what its version check answers
    _, said = _make(clone, "setup")
    assert said.startswith("leadrun: Python 3.11 or newer is needed")


def test_a_python_without_venv_names_the_package_to_install(clone: Path) -> None:
    _script(clone / "bin" / "python3", _without_ensurepip())
    status, said = _make(clone, "setup")
    assert status != 0
    major, minor = sys.version_info[:2]
    assert said == (
        "leadrun: this Python makes no virtual environments; "
        f"install the package python{major}.{minor}-venv (or python3-venv, or uv)."
    )
    assert not (clone / ".venv").exists()


@pytest.mark.parametrize("tool", ["uv", "virtualenv"])
def test_a_tool_of_the_path_helps_out_a_python_without_venv(clone: Path, tool: str) -> None:
    _script(clone / "bin" / "python3", _without_ensurepip())
    _script(clone / "bin" / tool, f'{MAKE_ENVIRONMENT}echo {tool} "$@" >>made')
    status, said = _make(clone, "setup")
    assert status == 0, said
    assert (clone / "made").read_text().startswith(tool)


def test_setup_installs_what_running_needs_and_dev_what_development_needs(clone: Path) -> None:
    _script(clone / "bin" / "python3", _without_ensurepip())
    _script(clone / "bin" / "uv", MAKE_ENVIRONMENT)
    assert _make(clone, "setup") == (0, "")
    assert _installations(clone) == [RUNNING]
    assert _make(clone, "dev") == (0, "")
    assert _installations(clone) == [RUNNING, f"{RUNNING} --requirement .venv/dev.txt"]
    assert "pytest>=" in (clone / ".venv" / "dev.txt").read_text()
    for target in ("setup", "dev"):
        assert _make(clone, target) == (0, "")
    assert len(_installations(clone)) == 2  # nothing is installed twice


def test_dev_alone_installs_everything_at_once(clone: Path) -> None:
    _script(clone / "bin" / "python3", _without_ensurepip())
    _script(clone / "bin" / "uv", MAKE_ENVIRONMENT)
    for target in ("dev", "setup"):
        assert _make(clone, target) == (0, "")
    assert _installations(clone) == [f"{RUNNING} --requirement .venv/dev.txt"]


@pytest.mark.parametrize("target", ["test", "lint", "docs", "provider", "bench", "up"])
def test_each_target_installs_what_it_needs(clone: Path, target: str) -> None:
    needed = "run" if target == "up" else "dev"
    command = [str(clone / "bin" / "make"), "--dry-run", target]
    planned = subprocess.run(command, cwd=clone, env=_environ(clone), capture_output=True, text=True, check=True)
    assert planned.stdout.splitlines()[0] == f".ci/setup {needed}"


@pytest.mark.parametrize(("target", "stamp"), [("setup", ".run"), ("dev", ".dev")])
def test_an_installation_is_repeated_only_when_the_dependencies_change(clone: Path, target: str, stamp: str) -> None:
    (clone / ".venv").mkdir()
    file = clone / ".venv" / stamp
    file.touch()
    assert _make(clone, target)[0] == 0  # there is no Python here: nothing was tried
    later = file.stat().st_mtime + 10
    os.utime(clone / "pyproject.toml", (later, later))
    assert _make(clone, target)[0] != 0


def _installations(clone: Path) -> list[str]:
    """List what pip was asked to install; package sources are the machine's own affair and never named."""
    return [line.removeprefix("install --quiet --no-compile ") for line in (clone / "asked").read_text().splitlines()]


def _without_ensurepip() -> str:
    """Return a Python as Debian ships it: everything but ensurepip."""
    return 'case "$2" in *ensurepip*) exit 1;; esac; exec "$REAL" "$@"'


def _script(path: Path, body: str) -> None:
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)


def _make(clone: Path, target: str) -> tuple[int, str]:
    """Run a target with the clone's PATH; return the status and leadrun's sentences about a failure."""
    command = [str(clone / "bin" / "make"), "--no-print-directory", target]
    done = subprocess.run(command, cwd=clone, env=_environ(clone), capture_output=True, text=True, check=False)
    return done.returncode, "\n".join(line for line in done.stderr.splitlines() if line.startswith("leadrun:"))


def _environ(clone: Path) -> dict[str, str]:
    return {"PATH": str(clone / "bin"), "REAL": getattr(sys, "_base_executable", sys.executable)}
