"""What the README shows is what happens: its line to paste, the answer printed under it, its magic contacts."""

import json
import re
import shutil
import subprocess
from typing import Any

import pytest
import requests

from app.embedded.credentials import EXAMPLE
from app.sandbox.magic import Magic
from tests.contract.scripts import new_key
from tests.contract.supervised import LEADRUN, ROOT, Up, clean_environ

README = (ROOT / "README.md").read_text()
# What is another one each time.
FLEETING = {"runId", "createdAt", "startedAt", "completedAt"}
# The slow contact's half minute is the subject of the sandbox's own tests.
ENDINGS = {
    Magic.FOUND: ("completed", "found", "valid"),
    Magic.CATCHALL: ("completed", "found", "risky"),
    Magic.MISSING: ("completed", "not_found", None),
    Magic.BROKEN: ("failed", "error", None),
    Magic.LIMITED: ("failed", "error", None),
    Magic.BROKE: ("failed", "error", None),
}


def _example(name: str) -> str:
    found = re.search(rf"<!-- example: {name} -->\n```\w+\n(.*?)```", README, re.DOTALL)
    assert found, name
    return found[1]


@pytest.mark.skipif(not shutil.which("curl"), reason="needs curl")
def test_the_line_to_paste_answers_what_is_printed_under_it(house: Up) -> None:
    key = new_key(house, "readme", "--mode", "test")
    line = _example("curl").replace("http://127.0.0.1:8000", house.ready["url"]).replace("lm_test_…", key)
    answered = subprocess.run(["sh", "-c", line], capture_output=True, text=True, check=True)
    answer, printed = json.loads(answered.stdout), json.loads(_example("answer"))
    assert list(answer) == list(printed)
    assert _lasting(answer) == _lasting(printed)


def test_the_line_is_the_one_that_up_prints() -> None:
    assert EXAMPLE in _example("curl")


@pytest.mark.parametrize("magic", list(ENDINGS))
def test_a_magic_contact_ends_as_the_table_says(house: Up, magic: Magic) -> None:
    key = new_key(house, f"magic-{magic.value}", "--mode", "test")
    answer = requests.post(
        f"{house.ready['url']}/api/v1/enrich",
        json={"firstName": "Magic", "lastName": magic.value.capitalize(), "companyDomain": "acme.example"},
        headers={"Authorization": f"Bearer {key}", "Prefer": "wait=60"},
        timeout=90,
    )
    run = answer.json()
    grade = run["result"]["validation"]["status"] if run["result"] else None
    assert (run["status"], run["resultStatus"], grade) == ENDINGS[magic]


@pytest.mark.parametrize("name", ["LEADRUN_KEY", "LEADRUN_URL"])
def test_the_variables_of_the_scripts_do_not_disturb_the_commands(name: str) -> None:
    environ = clean_environ() | {name: "something"}
    done = subprocess.run([*LEADRUN, "config", "--json"], env=environ, cwd=ROOT, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr


def _lasting(run: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in run.items() if name not in FLEETING}
