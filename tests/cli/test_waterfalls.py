"""`leadrun waterfalls` against a real database."""

import json
from pathlib import Path

from app.settings.settings import Settings
from tests.cli.test_accounts import leadrun, read


def test_a_waterfall_is_set_from_a_file_shown_and_removed(settings: Settings, tmp_path: Path) -> None:
    leadrun(settings, "keys", "create", "--account", "acme")
    file = tmp_path / "cheap.json"
    file.write_text(json.dumps({"strategy": "cheapest", "maxCostUsd": 0.05}))
    of_acme = ("--account", "acme")
    assert read(settings, "waterfalls", "set", "cheap", str(file), *of_acme)["strategy"] == "cheapest"
    names = [one["name"] for one in read(settings, "waterfalls", "list", *of_acme)["waterfalls"]]
    assert names == ["cheap", "tiers", "cheapest", "fastest"]
    shown = leadrun(settings, "waterfalls", "show", "cheap", *of_acme)
    assert json.loads(shown.stdout)["maxCostUsd"] == 0.05
    assert "cheapest" in leadrun(settings, "waterfalls", "list").output
    file.write_text('{"strategy": "fixed"}')
    refused = leadrun(settings, "waterfalls", "set", "cheap", str(file), *of_acme)
    assert (refused.exit_code, "needs the providers" in refused.output) == (1, True)
    assert leadrun(settings, "waterfalls", "remove", "cheap", *of_acme).exit_code == 0
    assert leadrun(settings, "waterfalls", "remove", "cheap", *of_acme).exit_code == 1
    assert leadrun(settings, "waterfalls", "list", "--account", "nobody").exit_code == 1
