"""The recipes for other tools: the script for Google Sheets looks up a sheet, and requests are those of the API."""

import json
import re
import subprocess
from typing import Any

import pytest
import requests

from tests.contract.scripts import find_node, new_key
from tests.contract.supervised import ROOT, Up, bearer, clean_environ

DOCUMENT = (ROOT / "docs" / "integrations.md").read_text()
PLAYED = ROOT / "tests" / "clients" / "apps_script.mjs"
HEADINGS = ["first_name", "last_name", "domain", "note"]
FOUND = ["Magic", "Found", "acme.example", "first"]
MISSING = ["Magic", "Missing", "acme.example", "last"]


def test_the_script_for_google_sheets_looks_up_each_row(house: Up) -> None:
    found = re.search(r"<!-- example: apps script -->\n```js\n(.*?)```", DOCUMENT, re.DOTALL)
    assert found
    script = found[1].replace("https://leads.acme.example", house.ready["url"])
    node, _ = find_node()
    environ = clean_environ() | {"LEADRUN_API_KEY": new_key(house, "apps-script", "--mode", "test")}

    def choose(sheet: list[list[str]]) -> Any:
        asked = json.dumps({"script": script, "sheet": sheet})
        done = subprocess.run(
            [str(node), str(PLAYED)], input=asked, env=environ, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    once = choose([HEADINGS, FOUND, ["", "", "", "an empty row"], ["", "", "", ""], MISSING])
    assert once["kept"] == {}
    assert once["sheet"] == [
        [*HEADINGS, "email", "email_status", "status"],
        [*FOUND, "magic.found@acme.example", "valid", "found"],
        ["", "", "", "an empty row", "", "", "rejected"],
        ["", "", "", "", "", "", "rejected"],
        [*MISSING, "", "", "not_found"],
    ]
    assert choose(once["sheet"]) == once


@pytest.mark.parametrize("body", re.findall(r'`(\{"[^`]+\})`|^(\{"[^`]+\})$', DOCUMENT, re.MULTILINE))
def test_the_bodies_of_the_recipes_are_understood(house: Up, body: tuple[str, str]) -> None:
    # What a tool puts in: {{1.first}}, /Full Name, or dots.
    filled = re.sub(r"{{[^}]*domain}}|/Domain", "acme.example", "".join(body))
    filled = re.sub(r"https://hooks[^\"]*", "http://127.0.0.1:9/hook", filled)
    filled = re.sub(r"{{[^}]*}}|(?<=\")/[A-Z][\w ]*|…", "Magic Found", filled)
    key = new_key(house, "recipes", "--mode", "test")
    url = f"{house.ready['url']}/api/v1/enrich"
    answer = requests.post(url, json=json.loads(filled), headers=bearer(key) | {"Prefer": "wait=25"}, timeout=60)
    assert answer.status_code == 200, answer.text
    assert answer.json().get("warnings", []) == [] or "…" in "".join(body)
    assert answer.headers["Preference-Applied"] == "wait=25"
