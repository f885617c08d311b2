"""Imports go downward only: import-linter's contracts hold, and would notice if they did not."""

import subprocess
import sys
from pathlib import Path

from tests.architecture.tree import ROOT

LINT = "from importlinter.cli import lint_imports_command; lint_imports_command()"


def _lint(folder: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", LINT, "--config", str(ROOT / "pyproject.toml"), "--no-cache"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def test_every_contract_is_kept() -> None:
    done = _lint(ROOT)
    assert done.returncode == 0, done.stdout
    assert " 0 broken." in done.stdout


def test_an_import_upward_is_noticed(tmp_path: Path) -> None:
    for package in ("app", "workers", "webhooks", "migrations"):
        (tmp_path / package).symlink_to(ROOT / package)
    (tmp_path / "app").unlink()
    _copy(ROOT / "app", tmp_path / "app")
    (tmp_path / "app" / "domain" / "clock.py").write_text('"""Looks up."""\nimport time\nfrom app import cli\n')
    done = _lint(tmp_path)
    assert done.returncode == 1, done.stdout
    assert "The domain knows no clock, no chance and no I/O BROKEN" in done.stdout
    assert "Inside the application, imports go downward BROKEN" in done.stdout


def _copy(source: Path, target: Path) -> None:
    for file in source.rglob("*.py"):
        copy = target / file.relative_to(source)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(file.read_bytes())
