"""The README is true: its line to paste, the answer printed under it, its magic contacts, its prices."""

import json
import re
import shutil
import subprocess
import sys
from typing import Any

import pytest
import requests

from app.domain.accounts.pricing import PLANS
from app.embedded.credentials import EXAMPLE
from app.sandbox.magic import Magic
from tests.contract.scripts import leadrun, new_key
from tests.contract.supervised import LEADRUN, ROOT, Up, clean_environ

README = (ROOT / "README.md").read_text()
# Members with another value each time.
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


def test_the_lines_of_python_find_somebody(house: Up) -> None:
    [lines] = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    program = lines.replace("lm_test_…", new_key(house, "readme-lines", "--mode", "test")) + "print(run.email)\n"
    path = {"PYTHONPATH": str(ROOT / "clients" / "python" / "src")}
    environ = clean_environ() | {"LEADRUN_URL": house.ready["url"]} | path
    said = subprocess.run([sys.executable, "-c", program], env=environ, capture_output=True, text=True, check=True)
    assert said.stdout == "magic.found@acme.example\n"


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


def test_the_prices_are_those_of_the_plans() -> None:
    [finds, *_] = re.findall(r"^\| finds \|(.*?)\|(.*?)\|(.*?)\|$", README, re.MULTILINE)
    module, sonar = PLANS["leadmodule"], PLANS["leadsonar"]
    assert module.email == module.phone == module.all == int(finds[0].split()[0])
    assert finds[1].strip() == f"e-mail {sonar.email}, phone {sonar.phone}, both {sonar.all}"
    assert not module.refunds | sonar.refunds  # a miss and a failure cost the same


def test_the_commands_of_the_price_table_are_accepted(house: Up) -> None:
    commands = re.findall(r"`leadrun (plans set \w[^`]+ --[^`]+)`", README)
    assert len(commands) == 4
    for command in commands:
        leadrun(house, *command.split())
    for plan in PLANS:
        leadrun(house, "plans", "set", plan, "--refund", "nothing")


def _lasting(run: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in run.items() if name not in FLEETING}
