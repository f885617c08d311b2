"""The Go client as a user has it: a fresh module that takes it from its folder runs the example of its README."""

import re
import subprocess
from pathlib import Path

from tests.clients.golang import CLIENT, go
from tests.contract.scripts import new_key
from tests.contract.supervised import Up, clean_environ

README = (CLIENT / "README.md").read_text()


def test_the_example_of_its_readme_runs_in_a_fresh_module(house: Up, tmp_path: Path) -> None:
    commands, program = (re.search(rf"```{kind}\n(.*?)```", README, re.DOTALL) for kind in ("sh", "go"))
    assert commands
    assert program
    (tmp_path / "main.go").write_text(program[1])
    lines = commands[1].replace("../leadrun/clients/go", str(CLIENT)).splitlines()
    assert lines.pop() == "go run ."
    for line in lines:
        go(tmp_path, *line.split()[1:])
    go(tmp_path, "build", "-o", "people", ".")
    key = new_key(house, "readme-go", "--mode", "test")
    environ = clean_environ() | {"LEADRUN_API_KEY": key, "LEADRUN_URL": house.ready["url"]}
    for _ in range(2):  # the second time from the resume file
        done = subprocess.run(
            [str(tmp_path / "people")], cwd=tmp_path, env=environ, capture_output=True, text=True, check=False
        )
        assert (done.returncode, done.stderr) == (0, "")
        first, *others = done.stdout.splitlines()
        assert first == "magic.found@acme.example valid"
        assert sorted(others) == ["0 not_found ", "1 found jane.smith@initech.example"]
