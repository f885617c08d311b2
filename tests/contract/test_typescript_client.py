"""The TypeScript client as a user has it: packed and installed afresh, it runs its README's example."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.clients.built import CLIENT, RUNTIMES, built_client, readme_example, runtime, tool
from tests.contract.scripts import new_key
from tests.contract.supervised import Up, clean_environ
from tests.npm import PUBLISHING, node_modules, run_npm


def packed_client(folder: Path) -> tuple[Path, dict[str, Any]]:
    """Pack the client, as the tests have built it; returns the file, and what npm says of it."""
    assert json.loads((CLIENT / "package.json").read_text())["scripts"]["prepack"] == "tsc", "built as in tests"
    arguments = ("--json", "--ignore-scripts", "--pack-destination", str(folder))
    [packed] = json.loads(run_npm(built_client().parent, "pack", *arguments))
    return folder / packed["filename"], packed


@pytest.mark.parametrize("by", RUNTIMES)
def test_the_packed_client_runs_the_example_of_its_readme(house: Up, tmp_path: Path, by: str) -> None:
    file, packed = packed_client(tmp_path)
    fresh = tmp_path / "fresh"
    fresh.mkdir()
    names = {one["path"] for one in packed["files"]}
    assert {"package.json", "README.md", "LICENSE", "dist/index.js", "dist/index.d.ts"} <= names
    assert all(name.startswith("dist/") or "/" not in name for name in names)

    (fresh / "package.json").write_text('{"type": "module"}')
    run_npm(fresh, "install", "--offline", "--ignore-scripts", str(file))
    # Its types are checked by tests/clients/test_typescript.py; without types it is JavaScript.
    (fresh / "example.mjs").write_text(readme_example())

    key = new_key(house, f"readme-{by}", "--mode", "test")
    environ = clean_environ() | {"LEADRUN_API_KEY": key, "LEADRUN_URL": house.ready["url"]}
    environ["DENO_DIR"] = str(tmp_path / "deno")
    for _ in range(2):  # the second time from the resume file
        done = subprocess.run(
            [*runtime(by), "example.mjs"], cwd=fresh, env=environ, capture_output=True, text=True, check=False
        )
        assert (done.returncode, done.stderr) == (0, "")
        first, *others = done.stdout.splitlines()
        assert first == "magic.found@acme.example valid"
        assert sorted(others) == ["0 not_found", "1 jane.smith@initech.example"]
    assert not (fresh / "people.resume.lock").exists()


@pytest.mark.long
def test_the_package_is_found_with_its_types_by_whoever_imports_modules(tmp_path: Path) -> None:
    file, _ = packed_client(tmp_path)
    (tmp_path / "node_modules").symlink_to(node_modules(*PUBLISHING))
    tool(tmp_path, "publint/src/cli.js", str(file), "--strict")
    tool(tmp_path, "@arethetypeswrong/cli/dist/index.js", str(file), "--profile", "esm-only")
