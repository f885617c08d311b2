"""The Python client as a user has it: its wheel in a fresh environment runs the example of its README."""

import csv
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest
from mcp import Client, StdioServerParameters

from tests.clients.mcp.assistants import Assistant
from tests.clients.mcp.test_command import configured
from tests.contract.scripts import new_key
from tests.contract.supervised import ROOT, Up, clean_environ

CLIENT = ROOT / "clients" / "python"
README = (CLIENT / "README.md").read_text()


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The built wheel."""
    folder = tmp_path_factory.mktemp("wheel")
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "wheel", "--quiet", "--no-deps"]
    subprocess.run([*pip, "--no-build-isolation", "--wheel-dir", str(folder), str(CLIENT)], check=True, timeout=120)
    [built] = folder.glob("leadrun_client-*.whl")
    return built


@pytest.fixture(scope="module")
def fresh(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Python of a fresh environment with the client, whose dependencies are borrowed from ours."""
    folder = tmp_path_factory.mktemp("fresh")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True, timeout=120)
    python = folder / "bin" / "python"
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--python", str(python), "install", "--quiet"]
    subprocess.run([*pip, "--no-deps", "--no-index", str(wheel)], check=True, timeout=120)
    [site] = folder.glob("lib/python*/site-packages")
    for ours in Path(sysconfig.get_path("purelib")).iterdir():
        # Neither the server, whose commands would come along, nor the client itself.
        if "leadrun" not in ours.name and ours.suffix != ".pth" and not (site / ours.name).exists():
            (site / ours.name).symlink_to(ours)
    return python


def test_the_wheel_holds_the_package_and_its_types(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert {"leadrun/__init__.py", "leadrun/py.typed"} <= set(names)
    assert all(name.startswith(("leadrun/", "leadrun_cli/", "leadrun_mcp/", "leadrun_client-")) for name in names)


def test_the_example_of_the_command_runs(house: Up, fresh: Path, tmp_path: Path) -> None:
    """As docs/clients.md has it: log in, then look up a file."""
    found = re.search(r"## Command line\n.*?```sh\n(.*?)```", (ROOT / "docs" / "clients.md").read_text(), re.DOTALL)
    assert found
    commands = [line.partition("#")[0].strip() for line in found[1].splitlines() if line.startswith("leadrun")]
    commands = [line.replace("http://127.0.0.1:8000", house.ready["url"]) for line in commands]
    assert [line.split()[1] for line in commands] == ["login", "enrich"]
    (tmp_path / "people.csv").write_text("first_name,last_name,domain,id\nMagic,Found,acme.example,7\n")
    environ = clean_environ() | {"PATH": f"{fresh.parent}:{os.environ['PATH']}", "HOME": str(tmp_path)}
    environ.pop("PYTHONPATH", None)
    environ.pop("XDG_CONFIG_HOME", None)
    key = new_key(house, "readme-command", "--mode", "test")
    for command in commands:
        done = subprocess.run(
            ["sh", "-c", command], cwd=tmp_path, env=environ, input=key, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
    command = ["leadrun", "verify", "magic.found@acme.example"]
    verified = subprocess.run(command, cwd=tmp_path, env=environ, capture_output=True, text=True, check=True)
    assert verified.stdout.startswith("magic.found@acme.example  valid, ")
    [row] = csv.DictReader((tmp_path / "people.leadrun.csv").open())
    assert (row["id"], row["email"]) == ("7", "magic.found@acme.example")


async def test_the_program_for_assistants_runs_from_the_wheel(house: Up, fresh: Path, tmp_path: Path) -> None:
    """As docs/clients.md has it for assistants that start programs."""
    entry = configured((ROOT / "docs" / "clients.md").read_text())["command"]
    filled = {"http://127.0.0.1:8000": house.ready["url"], "lm_test_…": new_key(house, "wheel-mcp", "--mode", "test")}
    environ = {name: filled[value] for name, value in entry["env"].items()}
    environ |= {"PATH": f"{fresh.parent}:{os.environ['PATH']}", "HOME": str(tmp_path)}
    program = StdioServerParameters(command=entry["command"], args=entry["args"], env=environ, cwd=tmp_path)
    async with Client(program) as client:
        assert len((await client.list_tools()).tools) == 8
        person = {"full_name": "Magic Found", "company_domain": "acme.example"}
        found = await Assistant(client).call("find_email", **person)
        assert found["email"] == "magic.found@acme.example"


def test_its_command_is_that_of_the_server_where_there_is_one(fresh: Path) -> None:
    assert "enrich" in _said(fresh, "leadrun")
    assert _said(fresh, "leadrun-client").startswith("Usage: leadrun-client")
    [site] = fresh.parent.parent.glob("lib/python*/site-packages")
    (site / "played_server.py").write_text("def main():\n    raise SystemExit(print('the server'))\n")
    metadata = site / "played_server-1.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: played-server\nVersion: 1\n")
    (metadata / "entry_points.txt").write_text("[leadrun.server]\nmain = played_server:main\n")
    try:
        assert _said(fresh, "leadrun") == "the server\n"
        assert _said(fresh, "leadrun-client").startswith("Usage: leadrun-client")
    finally:
        shutil.rmtree(metadata)


def _said(fresh: Path, command: str) -> str:
    environ = clean_environ()
    environ.pop("PYTHONPATH", None)
    done = subprocess.run(
        [str(fresh.with_name(command)), "--help"], env=environ, capture_output=True, text=True, check=True
    )
    return done.stdout


def test_the_example_of_the_readme_runs(house: Up, fresh: Path, tmp_path: Path) -> None:
    found = re.search(r"```python\n(.*?)```", README, re.DOTALL)
    assert found
    key = new_key(house, "readme-python", "--mode", "test")
    environ = clean_environ() | {"LEADRUN_API_KEY": key, "LEADRUN_URL": house.ready["url"]}
    environ.pop("PYTHONPATH", None)
    command = [str(fresh), "-c", found[1]]
    for _ in range(2):  # the second time from the resume file
        done = subprocess.run(command, cwd=tmp_path, env=environ, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stderr) == (0, "")
        first, *others = done.stdout.splitlines()
        assert first == "magic.found@acme.example valid"
        assert sorted(others) == ["0 not_found", "1 jane.smith@initech.example"]
