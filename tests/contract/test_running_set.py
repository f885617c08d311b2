"""The packages that `make setup` installs are enough to run: no process needs one that only development installs."""

import subprocess
import sys
import tomllib
from importlib.metadata import PackageNotFoundError, packages_distributions, requires

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.contract.supervised import ROOT

# Runs a statement while the modules of other packages cannot be imported, as if they were not installed.
WITHOUT = """
import sys
from importlib.machinery import PathFinder

class Filter(PathFinder):
    @classmethod
    def find_spec(cls, name, path=None, target=None):
        return None if name.partition(".")[0] in missing else super().find_spec(name, path, target)

missing = set(sys.argv[1].split(","))
sys.meta_path[:] = [Filter if finder is PathFinder else finder for finder in sys.meta_path]
exec(sys.argv[2])
"""


@pytest.mark.parametrize(
    "statement",
    [
        pytest.param("import app.embedded.up, app.store.database.migrate, app.services", id="up"),
        pytest.param("import app.api.server", id="serve"),
        pytest.param("import app.sandbox.server", id="sandbox"),
        pytest.param(
            "import workers.main, celery.apps.worker, celery.concurrency.thread, kombu.transport.redis", id="work"
        ),
        pytest.param(
            "import app.cli.main as m; [m.main.get_command(None, n) for n in m.main.list_commands(None)]", id="cli"
        ),
    ],
)
def test_a_process_starts_on_what_running_needs(statement: str) -> None:
    environ = {"LEADRUN_REDIS_URL": "redis://127.0.0.1:1", "LEADRUN_DATABASE_URL": "postgresql://a@127.0.0.1/b"}
    line = [sys.executable, "-c", WITHOUT, ",".join(_developments_modules()), statement]
    done = subprocess.run(line, cwd=ROOT, env=environ, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def _developments_modules() -> list[str]:
    """List the installed modules of packages that running does not need."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    needed: set[str] = set()
    waiting = [
        (Requirement(text), "") for text in (*project["dependencies"], *project["optional-dependencies"]["embedded"])
    ]
    while waiting:
        requirement, extra = waiting.pop()
        if requirement.marker and not requirement.marker.evaluate({"extra": extra}):
            continue
        name = canonicalize_name(requirement.name)
        if name in needed and not requirement.extras:
            continue
        needed.add(name)
        try:
            found = [Requirement(text) for text in requires(name) or ()]
        except PackageNotFoundError:  # of another platform
            continue
        waiting += [(one, wanted) for one in found for wanted in ("", *requirement.extras)]
    return [
        module
        for module, packages in packages_distributions().items()
        if module.isidentifier() and not needed & {canonicalize_name(package) for package in packages} - {"leadrun"}
    ]
